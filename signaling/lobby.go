package signaling

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	lobbyQueue = 256
	// tellable is up to how many sessions their number slows presence down: it
	// is at most half a second late.
	tellable = 800
)

// lobby owns the registry of sessions and rooms, and sends what goes to more
// than a room: the presence tree, whole to a newcomer and as differences
// afterwards, and what there is to read.
type lobby struct {
	hub  *Hub
	loop *executor

	mu     sync.Mutex
	marked map[*room]struct{}  // rooms with a newly published presence
	news   map[*room]*roomNews // rooms in which something was said

	// The loop's.
	draining bool
	sessions map[*session]struct{}
	people   map[string]*person
	rooms    map[string]*room         // by id
	told     map[string]*published    // the presence that everybody knows, by room
	activity map[string]*roomActivity // by room
	presence unhurried                // the differences
	// changes counts what has happened to the list of rooms, so that who has
	// read it from the database learns whether it still holds.
	changes atomic.Uint64
}

// person is an account with its sessions, oldest first. A session that was
// told to make room is no longer listed, but held until it has ended.
type person struct {
	acc      *account
	sessions []*session
	held     int

	reading map[string]*reading // by room
	loaded  bool                // reading has what the database says
}

func newLobby(h *Hub) *lobby {
	l := &lobby{
		hub:      h,
		sessions: make(map[*session]struct{}), people: make(map[string]*person), rooms: make(map[string]*room),
		told: make(map[string]*published), activity: make(map[string]*roomActivity),
	}
	l.loop = newExecutor(lobbyQueue, l.due)
	return l
}

// mark says that a room has published a new presence; it never blocks.
func (l *lobby) mark(r *room) {
	l.mu.Lock()
	if l.marked == nil {
		l.marked = make(map[*room]struct{})
	}
	l.marked[r] = struct{}{}
	l.mu.Unlock()
	l.loop.nudge()
}

// due sends what has been marked or has become due.
func (l *lobby) due(now time.Time) time.Time {
	l.mu.Lock()
	marked, news := l.marked, l.news
	l.marked, l.news = nil, nil
	l.mu.Unlock()
	for r := range marked {
		if l.rooms[r.id] == r { // else it has closed since
			l.tell(r.published.Load())
		}
	}
	l.presence.deliver(now, presenceAmong(min(len(l.sessions), tellable)))
	l.takeNews(news)
	return earliest(l.presence.due(), l.tellActivity(now))
}

// tell brings everybody from what he knows of a room to what is.
func (l *lobby) tell(p *published) {
	id := p.presence.RoomID
	before := l.told[id]
	l.told[id] = p
	change := changeOf(before.presence, p.presence)
	nothing := len(change.Users)+len(change.Left) == 0 && change.MediaTopology == before.presence.MediaTopology
	difference := encode(wire.TypeRoomsPresenceChanged, change)
	var whole frame // for those who did not see the room before
	for s := range l.sessions {
		switch {
		case !maySee(s.user.Role, p.info):
		case maySee(s.user.Role, before.info):
			if !nothing {
				l.presence.event(s, difference, len(l.sessions))
			}
		default:
			if whole == nil {
				whole = encode(wire.TypeRoomsPresenceChanged, changeOf(wire.RoomPresence{}, p.presence))
			}
			l.presence.event(s, whole, len(l.sessions))
		}
	}
}

// close forgets a room and returns it if it ran.
func (l *lobby) close(roomID string) *room {
	r := l.rooms[roomID]
	delete(l.rooms, roomID)
	delete(l.told, roomID)
	delete(l.activity, roomID)
	return r
}

// register gives the session its account, made when this is the user's first
// socket. The oldest of too many sessions is closed.
func (l *lobby) register(s *session) {
	p := l.people[s.user.ID]
	if p == nil {
		p = &person{acc: newAccount(s.user.ID, newLimits(l.hub.cfg.Limits.Rate))}
		l.people[s.user.ID] = p
		l.hub.gauge.users.Add(1)
	}
	s.acc = p.acc
	touchAll(s.acc.join(s))
	if len(p.sessions) >= l.hub.cfg.Limits.SessionsPerUser {
		l.dismiss(p.sessions[0], ending{wire.CloseSessionReplaced, "too many connections of this user", "replaced"})
		p.sessions = slices.Delete(p.sessions, 0, 1)
	}
	p.sessions = append(p.sessions, s)
	p.held++
	l.sessions[s] = struct{}{}
	l.hub.gauge.sessions.Add(1)
}

// forget undoes register.
func (l *lobby) forget(s *session) {
	if _, ok := l.sessions[s]; !ok {
		return
	}
	delete(l.sessions, s)
	l.hub.gauge.sessions.Add(-1)
	p := l.people[s.user.ID]
	p.sessions = slices.DeleteFunc(p.sessions, func(other *session) bool { return other == s })
	touchAll(p.acc.quit(s))
	if p.held--; p.held > 0 {
		return
	}
	delete(l.people, s.user.ID)
	l.hub.gauge.users.Add(-1)
}

// tree lists those of rooms that s may see, with who is in them.
func (l *lobby) tree(s *session, rooms []wire.Room) wire.RoomsPresence {
	tree := wire.RoomsPresence{Rooms: make([]wire.RoomPresence, 0, len(rooms))}
	for _, info := range rooms {
		if !maySee(s.user.Role, info) {
			continue
		}
		p := wire.RoomPresence{RoomID: info.ID, RoomSlug: info.Slug, MediaTopology: wire.TopologySFU, Users: []wire.PresentUser{}}
		if known := l.told[info.ID]; known != nil {
			p = known.presence
		}
		tree.Rooms = append(tree.Rooms, p)
	}
	return tree
}

// open returns the running room of info, started when there is none.
func (l *lobby) open(info wire.Room) *room {
	r := l.rooms[info.ID]
	if r == nil {
		r = newRoom(l.hub, info)
		l.rooms[info.ID], l.told[info.ID] = r, r.published.Load()
	}
	return r
}

// changed tells everybody that the list of rooms is not what it was.
func (l *lobby) changed() {
	l.changes.Add(1)
	f := encode(wire.TypeRoomsChanged, wire.RoomsChanged{})
	for s := range l.sessions {
		s.out.event(f)
	}
}
