package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// HistoryQuery asks for a page of a room's messages. Without Before and
// AfterSeq it is the newest page.
type HistoryQuery struct {
	RoomID string
	Limit  int
	// BeforeCreatedAt and BeforeID are the message that the page ends before;
	// the id alone is enough while that message is there, and the time with it
	// finds the place when it is not any more.
	BeforeCreatedAt *time.Time
	BeforeID        string
	// AfterSeq, when it is not nil, pages forward instead.
	AfterSeq *int64
	// ViewerID is whose reactions are Mine.
	ViewerID string
}

// History returns at most Limit messages and whether there are more in that
// direction: newest first, or, with AfterSeq, oldest first.
func (s *Store) History(ctx context.Context, q HistoryQuery) ([]Message, bool, error) {
	tx := s.read.WithContext(ctx).Where("room_id = ?", q.RoomID)
	switch {
	case q.AfterSeq != nil:
		tx = tx.Where("room_seq > ?", *q.AfterSeq).Order("room_seq")
	case q.BeforeID != "" || q.BeforeCreatedAt != nil:
		seq, err := s.seqBefore(ctx, q)
		if err != nil {
			return nil, false, fmt.Errorf("finding the page: %w", err)
		}
		tx = tx.Where("room_seq <= ?", seq).Order("room_seq DESC")
	default:
		tx = tx.Order("room_seq DESC")
	}
	// One more than asked for tells whether there are more.
	var rows []Message
	if err := tx.Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return nil, false, fmt.Errorf("reading history: %w", err)
	}
	more := len(rows) > q.Limit
	if more {
		rows = rows[:q.Limit]
	}
	if err := s.addReactions(ctx, rows, q.ViewerID); err != nil {
		return nil, false, fmt.Errorf("reading reactions: %w", err)
	}
	return rows, more, nil
}

// seqBefore finds the last roomSeq before the cursor, 0 when there is none.
func (s *Store) seqBefore(ctx context.Context, q HistoryQuery) (int64, error) {
	db := s.read.WithContext(ctx).Session(&gorm.Session{})
	var row Message
	if q.BeforeID != "" {
		err := db.Select("room_seq").Take(&row, "id = ? AND room_id = ?", q.BeforeID, q.RoomID).Error
		if err == nil {
			return row.RoomSeq - 1, nil
		}
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			return 0, err
		}
		if q.BeforeCreatedAt == nil {
			return 0, ErrNotFound
		}
	}
	// Two questions that the index answers at once; as one with an OR they are
	// a walk through all that is newer.
	at := At(*q.BeforeCreatedAt)
	for _, place := range []*gorm.DB{
		db.Where("room_id = ? AND created_at = ? AND id < ?", q.RoomID, at, q.BeforeID),
		db.Where("room_id = ? AND created_at < ?", q.RoomID, at),
	} {
		err := place.Select("room_seq").Order("created_at DESC, room_seq DESC").Limit(1).Take(&row).Error
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			return row.RoomSeq, err
		}
	}
	return 0, nil
}
