package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// Roles that queries tell apart; the others are the caller's business.
const (
	roleOwner = "owner"
	roleGuest = "guest"
)

// User is a person: an account, or a guest, who has no password.
type User struct {
	ID           string `gorm:"primaryKey"`
	Name         string
	NameKey      string // the folded name, by which accounts are unique
	Role         string
	PasswordHash string
	CreatedAt    Time `gorm:"autoCreateTime:false"`
	DisabledAt   *Time
}

// NewUser is a user to be stored.
type NewUser struct {
	Name         string
	NameKey      string
	Role         string // guest, or an account's role
	PasswordHash string // empty for a guest
	// InviteCode, when it is not empty, must name an invite with a use left;
	// it is used up in the same transaction.
	InviteCode string
	// First asks that no account is there yet.
	First bool
}

// CreateUser stores a user. ErrConflict: the name is an account's, or it is
// to be an account's and a guest who is signed in bears it, or First and
// there is an account. ErrInvite: the invite cannot be used.
func (s *Store) CreateUser(ctx context.Context, n NewUser) (User, error) {
	now := At(s.now())
	u := User{ID: newID(), Name: n.Name, NameKey: n.NameKey, Role: n.Role, PasswordHash: n.PasswordHash, CreatedAt: now}
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		// An account and a guest of one name are not two rows of one index,
		// so their makers queue here.
		if err := s.serialize(tx, "user:"+n.NameKey); err != nil {
			return err
		}
		if n.First {
			if err := s.serialize(tx, "first account"); err != nil {
				return err
			}
			if any, err := exists(tx, "SELECT 1 FROM users WHERE role <> ? LIMIT 1", roleGuest); err != nil || any {
				return orConflict(err)
			}
		}
		if taken, err := nameTaken(tx, n, now); err != nil || taken {
			return orConflict(err)
		}
		if n.InviteCode != "" {
			if err := useInvite(tx, n.InviteCode, now); err != nil {
				return err
			}
		}
		return tx.Create(&u).Error
	})
	if isUnique(err) {
		err = ErrConflict
	}
	if err != nil {
		return User{}, fmt.Errorf("storing user: %w", err)
	}
	return u, nil
}

// nameTaken: nobody may have the name of an account, and no account may have
// the name of a guest who is here.
func nameTaken(tx *gorm.DB, n NewUser, now Time) (bool, error) {
	taken, err := exists(tx, "SELECT 1 FROM users WHERE name_key = ? AND role <> ? LIMIT 1", n.NameKey, roleGuest)
	if err != nil || taken || n.Role == roleGuest {
		return taken, err
	}
	return exists(tx, `SELECT 1 FROM users u JOIN sessions s ON s.user_id = u.id
		WHERE u.name_key = ? AND u.role = ? AND s.expires_at > ? LIMIT 1`, n.NameKey, roleGuest, now)
}

func exists(tx *gorm.DB, query string, args ...any) (bool, error) {
	var rows []int
	err := tx.Raw(query, args...).Scan(&rows).Error
	return len(rows) > 0, err
}

// orConflict is ErrConflict unless the question itself failed.
func orConflict(err error) error {
	if err != nil {
		return err
	}
	return ErrConflict
}

// HasAccounts reports whether anybody but guests is there.
func (s *Store) HasAccounts(ctx context.Context) (bool, error) {
	any, err := exists(s.read.WithContext(ctx), "SELECT 1 FROM users WHERE role <> ? LIMIT 1", roleGuest)
	if err != nil {
		return false, fmt.Errorf("asking for accounts: %w", err)
	}
	return any, nil
}

// AccountByName returns the account with the folded name, never a guest.
func (s *Store) AccountByName(ctx context.Context, nameKey string) (User, error) {
	return s.user(ctx, "name_key = ? AND role <> ?", nameKey, roleGuest)
}

// UserByID returns a user, guests too.
func (s *Store) UserByID(ctx context.Context, id string) (User, error) {
	return s.user(ctx, "id = ?", id)
}

func (s *Store) user(ctx context.Context, where string, args ...any) (User, error) {
	var u User
	if err := s.read.WithContext(ctx).Where(where, args...).Take(&u).Error; err != nil {
		return User{}, fmt.Errorf("reading user: %w", found(err))
	}
	return u, nil
}

// ListUsers returns all accounts and the guests who are signed in, oldest
// first.
func (s *Store) ListUsers(ctx context.Context) ([]User, error) {
	var users []User
	err := s.read.WithContext(ctx).
		Where("role <> ? OR EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = users.id AND s.expires_at > ?)", roleGuest, At(s.now())).
		Order("created_at, id").Find(&users).Error
	if err != nil {
		return nil, fmt.Errorf("listing users: %w", err)
	}
	return users, nil
}

// SetRole gives an account another role. ErrNotFound: there is no such user;
// ErrConflict: the user is the owner or a guest, whose roles stay.
func (s *Store) SetRole(ctx context.Context, id, role string) (User, error) {
	var u User
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		res := tx.Model(&User{}).Where("id = ? AND role NOT IN ?", id, []string{roleOwner, roleGuest}).Update("role", role)
		if res.Error != nil {
			return res.Error
		}
		if err := tx.Take(&u, "id = ?", id).Error; err != nil {
			return found(err)
		}
		if res.RowsAffected == 0 {
			return ErrConflict
		}
		return nil
	})
	if err != nil {
		return User{}, fmt.Errorf("changing role: %w", err)
	}
	return u, nil
}

// SetPassword replaces an account's password hash and ends its sessions.
// ErrNotFound: there is no such account.
func (s *Store) SetPassword(ctx context.Context, id, hash string) error {
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		res := tx.Model(&User{}).Where("id = ? AND role <> ?", id, roleGuest).Update("password_hash", hash)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return ErrNotFound
		}
		return tx.Delete(&Session{}, "user_id = ?", id).Error
	})
	if err != nil {
		return fmt.Errorf("changing password: %w", err)
	}
	return nil
}

// SetDisabled shuts an account out, and ends its sessions, or lets it in
// again. ErrNotFound: there is no such account; ErrConflict: it is the owner's.
func (s *Store) SetDisabled(ctx context.Context, id string, disabled bool) (User, error) {
	var u User
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Take(&u, "id = ? AND role <> ?", id, roleGuest).Error; err != nil {
			return found(err)
		}
		if u.Role == roleOwner && disabled {
			return ErrConflict
		}
		u.DisabledAt = nil
		if disabled {
			now := At(s.now())
			u.DisabledAt = &now
		}
		if err := tx.Exec("UPDATE users SET disabled_at = ? WHERE id = ?", u.DisabledAt, id).Error; err != nil || !disabled {
			return err
		}
		return tx.Delete(&Session{}, "user_id = ?", id).Error
	})
	if err != nil {
		return User{}, fmt.Errorf("disabling account: %w", err)
	}
	return u, nil
}
