package signaling

import (
	"context"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func handlePing(_ context.Context, s *session, _ *request) error {
	s.out.tidy()
	s.out.answer(encode(wire.TypePong, wire.Pong{Ts: time.Now().UnixMilli()}))
	return nil
}
