package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// Message is a stored chat message.
type Message struct {
	ID              string `gorm:"primaryKey"`
	RoomID          string
	RoomSeq         int64 // 1 for a room's first message, rising by one
	UserID          string
	UserName        string // as it was when the message was written
	Text            string
	ReplyTo         *string
	IdempotencyKey  *string
	SenderRequestID string
	CreatedAt       Time `gorm:"autoCreateTime:false"`
	EditedAt        *Time
	DeletedAt       *Time
}

// NewMessage is a message to be stored.
type NewMessage struct {
	RoomID          string
	UserID          string
	UserName        string
	Text            string
	ReplyTo         *string
	IdempotencyKey  string // empty: none
	SenderRequestID string
}

// AppendMessage stores a message and gives it its id, RoomSeq and CreatedAt;
// within a room the one rises by one and the other never decreases. When the
// same user has stored a message under the same idempotency key before, that
// one is returned and duplicate is true. ErrNotFound: no such room;
// ErrArchived; ErrReplyTo.
func (s *Store) AppendMessage(ctx context.Context, n NewMessage) (m Message, duplicate bool, err error) {
	// PostgreSQL's text holds every character but NUL.
	for _, field := range []*string{&n.Text, &n.UserName, &n.IdempotencyKey, &n.SenderRequestID} {
		*field = strings.ReplaceAll(*field, "\x00", "\uFFFD")
	}
	// Two of one key that run at once both see nothing; the index lets one of
	// them through, and the other then finds it.
	for range 2 {
		m, duplicate, err = s.appendOnce(ctx, n)
		if !isUnique(err) {
			break
		}
	}
	if err != nil {
		return Message{}, false, fmt.Errorf("storing message: %w", err)
	}
	return m, duplicate, nil
}

func (s *Store) appendOnce(ctx context.Context, n NewMessage) (m Message, duplicate bool, err error) {
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if n.IdempotencyKey != "" {
			err := tx.Take(&m, "user_id = ? AND idempotency_key = ?", n.UserID, n.IdempotencyKey).Error
			if err == nil {
				duplicate = true
				return nil
			}
			if !errors.Is(err, gorm.ErrRecordNotFound) {
				return err
			}
		}
		if n.ReplyTo != nil {
			there, err := exists(tx, "SELECT 1 FROM messages WHERE id = ? AND room_id = ?", *n.ReplyTo, n.RoomID)
			if err != nil {
				return err
			}
			if !there {
				return ErrReplyTo
			}
		}
		seq, at, err := s.nextInRoom(tx, n.RoomID)
		if err != nil {
			return err
		}
		m = Message{ID: newID(), RoomID: n.RoomID, RoomSeq: seq, UserID: n.UserID, UserName: n.UserName, Text: n.Text,
			ReplyTo: n.ReplyTo, SenderRequestID: n.SenderRequestID, CreatedAt: at}
		if n.IdempotencyKey != "" {
			m.IdempotencyKey = &n.IdempotencyKey
		}
		return tx.Create(&m).Error
	})
	return m, duplicate, err
}

// nextInRoom moves the room's counters. The row stays locked until the
// transaction ends, which is what makes the order of roomSeq the order of
// storing, and of createdAt, although clocks of nodes differ.
func (s *Store) nextInRoom(tx *gorm.DB, roomID string) (int64, Time, error) {
	now := At(s.now())
	var next []struct {
		LastSeq       int64
		LastMessageAt Time
	}
	err := tx.Raw(`UPDATE rooms SET last_seq = last_seq + 1,
		last_message_at = CASE WHEN last_message_at > ? THEN last_message_at ELSE ? END
		WHERE id = ? AND archived_at IS NULL RETURNING last_seq, last_message_at`, now, now, roomID).Scan(&next).Error
	if err != nil {
		return 0, Time{}, err
	}
	if len(next) == 0 {
		there, err := exists(tx, "SELECT 1 FROM rooms WHERE id = ?", roomID)
		if err != nil {
			return 0, Time{}, err
		}
		if there {
			return 0, Time{}, ErrArchived
		}
		return 0, Time{}, ErrNotFound
	}
	return next[0].LastSeq, next[0].LastMessageAt, nil
}

// ClearMessages removes a room's messages for good and returns how many there
// were. The room's count goes on from where it was, so that no roomSeq is
// ever given twice.
func (s *Store) ClearMessages(ctx context.Context, roomID string) (int64, error) {
	res := s.write.WithContext(ctx).Delete(&Message{}, "room_id = ?", roomID)
	if res.Error != nil {
		return 0, fmt.Errorf("clearing room: %w", res.Error)
	}
	return res.RowsAffected, nil
}
