package httpapi

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// The limit of tests of one user: a page that tries every path begins some
// seven, and does so again when something was changed.
const (
	voiceTestBurst = 30
	voiceTestEvery = 4 * time.Second
)

func (s *Server) beginVoiceTest(c *call) error {
	if s.deps.VoiceTests == nil {
		return errNoVoiceTests
	}
	user := c.who.User.ID
	if err := s.limits.Take("voicetest:"+user, voiceTestBurst, voiceTestEvery); err != nil {
		return err
	}
	test, err := s.deps.VoiceTests.Begin(user, c.peer.hostname())
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(test)
}

func (s *Server) offerVoiceTest(c *call) error {
	id, err := s.voiceTestID(c)
	if err != nil {
		return err
	}
	var body wire.VoiceTestOffer
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	if body.SDP == "" {
		return wire.Invalid("sdp", "give the offer")
	}
	answer, err := s.deps.VoiceTests.Offer(c.ctx, c.who.User.ID, id, body.SDP)
	if err != nil {
		return err
	}
	return c.JSON(wire.VoiceTestAnswer{SDP: answer})
}

func (s *Server) endVoiceTest(c *call) error {
	id, err := s.voiceTestID(c)
	if err != nil {
		return err
	}
	if err := s.deps.VoiceTests.End(c.who.User.ID, id); err != nil {
		return err
	}
	return c.JSON(wire.OK{OK: true})
}

// voiceTestID is the id in the address, when it can be one.
func (s *Server) voiceTestID(c *call) (string, error) {
	if s.deps.VoiceTests == nil {
		return "", errNoVoiceTests
	}
	id := c.Params("id")
	if !isID(id) {
		return "", wire.E(wire.CodeNotFound, "you have no such test")
	}
	return id, nil
}

var errNoVoiceTests = wire.E(wire.CodeNotFound, "this server tests no connections")
