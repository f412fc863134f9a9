package signaling

import (
	"context"
	"strings"
	"unicode"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleChatReact puts an emoji on a message of the active room or takes it off.
func handleChatReact(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.ChatReact](req)
	if err != nil {
		return err
	}
	if err := allRight(checkMessageID("messageId", p.MessageID), checkEmoji(p.Emoji)); err != nil {
		return err
	}
	return s.submit(req, func(r *room) deed {
		return deed{act: func(ctx context.Context) (func(), error) {
			count, changed, err := r.hub.deps.History.React(ctx, MessageReaction{
				RoomID: r.id, MessageID: p.MessageID, UserID: s.user.ID, Emoji: p.Emoji, On: p.On,
			})
			if err != nil {
				return nil, err
			}
			return func() {
				if changed {
					r.spread(encode(wire.TypeChatReacted, wire.ChatReacted{
						ID: p.MessageID, RoomID: r.id, RoomSlug: r.slug, Emoji: p.Emoji, UserID: s.user.ID, On: p.On, Count: count,
					}))
				}
				s.ack(req, wire.Ack{MessageID: p.MessageID})
			}, nil
		}}
	})
}

// checkEmoji takes what may be one emoji: which ones there are grows every
// year, so only its length and that it is drawn are looked at.
func checkEmoji(emoji string) error {
	unseen := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar }
	if emoji == "" || len(emoji) > wire.MaxEmoji || strings.ContainsFunc(emoji, unseen) {
		return wire.Invalid("emoji", "one emoji of at most 64 bytes, without white space")
	}
	return nil
}
