package signaling

import (
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	// ghostAway is how long who has no media may be without a socket as well
	// before he is no participant any more. His session may still be resumed.
	ghostAway = 8 * time.Second
	// ghostAnswer is how long a client whose media is lost has to answer a ping;
	// while it answers it is asked again at this interval.
	ghostAnswer = 4 * time.Second
	// ghostLook is between two looks at one of whom nothing is decided yet.
	ghostLook = time.Second
)

// doubt is what a room knows of a member who may not be there any more: his
// socket or his media was lost.
type doubt struct {
	next  time.Time // to look
	away  time.Time // since when he has no socket; zero: he has one
	asked time.Time // when his socket was pinged; zero: no answer is waited for
	sock  *socket   // which one it was
	heard uint64    // what had been heard of it by then
}

// suspect begins to look whether a member is still there.
func (r *room) suspect(m *member, now time.Time) {
	if r.members[m.s.user.ID] != m || r.doubts[m] != nil {
		return
	}
	if r.doubts == nil {
		r.doubts = make(map[*member]*doubt)
	}
	d := &doubt{next: now.Add(ghostLook)}
	if m.s.sock.Load() == nil {
		d.away = now
	}
	r.doubts[m] = d
}

// exorcise ends the stay of those who are not there any more, and returns when
// to look again. A participant is one who can hear: his media lives, or his
// client at least answers, so that it can mend it.
func (r *room) exorcise(now time.Time) (next time.Time) {
	for m, d := range r.doubts {
		if r.members[m.s.user.ID] != m {
			delete(r.doubts, m)
			continue
		}
		if !now.Before(d.next) {
			switch there, sure := m.there(d, now); {
			case sure && !there:
				delete(r.doubts, m)
				r.vanish(m)
				continue
			case sure:
				delete(r.doubts, m)
				continue
			}
		}
		next = earliest(next, d.next)
	}
	return next
}

// there says whether a member is there, if that can be said yet; otherwise it
// sets when to look again.
func (m *member) there(d *doubt, now time.Time) (there, sure bool) {
	d.next = now.Add(ghostLook)
	sock := m.s.sock.Load()
	if sock == nil {
		if d.away.IsZero() {
			d.away = now
		}
		return false, !m.up && now.Sub(d.away) >= ghostAway
	}
	d.away = time.Time{}
	if m.up || !m.wasUp { // who never had media is not known by it
		return true, true
	}
	heard := sock.conn.Heard()
	switch {
	case d.asked.IsZero(), sock != d.sock, heard != d.heard && now.Sub(d.asked) >= ghostAnswer:
		d.asked, d.sock, d.heard = now, sock, heard
		m.room.hub.tasks.Go(func() { _ = sock.conn.Ping() }) // one that cannot be sent is not answered
		return false, false
	}
	return false, now.Sub(d.asked) >= ghostAnswer
}

// vanish takes a member out who is not there. His client, if it comes back,
// learns that it has to join again.
func (r *room) vanish(m *member) {
	r.hub.gauge.ghosts.Add(1)
	r.dropVoice(m, wire.LeaveDisconnected)
	m.s.out.event(encode(wire.TypeVoiceLeft, wire.VoiceLeft{RoomSlug: r.slug, Reason: wire.LeaveDisconnected}))
}
