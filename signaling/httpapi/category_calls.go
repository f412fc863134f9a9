package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func (s *Server) createCategory(c *call) error {
	var body wire.NewCategory
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	if err := completeCategory(&body); err != nil {
		return err
	}
	category, err := s.deps.Rooms.CreateCategory(c.ctx, body)
	if err != nil {
		return err
	}
	return s.categoryChanged(c.Status(fiber.StatusCreated), category)
}

func (s *Server) updateCategory(c *call) error {
	id, err := categoryID(c)
	if err != nil {
		return err
	}
	var body wire.CategoryPatch
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	if err := checkCategoryPatch(c.Request().Body(), &body); err != nil {
		return err
	}
	category, err := s.deps.Rooms.UpdateCategory(c.ctx, id, body)
	if err != nil {
		return err
	}
	return s.categoryChanged(c.Ctx, category)
}

func (s *Server) deleteCategory(c *call) error {
	id, err := categoryID(c)
	if err != nil {
		return err
	}
	if err := s.deps.Rooms.DeleteCategory(c.ctx, id); err != nil {
		return err
	}
	s.deps.Hub.TreeChanged()
	return c.JSON(wire.OK{OK: true})
}

// categoryChanged tells everybody, and answers with the category.
func (s *Server) categoryChanged(c *fiber.Ctx, category wire.Category) error {
	s.deps.Hub.TreeChanged()
	if category.Channels == nil {
		category.Channels = []wire.Room{}
	}
	return c.JSON(wire.CategoryAnswer{Category: category})
}

func categoryID(c *call) (string, error) {
	id := c.Params("id")
	if !isID(id) {
		return "", wire.E(wire.CodeNotFound, "there is no such category")
	}
	return id, nil
}
