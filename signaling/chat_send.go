package signaling

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleChatSend hands a message to the room's appender.
func handleChatSend(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.ChatSend](req)
	if err != nil {
		return err
	}
	if err := checkChatText(p.Text); err != nil {
		return err
	}
	if p.ReplyTo != nil {
		if err := checkMessageID("replyTo", *p.ReplyTo); err != nil {
			return err
		}
	}
	return s.submit(req, func(r *room) deed {
		return deed{msg: NewMessage{
			RoomID: r.id, UserID: s.user.ID, UserName: s.user.Name, Text: p.Text, ReplyTo: p.ReplyTo,
			IdempotencyKey: req.IdempotencyKey, RequestID: req.RequestID,
		}}
	})
}

// checkChatText bounds what a message says.
func checkChatText(text string) error {
	if n := utf8.RuneCountInString(text); n > wire.MaxText || strings.TrimSpace(text) == "" {
		return wire.Invalid("text", "1 to 4000 characters that are not all blank")
	}
	return checkText("text", text, wire.MaxText)
}

// checkMessageID bounds what is looked for as a message's id.
func checkMessageID(field, id string) error {
	if id == "" {
		return wire.Invalid(field, "name a message by its id")
	}
	return checkText(field, id, maxID)
}
