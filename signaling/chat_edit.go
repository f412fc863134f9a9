package signaling

import (
	"context"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// chatWindow is how long an author may edit and delete a message.
const chatWindow = wire.EditWindowSeconds * time.Second

// handleChatEdit replaces the text of an own message of the active room.
func handleChatEdit(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.ChatEdit](req)
	if err != nil {
		return err
	}
	if err := allRight(checkMessageID("messageId", p.MessageID), checkChatText(p.Text)); err != nil {
		return err
	}
	return s.submit(req, func(r *room) deed {
		return deed{act: func(ctx context.Context) (func(), error) {
			m, changed, err := r.hub.deps.History.Edit(ctx, MessageEdit{
				RoomID: r.id, MessageID: p.MessageID, UserID: s.user.ID, Text: p.Text, Window: chatWindow,
			})
			if err != nil {
				return nil, err
			}
			return func() {
				if changed {
					r.spread(encode(wire.TypeChatEdited, wire.ChatEdited{
						ID: m.ID, RoomID: r.id, RoomSlug: r.slug, Text: m.Text, EditedAt: *m.EditedAt, EditedByUserID: s.user.ID,
					}))
				}
				s.ack(req, wire.Ack{MessageID: m.ID})
			}, nil
		}}
	})
}
