package loadtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// VoiceConfig describes a run of the voice scenario.
type VoiceConfig struct {
	URL string
	// Participants are spread over Rooms; in each room Talkers of them talk all
	// the time and the others listen.
	Participants, Rooms, Talkers int
	// Duration is how long the steady state is measured.
	Duration time.Duration
	// JoinEvery paces the joins.
	JoinEvery time.Duration
	// ServerPID is the server's process, 0 when its cost is not wanted.
	ServerPID int
	// User and Password, or Invite, are for servers that want them.
	User, Password, Invite string
	// Log tells how the run goes on; nil says nothing.
	Log func(format string, args ...any)
}

// maxParticipants bounds a run: full WebRTC clients of more than that are not
// what one process can drive.
const maxParticipants = 500

// settle is left between the last join and the window, for handshakes and
// garbage to be done with.
const settle = 2 * time.Second

// tail is left after the window for its last packets to arrive.
const tail = 500 * time.Millisecond

func (c *VoiceConfig) check() error {
	switch {
	case c.Rooms < 1 || c.Participants < c.Rooms || c.Participants > maxParticipants:
		return fmt.Errorf("loadtest: %d participants in %d rooms: want 1 to %d participants and at least one a room", c.Participants, c.Rooms, maxParticipants)
	case c.Talkers < 0 || c.Talkers > c.Participants/c.Rooms:
		return fmt.Errorf("loadtest: %d talkers a room: there are %d participants in it", c.Talkers, c.Participants/c.Rooms)
	case c.Duration < time.Second || c.Duration > time.Hour:
		return fmt.Errorf("loadtest: duration %s: want 1s to 1h", c.Duration)
	case c.JoinEvery < 0 || c.JoinEvery > time.Minute:
		return fmt.Errorf("loadtest: a join every %s: want 0 to 1m", c.JoinEvery)
	}
	if c.Log == nil {
		c.Log = func(string, ...any) {}
	}
	return nil
}

// run is one run's state. The joining goroutine owns people.
type run struct {
	cfg    VoiceConfig
	win    window
	all    tally
	people []*participant

	sentByRoom []atomic.Uint64
	late       atomic.Uint64
}

// Voice runs the voice scenario and returns what it measured. When ctx ends
// early the error is ctx's, and everybody has left.
func Voice(ctx context.Context, cfg VoiceConfig) (*VoiceReport, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	r := &run{cfg: cfg, sentByRoom: make([]atomic.Uint64, cfg.Rooms)}
	acc, err := openAccounts(ctx, cfg)
	if err != nil {
		return nil, err
	}
	slugs, err := acc.rooms(ctx, cfg.Rooms, cfg.Participants)
	if err != nil {
		return nil, err
	}
	idle, err := r.server()
	if err != nil {
		return nil, err
	}
	talking, stop := context.WithCancel(ctx)
	var talkers sync.WaitGroup
	defer r.leave()
	defer talkers.Wait()
	defer stop()

	// Talkers first, so that whoever joins later has somebody to hear.
	for i := range cfg.Participants {
		room := i % cfg.Rooms
		if err := r.join(ctx, acc, i, slugs[room], room); err != nil {
			return nil, err
		}
		if i/cfg.Rooms < cfg.Talkers {
			p := r.people[i]
			talkers.Go(func() { p.talk(talking, &r.win, &r.sentByRoom[room], &r.late) })
		}
		if err := sleep(ctx, cfg.JoinEvery); err != nil {
			return nil, err
		}
	}
	cfg.Log("%d joined; measuring for %s", len(r.people), cfg.Duration)
	return r.measure(ctx, idle)
}

func (r *run) join(ctx context.Context, acc *accounts, i int, slug string, room int) error {
	c, err := acc.participant(ctx, i)
	if err != nil {
		return err
	}
	e := newEar(&r.win, &r.all)
	e.first = i < r.cfg.Rooms
	p, err := join(ctx, c, slug, room, e)
	if err != nil {
		return err
	}
	r.people = append(r.people, p)
	return nil
}

// measure takes the figures of the steady window.
func (r *run) measure(ctx context.Context, idle usage) (*VoiceReport, error) {
	if err := sleep(ctx, settle); err != nil {
		return nil, err
	}
	before, err := r.server()
	if err != nil {
		return nil, err
	}
	selfBefore, _ := processUsage(os.Getpid()) // zero where there is no /proc
	from := time.Now()
	r.win.from.Store(from.UnixNano())
	if err := sleep(ctx, r.cfg.Duration); err != nil {
		return nil, err
	}
	to := time.Now()
	r.win.to.Store(to.UnixNano())
	after, err := r.server()
	if err != nil {
		return nil, err
	}
	selfAfter, _ := processUsage(os.Getpid())
	if err := sleep(ctx, tail); err != nil {
		return nil, err
	}
	rep := r.report(to.Sub(from))
	rep.Generator = cpuShare(selfBefore, selfAfter, to.Sub(from))
	if r.cfg.ServerPID != 0 {
		rep.Server = serverReport(idle, before, after, to.Sub(from), r.all.delivered.Load(), r.cfg.Participants)
	}
	return rep, nil
}

func (r *run) server() (usage, error) {
	if r.cfg.ServerPID == 0 {
		return usage{}, nil
	}
	return processUsage(r.cfg.ServerPID)
}

// leave closes everybody, some at a time.
func (r *run) leave() {
	var g errgroup.Group
	g.SetLimit(16)
	for _, p := range r.people {
		g.Go(p.conn.Close)
	}
	if err := g.Wait(); err != nil {
		r.cfg.Log("leaving: %v", err)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("loadtest: stopped: %w", ctx.Err())
	}
}
