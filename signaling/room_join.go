package signaling

import (
	"context"
	"errors"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleRoomJoin makes a room the active one; the one before is left once it
// is sure that the new one is there.
func handleRoomJoin(ctx context.Context, s *session, req *request) error {
	p, err := decode[wire.RoomJoin](req)
	if err != nil {
		return err
	}
	r, err := s.hub.find(ctx, s.user.Role, p.RoomSlug)
	if err != nil {
		return err
	}
	if s.room != nil && s.room != r {
		s.unview(func(old *room) {
			s.out.event(encode(wire.TypeRoomLeft, wire.RoomLeft{RoomID: old.id, RoomSlug: old.slug}))
		})
	}
	if err := r.loop.call(func() { r.view(s, req) }); err != nil {
		return errRoomNotFound()
	}
	s.room = r
	return nil
}

// find returns the running room of a slug, if the role may see it.
func (h *Hub) find(ctx context.Context, role wire.Role, slug string) (*room, error) {
	if !slugPattern.MatchString(slug) {
		return nil, wire.Invalid("roomSlug", "3 to 48 of a-z, 0-9 and -")
	}
	for range 5 {
		seen := h.lobby.changes.Load()
		info, err := h.deps.Rooms.RoomBySlug(ctx, slug)
		var coded *wire.Error
		if errors.As(err, &coded) && coded.Code == wire.CodeRoomNotFound {
			return nil, errRoomNotFound()
		}
		if err != nil {
			return nil, err
		}
		if !maySee(role, info) {
			return nil, errRoomNotFound() // and not even that it is there
		}
		var r *room
		if err := h.lobby.loop.call(func() {
			if h.lobby.changes.Load() == seen {
				r = h.lobby.open(info)
			}
		}); err != nil {
			return nil, ErrClosed
		}
		if r != nil {
			return r, nil
		}
	}
	return nil, errors.New("the list of rooms keeps changing")
}

func errRoomNotFound() *wire.Error {
	return wire.E(wire.CodeRoomNotFound, "there is no such room")
}
