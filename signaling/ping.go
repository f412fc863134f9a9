package signaling

import (
	"context"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handlePing answers a sign of life. What the client says it has heard is not
// kept for a resume any longer: a crowd's arrival is many events to everybody.
func handlePing(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.Ping](req)
	if err != nil {
		return err
	}
	if !s.out.heard(p.Seq) {
		return wire.Invalid("seq", "is of no event yet: give that of the last one that came, or leave it out")
	}
	s.out.tidy()
	s.out.answer(encode(wire.TypePong, wire.Pong{Ts: time.Now().UnixMilli()}))
	return nil
}
