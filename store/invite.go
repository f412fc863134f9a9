package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Invite lets somebody in; nil MaxUses or ExpiresAt mean no limit.
type Invite struct {
	Code      string `gorm:"primaryKey"`
	UserID    string // who made it
	MaxUses   *int
	Uses      int
	ExpiresAt *Time
	CreatedAt Time `gorm:"autoCreateTime:false"`
}

// CreateInvite stores an invite that nobody has used yet.
func (s *Store) CreateInvite(ctx context.Context, code, userID string, maxUses *int, expiresAt *time.Time) (Invite, error) {
	row := Invite{Code: code, UserID: userID, MaxUses: maxUses, CreatedAt: At(s.now())}
	if expiresAt != nil {
		at := At(*expiresAt)
		row.ExpiresAt = &at
	}
	if err := s.write.WithContext(ctx).Create(&row).Error; err != nil {
		return Invite{}, fmt.Errorf("storing invite: %w", err)
	}
	return row, nil
}

// ListInvites returns the invites of one user, or of all for an empty userID,
// newest first. Used-up and expired ones are among them.
func (s *Store) ListInvites(ctx context.Context, userID string) ([]Invite, error) {
	q := s.read.WithContext(ctx)
	if userID != "" {
		q = q.Where("user_id = ?", userID)
	}
	var rows []Invite
	if err := q.Order("created_at DESC, code").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("listing invites: %w", err)
	}
	return rows, nil
}

// DeleteInvite removes an invite; a userID that is not empty must be who made
// it. ErrNotFound otherwise.
func (s *Store) DeleteInvite(ctx context.Context, code, userID string) error {
	q := s.write.WithContext(ctx).Where("code = ?", code)
	if userID != "" {
		q = q.Where("user_id = ?", userID)
	}
	res := q.Delete(&Invite{})
	if res.Error != nil {
		return fmt.Errorf("removing invite: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return fmt.Errorf("removing invite: %w", ErrNotFound)
	}
	return nil
}

// useInvite takes one use of an invite in one statement, so that two who come
// at once cannot share the last one.
func useInvite(tx *gorm.DB, code string, now Time) error {
	res := tx.Exec(`UPDATE invites SET uses = uses + 1 WHERE code = ?
		AND (max_uses IS NULL OR uses < max_uses) AND (expires_at IS NULL OR expires_at > ?)`, code, now)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return ErrInvite
	}
	return nil
}
