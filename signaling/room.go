package signaling

import (
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// How often at most a room sends its presence to everybody, and who speaks to
// its own.
const (
	presenceEvery = 100 * time.Millisecond
	speakingEvery = 100 * time.Millisecond
	roomQueue     = 256
)

// room is one room that somebody is or was in.
type room struct {
	hub      *Hub
	id, slug string
	loop     *executor
	chat     *appender
	inbox    mediaInbox
	// touched asks for a new presence, from anywhere.
	touched atomic.Bool
	// direct says that pairs carry the voice now.
	direct atomic.Bool
	// published is the presence that the lobby sends.
	published atomic.Pointer[published]

	// The rest is the loop's.
	info     wire.Room
	viewers  map[string]*viewer // by user
	members  map[string]*member // by user
	calls    map[string]*callState
	topology *topology
	newest   int64      // the roomSeq of the last message that was spread
	ears     []*session // who hears the room's events; nil: to be made again
	presence throttle
	comings  unhurried          // who comes and goes
	doubts   map[*member]*doubt // who may not be there any more
	absent   absentees          // who may come back to the stage
	speaking throttle
	spoken   []string // the last voice.speaking
	closing  bool     // everybody is put out and told of nobody else
}

// viewer is a user who views the room, with his sockets that do.
type viewer struct {
	acc     *account
	name    string
	sockets map[*session]struct{}
	typed   time.Time // when his typing was last passed on
}

// callState is the last that a user said of his microphone and camera here.
type callState struct {
	mic   *wire.MicState
	video *wire.VideoState
	tells bool // the latter has an address in it
}

// throttle lets a change through at once, and further ones at an interval.
type throttle struct {
	dirty bool
	next  time.Time
}

// take reports whether to act now; if so the change counts as handled.
func (t *throttle) take(now time.Time, every time.Duration) bool {
	if !t.dirty || now.Before(t.next) {
		return false
	}
	t.dirty, t.next = false, now.Add(every)
	return true
}

// due is when take will let the change through; zero when there is none.
func (t *throttle) due() time.Time {
	if !t.dirty {
		return time.Time{}
	}
	return t.next
}

// newRoom starts a room. Only the lobby makes rooms.
func newRoom(h *Hub, info wire.Room) *room {
	r := &room{
		hub: h, id: info.ID, slug: info.Slug, info: info,
		viewers: make(map[string]*viewer), members: make(map[string]*member), calls: make(map[string]*callState),
		topology: newTopology(h.cfg.Voice, info.TopologyPolicy),
	}
	r.publish()
	r.loop = newExecutor(roomQueue, r.due)
	r.inbox.nudge = r.loop.nudge
	r.chat = newAppender(h.ctx, h.deps.History.AppendAll, r.stored)
	h.gauge.rooms.Add(1)
	return r
}

// due does what has been marked or has become due.
func (r *room) due(now time.Time) time.Time {
	r.mediaNews(r.inbox.take())
	look := r.exorcise(now)
	r.tell(r.topology.due(now))
	if r.touched.Swap(false) {
		r.presence.dirty = true
	}
	every := r.presenceEvery()
	// The presence that follows takes them along; this is for those who are not
	// told of it.
	r.comings.deliver(now, 2*every)
	if r.presence.take(now, every) {
		r.publish()
		r.hub.lobby.mark(r)
	}
	if r.speaking.take(now, speakingEvery) && !r.tellSpeaking() {
		r.speaking.next = now // nothing was sent that a change would have to wait for
	}
	return earliest(r.presence.due(), r.comings.due(), r.speaking.due(), r.topology.at, look)
}

// presenceEvery grows with the room: what has changed is found by looking at
// everybody in it.
func (r *room) presenceEvery() time.Duration { return presenceAmong(len(r.viewers) + len(r.members)) }

// presenceAmong is how often n people are told who comes and goes among them.
func presenceAmong(n int) time.Duration { return presenceEvery * time.Duration(1+n/200) }

// earliest returns the first of times, not counting zero ones.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// touch asks for a new presence; it never blocks.
func (r *room) touch() {
	r.touched.Store(true)
	r.loop.nudge()
}

// listeners are all sockets that hear the room's events: those that view it
// and those that talk in it, each once.
func (r *room) listeners() []*session {
	if r.ears != nil || r.closing {
		return r.ears
	}
	r.ears = make([]*session, 0, len(r.viewers)+len(r.members))
	for _, v := range r.viewers {
		for s := range v.sockets {
			r.ears = append(r.ears, s)
		}
	}
	for _, m := range r.members {
		if !r.views(m.s) {
			r.ears = append(r.ears, m.s)
		}
	}
	return r.ears
}

// views says whether s has this room active.
func (r *room) views(s *session) bool {
	v := r.viewers[s.user.ID]
	if v == nil {
		return false
	}
	_, ok := v.sockets[s]
	return ok
}

// toOthers sends an event to all listeners that are not of the user.
func (r *room) toOthers(userID string, f frame) (handed int) {
	for _, s := range r.listeners() {
		if s.user.ID != userID && s.out.event(f) {
			handed++
		}
	}
	return handed
}

// announce tells all listeners but those that not names who comes or goes.
func (r *room) announce(f frame, not func(*session) bool) {
	all := r.listeners()
	for _, s := range all {
		if !not(s) {
			r.comings.event(s, f, len(all))
		}
	}
}

// change takes a new description of the room and puts out whom it shuts out.
func (r *room) change(info wire.Room) {
	r.info = info
	r.tell(r.topology.setPolicy(info.TopologyPolicy, time.Now()))
	r.presence.dirty = true
	r.evict(wire.LeaveKicked, func(s *session) bool { return !maySee(s.user.Role, info) })
}

// evict puts out every session that out names, from view and voice.
func (r *room) evict(reason wire.LeaveReason, out func(*session) bool) {
	for _, m := range r.members {
		if out(m.s) {
			r.dropVoice(m, reason)
			m.s.out.event(encode(wire.TypeVoiceLeft, wire.VoiceLeft{RoomSlug: r.slug, Reason: reason}))
		}
	}
	for _, v := range r.viewers {
		for s := range v.sockets {
			if out(s) {
				r.unview(s)
				s.out.event(encode(wire.TypeRoomLeft, wire.RoomLeft{RoomID: r.id, RoomSlug: r.slug}))
			}
		}
	}
}

// close ends the room. Who is in it is put out first.
func (r *room) close() {
	// An error says that the loop has ended, which is what is wanted.
	_ = r.loop.call(func() {
		r.closing, r.ears = true, nil
		r.evict(wire.LeaveRoomClosed, func(*session) bool { return true })
		r.comings.flush()
	})
	r.chat.close()
	r.loop.close()
	r.hub.gauge.rooms.Add(-1)
}

// maySee says whether a role sees a room: guests see the public ones.
func maySee(role wire.Role, info wire.Room) bool {
	return info.IsPublic || role.Rank() >= wire.RoleMember.Rank()
}
