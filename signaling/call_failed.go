package signaling

import (
	"context"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleCallFailed takes the room back to the SFU.
func handleCallFailed(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.CallFailed](req)
	if err != nil {
		return err
	}
	if err := checkText("reason", p.Reason, maxReason); err != nil {
		return err
	}
	return s.inTopology(func(m *member) error {
		// Of an earlier change the target may well have gone: what is wrong
		// then is the epoch.
		if m.room.topology.stale(p.Epoch) {
			return errStaleEpoch()
		}
		if p.TargetUserID == s.user.ID || m.room.members[p.TargetUserID] == nil {
			return errTargetNotInRoom()
		}
		steps := m.room.topology.failed(time.Now())
		candidate, transport := m.lastPath()
		s.hub.deps.Observer.ICEFailure(wire.TopologyP2P, candidate, transport)
		s.ack(req, wire.Ack{})
		m.room.tell(steps)
		return nil
	})
}
