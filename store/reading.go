package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// ReadState is how far a user has read a room, and what there is.
type ReadState struct {
	RoomID        string
	LastMessageID string // empty in a room without messages
	LastSeq       int64
	ReadSeq       int64
	Mentions      int64 // of the messages after ReadSeq that name him
}

// readMark asks that a user has read up to a message.
type readMark struct{ userID, messageID string }

// MarkRead moves a user's read pointer to a message, unless it is further
// already, and returns what is then the state of the message's room.
// ErrNotFound: there is no such message. Those that come at once share a
// transaction.
func (s *Store) MarkRead(ctx context.Context, userID, messageID string) (ReadState, error) {
	state, err := s.reads.ask(ctx, readMark{userID, messageID})
	if err == nil && state.RoomID == "" {
		err = ErrNotFound
	}
	if err != nil {
		return ReadState{}, fmt.Errorf("marking as read: %w", err)
	}
	return state, nil
}

// markAll moves pointers. The state of a message that is not there has no room.
func (s *Store) markAll(ctx context.Context, marks []readMark) ([]ReadState, error) {
	out := make([]ReadState, len(marks))
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		ids := make([]string, len(marks))
		for i, m := range marks {
			ids[i] = m.messageID
		}
		var rows []Message
		if err := tx.Select("id, room_id, room_seq").Find(&rows, "id IN ?", ids).Error; err != nil {
			return err
		}
		found := make(map[string]Message, len(rows))
		for _, m := range rows {
			found[m.ID] = m
		}
		to := map[readPointer]int64{}
		for _, mark := range marks {
			if m, ok := found[mark.messageID]; ok {
				p := readPointer{mark.userID, m.RoomID}
				to[p] = max(to[p], m.RoomSeq)
			}
		}
		if err := movePointers(tx, to); err != nil {
			return err
		}
		states := make(map[readPointer]ReadState, len(to))
		for p := range to {
			state, err := readState(tx, p)
			if err != nil {
				return err
			}
			states[p] = state
		}
		for i, mark := range marks {
			out[i] = states[readPointer{mark.userID, found[mark.messageID].RoomID}]
		}
		return nil
	})
	return out, err
}

// readState is the state of a room whose pointer there is.
func readState(tx *gorm.DB, p readPointer) (ReadState, error) {
	if err := tx.Exec(`DELETE FROM mentions WHERE user_id = ? AND room_id = ? AND room_seq <=
		(SELECT room_seq FROM read_pointers WHERE user_id = ? AND room_id = ?)`, p.userID, p.roomID, p.userID, p.roomID).Error; err != nil {
		return ReadState{}, err
	}
	var state ReadState
	err := tx.Raw(`SELECT r.id AS room_id, r.last_seq, p.room_seq AS read_seq,
		COALESCE((SELECT id FROM messages m WHERE m.room_id = r.id ORDER BY m.room_seq DESC LIMIT 1), '') AS last_message_id,
		(SELECT COUNT(*) FROM mentions n WHERE n.user_id = p.user_id AND n.room_id = r.id) AS mentions
		FROM rooms r JOIN read_pointers p ON p.room_id = r.id WHERE p.user_id = ? AND r.id = ?`, p.userID, p.roomID).Scan(&state).Error
	return state, err
}

// ReadStates are a user's of all rooms that are not archived. What was there
// before his account was made counts as read, and so does what is no more.
func (s *Store) ReadStates(ctx context.Context, userID string) ([]ReadState, error) {
	var rows []struct {
		RoomID, LastMessageID string
		LastSeq               int64
		Pointer               *int64
		Oldest                *int64 // the room's first message that is still there
		Before                *int64 // the last before the account was made
		Mentions              int64
	}
	err := s.read.WithContext(ctx).Raw(`SELECT r.id AS room_id, r.last_seq, p.room_seq AS pointer,
		COALESCE((SELECT id FROM messages m WHERE m.room_id = r.id ORDER BY m.room_seq DESC LIMIT 1), '') AS last_message_id,
		(SELECT m.room_seq FROM messages m WHERE m.room_id = r.id ORDER BY m.room_seq LIMIT 1) AS oldest,
		CASE WHEN p.room_seq IS NULL THEN (SELECT m.room_seq FROM messages m WHERE m.room_id = r.id AND m.created_at < u.created_at
			ORDER BY m.created_at DESC, m.room_seq DESC LIMIT 1) END AS before,
		(SELECT COUNT(*) FROM mentions n WHERE n.user_id = u.id AND n.room_id = r.id AND n.room_seq > COALESCE(p.room_seq, 0)) AS mentions
		FROM users u CROSS JOIN rooms r LEFT JOIN read_pointers p ON p.user_id = u.id AND p.room_id = r.id
		WHERE u.id = ? AND r.archived_at IS NULL`, userID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading what was read: %w", err)
	}
	states := make([]ReadState, 0, len(rows))
	for _, r := range rows {
		state := ReadState{RoomID: r.RoomID, LastMessageID: r.LastMessageID, LastSeq: r.LastSeq, ReadSeq: r.LastSeq, Mentions: r.Mentions}
		if r.Oldest != nil { // else there is nothing to read
			state.ReadSeq = max(*r.Oldest-1, orZero(r.Pointer), orZero(r.Before))
		}
		states = append(states, state)
	}
	return states, nil
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
