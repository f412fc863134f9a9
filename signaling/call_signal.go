package signaling

import (
	"bytes"
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleCallSignal relays call.offer, call.answer and call.ice.
func handleCallSignal(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.CallSignal](req)
	if err != nil {
		return err
	}
	if n := len(p.Signal); n < wire.MinSignal || n > wire.MaxSignal || bytes.Equal(p.Signal, []byte("null")) {
		return wire.Invalid("signal", "2 to 12000 bytes of JSON")
	}
	return s.relay(req, wire.RelayedCall{TargetUserID: p.TargetUserID, Epoch: p.Epoch, Signal: p.Signal})
}

// relay passes a signal on and acks it.
func (s *session) relay(req *request, c wire.RelayedCall) error {
	r, err := s.place()
	if err != nil {
		return err
	}
	relayedTo := 0
	if r.loop.call(func() { relayedTo, err = r.relay(s, req.Type, c) }) != nil {
		return errNoActiveRoom()
	}
	if err != nil {
		return err
	}
	s.ack(req, wire.Ack{RelayedTo: &relayedTo})
	return nil
}
