package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func handleCallVideoState(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.VideoState](req)
	if err != nil {
		return err
	}
	if len(p.Settings) == 0 || p.Settings[0] != '{' || len(p.Settings) > wire.MaxSignal {
		return wire.Invalid("settings", "a JSON object of at most 12000 bytes")
	}
	r, err := s.place()
	if err != nil {
		return err
	}
	relayedTo, tells := 0, namesAddressIn(p.Settings)
	if r.loop.call(func() {
		if !r.holds(s) {
			err = errNoActiveRoom()
			return
		}
		if tells && r.hides(s.acc) {
			err = errHidden()
			return
		}
		c := r.call(s.user.ID)
		c.video, c.tells = &p, tells
		relayedTo = r.toOthers(s.user.ID, encode(wire.TypeCallVideoState, wire.RelayedVideoState{RelayedFrom: r.from(s), VideoState: p}))
	}) != nil {
		return errNoActiveRoom()
	}
	if err != nil {
		return err
	}
	s.ack(req, wire.Ack{RelayedTo: &relayedTo})
	return nil
}
