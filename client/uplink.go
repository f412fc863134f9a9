package client

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// opusRate is the RTP clock of Opus (RFC 7587 section 4.1).
const opusRate = 48000

// drift is how far a writer's packets may be from the wall clock before the
// timestamps follow the clock again, as after a pause.
const drift = 200 * time.Millisecond

// uplink numbers what is sent: sequence numbers and timestamps go on through
// repairs of the path.
type uplink struct {
	muted atomic.Bool

	packets, bytes atomic.Uint64

	mu    sync.Mutex
	begun bool
	seq   uint16
	ts    uint32
	due   time.Time // when the next packet would continue the last without a pause
}

// WriteOpus sends one Opus packet of the given duration (2.5 to 120 ms) with
// an audio level in -dBov (0 loudest, 127 silence; RFC 6464). Call it once a
// packet's duration; not calling it is silence. It sends nothing, and is no
// error, while muted or while there is no media path.
func (v *Voice) WriteOpus(payload []byte, duration time.Duration, level uint8) error {
	if v.ctx.Err() != nil {
		return v.ended()
	}
	if duration <= 0 || duration > 120*time.Millisecond || len(payload) == 0 {
		return errors.New("client: an Opus packet has 2.5 to 120 ms and at least one byte")
	}
	p := v.current.Load()
	if v.up.muted.Load() || p == nil || !p.sending.Load() {
		return nil
	}
	u := &v.up
	u.mu.Lock()
	defer u.mu.Unlock() // also keeps two writers' packets in order
	h := u.next(time.Now(), duration)
	if id := p.levelID.Load(); id != 0 {
		b := min(level, 127)
		if b < 127 {
			b |= 0x80 // voice activity
		}
		if err := h.SetExtension(uint8(id), []byte{b}); err != nil {
			return err
		}
	}
	if err := p.mic.WriteRTP(&rtp.Packet{Header: h, Payload: payload}); err != nil {
		return err
	}
	u.packets.Add(1)
	u.bytes.Add(uint64(len(payload)))
	return nil
}

// next makes the header of a packet written now: after a pause the timestamp
// follows the clock and the marker says that a talkspurt begins (RFC 3551
// section 4.1). mu is held.
func (u *uplink) next(now time.Time, d time.Duration) rtp.Header {
	h := rtp.Header{Version: 2}
	if !u.begun {
		u.begun = true
		u.seq, u.ts = uint16(rand.Uint32()), rand.Uint32()
		u.due = now
		h.Marker = true
	}
	if off := now.Sub(u.due); off > drift {
		u.ts += uint32(off.Milliseconds()) * (opusRate / 1000)
		u.due = u.due.Add(off.Truncate(time.Millisecond))
		h.Marker = true
	}
	h.SequenceNumber, h.Timestamp = u.seq, u.ts
	u.seq++
	u.ts += uint32(d.Seconds()*opusRate + 0.5)
	u.due = u.due.Add(d)
	return h
}

// opusCodec is the one codec that a voice session speaks.
var opusCodec = webrtc.RTPCodecCapability{
	MimeType: webrtc.MimeTypeOpus, ClockRate: opusRate, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
	RTCPFeedback: []webrtc.RTCPFeedback{{Type: webrtc.TypeRTCPFBNACK}, {Type: webrtc.TypeRTCPFBTransportCC}},
}
