package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// maxCandidate is the longest candidate line, in bytes.
const maxCandidate = 2048

func handleSFUICE(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.SFUICE](req)
	if err != nil {
		return err
	}
	if p.Candidate != nil && len(p.Candidate.Candidate) > maxCandidate {
		return wire.Invalid("candidate.candidate", "at most 2048 bytes")
	}
	m, err := s.inVoice()
	if err != nil {
		return err
	}
	if p.Epoch != m.epoch {
		return errStaleEpoch()
	}
	if !m.media.use(func(ms MediaSession) { err = ms.Candidate(p.Candidate) }) {
		return errNotInVoice()
	}
	return err
}
