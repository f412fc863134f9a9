package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleVoiceJoin begins a voice session. The one that the user had before
// ends once the new one has begun, so that a full room leaves it as it was.
func handleVoiceJoin(ctx context.Context, s *session, req *request) error {
	p, err := decode[wire.VoiceJoin](req)
	if err != nil {
		return err
	}
	r, err := s.hub.find(ctx, s.user.Role, p.RoomSlug)
	if err != nil {
		return err
	}
	m := &member{room: r, s: s, id: s.hub.deps.NewID(), since: req.start, muted: p.Muted, deafened: p.Deafened}
	m.hidden = p.RelayOnly || s.hub.cfg.Voice.RelayOnly
	m.p2p = p.P2P && !m.hidden
	m.ice = s.hub.deps.Credentials.Issue(s.user.ID, m.id, s.caller.Host)
	var moved *member
	if m.hidden && !relayed(m.ice) {
		err = errNoRelay()
	} else if r.loop.call(func() { moved, err = r.admit(m, req) }) != nil {
		err = errRoomNotFound()
	}
	if err != nil {
		s.hub.deps.Credentials.Revoke(s.user.ID, m.id)
		return err
	}
	s.voice = m
	if moved != nil {
		// A room that has closed has ended its voice sessions.
		_ = moved.room.loop.call(func() {
			if moved.room.dropVoice(moved, wire.LeaveMoved) {
				moved.tellMoved(s)
			}
		})
	}
	return nil
}
