package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// visible reports whether somebody of that role may see a room: public ones
// are everybody's, the others members' and up, archived ones admins'.
func visible(room wire.Room, role wire.Role) bool {
	if room.ArchivedAt != nil {
		return role.Rank() >= wire.RoleAdmin.Rank()
	}
	return room.IsPublic || role.Rank() >= wire.RoleMember.Rank()
}

// rooms returns what the caller sees; archived=true adds the archived ones for
// those who see them.
func (s *Server) rooms(c *call) ([]wire.Room, error) {
	all, err := s.deps.Rooms.ListRooms(c.ctx, c.Query("archived") == "true")
	if err != nil {
		return nil, err
	}
	seen := make([]wire.Room, 0, len(all))
	for _, r := range all {
		if visible(r, c.who.User.Role) {
			seen = append(seen, r)
		}
	}
	return seen, nil
}

func (s *Server) listRooms(c *call) error {
	rooms, err := s.rooms(c)
	if err != nil {
		return err
	}
	return c.JSON(wire.Rooms{Rooms: rooms})
}

func (s *Server) roomTree(c *call) error {
	rooms, err := s.rooms(c)
	if err != nil {
		return err
	}
	categories, err := s.deps.Rooms.ListCategories(c.ctx)
	if err != nil {
		return err
	}
	tree := wire.Tree{Categories: []wire.Category{}, Uncategorized: []wire.Room{}}
	at := map[string]int{}
	for i, k := range categories {
		k.Channels = []wire.Room{}
		tree.Categories = append(tree.Categories, k)
		at[k.ID] = i
	}
	for _, r := range rooms {
		i, ok := -1, false
		if r.CategoryID != nil {
			i, ok = at[*r.CategoryID]
		}
		if ok {
			tree.Categories[i].Channels = append(tree.Categories[i].Channels, r)
		} else {
			tree.Uncategorized = append(tree.Uncategorized, r)
		}
	}
	return c.JSON(tree)
}

func (s *Server) createRoom(c *call) error {
	var body wire.NewRoom
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	if err := s.completeRoom(&body); err != nil {
		return err
	}
	room, err := s.deps.Rooms.CreateRoom(c.ctx, body)
	if err != nil {
		return err
	}
	s.deps.Hub.RoomChanged(room)
	return c.Status(fiber.StatusCreated).JSON(wire.RoomAnswer{Room: room})
}

func (s *Server) updateRoom(c *call) error {
	id, err := roomID(c)
	if err != nil {
		return err
	}
	var body wire.RoomPatch
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	if err := s.checkPatch(c.Request().Body(), &body); err != nil {
		return err
	}
	room, err := s.deps.Rooms.UpdateRoom(c.ctx, id, body)
	if err != nil {
		return err
	}
	if room.ArchivedAt != nil {
		s.deps.Hub.RoomClosed(room.ID)
	} else {
		s.deps.Hub.RoomChanged(room)
	}
	return c.JSON(wire.RoomAnswer{Room: room})
}

func (s *Server) deleteRoom(c *call) error {
	id, err := roomID(c)
	if err != nil {
		return err
	}
	if err := s.deps.Rooms.DeleteRoom(c.ctx, id); err != nil {
		return err
	}
	s.deps.Hub.RoomClosed(id)
	return c.JSON(wire.OK{OK: true})
}

func roomNotFound() error { return wire.E(wire.CodeRoomNotFound, "there is no such room") }

func roomID(c *call) (string, error) {
	id := c.Params("id")
	if !isID(id) {
		return "", roomNotFound()
	}
	return id, nil
}
