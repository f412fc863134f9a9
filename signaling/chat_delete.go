package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleChatDelete takes the text of a message of the active room away.
func handleChatDelete(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.ChatDelete](req)
	if err != nil {
		return err
	}
	if err := checkMessageID("messageId", p.MessageID); err != nil {
		return err
	}
	return s.submit(req, func(r *room) deed {
		return deed{act: func(ctx context.Context) (func(), error) {
			m, changed, err := r.hub.deps.History.Delete(ctx, MessageDelete{
				RoomID: r.id, MessageID: p.MessageID, UserID: s.user.ID, Any: may(s.user.Role, rightDeleteOthers), Window: chatWindow,
			})
			if err != nil {
				return nil, err
			}
			return func() {
				if changed {
					r.spread(encode(wire.TypeChatDeleted, wire.ChatDeleted{
						ID: m.ID, RoomID: r.id, RoomSlug: r.slug, DeletedByUserID: s.user.ID, Ts: *m.DeletedAt,
					}))
					r.hub.lobby.unsaid(r)
				}
				s.ack(req, wire.Ack{MessageID: m.ID})
			}, nil
		}}
	})
}
