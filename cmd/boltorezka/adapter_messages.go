package main

import (
	"context"
	"errors"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/httpapi"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store"
)

// messages is the store as signaling's History and the edge's Messages.
type messages struct{ db *store.Store }

func wireMessage(m store.Message) wire.Message {
	return wire.Message{ID: m.ID, RoomID: m.RoomID, RoomSeq: m.RoomSeq, UserID: m.UserID, UserName: m.UserName, Text: m.Text,
		ReplyTo: m.ReplyTo, CreatedAt: wire.Time(m.CreatedAt), EditedAt: (*wire.Time)(m.EditedAt), DeletedAt: (*wire.Time)(m.DeletedAt),
		Reactions: []wire.Reaction{}}
}

// Append stores a message; the errors a sender can mend have their codes.
func (m messages) Append(ctx context.Context, n signaling.NewMessage) (signaling.Stored, error) {
	row, duplicate, err := m.db.AppendMessage(ctx, store.NewMessage{RoomID: n.RoomID, UserID: n.UserID, UserName: n.UserName, Text: n.Text,
		ReplyTo: n.ReplyTo, IdempotencyKey: n.IdempotencyKey, SenderRequestID: n.RequestID})
	switch {
	case errors.Is(err, store.ErrReplyTo):
		err = wire.E(wire.CodeMessageNotFound, "the message answered is not in this room")
	case errors.Is(err, store.ErrArchived), errors.Is(err, store.ErrNotFound):
		err = wire.E(wire.CodeRoomNotFound, "the room is no longer there")
	}
	return signaling.Stored{Message: wireMessage(row), RequestID: row.SenderRequestID, Duplicate: duplicate}, err
}

// History returns a page of a room's messages.
func (m messages) History(ctx context.Context, q httpapi.HistoryQuery) ([]wire.Message, bool, error) {
	rows, more, err := m.db.History(ctx, store.HistoryQuery(q))
	if errors.Is(err, store.ErrNotFound) {
		err = wire.E(wire.CodeMessageNotFound, "beforeId: there is no such message in this room")
	}
	return each(rows, wireMessage), more, err
}

func (m messages) ClearMessages(ctx context.Context, roomID string) (int64, error) {
	return m.db.ClearMessages(ctx, roomID)
}
