package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// maxTracks is how many m-lines an offer may name.
const maxTracks = 16

// handleSFUOffer negotiates on the reader, so that a client's offers and
// candidates are taken in their order and no loop waits.
func handleSFUOffer(ctx context.Context, s *session, req *request) error {
	p, err := decode[wire.SFUOffer](req)
	if err != nil {
		return err
	}
	if p.SDP == "" {
		return wire.Invalid("sdp", "give the offer")
	}
	if err := checkTracks(p.Tracks); err != nil {
		return err
	}
	m, err := s.inVoice()
	if err != nil {
		return err
	}
	if p.Epoch != m.epoch {
		return errStaleEpoch()
	}
	answer, err := m.offer(ctx, p.SDP, p.Tracks)
	if err != nil {
		return err
	}
	s.ack(req, wire.Ack{})
	s.out.event(encode(wire.TypeSFUAnswer, wire.SFUAnswer{Epoch: m.epoch, SDP: answer}))
	return nil
}

func checkTracks(tracks []wire.Track) error {
	if len(tracks) > maxTracks {
		return wire.Invalid("tracks", "at most 16")
	}
	for _, t := range tracks {
		if t.MID == "" || len(t.MID) > maxID {
			return wire.Invalid("tracks.mid", "name the m-line")
		}
		switch t.Source {
		case wire.SourceMic, wire.SourceCamera, wire.SourceScreen, wire.SourceScreenAudio:
		default:
			return wire.Invalid("tracks.source", "mic, camera, screen or screenAudio")
		}
		switch t.Layer {
		case "", wire.LayerHigh, wire.LayerLow:
		default:
			return wire.Invalid("tracks.layer", "high or low")
		}
	}
	return nil
}
