package store

import (
	"context"
	"fmt"
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

// ListCategories returns all categories in their order.
func (s *Store) ListCategories(ctx context.Context) ([]Category, error) {
	var rows []Category
	if err := s.read.WithContext(ctx).Order("position, title, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	return rows, nil
}
