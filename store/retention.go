package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// DeleteBefore removes at most limit messages that are older than t, the
// oldest of one room, and returns how many; 0 says that there are no more. A
// room's count goes on from where it was. What was removed is forgotten whole:
// its idempotency key may be used again.
func (s *Store) DeleteBefore(ctx context.Context, t time.Time, limit int) (int64, error) {
	before := At(t)
	var rooms []string
	err := s.read.WithContext(ctx).Raw(`SELECT r.id FROM rooms r WHERE EXISTS
		(SELECT 1 FROM messages m WHERE m.room_id = r.id AND m.created_at < ?) ORDER BY r.id LIMIT 1`, before).Scan(&rooms).Error
	if err == nil && len(rooms) == 0 {
		return 0, nil
	}
	var n int64
	if err == nil {
		err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			var last *int64
			err := tx.Raw(`SELECT MAX(room_seq) FROM (SELECT room_seq FROM messages WHERE room_id = ? AND created_at < ?
				ORDER BY room_seq LIMIT ?) AS oldest`, rooms[0], before, limit).Scan(&last).Error
			if err != nil || last == nil {
				return err
			}
			res := tx.Exec("DELETE FROM messages WHERE room_id = ? AND room_seq <= ?", rooms[0], *last)
			n = res.RowsAffected
			if res.Error != nil {
				return res.Error
			}
			return tx.Exec("DELETE FROM mentions WHERE room_id = ? AND room_seq <= ?", rooms[0], *last).Error
		})
	}
	if err != nil {
		return 0, fmt.Errorf("removing old messages: %w", err)
	}
	return n, nil
}
