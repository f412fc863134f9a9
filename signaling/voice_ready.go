package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func handleVoiceReady(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.VoiceReady](req)
	if err != nil {
		return err
	}
	return s.inTopology(func(m *member) error {
		steps, stale := m.room.topology.ready(s.user.ID, p.Epoch)
		if stale {
			return errStaleEpoch()
		}
		s.ack(req, wire.Ack{})
		m.room.tell(steps)
		return nil
	})
}

// inTopology runs fn on the loop of the room that this socket talks in.
func (s *session) inTopology(fn func(*member) error) error {
	m, err := s.inVoice()
	if err != nil {
		return err
	}
	err = errNotInVoice()
	_ = m.room.loop.call(func() {
		if !m.gone.Load() {
			err = fn(m)
		}
	})
	return err
}
