package client

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// patient records what a repair does; the test plays the path.
type patient struct {
	r                  *repair
	offline, connected bool
	speaks             bool // somebody does
	got                []string
}

func (p *patient) reachable() bool          { return !p.offline }
func (p *patient) restartable() bool        { return p.connected }
func (p *patient) expecting() bool          { return p.speaks }
func (p *patient) roundTrip() time.Duration { return 0 }
func (p *patient) begin(s RepairStep)       { p.got = append(p.got, string(s)) }
func (p *patient) mended()                  { p.got = append(p.got, "mended") }
func (p *patient) giveUp()                  { p.got = append(p.got, "gave up"); p.r.stop() }
func (p *patient) report(v VoiceRepair) {
	p.got = append(p.got, fmt.Sprintf("%s %s %v %v", v.Step, v.Cause, v.OK, v.Took))
}

// pass lets time pass, as the session's loop does.
func (p *patient) pass(d time.Duration) {
	end := time.After(d)
	for {
		select {
		case <-p.r.timer.C:
			p.r.expire()
		case <-end:
			return
		}
	}
}

func TestRepairSteps(t *testing.T) {
	up := func(p *patient) { p.connected = true; p.r.began(); p.r.connected(); p.got = nil }
	for name, c := range map[string]struct {
		play func(p *patient)
		want []string
	}{
		"a first path that comes up": {func(p *patient) {
			p.r.began()
			p.pass(7 * time.Second)
			p.r.connected()
			p.pass(time.Hour)
		}, []string{"mended"}},
		"a first path that does not": {func(p *patient) {
			p.r.began()
			p.pass(9 * time.Second)
			p.connected = true
			p.r.connected()
			p.pass(time.Hour)
		}, []string{"new_peer_connection", "new_peer_connection blocked true 1s", "mended"}},
		"none ever": {func(p *patient) {
			p.r.began()
			p.pass(time.Hour)
		}, []string{
			"new_peer_connection", "new_peer_connection blocked false 5s", "rejoin", "rejoin blocked false 8s",
			"new_peer_connection", "new_peer_connection blocked false 10s", "rejoin", "rejoin blocked false 16s",
			"new_peer_connection", "new_peer_connection blocked false 20s", "rejoin", "rejoin blocked false 30s", "gave up",
		}},
		"a blip": {func(p *patient) {
			up(p)
			p.r.disconnected()
			p.pass(blip / 2)
			p.r.connected()
			p.pass(time.Hour)
		}, []string{"mended"}},
		"mended by the restart": {func(p *patient) {
			up(p)
			p.r.disconnected()
			p.pass(time.Second)
			p.r.connected()
			p.pass(time.Hour)
		}, []string{"ice_restart", "ice_restart disconnected true 500ms", "mended"}},
		"failed, and failed again while it is restarted": {func(p *patient) {
			up(p)
			p.r.failed()
			p.r.failed()
			p.r.failed() // of the new one: it has its time
			p.pass(time.Second)
			p.r.connected()
		}, []string{"ice_restart", "ice_restart failed false 0s", "new_peer_connection", "new_peer_connection failed true 1s", "mended"}},
		"silent, through every step": {func(p *patient) {
			up(p)
			p.speaks = true
			p.r.stalled()
			p.r.stalled() // a step is under way
			p.r.connected()
			p.pass(3 * time.Second)
			p.r.connected() // the new PeerConnection
			p.pass(3 * time.Second)
			p.r.connected() // the new session's
			p.pass(time.Second)
			p.r.flowing()
			p.pass(time.Hour)
		}, []string{
			"ice_restart", "ice_restart silent false 2s", "new_peer_connection", "new_peer_connection silent false 3s",
			"rejoin", "rejoin silent true 2s", "mended",
		}},
		"silent, and what was on its way": {func(p *patient) {
			up(p)
			p.speaks = true
			p.r.stalled()
			p.r.flowing()
			p.pass(time.Second)
			p.r.flowing()
		}, []string{"ice_restart", "ice_restart silent true 1s", "mended"}},
		"silent, until nobody speaks": {func(p *patient) {
			up(p)
			p.r.stalled()
			p.pass(time.Hour)
		}, []string{"ice_restart", "ice_restart silent true 2s", "mended"}},
		"silent for ever: connected paths are not given up": {func(p *patient) {
			up(p)
			p.speaks = true
			p.r.stalled()
			for range 20 {
				p.r.connected()
				p.pass(31 * time.Second)
			}
			p.got = []string{fmt.Sprint(slices.Contains(p.got, "gave up"))}
		}, []string{"false"}},
		"unheard again soon: the next step": {func(p *patient) {
			up(p)
			p.r.heard(false)
			p.pass(time.Second)
			p.r.heard(true)
			p.pass(4 * time.Second)
			p.r.heard(false)
			p.r.connected()
			p.pass(time.Second)
			p.r.heard(true)
			p.pass(time.Minute)
			p.r.heard(false)
		}, []string{
			"ice_restart", "ice_restart unheard true 1s", "mended",
			"new_peer_connection", "new_peer_connection unheard true 1s", "mended", "ice_restart",
		}},
		"offline: nothing until the server can be told": {func(p *patient) {
			up(p)
			p.offline = true
			p.r.disconnected()
			p.pass(time.Hour)
			p.offline = false
			p.r.again()
			p.r.connected()
		}, []string{"ice_restart", "ice_restart disconnected true 0s", "mended"}},
		"a step that the server may not have heard of is taken again": {func(p *patient) {
			up(p)
			p.r.failed()
			p.pass(time.Second)
			p.r.again()
			p.pass(time.Second)
			p.r.connected()
		}, []string{"ice_restart", "ice_restart", "ice_restart failed true 2s", "mended"}},
		"resumed on a whole path": {func(p *patient) {
			up(p)
			p.r.again()
			p.pass(time.Hour)
		}, nil},
		"a session that the server has forgotten": {func(p *patient) {
			up(p)
			p.r.disconnected()
			p.pass(time.Second)
			p.r.forgotten()
			p.r.began() // the new session's path
			p.r.connected()
		}, []string{"ice_restart", "ice_restart disconnected false 500ms", "rejoin", "rejoin refused true 0s", "mended"}},
		"a session that cannot be had now": {func(p *patient) {
			up(p)
			p.r.failed()
			p.r.postponed()
			p.pass(9 * time.Second)
			p.r.connected()
		}, []string{"ice_restart", "ice_restart failed false 8s", "rejoin", "rejoin refused true 1s", "mended"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &patient{}
				p.r = newRepair(p, 1)
				defer p.r.stop()
				c.play(p)
				if !slices.Equal(p.got, c.want) {
					t.Errorf("got\n%q, want\n%q", p.got, c.want)
				}
			})
		})
	}
}
