package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleChatRead moves the user's read pointer, in any room that he may see,
// and tells all of his sockets what is left to read.
func handleChatRead(ctx context.Context, s *session, req *request) error {
	p, err := decode[wire.ChatRead](req)
	if err != nil {
		return err
	}
	if err := checkMessageID("messageId", p.MessageID); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	state, err := s.hub.deps.Reading.MarkRead(ctx, s.user.ID, p.MessageID)
	if err != nil {
		return err
	}
	room, there, err := s.hub.roomByID(ctx, state.RoomID)
	if err != nil {
		return err
	}
	if !there || !maySee(s.user.Role, room) {
		return wire.E(wire.CodeMessageNotFound, "there is no such message")
	}
	if err := s.hub.lobby.loop.call(func() { s.hub.lobby.haveRead(s.user.ID, room, state) }); err != nil {
		return err
	}
	s.ack(req, wire.Ack{RoomID: room.ID, RoomSlug: room.Slug, MessageID: p.MessageID})
	return nil
}
