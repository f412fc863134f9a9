package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// Category groups rooms.
type Category struct {
	ID        string `gorm:"primaryKey"`
	Slug      string
	Title     string
	Position  int
	CreatedAt Time `gorm:"autoCreateTime:false"`
}

// CreateCategory stores a category. ErrConflict: its slug is taken.
func (s *Store) CreateCategory(ctx context.Context, slug, title string, position int) (Category, error) {
	row := Category{ID: newID(), Slug: slug, Title: title, Position: position, CreatedAt: At(s.now())}
	err := s.write.WithContext(ctx).Create(&row).Error
	if isUnique(err) {
		err = ErrConflict
	}
	if err != nil {
		return Category{}, fmt.Errorf("storing category: %w", err)
	}
	return row, nil
}

// CategoryPatch changes a category: what is nil stays.
type CategoryPatch struct {
	Title    *string
	Position *int
}

// UpdateCategory changes a category. ErrNotFound.
func (s *Store) UpdateCategory(ctx context.Context, id string, p CategoryPatch) (Category, error) {
	change := map[string]any{}
	put(change, "title", p.Title)
	put(change, "position", p.Position)
	var row Category
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if len(change) > 0 {
			if err := tx.Model(&Category{}).Where("id = ?", id).Updates(change).Error; err != nil {
				return err
			}
		}
		return found(tx.Take(&row, "id = ?", id).Error)
	})
	if err != nil {
		return Category{}, fmt.Errorf("changing category: %w", err)
	}
	return row, nil
}

// DeleteCategory removes a category; its rooms stay, without one. ErrNotFound.
func (s *Store) DeleteCategory(ctx context.Context, id string) error {
	res := s.write.WithContext(ctx).Delete(&Category{}, "id = ?", id)
	if res.Error != nil {
		return fmt.Errorf("removing category: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return fmt.Errorf("removing category: %w", ErrNotFound)
	}
	return nil
}

// ListCategories returns all categories in their order.
func (s *Store) ListCategories(ctx context.Context) ([]Category, error) {
	var rows []Category
	if err := s.read.WithContext(ctx).Order("position, title, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	return rows, nil
}
