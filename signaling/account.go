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

	mu     sync.Mutex
	status wire.PresenceStatus
	voice  *member
	rooms  map[*room]struct{} // where he is present
}

func newAccount(id string, l *limits) *account {
	return &account{id: id, limits: l, status: wire.StatusOnline, rooms: make(map[*room]struct{})}
}

func (a *account) getStatus() wire.PresenceStatus {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status
}

// setStatus returns the rooms whose presence has changed by it.
func (a *account) setStatus(s wire.PresenceStatus) []*room {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status == s {
		return nil
	}
	a.status = s
	rooms := make([]*room, 0, len(a.rooms))
	for r := range a.rooms {
		rooms = append(rooms, r)
	}
	return rooms
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
