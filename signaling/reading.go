package signaling

import (
	"context"
	"slices"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// activityEvery is how often at most a room's activity goes to those who do
// not view it.
const activityEvery = time.Second

// reading is how far a user who is online has read one room.
type reading struct {
	ReadState
	// later are the roomSeqs after LastSeq of messages that name him: they are
	// not in Mentions.
	later []int64
}

// hear takes in a message of the room that names him.
func (r *reading) hear(seq int64) {
	if seq > r.LastSeq {
		r.later = append(r.later, seq)
	}
}

// wrote: who writes has read what is above.
func (r *reading) wrote(seq int64) {
	if seq > r.ReadSeq {
		r.ReadSeq, r.LastSeq, r.Mentions = seq, max(seq, r.LastSeq), 0
		r.countFrom(seq)
	}
}

// countFrom drops those of later that are counted elsewhere, or read.
func (r *reading) countFrom(seq int64) {
	r.later = slices.DeleteFunc(r.later, func(named int64) bool { return named <= seq })
}

// now is what there is to read, as of the last that is known of the room.
func (r *reading) now(a *roomActivity) ReadState {
	state := r.ReadState
	state.Mentions += int64(len(r.later))
	if a != nil && a.lastSeq > state.LastSeq {
		state.LastSeq, state.LastMessageID = a.lastSeq, a.lastID
	}
	return state
}

// learn takes what the database says, which may be older than what was heard.
func (r *reading) learn(state ReadState) {
	if state.LastSeq < r.LastSeq || state.ReadSeq < r.ReadSeq {
		return
	}
	r.ReadState = state
	r.countFrom(state.LastSeq)
}

// roomNews is what was said in a room since the lobby last looked.
type roomNews struct {
	lastSeq int64
	lastID  string
	heard   map[string][]int64 // whom messages name, by user, their roomSeqs
	wrote   map[string]int64   // who wrote, by user, the last roomSeq
	unsaid  bool               // a message was deleted
}

// roomActivity is what the lobby knows of a room with messages.
type roomActivity struct {
	room    *room
	lastSeq int64
	lastID  string
	// toldSeq is the lastSeq that everybody was told.
	toldSeq  int64
	throttle throttle
}

// view is a room that a session views, from after a roomSeq on.
type view struct {
	room *room
	from int64
}

// said tells the lobby of a stored message; it never blocks.
func (l *lobby) said(r *room, m wire.Message, mentions []string) {
	l.tellNews(r, func(n *roomNews) {
		n.lastSeq, n.lastID = m.RoomSeq, m.ID
		if n.wrote == nil {
			n.wrote, n.heard = make(map[string]int64), make(map[string][]int64)
		}
		n.wrote[m.UserID] = m.RoomSeq
		for _, id := range mentions {
			n.heard[id] = append(n.heard[id], m.RoomSeq)
		}
	})
}

// unsaid tells the lobby that a message was deleted; it never blocks.
func (l *lobby) unsaid(r *room) {
	l.tellNews(r, func(n *roomNews) { n.unsaid = true })
}

func (l *lobby) tellNews(r *room, change func(*roomNews)) {
	l.mu.Lock()
	if l.news == nil {
		l.news = make(map[*room]*roomNews)
	}
	n := l.news[r]
	if n == nil {
		n = &roomNews{}
		l.news[r] = n
	}
	change(n)
	l.mu.Unlock()
	l.loop.nudge()
}

// takeNews brings what was said to what is known, on the loop.
func (l *lobby) takeNews(news map[*room]*roomNews) {
	for r, n := range news {
		if l.rooms[r.id] != r {
			continue // closed since
		}
		if n.lastSeq > 0 {
			a := l.activity[r.id]
			if a == nil {
				a = &roomActivity{}
				l.activity[r.id] = a
			}
			a.room, a.lastSeq, a.lastID, a.throttle.dirty = r, n.lastSeq, n.lastID, true
		}
		for id, seqs := range n.heard {
			if p := l.people[id]; p != nil {
				for _, seq := range seqs {
					p.read(r.id).hear(seq)
				}
			}
		}
		for id, seq := range n.wrote {
			if p := l.people[id]; p != nil {
				p.read(r.id).wrote(seq)
			}
		}
		if n.unsaid {
			l.recount(r)
		}
	}
}

// recount asks the database again for those whom an unread message names: the
// one that was deleted may have been it.
func (l *lobby) recount(r *room) {
	for id, p := range l.people {
		if got := p.reading[r.id]; got == nil || got.Mentions+int64(len(got.later)) == 0 {
			continue
		}
		l.readStates(id, 0, func(states []ReadState) {
			for _, state := range states {
				if state.RoomID == r.id {
					l.haveRead(id, r.published.Load().info, state)
				}
			}
		})
	}
}

// How long to wait before asking for what was not to be had.
const (
	readAgain     = time.Second
	readAgainMost = 30 * time.Second
)

// readStates asks the database for a user's reading, again and again while he
// is online, and calls then on the loop.
func (l *lobby) readStates(userID string, wait time.Duration, then func([]ReadState)) {
	h := l.hub
	h.tasks.Go(func() {
		for {
			select {
			case <-time.After(wait):
			case <-h.ctx.Done():
				return
			}
			online := false
			if l.loop.call(func() { online = l.people[userID] != nil }) != nil || !online {
				return
			}
			states, err := h.deps.Reading.ReadStates(h.ctx, userID)
			if err == nil {
				_ = l.loop.call(func() { then(states) })
				return
			}
			h.log.Warn("unread messages cannot be counted yet", "user", userID, "err", err)
			wait = min(max(readAgain, 2*wait), readAgainMost)
		}
	})
}

// tellActivity sends what is due, and returns when it wants to be called next.
func (l *lobby) tellActivity(now time.Time) (next time.Time) {
	for _, a := range l.activity {
		if a.throttle.take(now, activityEvery) && l.rooms[a.room.id] == a.room {
			l.sendActivity(a)
		}
		next = earliest(next, a.throttle.due())
	}
	return next
}

// sendActivity tells everybody who may see a room what there is to read. Who
// has viewed it since before the last telling has got the messages themselves.
// Those who have read as far share an encoding.
func (l *lobby) sendActivity(a *roomActivity) {
	frames := map[ReadState]frame{}
	info := a.room.published.Load().info
	for _, p := range l.people {
		if !p.loaded {
			continue // he will be told when it is known
		}
		for _, s := range p.sessions {
			if v := s.viewing.Load(); v != nil && v.room == a.room && v.from <= a.toldSeq || !maySee(s.user.Role, info) {
				continue
			}
			now := p.read(info.ID).now(a)
			f, ok := frames[now]
			if !ok {
				f = encode(wire.TypeRoomsActivity, now.activity(info.Slug))
				frames[now] = f
			}
			s.out.event(f)
		}
	}
	a.toldSeq = a.lastSeq
}

// haveRead takes a user's new pointer and tells all of his sockets.
func (l *lobby) haveRead(userID string, info wire.Room, state ReadState) {
	p := l.people[userID]
	if p == nil {
		return
	}
	got := p.read(state.RoomID)
	got.learn(state)
	f := encode(wire.TypeRoomsActivity, got.now(l.activity[state.RoomID]).activity(info.Slug))
	for _, s := range p.sessions {
		if maySee(s.user.Role, info) {
			s.out.event(f)
		}
	}
}

// read is what a user has read of a room, to be written to.
func (p *person) read(roomID string) *reading {
	got := p.reading[roomID]
	if got == nil {
		if p.reading == nil {
			p.reading = make(map[string]*reading)
		}
		got = &reading{ReadState: ReadState{RoomID: roomID}}
		p.reading[roomID] = got
	}
	return got
}

// loadReading tells a new session of the rooms that have something unread, at
// once or as soon as the database answers. It is read after the session has
// begun to hear of new messages, so that none is missed between.
func (h *Hub) loadReading(ctx context.Context, s *session, rooms []wire.Room) {
	states, err := h.deps.Reading.ReadStates(ctx, s.user.ID)
	if err != nil {
		h.log.Warn("unread messages cannot be counted yet", "user", s.user.ID, "err", err)
		h.lobby.readStates(s.user.ID, readAgain, func(states []ReadState) { h.lobby.greet(s, rooms, states) })
		return
	}
	_ = h.lobby.loop.call(func() { h.lobby.greet(s, rooms, states) })
}

// greet takes what the database says of a user and tells his new session.
func (l *lobby) greet(s *session, rooms []wire.Room, states []ReadState) {
	p := l.people[s.user.ID]
	if p == nil {
		return
	}
	p.loaded = true
	for _, state := range states {
		p.read(state.RoomID).learn(state)
	}
	for _, info := range rooms {
		got := p.reading[info.ID]
		if got == nil || !maySee(s.user.Role, info) {
			continue
		}
		if now := got.now(l.activity[info.ID]); now.LastSeq > now.ReadSeq {
			s.out.event(encode(wire.TypeRoomsActivity, now.activity(info.Slug)))
		}
	}
}
