package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// Room is a place to talk.
type Room struct {
	ID              string `gorm:"primaryKey"`
	Slug            string
	Title           string
	IsPublic        bool
	CategoryID      *string
	Position        int
	TopologyPolicy  string
	MaxParticipants int
	LastSeq         int64 // the roomSeq of the newest message ever stored
	LastMessageAt   Time  // its createdAt
	CreatedAt       Time  `gorm:"autoCreateTime:false"`
	ArchivedAt      *Time
}

// NewRoom is a room to be stored.
type NewRoom struct {
	Slug            string
	Title           string
	IsPublic        bool
	CategoryID      *string
	Position        int
	TopologyPolicy  string
	MaxParticipants int
}

// RoomPatch changes a room: what is nil stays. An empty CategoryID takes the
// room out of its category.
type RoomPatch struct {
	Title           *string
	IsPublic        *bool
	CategoryID      *string
	Position        *int
	TopologyPolicy  *string
	MaxParticipants *int
	Archived        *bool
}

// roomOrder is how rooms are listed.
const roomOrder = "position, title, id"

// CreateRoom stores a room. ErrConflict: the slug is taken, be it by an
// archived room; ErrCategory: there is no such category.
func (s *Store) CreateRoom(ctx context.Context, n NewRoom) (Room, error) {
	now := At(s.now())
	row := Room{ID: newID(), Slug: n.Slug, Title: n.Title, IsPublic: n.IsPublic, CategoryID: n.CategoryID, Position: n.Position,
		TopologyPolicy: n.TopologyPolicy, MaxParticipants: n.MaxParticipants, LastMessageAt: now, CreatedAt: now}
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := categoryThere(tx, n.CategoryID); err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
	if isUnique(err) {
		err = ErrConflict
	}
	if err != nil {
		return Room{}, fmt.Errorf("storing room: %w", err)
	}
	return row, nil
}

// SeedRoom stores a room unless there is any room already, archived ones too.
func (s *Store) SeedRoom(ctx context.Context, n NewRoom) error {
	any, err := exists(s.read.WithContext(ctx), "SELECT 1 FROM rooms LIMIT 1")
	if err != nil {
		return fmt.Errorf("seeding room: %w", err)
	}
	if any {
		return nil
	}
	if _, err = s.CreateRoom(ctx, n); errors.Is(err, ErrConflict) {
		return nil // another node was first
	}
	return err
}

func categoryThere(tx *gorm.DB, id *string) error {
	if id == nil || *id == "" {
		return nil
	}
	there, err := exists(tx, "SELECT 1 FROM categories WHERE id = ?", *id)
	if err == nil && !there {
		return ErrCategory
	}
	return err
}

// UpdateRoom changes a room. ErrNotFound, ErrCategory.
func (s *Store) UpdateRoom(ctx context.Context, id string, p RoomPatch) (Room, error) {
	change := map[string]any{}
	put(change, "title", p.Title)
	put(change, "is_public", p.IsPublic)
	put(change, "position", p.Position)
	put(change, "topology_policy", p.TopologyPolicy)
	put(change, "max_participants", p.MaxParticipants)
	if p.CategoryID != nil {
		change["category_id"] = p.CategoryID
		if *p.CategoryID == "" {
			change["category_id"] = nil
		}
	}
	if p.Archived != nil {
		change["archived_at"] = nil
		if *p.Archived {
			// Archiving twice keeps the first time.
			change["archived_at"] = gorm.Expr("COALESCE(archived_at, ?)", At(s.now()))
		}
	}
	var row Room
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := categoryThere(tx, p.CategoryID); err != nil {
			return err
		}
		if len(change) > 0 {
			if err := tx.Model(&Room{}).Where("id = ?", id).Updates(change).Error; err != nil {
				return err
			}
		}
		return found(tx.Take(&row, "id = ?", id).Error)
	})
	if err != nil {
		return Room{}, fmt.Errorf("changing room: %w", err)
	}
	return row, nil
}

func put[T any](change map[string]any, column string, value *T) {
	if value != nil {
		change[column] = *value
	}
}

// DeleteRoom removes a room and its messages for good. ErrNotFound.
func (s *Store) DeleteRoom(ctx context.Context, id string) error {
	res := s.write.WithContext(ctx).Delete(&Room{}, "id = ?", id)
	if res.Error != nil {
		return fmt.Errorf("removing room: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return fmt.Errorf("removing room: %w", ErrNotFound)
	}
	return nil
}

// RoomByID returns a room, archived ones too. ErrNotFound.
func (s *Store) RoomByID(ctx context.Context, id string) (Room, error) {
	return s.room(ctx, "id = ?", id)
}

// RoomBySlug returns a room, archived ones too. ErrNotFound.
func (s *Store) RoomBySlug(ctx context.Context, slug string) (Room, error) {
	return s.room(ctx, "slug = ?", slug)
}

func (s *Store) room(ctx context.Context, where string, args ...any) (Room, error) {
	var row Room
	if err := s.read.WithContext(ctx).Where(where, args...).Take(&row).Error; err != nil {
		return Room{}, fmt.Errorf("reading room: %w", found(err))
	}
	return row, nil
}

// ListRooms returns the rooms in their order, with or without archived ones.
func (s *Store) ListRooms(ctx context.Context, archived bool) ([]Room, error) {
	q := s.read.WithContext(ctx)
	if !archived {
		q = q.Where("archived_at IS NULL")
	}
	var rows []Room
	if err := q.Order(roomOrder).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("listing rooms: %w", err)
	}
	return rows, nil
}
