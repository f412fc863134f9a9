package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
)

// EditMessage replaces the text of a user's own message within window after
// its CreatedAt. changed is false when it had that text. ErrNotFound: there is
// no such message in the room, or it was deleted; ErrNotAuthor; ErrWindow.
func (s *Store) EditMessage(ctx context.Context, roomID, messageID, userID, text string, window time.Duration) (m Message, changed bool, err error) {
	text = strings.ReplaceAll(text, "\x00", "\uFFFD")
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if m, err = s.lockMessage(tx, roomID, messageID); err != nil {
			return err
		}
		now := At(s.now())
		switch {
		case m.DeletedAt != nil:
			return ErrNotFound
		case m.UserID != userID:
			return ErrNotAuthor
		case now.Sub(m.CreatedAt.Time) > window:
			return ErrWindow
		case m.Text == text:
			return nil
		}
		changed, m.Text, m.EditedAt = true, text, &now
		return tx.Exec("UPDATE messages SET text = ?, edited_at = ? WHERE id = ?", text, now, m.ID).Error
	})
	if err != nil {
		return Message{}, false, fmt.Errorf("editing message: %w", err)
	}
	return m, changed, nil
}

// DeleteMessage takes a message's text, mentions and reactions away and leaves
// its place: a user's own within window after its CreatedAt, or with
// others everybody's at any time. changed is false when it was deleted before.
// ErrNotFound: there is no such message in the room; ErrNotAuthor; ErrWindow.
func (s *Store) DeleteMessage(ctx context.Context, roomID, messageID, userID string, others bool, window time.Duration) (m Message, changed bool, err error) {
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if m, err = s.lockMessage(tx, roomID, messageID); err != nil {
			return err
		}
		now := At(s.now())
		switch {
		case m.UserID != userID && !others:
			return ErrNotAuthor
		case m.DeletedAt != nil:
			return nil
		case now.Sub(m.CreatedAt.Time) > window && !others:
			return ErrWindow
		}
		changed, m.Text, m.DeletedAt = true, "", &now
		if err := tx.Exec("UPDATE messages SET text = '', deleted_at = ? WHERE id = ?", now, m.ID).Error; err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM mentions WHERE room_id = ? AND room_seq = ?", m.RoomID, m.RoomSeq).Error; err != nil {
			return err
		}
		return tx.Exec("DELETE FROM reactions WHERE message_id = ?", m.ID).Error
	})
	if err != nil {
		return Message{}, false, fmt.Errorf("deleting message: %w", err)
	}
	return m, changed, nil
}

// lockMessage reads a message that the transaction is about to change.
func (s *Store) lockMessage(tx *gorm.DB, roomID, messageID string) (m Message, err error) {
	query := "SELECT * FROM messages WHERE id = ? AND room_id = ?"
	if s.postgres {
		query += " FOR UPDATE"
	}
	res := tx.Raw(query, messageID, roomID).Scan(&m)
	if res.Error == nil && res.RowsAffected == 0 {
		return m, ErrNotFound
	}
	return m, res.Error
}
