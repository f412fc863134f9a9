package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func handlePresenceStatus(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.SetStatus](req)
	if err != nil {
		return err
	}
	switch p.Status {
	case wire.StatusOnline, wire.StatusIdle, wire.StatusDND:
	default:
		return wire.Invalid("status", "online, idle or dnd")
	}
	touchAll(s.acc.setStatus(s, p.Status))
	return nil
}
