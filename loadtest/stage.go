package loadtest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// stage is a fleet of which half come, go and change their state, and the
// others watch.
type stage struct {
	*fleet
	win      window
	actors   []*actor
	watchers [][]*watcher   // by room
	byMember []*watcher     // nil for actors
	byUser   map[string]int // the actor's place, set before the first act

	latency, ack                               recorder
	acts, told, pictures, nacked, late, unsent atomic.Uint64
	duplicates, disorder                       atomic.Uint64

	mu    sync.Mutex
	moves map[uint64]move // without an answer yet
}

// actor is a member that acts. Whether it is in the room alternates, which is
// what tells one change of it from the next.
type actor struct {
	m     *member
	room  int
	place int // among the room's actors

	mu      sync.Mutex
	changes []int64 // when its joins and leaves were due: even ones are leaves
	in      bool
	state   wire.PresenceStatus
}

// watcher is a member that stays in its room and counts what it is told.
type watcher struct {
	mu    sync.Mutex
	seen  []int                          // changes, by the place of the room's actors
	shown map[string]wire.PresenceStatus // who is in the room, put together from what was told
}

func newStage(c *PresenceConfig) *stage {
	s := &stage{byUser: map[string]int{}, moves: map[uint64]move{}, byMember: make([]*watcher, c.Clients), watchers: make([][]*watcher, c.Rooms)}
	s.fleet = newFleet(&c.Target, s)
	if c.Rooms > 0 {
		for i := range c.Clients { // members 0 to Rooms-1 watch, the next act, and so on
			if i/c.Rooms%2 == 0 {
				s.byMember[i] = &watcher{}
				s.watchers[i%c.Rooms] = append(s.watchers[i%c.Rooms], s.byMember[i])
			}
		}
	}
	return s
}

// name finds out who acts, once all are connected.
func (s *stage) name() {
	places := make([]int, len(s.rooms))
	for _, m := range s.members {
		if len(s.rooms) == 0 || s.byMember[m.n] != nil {
			continue
		}
		room := m.n % len(s.rooms)
		a := &actor{m: m, room: room, place: places[room], in: true, state: wire.StatusOnline}
		places[room]++
		s.actors = append(s.actors, a)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, a := range s.actors {
		s.byUser[a.m.user] = i
	}
	for room, ws := range s.watchers {
		for _, w := range ws {
			w.mu.Lock()
			w.seen = make([]int, places[room])
			w.mu.Unlock()
		}
	}
}

// choose decides what the actor does next: it joins when it is out; when it is
// in, it leaves as often as it changes its state.
func (a *actor) choose(r *rand.Rand, due time.Time) move {
	a.mu.Lock()
	defer a.mu.Unlock()
	mv := move{due: due, actor: a}
	if a.in && r.IntN(2) == 0 {
		states := []wire.PresenceStatus{wire.StatusOnline, wire.StatusIdle, wire.StatusDND}
		mv.typ, mv.state = wire.TypePresenceStatus, states[r.IntN(len(states))]
		a.state = mv.state
		return mv
	}
	mv.typ = wire.TypeRoomJoin
	if a.in {
		mv.typ = wire.TypeRoomLeave
	}
	a.in = !a.in
	a.changes = append(a.changes, due.UnixNano())
	return mv
}

func (s *stage) heard(m *member, e event) {
	switch e.typ {
	case wire.TypeRoomsPresence, wire.TypeRoomsPresenceChanged:
		s.see(m, e)
	case wire.TypePresenceJoined, wire.TypePresenceLeft:
		if w := s.byMember[m.n]; w != nil {
			s.watch(m, w, e)
		}
	}
}

// watch counts one change at one watcher.
func (s *stage) watch(m *member, w *watcher, e event) {
	var p wire.PresenceChange
	if e.payload(&p) != nil {
		return
	}
	s.mu.Lock()
	i, ok := s.byUser[p.UserID]
	s.mu.Unlock()
	if !ok || s.actors[i].room != m.n%len(s.rooms) {
		return
	}
	a := s.actors[i]
	now := time.Now().UnixNano()
	w.mu.Lock()
	defer w.mu.Unlock()
	k := w.seen[a.place] // the change that is to come
	a.mu.Lock()
	known := len(a.changes)
	var due int64
	if k < known {
		due = a.changes[k]
	}
	a.mu.Unlock()
	left := k%2 == 0
	switch {
	case left != (e.typ == wire.TypePresenceLeft):
		// Not what comes next: what came last once more, or a change was missed.
		s.disorder.Add(1)
		return
	case k >= known:
		s.duplicates.Add(1) // of nothing that was done
		return
	}
	w.seen[a.place]++
	if s.win.has(now) {
		s.told.Add(1)
	}
	s.latency.add(time.Duration(now - due))
}

// see brings what a watcher knows of its room up to date: rooms.presence has
// all of it, rooms.presence_changed what is different.
func (s *stage) see(m *member, e event) {
	if s.win.has(time.Now().UnixNano()) {
		s.pictures.Add(1)
	}
	w := s.byMember[m.n]
	if w == nil || len(s.rooms) == 0 {
		return
	}
	slug := s.rooms[m.n%len(s.rooms)]
	if !bytes.Contains(e.payloadBytes(), []byte(`"roomSlug":"`+slug+`"`)) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.typ == wire.TypeRoomsPresence {
		var all wire.RoomsPresence
		if e.payload(&all) != nil {
			return
		}
		w.shown = map[string]wire.PresenceStatus{}
		for _, r := range all.Rooms {
			if r.RoomSlug == slug {
				w.show(r.Users, nil)
			}
		}
		return
	}
	var change wire.RoomPresenceChange
	if e.payload(&change) == nil {
		w.show(change.Users, change.Left)
	}
}

// show takes a change. mu is held.
func (w *watcher) show(users []wire.PresentUser, left []string) {
	if w.shown == nil {
		w.shown = map[string]wire.PresenceStatus{}
	}
	for _, u := range users {
		w.shown[u.UserID] = u.Status
	}
	for _, id := range left {
		delete(w.shown, id)
	}
}

func (s *stage) answered(_ *member, id uint64, n wire.Nack) {
	s.mu.Lock()
	mv, ok := s.moves[id]
	delete(s.moves, id)
	s.mu.Unlock()
	switch {
	case n.Code != "":
		s.nacked.Add(1)
	case ok:
		s.ack.add(time.Since(mv.due))
		if mv.typ != wire.TypePresenceStatus {
			slug := ""
			if mv.typ == wire.TypeRoomJoin {
				slug = s.rooms[mv.actor.room]
			}
			mv.actor.m.setRoom(slug)
		}
	}
}

func (s *stage) resent(*member, uint64) {}
func (s *stage) lost(*member)           {}
func (s *stage) back(*member, bool)     {}

// drain waits until every change has arrived and every picture is true, or
// five seconds.
func (s *stage) drain(ctx context.Context) error {
	if len(s.actors) == 0 {
		return nil
	}
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); {
		if lost, _ := s.missing(); lost == 0 && s.stale() == 0 && s.unanswered() == 0 {
			return nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) unanswered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.moves)
}

// missing counts the changes that watchers were not told of, and all of them.
func (s *stage) missing() (lost int64, expected uint64) {
	for _, a := range s.actors {
		a.mu.Lock()
		n := len(a.changes)
		a.mu.Unlock()
		for _, w := range s.watchers[a.room] {
			w.mu.Lock()
			lost += int64(n - w.seen[a.place])
			w.mu.Unlock()
			expected += uint64(n)
		}
	}
	return lost, expected
}

// stale counts the watchers whose picture of their room is not what the actors
// have made of it.
func (s *stage) stale() int {
	stale := 0
	for room, ws := range s.watchers {
		for _, w := range ws {
			if !s.isTrue(room, w) {
				stale++
			}
		}
	}
	return stale
}

// isTrue compares what a watcher knows with what the room's actors did.
func (s *stage) isTrue(room int, w *watcher) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range s.actors {
		if a.room != room {
			continue
		}
		a.mu.Lock()
		in, state := a.in, a.state
		a.mu.Unlock()
		if got, ok := w.shown[a.m.user]; ok != in || in && got != state {
			return false
		}
	}
	return true
}

func (s *stage) account(r *PresenceReport) {
	r.Latency, r.Ack = s.latency.quantiles(), s.ack.quantiles()
	r.Acts, r.Unacked, r.Nacked = s.acts.Load(), uint64(s.unanswered()), s.nacked.Load()
	r.Delivered, r.Pictures, r.LateSends = s.told.Load(), s.pictures.Load(), s.late.Load()+s.unsent.Load()
	r.Duplicates, r.Disorder = s.duplicates.Load(), s.disorder.Load()
	r.DeliveredPPS = round(float64(r.Delivered)/r.WindowSec, 1)
	r.Lost, r.Expected = s.missing()
	if len(s.actors) > 0 && r.Acts > 0 {
		r.Stale = s.stale()
	}
	if r.Unacked > 0 {
		s.target.Log("%d acts were not answered", r.Unacked)
	}
	if r.Stale > 0 {
		s.target.Log("%s", fmt.Sprintf("%d watchers have a picture of their room that is not true", r.Stale))
	}
	r.Sockets = s.sockets()
}
