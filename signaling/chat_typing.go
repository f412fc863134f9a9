package signaling

import (
	"context"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// typingEvery is how often at most one user's typing is passed on.
const typingEvery = 2 * time.Second

// handleChatTyping tells the active room's others that somebody is writing.
func handleChatTyping(_ context.Context, s *session, req *request) error {
	if _, err := decode[wire.ChatTyping](req); err != nil {
		return err
	}
	viewing := false
	if s.room == nil || s.room.loop.call(func() { viewing = s.room.typing(s) }) != nil || !viewing {
		return errNoActiveRoom()
	}
	return nil
}

// typing passes on that a viewer is writing; false: he does not view the room.
func (r *room) typing(s *session) bool {
	if !r.views(s) {
		return false
	}
	v, now := r.viewers[s.user.ID], time.Now()
	if now.Sub(v.typed) < typingEvery {
		return true
	}
	v.typed = now
	f := encode(wire.TypeChatTyping, wire.Typing{UserID: s.user.ID, UserName: v.name, RoomSlug: r.slug})
	for id, other := range r.viewers {
		if id == s.user.ID {
			continue
		}
		for o := range other.sockets {
			o.out.event(f)
		}
	}
	return true
}
