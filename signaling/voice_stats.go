package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handleVoiceStats keeps what a client says of its path until the next report,
// and tells the SFU of it.
func handleVoiceStats(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.VoiceStats](req)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		value *float64
		most  float64
	}{
		{"rttMs", p.RTTMs, 600_000}, {"jitterMs", p.JitterMs, 600_000},
		{"lossPct", p.LossPct, 100}, {"concealedPct", p.ConcealedPct, 100},
	} {
		if f.value != nil && (*f.value < 0 || *f.value > f.most) {
			return wire.Invalid(f.name, "out of range")
		}
	}
	if err := checkText("iceState", p.ICEState, 32); err != nil {
		return err
	}
	if err := checkText("candidateType", p.CandidateType, 32); err != nil {
		return err
	}
	if err := checkText("transport", p.Transport, 32); err != nil {
		return err
	}
	m, err := s.inVoice()
	if err != nil {
		return err
	}
	m.reported(p)
	m.media.use(func(ms MediaSession) { ms.Report(p) })
	s.hub.deps.Observer.Stats(p)
	return nil
}
