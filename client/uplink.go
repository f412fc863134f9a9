package client

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// ErrNoLowLayer: WriteOpusLow without VoiceOptions.LowLayer.
var ErrNoLowLayer = errors.New("client: joined without VoiceOptions.LowLayer")

// uplink is what a voice session sends.
type uplink struct {
	muted atomic.Bool
	two   bool // there is a low layer; fixed when joining
	// word is the server's, bounded; the connection's reader alone changes it.
	word atomic.Pointer[wire.UplinkQuality]

	packets, bytes, lowPackets, redundant atomic.Uint64

	high, low layer
}

// WriteOpus sends one Opus packet of the given duration (2.5 to 120 ms) with
// an audio level in -dBov (0 loudest, 127 silence; RFC 6464). Call it once a
// packet's duration; not calling it is silence. It sends nothing, and is no
// error, while muted, while there is no media path, or while Uplink says that
// nobody wants this layer: its RTP time then stands still, as a browser's.
//
// It is the high layer of a program that has two.
func (v *Voice) WriteOpus(payload []byte, duration time.Duration, level uint8) error {
	return v.write(wire.LayerHigh, payload, duration, level)
}

// WriteOpusLow sends one packet of the low layer: the same sound as WriteOpus
// is given at the same time, in 16 kbit/s or what Uplink says. It is for programs that have
// joined with VoiceOptions.LowLayer, ErrNoLowLayer for others, and sends
// something only while Uplink has the low layer in it: not until the server
// asks.
func (v *Voice) WriteOpusLow(payload []byte, duration time.Duration, level uint8) error {
	if !v.opts.LowLayer {
		return ErrNoLowLayer
	}
	return v.write(wire.LayerLow, payload, duration, level)
}

func (v *Voice) write(which wire.Layer, payload []byte, duration time.Duration, level uint8) error {
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
	u, l, line := &v.up, &v.up.high, p.high
	if which == wire.LayerLow {
		l, line = &u.low, p.low
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.parked {
		return nil
	}
	h := l.next(time.Now(), duration)
	if id := line.levelID.Load(); id != 0 {
		b := min(level, 127)
		if b < 127 {
			b |= 0x80 // voice activity
		}
		if err := h.SetExtension(uint8(id), []byte{b}); err != nil {
			return err
		}
	}
	ts, opus := h.Timestamp, line.opusType()
	out, payloadType := payload, opus
	if red := uint8(line.redType.Load()); red != 0 {
		l.red = l.recent.pack(l.red[:0], opus, ts, payload, u.word.Load().Redundancy)
		if len(l.red) > 0 {
			out, payloadType = l.red, red
		}
		l.recent.add(ts, payload)
	}
	if err := line.write(&h, payloadType, out); err != nil {
		return err
	}
	u.packets.Add(1)
	u.bytes.Add(uint64(len(out)))
	if which == wire.LayerLow {
		u.lowPackets.Add(1)
	}
	if payloadType != opus {
		u.redundant.Add(1)
	}
	return nil
}
