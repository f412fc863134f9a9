package signaling

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleChatSend hands a message to the room's appender, which answers.
func handleChatSend(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.ChatSend](req)
	if err != nil {
		return err
	}
	if n := utf8.RuneCountInString(p.Text); n > wire.MaxText || strings.TrimSpace(p.Text) == "" {
		return wire.Invalid("text", "1 to 4000 characters that are not all blank")
	}
	if err := checkText("text", p.Text, wire.MaxText); err != nil {
		return err
	}
	if p.ReplyTo != nil {
		if err := checkText("replyTo", *p.ReplyTo, maxID); err != nil {
			return err
		}
	}
	r := s.room
	viewing := false
	if r == nil || r.loop.call(func() { viewing = r.views(s) }) != nil || !viewing {
		return errNoActiveRoom()
	}
	req.later = true
	taken, err := r.chat.try(chatJob{s: s, req: req, msg: NewMessage{
		RoomID: r.id, UserID: s.user.ID, UserName: s.user.Name, Text: p.Text, ReplyTo: p.ReplyTo,
		IdempotencyKey: req.IdempotencyKey, RequestID: req.RequestID,
	}})
	if err != nil {
		return errNoActiveRoom()
	}
	if !taken {
		s.hub.gauge.chatRefused.Add(1)
		return &wire.Error{Code: wire.CodeRateLimited, Message: "the room has more messages than can be stored; try again", RetryAfterMs: 1000}
	}
	return nil
}
