package signaling

import (
	"sync"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// account is a user with at least one socket: what his sessions share. Its
// lock is a leaf: nothing is called while it is held.
type account struct {
	id     string
	limits *limits

	mu    sync.Mutex
	dnd   bool
	dndBy *session          // who said so last
	idle  map[*session]bool // his sessions, and which of them are idle
	voice *member
	rooms map[*room]struct{} // where he is present
}

func newAccount(id string, l *limits) *account {
	return &account{id: id, limits: l, idle: make(map[*session]bool), rooms: make(map[*room]struct{})}
}

func (a *account) getStatus() wire.PresenceStatus {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status()
}

// status is what his sessions make of him: dnd is said for all of them, until
// one is online or the one that said it is idle; he is idle when all of them
// are.
func (a *account) status() wire.PresenceStatus {
	if a.dnd {
		return wire.StatusDND
	}
	for _, idle := range a.idle {
		if !idle {
			return wire.StatusOnline
		}
	}
	if len(a.idle) == 0 {
		return wire.StatusOnline
	}
	return wire.StatusIdle
}

// setStatus takes what one session says. It and the next two return the rooms
// whose presence has changed by it.
func (a *account) setStatus(s *session, status wire.PresenceStatus) []*room {
	return a.change(func() {
		switch {
		case status == wire.StatusDND:
			a.dnd, a.dndBy = true, s
		case status == wire.StatusOnline, s == a.dndBy:
			a.dnd, a.dndBy = false, nil
		}
		a.idle[s] = status == wire.StatusIdle
	})
}

// join counts a session, which is not idle.
func (a *account) join(s *session) []*room { return a.change(func() { a.idle[s] = false }) }

// quit counts a session no more.
func (a *account) quit(s *session) []*room { return a.change(func() { delete(a.idle, s) }) }

func (a *account) change(do func()) []*room {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.status()
	do()
	if a.status() == before {
		return nil
	}
	rooms := make([]*room, 0, len(a.rooms))
	for r := range a.rooms {
		rooms = append(rooms, r)
	}
	return rooms
}

// touchAll asks rooms for a new presence; it never blocks.
func touchAll(rooms []*room) {
	for _, r := range rooms {
		r.touch()
	}
}

// present says whether he is in r, viewing or talking.
func (a *account) present(r *room, in bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if in {
		a.rooms[r] = struct{}{}
	} else {
		delete(a.rooms, r)
	}
}

// takeVoice makes m the user's one voice session and returns the one before.
// A room does it in the same step that makes m a member, so that of two
// devices that join at once the later one has it in every order of events.
func (a *account) takeVoice(m *member) *member {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.voice
	a.voice = m
	return before
}

// dropVoice forgets m if it is the user's voice session.
func (a *account) dropVoice(m *member) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.voice == m {
		a.voice = nil
	}
}
