package store

import (
	"context"
	"fmt"

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
	DeletedAt       *Time `gorm:"column:deleted_at"`
	// Reactions are filled in by History.
	Reactions []ReactionCount `gorm:"-"`
}

// ClearMessages removes a room's messages for good and returns how many there
// were. The room's count goes on from where it was, so that no roomSeq is
// ever given twice.
func (s *Store) ClearMessages(ctx context.Context, roomID string) (int64, error) {
	var n int64
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		res := tx.Delete(&Message{}, "room_id = ?", roomID)
		n = res.RowsAffected
		if res.Error != nil {
			return res.Error
		}
		return tx.Exec("DELETE FROM mentions WHERE room_id = ?", roomID).Error
	})
	if err != nil {
		return 0, fmt.Errorf("clearing room: %w", err)
	}
	return n, nil
}
