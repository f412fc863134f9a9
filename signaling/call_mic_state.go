package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleCallMicState takes a microphone's state into force, on the SFU too,
// and tells the others.
func handleCallMicState(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.MicState](req)
	if err != nil {
		return err
	}
	r, err := s.place()
	if err != nil {
		return err
	}
	relayedTo := 0
	var m *member
	if r.loop.call(func() { m, relayedTo, err = r.micState(s, p) }) != nil {
		return errNoActiveRoom()
	}
	if err != nil {
		return err
	}
	if m != nil {
		// Ending in between is as good as being muted.
		m.media.use(func(ms MediaSession) {
			ms.SetMuted(p.Muted)
			ms.SetDeafened(p.AudioMuted)
		})
	}
	s.ack(req, wire.Ack{RelayedTo: &relayedTo})
	return nil
}

// micState notes the state; m is nil for a socket that is not in voice here.
func (r *room) micState(s *session, p wire.MicState) (m *member, relayedTo int, err error) {
	if !r.holds(s) {
		return nil, 0, errNoActiveRoom()
	}
	id := s.user.ID
	talking := r.members[id]
	if talking != nil && talking.s != s {
		return nil, 0, errNotInVoice() // it is the other socket's to say
	}
	if talking != nil {
		m = talking
		if m.muted != p.Muted || m.deafened != p.AudioMuted {
			m.muted, m.deafened = p.Muted, p.AudioMuted
			r.presence.dirty = true
		}
		m.says = p.Speaking
		r.speaking.dirty = true
	}
	r.call(id).mic = &p
	return m, r.toOthers(id, encode(wire.TypeCallMicState, wire.RelayedMicState{RelayedFrom: r.from(s), MicState: p})), nil
}
