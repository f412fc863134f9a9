package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// maxReactions is how many different emoji a message takes.
const maxReactions = 20

// ReactionCount counts one emoji on a message; Mine says that the one who asked
// is among them.
type ReactionCount struct {
	Emoji string
	Count int
	Mine  bool
}

// React puts a user's emoji on a message or takes it off, and returns how many
// users have it there then. changed is false when it was so before.
// ErrNotFound: there is no such message in the room, or it was deleted;
// ErrTooMany: the message has 20 others.
func (s *Store) React(ctx context.Context, roomID, messageID, userID, emoji string, on bool) (count int, changed bool, err error) {
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		m, err := s.lockMessage(tx, roomID, messageID)
		if err != nil {
			return err
		}
		if m.DeletedAt != nil {
			return ErrNotFound
		}
		query, args := "DELETE FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ?", []any{m.ID, emoji, userID}
		if on {
			query = "INSERT INTO reactions (message_id, emoji, user_id, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
			args = append(args, At(s.now()))
		}
		change := tx.Exec(query, args...)
		if change.Error != nil {
			return change.Error
		}
		changed = change.RowsAffected > 0
		var kinds int
		if err := tx.Raw("SELECT COUNT(DISTINCT emoji) FROM reactions WHERE message_id = ?", m.ID).Scan(&kinds).Error; err != nil {
			return err
		}
		if on && kinds > maxReactions {
			return ErrTooMany
		}
		return tx.Raw("SELECT COUNT(*) FROM reactions WHERE message_id = ? AND emoji = ?", m.ID, emoji).Scan(&count).Error
	})
	if err != nil {
		return 0, false, fmt.Errorf("reacting: %w", err)
	}
	return count, changed, nil
}

// addReactions fills in the reactions of a page, those that came first first.
func (s *Store) addReactions(ctx context.Context, page []Message, viewerID string) error {
	if len(page) == 0 {
		return nil
	}
	ids, byID := make([]string, len(page)), make(map[string]*Message, len(page))
	for i := range page {
		ids[i] = page[i].ID
		byID[page[i].ID] = &page[i]
	}
	var rows []struct {
		MessageID, Emoji string
		Count, Mine      int
	}
	err := s.read.WithContext(ctx).Raw(`SELECT message_id, emoji, COUNT(*) AS count, SUM(CASE WHEN user_id = ? THEN 1 ELSE 0 END) AS mine
		FROM reactions WHERE message_id IN ? GROUP BY message_id, emoji ORDER BY MIN(created_at), emoji`, viewerID, ids).Scan(&rows).Error
	for _, r := range rows {
		m := byID[r.MessageID]
		m.Reactions = append(m.Reactions, ReactionCount{Emoji: r.Emoji, Count: r.Count, Mine: r.Mine > 0})
	}
	return err
}
