package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// Session is one signed-in device. Only hashes of its token are kept.
type Session struct {
	ID        string `gorm:"primaryKey"`
	UserID    string
	TokenHash string
	// PreviousHash is the token's before the last rotation; it opens the
	// session until PreviousUntil, so that an answer that was lost, or a
	// second tab, does not sign the device out.
	PreviousHash  *string
	PreviousUntil *Time
	UserAgent     string
	CreatedAt     Time `gorm:"autoCreateTime:false"`
	LastSeenAt    Time
	ExpiresAt     Time
}

// NewSession is a session to be stored.
type NewSession struct {
	UserID    string
	TokenHash string
	UserAgent string
	ExpiresAt time.Time
}

// CreateSession stores a session.
func (s *Store) CreateSession(ctx context.Context, n NewSession) (Session, error) {
	now := At(s.now())
	row := Session{ID: newID(), UserID: n.UserID, TokenHash: n.TokenHash, UserAgent: n.UserAgent,
		CreatedAt: now, LastSeenAt: now, ExpiresAt: At(n.ExpiresAt)}
	if err := s.write.WithContext(ctx).Create(&row).Error; err != nil {
		return Session{}, fmt.Errorf("storing session: %w", err)
	}
	return row, nil
}

// SessionByToken returns the live session that the hash opens, and its user.
func (s *Store) SessionByToken(ctx context.Context, tokenHash string) (Session, User, error) {
	now := At(s.now())
	var row Session
	err := s.read.WithContext(ctx).
		Where("expires_at > ?", now).
		Where("token_hash = ? OR (previous_hash = ? AND previous_until > ?)", tokenHash, tokenHash, now).
		Take(&row).Error
	if err != nil {
		return Session{}, User{}, fmt.Errorf("reading session: %w", found(err))
	}
	u, err := s.UserByID(ctx, row.UserID)
	if err != nil {
		return Session{}, User{}, err
	}
	return row, u, nil
}

// RotateSession gives a session another token hash and expiry; the one it had
// goes on opening it until previousUntil. ErrNotFound: it has ended.
func (s *Store) RotateSession(ctx context.Context, id, tokenHash string, expiresAt, previousUntil time.Time) error {
	now := At(s.now())
	res := s.write.WithContext(ctx).Model(&Session{}).Where("id = ? AND expires_at > ?", id, now).Updates(map[string]any{
		"previous_hash":  gorm.Expr("token_hash"),
		"previous_until": At(previousUntil),
		"token_hash":     tokenHash,
		"expires_at":     At(expiresAt),
		"last_seen_at":   now,
	})
	if res.Error != nil {
		return fmt.Errorf("rotating session: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return fmt.Errorf("rotating session: %w", ErrNotFound)
	}
	return nil
}

// TouchSession notes that the device was seen now.
func (s *Store) TouchSession(ctx context.Context, id string) error {
	err := s.write.WithContext(ctx).Model(&Session{}).Where("id = ?", id).Update("last_seen_at", At(s.now())).Error
	if err != nil {
		return fmt.Errorf("touching session: %w", err)
	}
	return nil
}

// ListSessions returns a user's live sessions, last seen first.
func (s *Store) ListSessions(ctx context.Context, userID string) ([]Session, error) {
	var rows []Session
	err := s.read.WithContext(ctx).Where("user_id = ? AND expires_at > ?", userID, At(s.now())).
		Order("last_seen_at DESC, id DESC").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	return rows, nil
}

// DeleteSession ends a user's session. ErrNotFound: it is not there or
// somebody else's.
func (s *Store) DeleteSession(ctx context.Context, userID, id string) error {
	res := s.write.WithContext(ctx).Delete(&Session{}, "id = ? AND user_id = ?", id, userID)
	if res.Error != nil {
		return fmt.Errorf("ending session: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return fmt.Errorf("ending session: %w", ErrNotFound)
	}
	return nil
}

// DeleteExpiredSessions removes what no token opens any more, and returns how
// many.
func (s *Store) DeleteExpiredSessions(ctx context.Context) (int64, error) {
	res := s.write.WithContext(ctx).Delete(&Session{}, "expires_at <= ?", At(s.now()))
	if res.Error != nil {
		return 0, fmt.Errorf("removing expired sessions: %w", res.Error)
	}
	return res.RowsAffected, nil
}

// EndedSessions are those of ids that no live session of an account that is
// not disabled has.
func (s *Store) EndedSessions(ctx context.Context, ids []string) (ended []string, err error) {
	for part := range slices.Chunk(ids, 1000) {
		var live []string
		err := s.read.WithContext(ctx).Raw(`SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
			WHERE s.id IN ? AND s.expires_at > ? AND u.disabled_at IS NULL`, part, At(s.now())).Scan(&live).Error
		if err != nil {
			return nil, fmt.Errorf("looking at sessions: %w", err)
		}
		there := make(map[string]bool, len(live))
		for _, id := range live {
			there[id] = true
		}
		for _, id := range part {
			if !there[id] {
				ended = append(ended, id)
			}
		}
	}
	return ended, nil
}
