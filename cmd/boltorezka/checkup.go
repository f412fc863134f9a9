package main

import (
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/boltorezka/boltorezka/doctor"
	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/turn"
)

// The one credential there is for a try of TURN, and how long it lives.
const (
	trialUser     = "doctor"
	trialSession  = "trial"
	trialLifetime = time.Minute
)

// checkup tells the doctor of the running server, on the operator's listener.
// It gives out one TURN credential at a time, so that asking again and again
// takes nothing; the address is the operator's own, which is why it may be had
// without signing in.
type checkup struct {
	running doctor.Running
	media   *sfu.SFU
	relay   iceServers // the built-in server alone

	mu    sync.Mutex
	end   *time.Timer // ends the credential; nil: none is out
	given int         // how many were: a timer that has fired ends only its own
}

func (c *checkup) register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+doctor.RunningPath, func(w http.ResponseWriter, _ *http.Request) {
		r := c.running
		r.Media = c.media.Candidates()
		if tcp := c.media.TCPCandidates(); len(tcp) > 0 {
			r.MediaTCP = tcp[0]
		}
		r.OpenFiles, r.FileLimit = files()
		showJSON(w, http.StatusOK, r)
	})
	mux.HandleFunc("POST "+doctor.RelayPath, func(w http.ResponseWriter, r *http.Request) {
		// Where the operator's listener is open to a network, it is to read.
		if at, err := netip.ParseAddrPort(r.RemoteAddr); err != nil || !at.Addr().Unmap().IsLoopback() {
			http.Error(w, "ask from this machine", http.StatusForbidden)
			return
		}
		if c.relay.own == nil {
			http.Error(w, "turn.addr is off", http.StatusNotFound)
			return
		}
		showJSON(w, http.StatusOK, c.issue(r.URL.Query().Get("host")))
	})
	mux.HandleFunc("DELETE "+doctor.RelayPath, func(w http.ResponseWriter, _ *http.Request) {
		c.close()
		w.WriteHeader(http.StatusNoContent)
	})
}

// issue gives the credential out, for a minute.
func (c *checkup) issue(host string) []wire.ICEServer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != nil {
		c.end.Stop() // it may be waiting for the mutex by now
	}
	c.given++
	number := c.given
	c.end = time.AfterFunc(trialLifetime, func() { c.expire(number) })
	return c.relay.Issue(trialUser, trialSession, host)
}

// expire ends the credential when its time is over.
func (c *checkup) expire(number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if number == c.given {
		c.revoke()
	}
}

// close ends the credential and its relays.
func (c *checkup) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revoke()
}

// revoke is close for who holds the mutex.
func (c *checkup) revoke() {
	if c.end == nil {
		return
	}
	c.end.Stop()
	c.end = nil
	c.relay.Revoke(trialUser, trialSession)
}

// files are this process's descriptors and their limit; 0: not known.
func files() (open, limit uint64) {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0, 0
	}
	return uint64(len(list)), openLimit()
}

// newCheckup is that of a server with these parts.
func (a *app) newCheckup(media *sfu.SFU, relay iceServers) *checkup {
	relay.external = turn.External{} // which the doctor tries by the settings
	c := &checkup{media: media, relay: relay, running: doctor.Running{Version: buildVersion().Version, HTTP: a.http.Addr().String()}}
	if relay.own != nil {
		host, _, _ := net.SplitHostPort(a.cfg.TURN.Addr)
		c.running.TURN = net.JoinHostPort(host, strconv.Itoa(relay.own.Port()))
	}
	if d := a.door; d.certificates() != nil {
		c.running.TLS = d.tls.Addr().String()
		if d.turn != nil {
			c.running.TURNTLS = d.turn.Addr().String()
		}
	}
	return c
}
