package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// maxIgnored is how many people one listener may be spared.
const maxIgnored = 1000

func handleVoiceIgnore(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.VoiceIgnore](req)
	if err != nil {
		return err
	}
	if len(p.UserIDs) > maxIgnored {
		return wire.Invalid("userIds", "at most 1000")
	}
	m, err := s.inVoice()
	if err != nil {
		return err
	}
	if m.room.loop.call(func() { m.room.setIgnore(m, p.UserIDs) }) != nil || !m.media.applyIgnore() {
		return errNotInVoice()
	}
	return nil
}
