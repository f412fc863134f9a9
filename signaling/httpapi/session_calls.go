package httpapi

import (
	"github.com/google/uuid"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func (s *Server) listSessions(c *call) error {
	list, err := s.deps.Auth.Sessions(c.ctx, c.who)
	if err != nil {
		return err
	}
	return c.JSON(wire.Sessions{Sessions: list})
}

func (s *Server) deleteSession(c *call) error {
	id := c.Params("id")
	if !isID(id) {
		return wire.E(wire.CodeNotFound, "you have no such session")
	}
	if err := s.endSession(c, id); err != nil {
		return err
	}
	return c.JSON(wire.OK{OK: true})
}

// endSession signs a device of the caller's out, with its sockets.
func (s *Server) endSession(c *call, id string) error {
	if err := s.deps.Auth.EndSession(c.ctx, c.who, id); err != nil {
		return err
	}
	s.deps.Hub.DisconnectAuthSession(id)
	return nil
}

// isID reports whether s is a UUID as we write them; what is not is nothing's
// id, and need not be asked for.
func isID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
