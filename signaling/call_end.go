package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// maxReason is the longest reason a client may give, in characters.
const maxReason = 200

// handleCallEnd relays call.reject and call.hangup.
func handleCallEnd(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.CallEnd](req)
	if err != nil {
		return err
	}
	if err := checkText("reason", p.Reason, maxReason); err != nil {
		return err
	}
	return s.relay(req, wire.RelayedCall{TargetUserID: p.TargetUserID, Epoch: p.Epoch, Reason: p.Reason})
}
