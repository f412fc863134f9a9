package main

import (
	"fmt"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4/pkg/media/oggwriter"
)

// rate is the clock of Opus in RTP and in Ogg alike.
const rate = 48000

// silence is one Opus packet of 20 ms of nothing.
var silence = []byte{0xf8, 0xff, 0xfe}

const silenceLen = 960

// track is one speaker's file. Ogg/Opus has no gaps: a file's time is the sum
// of its packets, so what was not heard is written as silence.
type track struct {
	path string
	ogg  *oggwriter.OggWriter
	pos  int64 // samples written

	// Where the last packet came from, to measure the next one's distance by
	// the slot's own clock.
	begun         bool
	slot, session int
	ts            uint32
	at            int64 // where the last packet was put
}

func newTrack(path string) (*track, error) {
	ogg, err := oggwriter.New(path, rate, 2)
	if err != nil {
		return nil, fmt.Errorf("making a file: %w", err)
	}
	return &track{path: path, ogg: ogg}, nil
}

// write puts a packet where it belongs: by the RTP timestamp while the speaker
// stays in a slot, by the clock when he turns up in another one. A packet
// whose time is past already is left out.
func (t *track) write(f client.Frame, began time.Time) error {
	n := samples(f.Payload)
	if n == 0 {
		return nil
	}
	at := int64(f.ReceivedAt.Sub(began).Seconds() * rate)
	if t.begun && t.slot == f.Slot && t.session == f.Session {
		at = t.at + int64(int32(f.Timestamp-t.ts))
		if at < t.pos {
			return nil // late, or twice
		}
	}
	for at-t.pos >= silenceLen {
		if err := t.put(silence, silenceLen); err != nil {
			return err
		}
	}
	// What is left of a gap is less than a frame. The slot's clock goes on
	// from where the packet should have been, so this does not add up.
	t.begun, t.slot, t.session, t.ts, t.at = true, f.Slot, f.Session, f.Timestamp, max(at, t.pos)
	return t.put(f.Payload, n)
}

func (t *track) put(payload []byte, n int64) error {
	t.pos += n
	if err := t.ogg.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2}, Payload: payload}); err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	return nil
}

// samples returns how long an Opus packet is at 48 kHz (RFC 6716 section 3.1),
// 0 for one that is none.
func samples(p []byte) int64 {
	if len(p) == 0 {
		return 0
	}
	var frame int64
	switch config := p[0] >> 3; {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		frame = []int64{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		frame = []int64{480, 960}[config&1]
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = 120 << (config & 3)
	}
	switch p[0] & 3 {
	case 0:
		return frame
	case 1, 2:
		return 2 * frame
	}
	if len(p) < 2 || int64(p[1]&0x3f)*frame > 5760 { // 120 ms at most
		return 0
	}
	return int64(p[1]&0x3f) * frame
}
