package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func handleRoomLeave(_ context.Context, s *session, req *request) error {
	left := s.unview(func(r *room) {
		s.out.event(encode(wire.TypeRoomLeft, wire.RoomLeft{RoomID: r.id, RoomSlug: r.slug}))
		s.ack(req, wire.Ack{RoomID: r.id, RoomSlug: r.slug})
	})
	if !left {
		return errNoActiveRoom()
	}
	return nil
}
