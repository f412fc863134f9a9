package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func handleVoiceLeave(_ context.Context, s *session, req *request) error {
	left := s.hangUp(wire.LeaveLeft, func(r *room) {
		s.ack(req, wire.Ack{RoomID: r.id, RoomSlug: r.slug})
		s.out.event(encode(wire.TypeVoiceLeft, wire.VoiceLeft{RoomSlug: r.slug, Reason: wire.LeaveLeft}))
	})
	if !left {
		return errNotInVoice()
	}
	return nil
}
