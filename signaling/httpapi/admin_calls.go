package httpapi

import "github.com/boltorezka/boltorezka/signaling/wire"

func (s *Server) listUsers(c *call) error {
	users, err := s.deps.Auth.Users(c.ctx)
	if err != nil {
		return err
	}
	if users == nil {
		users = []wire.User{}
	}
	return c.JSON(wire.Users{Users: users})
}

func (s *Server) promote(c *call) error {
	var body wire.Promote
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	id := c.Params("id")
	if !isID(id) {
		return wire.E(wire.CodeUserNotFound, "there is no such user")
	}
	user, err := s.deps.Auth.Promote(c.ctx, id, body.Role)
	if err != nil {
		return err
	}
	return c.JSON(wire.UserAnswer{User: user})
}
