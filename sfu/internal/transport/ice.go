package transport

import (
	"math/rand/v2"
	"net/netip"
)

const (
	// maxPaths bounds the addresses one client may be reached at. Each cost
	// him a check with a valid MESSAGE-INTEGRITY.
	maxPaths = 8
	// A selected path that was silent this long loses to one that is heard.
	silentUs = 1_500_000
	// A nomination this old no longer outranks a newer one of lower priority.
	nominationUs = 3_000_000
	// Consent is asked for every 4 to 6 seconds and lasts 30 (RFC 7675 section 5.1).
	consentEveryUs  = 5_000_000
	consentJitterUs = 1_000_000
	consentLastsUs  = 30_000_000
	// A path is checked again this soon while it is not valid.
	recheckUs = 200_000
	// Without any authentic packet for this long the client counts as lost.
	lostUs = 6_000_000
	// The credentials before a restart stay valid this long at most.
	oldGenerationUs = 30_000_000
)

// generation is the credentials of one offer and its answer.
type generation struct {
	local, remote Credentials
	replacedAt    int64 // when the next one had a path; 0: not yet
}

// path is one remote address on one of our sockets, a candidate pair in the
// words of RFC 8445, whose local side is always the socket.
type path struct {
	route route
	gen   *generation
	// priority is what the client's check said of its side.
	priority uint32

	txID   [12]byte // of our latest check
	sentAt int64

	// valid: it answered one of our own integrity-checked requests, so it is
	// the client's and not a victim's. Nothing but STUN goes to it before.
	valid       bool
	consentAt   int64
	heardAt     int64
	nominatedAt int64 // latest check with USE-CANDIDATE, 0: none
	nextCheck   int64
}

// agent is the passive side of ICE for one session: it answers checks, sends
// one of its own for each, and follows the client's nomination. It is guarded
// by the session's mutex.
type agent struct {
	generations []*generation // oldest first, two at most
	paths       []*path
	selected    *path
	rtt         int64
}

func (a *agent) newest() *generation { return a.generations[len(a.generations)-1] }

// restart begins generation g and returns those that are no longer valid.
func (a *agent) restart(g *generation) (gone []*generation) {
	a.generations = append(a.generations, g)
	if n := len(a.generations) - 2; n > 0 {
		gone = append(gone, a.generations[:n]...)
		a.generations = append([]*generation(nil), a.generations[n:]...)
	}
	return gone
}

func (a *agent) byLocalUfrag(u []byte) *generation {
	for _, g := range a.generations {
		if g.local.Ufrag == string(u) {
			return g
		}
	}
	return nil
}

func (a *agent) find(socket int, addr netip.AddrPort) *path {
	for _, p := range a.paths {
		if p.route.socket == socket && p.route.addr == addr {
			return p
		}
	}
	return nil
}

// add makes the path of a client's check. A full table gives up the path that
// was heard longest ago, never the selected one.
func (a *agent) add(r route, g *generation) (p, dropped *path) {
	if len(a.paths) == maxPaths {
		oldest := -1
		for i, o := range a.paths {
			if o != a.selected && (oldest < 0 || o.heardAt < a.paths[oldest].heardAt) {
				oldest = i
			}
		}
		dropped = a.paths[oldest]
		a.paths = append(a.paths[:oldest], a.paths[oldest+1:]...)
	}
	p = &path{route: r, gen: g}
	a.paths = append(a.paths, p)
	return p, dropped
}

// prefers says whether p, just heard, should be the selected path instead of
// the one that is.
func (a *agent) prefers(now int64, p *path) bool {
	if !p.valid || p == a.selected {
		return false
	}
	cur := a.selected
	switch {
	case cur == nil, now-cur.heardAt > silentUs:
		return true
	case p.nominatedAt == 0:
		return false
	case cur.nominatedAt == 0, p.gen != cur.gen:
		return p.gen == a.newest() || cur.nominatedAt == 0
	case now-cur.nominatedAt > nominationUs:
		return true
	}
	// Aggressive nomination names every path that works; the one with the
	// highest priority is meant (RFC 5245 section 8.1.1.2).
	return p.priority > cur.priority
}

// nextConsent is when consent is asked for after now.
func nextConsent(now int64) int64 {
	return now + consentEveryUs - consentJitterUs + rand.Int64N(2*consentJitterUs)
}
