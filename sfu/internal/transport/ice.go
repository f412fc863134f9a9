package transport

import (
	"math/rand/v2"
	"slices"
)

const (
	// maxPaths bounds the addresses one client may be reached at. Each cost
	// him a check with a valid MESSAGE-INTEGRITY.
	maxPaths = 8
	// maxAsked bounds the checks of a path that may still be answered: a round
	// trip may be longer than the time between two of them.
	maxAsked = 8
	// A selected path that was silent this long loses to one that the client
	// sends media on: he has moved. Beside one that only checks come by, it is
	// asked whether it lives.
	movedUs = 200_000
	// Without an answer for this long, and a round trip, it loses to that one.
	rivalUs = 600_000
	// A nomination this old no longer outranks a newer one of lower priority.
	nominationUs = 3_000_000
	// Consent is asked for every 4 to 6 seconds and lasts 30 (RFC 7675 section 5.1).
	consentEveryUs  = 5_000_000
	consentJitterUs = 1_000_000
	consentLastsUs  = 30_000_000
	// After a stall consent is asked for at once and has to be given within
	// this: the client may be long gone.
	stallConsentUs = 12_000_000
	// A path is checked again this soon while it is not proven, and after
	// checks without an answer later and later: whoever forges the client's
	// address must not make much go there.
	recheckUs   = 200_000
	recheckUpTo = 4 // doublings
	// Without any authentic packet for this long the client counts as lost.
	lostUs = 6_000_000
	// The credentials before a restart stay valid this long at most.
	oldGenerationUs = 30_000_000
)

// generation is the credentials of one offer and its answer.
type generation struct {
	number          int
	local, remote   Credentials
	checks, answers verifier // of the client's requests and of its responses
	replacedAt      int64    // when the next one had a path; 0: not yet
}

func newGeneration(number int, local, remote Credentials) *generation {
	return &generation{number: number, local: local, remote: remote, checks: newVerifier(local.Pwd), answers: newVerifier(remote.Pwd)}
}

func (g *generation) before(o *generation) bool { return g.number < o.number }

// asked is one of our checks that was not answered yet.
type asked struct {
	id  [12]byte
	at  int64
	gen *generation // nil: none
}

// path is one remote address on one of our sockets or connections, a candidate
// pair in the words of RFC 8445, whose local side is always ours.
type path struct {
	route route
	gen   *generation // latest that the client used here
	// priority is what the client's check said of its side.
	priority uint32

	asked      [maxAsked]asked
	latest     int // in asked
	sentAt     int64
	unanswered int // triggered checks since the last answer

	// provenBy: under these credentials it answered one of our own
	// integrity-checked requests, so it is the client's and not a victim's.
	// Nothing but STUN goes to it before.
	provenBy    *generation
	consentAt   int64
	heardAt     int64 // a check or an answer; media too while it is not selected
	mediaAt     int64 // media while it is not selected
	nominatedAt int64 // latest check with USE-CANDIDATE, 0: none
	nextCheck   int64
}

// usable says whether media may go there.
func (p *path) usable(now int64) bool {
	return p.provenBy != nil && now-p.consentAt <= consentLastsUs
}

// wantsCheck says whether a client's check is to trigger one of ours: to prove
// the address, under the credentials in use, not long ago.
func (p *path) wantsCheck(now int64) bool {
	return p.provenBy != p.gen || now-p.consentAt > consentEveryUs+consentJitterUs
}

func (p *path) recheck() int64 { return recheckUs << min(max(p.unanswered-1, 0), recheckUpTo) }

func (p *path) ask(a asked) {
	p.latest = (p.latest + 1) % maxAsked
	p.asked[p.latest] = a
	p.sentAt = a.at
}

func (p *path) asking(id [12]byte) *asked {
	for i := range p.asked {
		if a := &p.asked[i]; a.gen != nil && a.id == id {
			return a
		}
	}
	return nil
}

// agent is the passive side of ICE for one session: it answers checks, sends
// one of its own for each, and follows the client's nomination. It is guarded
// by the session's mutex.
type agent struct {
	generations []*generation // oldest first, two at most
	restarts    int
	paths       []*path
	selected    *path
	rtt         int64

	// rival was heard at rivalAt beside the selected path, which is given up
	// for it if it stays silent.
	rival   *path
	rivalAt int64
}

func (a *agent) newest() *generation { return a.generations[len(a.generations)-1] }

// restart begins a generation and returns those that are no longer valid.
func (a *agent) restart(local, remote Credentials) (gone []*generation) {
	a.restarts++
	a.generations = append(a.generations, newGeneration(a.restarts, local, remote))
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

func (a *agent) find(at place) *path {
	for _, p := range a.paths {
		if p.route.place == at {
			return p
		}
	}
	return nil
}

// add makes the path of a client's check. A full table gives up the path that
// was heard longest ago, one that never proved itself before one that did, and
// never the selected one.
func (a *agent) add(now int64, r route, g *generation) (p, dropped *path) {
	if len(a.paths) == maxPaths {
		worst := -1
		for i, o := range a.paths {
			if o == a.selected {
				continue
			}
			if worst < 0 || worse(now, o, a.paths[worst]) {
				worst = i
			}
		}
		dropped = a.paths[worst]
		a.paths = append(a.paths[:worst], a.paths[worst+1:]...)
		if a.rival == dropped {
			a.rival = nil
		}
	}
	p = &path{route: r, gen: g, sentAt: -consentLastsUs}
	a.paths = append(a.paths, p)
	return p, dropped
}

func worse(now int64, p, o *path) bool {
	if u := p.usable(now); u != o.usable(now) {
		return !u
	}
	return p.heardAt < o.heardAt
}

// best is the usable path that was heard of last, nil without one.
func (a *agent) best(now int64) (best *path) {
	for _, p := range a.paths {
		if p.usable(now) && (best == nil || p.heardAt > best.heardAt) {
			best = p
		}
	}
	return best
}

// drop takes away the path of a connection that has ended.
func (a *agent) drop(p *path) {
	a.paths = slices.DeleteFunc(a.paths, func(o *path) bool { return o == p })
	if a.rival == p {
		a.rival = nil
	}
	if a.selected == p {
		a.selected = nil
	}
}

// prefers says whether p, just heard, should be the selected path instead of
// the one that is, which was last heard at heard.
func (a *agent) prefers(now int64, p *path, heard int64) bool {
	if p == a.selected || !p.usable(now) {
		return false
	}
	cur := a.selected
	switch {
	case cur == nil, !cur.usable(now):
		return true
	case p.mediaAt == now && now-heard > movedUs:
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
