package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/httpapi"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store"
)

// messages is the store as signaling's History and Reading and the edge's
// Messages.
type messages struct{ db *store.Store }

func wireMessage(m store.Message) wire.Message {
	return wire.Message{ID: m.ID, RoomID: m.RoomID, RoomSeq: m.RoomSeq, UserID: m.UserID, UserName: m.UserName, Text: m.Text,
		ReplyTo: m.ReplyTo, CreatedAt: wire.Time(m.CreatedAt), EditedAt: (*wire.Time)(m.EditedAt), DeletedAt: (*wire.Time)(m.DeletedAt),
		Reactions: each(m.Reactions, func(r store.ReactionCount) wire.Reaction { return wire.Reaction(r) })}
}

// AppendAll stores messages; the errors a sender can mend have their codes.
func (m messages) AppendAll(ctx context.Context, ns []signaling.NewMessage) []signaling.Appended {
	results := m.db.AppendMessages(ctx, each(ns, func(n signaling.NewMessage) store.NewMessage {
		return store.NewMessage{RoomID: n.RoomID, UserID: n.UserID, UserName: n.UserName, Text: n.Text, ReplyTo: n.ReplyTo,
			IdempotencyKey: n.IdempotencyKey, SenderRequestID: n.RequestID, MentionKeys: auth.MentionKeys(n.Text)}
	}))
	return each(results, func(r store.AppendResult) signaling.Appended {
		row := r.Message
		return signaling.Appended{Err: appendError(r.Err), Stored: signaling.Stored{
			Message: wireMessage(row), RequestID: row.SenderRequestID, Duplicate: r.Duplicate, Mentions: r.Mentions}}
	})
}

// Edit replaces a message's text.
func (m messages) Edit(ctx context.Context, e signaling.MessageEdit) (wire.Message, bool, error) {
	row, changed, err := m.db.EditMessage(ctx, e.RoomID, e.MessageID, e.UserID, e.Text, e.Window)
	if errors.Is(err, store.ErrWindow) {
		err = wire.E(wire.CodeEditWindowExpired, "messages can be edited for "+minutes(e.Window))
	}
	return wireMessage(row), changed, messageError(err)
}

// Delete takes a message's text away.
func (m messages) Delete(ctx context.Context, d signaling.MessageDelete) (wire.Message, bool, error) {
	row, changed, err := m.db.DeleteMessage(ctx, d.RoomID, d.MessageID, d.UserID, d.Any, d.Window)
	if errors.Is(err, store.ErrWindow) {
		err = wire.E(wire.CodeDeleteWindowExpired, "messages can be deleted for "+minutes(d.Window)+"; a moderator can at any time")
	}
	return wireMessage(row), changed, messageError(err)
}

// React puts an emoji on a message or takes it off.
func (m messages) React(ctx context.Context, r signaling.MessageReaction) (int, bool, error) {
	count, changed, err := m.db.React(ctx, r.RoomID, r.MessageID, r.UserID, r.Emoji, r.On)
	if errors.Is(err, store.ErrTooMany) {
		err = wire.Invalid("emoji", "this message has 20 different reactions already")
	}
	return count, changed, messageError(err)
}

// ReadStates are a user's of all rooms.
func (m messages) ReadStates(ctx context.Context, userID string) ([]signaling.ReadState, error) {
	states, err := m.db.ReadStates(ctx, userID)
	return each(states, func(s store.ReadState) signaling.ReadState { return signaling.ReadState(s) }), err
}

// MarkRead moves a user's read pointer.
func (m messages) MarkRead(ctx context.Context, userID, messageID string) (signaling.ReadState, error) {
	state, err := m.db.MarkRead(ctx, userID, messageID)
	if errors.Is(err, store.ErrNotFound) {
		err = wire.E(wire.CodeMessageNotFound, "there is no such message")
	}
	return signaling.ReadState(state), messageError(err)
}

// appendError is messageError where the room is what may not be found.
func appendError(err error) error {
	switch {
	case errors.Is(err, store.ErrReplyTo):
		return wire.E(wire.CodeMessageNotFound, "the message answered is not in this room")
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrArchived):
		return wire.E(wire.CodeRoomNotFound, "the room is no longer there")
	}
	return messageError(err)
}

// messageError gives what a user can mend its code.
func messageError(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return wire.E(wire.CodeMessageNotFound, "there is no such message in this room")
	case errors.Is(err, store.ErrNotAuthor):
		return wire.E(wire.CodeForbidden, "this message is somebody else's")
	case errors.Is(err, store.ErrBusy):
		return &wire.Error{Code: wire.CodeRateLimited, Message: "more is waiting to be stored than can be; try again", RetryAfterMs: 1000}
	}
	return fullErr(err)
}

// fullErr says what is wrong when the disk of the database is full, to users
// too: it is theirs to know that trying again is in vain.
func fullErr(err error) error {
	if store.IsFull(err) {
		return &wire.Error{Code: wire.CodeInternal, Message: "the server's disk is full and nothing was stored; its operator has to make room", Cause: err}
	}
	return err
}

// minutes writes a window for a person.
func minutes(d time.Duration) string { return fmt.Sprintf("%d minutes", int(d.Minutes())) }

// History returns a page of a room's messages.
func (m messages) History(ctx context.Context, q httpapi.HistoryQuery) ([]wire.Message, bool, error) {
	rows, more, err := m.db.History(ctx, store.HistoryQuery(q))
	if errors.Is(err, store.ErrNotFound) {
		err = wire.E(wire.CodeMessageNotFound, "beforeId: there is no such message in this room")
	}
	return each(rows, wireMessage), more, err
}

// ClearMessages removes a room's messages.
func (m messages) ClearMessages(ctx context.Context, roomID string) (int64, error) {
	return m.db.ClearMessages(ctx, roomID)
}
