package client

import (
	"slices"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Bounds of what is taken of the server's word on the uplink.
const (
	// minBitrate and maxBitrate are those of Opus (RFC 7587 section 6.1), bit/s.
	minBitrate, maxBitrate = 6000, 510000
	// lowBitrate is the low layer's where nothing else is said, bit/s.
	lowBitrate = 16000
	// maxFrame is the longest packet of Opus in ms (RFC 6716 section 3.2.5).
	maxFrame = 120
)

// unsaid is what is sent before the server has said anything.
var unsaid = wire.UplinkQuality{MaxBitrate: 48000, LowMaxBitrate: lowBitrate, Layers: []wire.Layer{wire.LayerHigh}, FrameMs: 20}

// Uplink returns what is to be sent at present, as the server's last
// voice.quality says: for a program to set its encoders by, before each packet
// if it likes. The server may say more of it in the event voice.quality; here
// everything is within what Opus and this client can do:
//
//   - MaxBitrate is the high layer's and LowMaxBitrate the low one's, 6000 to
//     510000 bit/s. They are the program's to obey: this client encodes nothing, and
//     what was recorded has the bitrate that it has. Who cannot change it had better
//     have a low layer of 12000 at once, which is the least that is asked for;
//   - Layers are those that are sent; both of them only with
//     VoiceOptions.LowLayer, none of them when nobody wants to hear, or for a moment
//     in which the queue of a thin uplink empties. Writing
//     another is no error and sends nothing, so a program may leave it
//     unencoded;
//   - Redundancy is 0 to 3 earlier packets, which the client repeats by itself
//     where the server takes RFC 2198. An encoder had better have its in-band
//     FEC on where LossPct is not 0;
//   - FrameMs is 10, 20, or a multiple of 20 up to 120.
func (v *Voice) Uplink() wire.UplinkQuality {
	w := *v.up.word.Load()
	w.Layers = slices.Clone(w.Layers)
	return w
}

// obey takes the server's word at once: on the connection's reader, before the
// event is handed over.
func (u *uplink) obey(said wire.UplinkQuality, now time.Time) {
	w := bounded(said, *u.word.Load(), u.two)
	u.word.Store(&w)
	u.high.park(!slices.Contains(w.Layers, wire.LayerHigh), now)
	u.low.park(!slices.Contains(w.Layers, wire.LayerLow), now)
}

// reset begins as if the server had said nothing.
func (u *uplink) reset(now time.Time) {
	w := unsaid
	u.word.Store(&w)
	u.obey(w, now)
}

// bounded returns the word as far as it can be obeyed: what makes no sense, or
// was not said, stays as it was before. A client without a low layer sends the
// high one for it.
func bounded(said, before wire.UplinkQuality, two bool) wire.UplinkQuality {
	w := before
	if said.MaxBitrate > 0 {
		w.MaxBitrate = min(max(said.MaxBitrate, minBitrate), maxBitrate)
	}
	w.LowMaxBitrate = lowBitrate // what absent means
	if said.LowMaxBitrate > 0 {
		w.LowMaxBitrate = min(max(said.LowMaxBitrate, minBitrate), maxBitrate)
	}
	if said.Redundancy >= 0 {
		w.Redundancy = min(said.Redundancy, maxRedundancy)
	}
	switch f := said.FrameMs; {
	case f >= 20:
		w.FrameMs = min(f, maxFrame) / 20 * 20
	case f > 0:
		w.FrameMs = 10
	}
	if said.LossPct >= 0 {
		w.LossPct = min(said.LossPct, 100)
	}
	if said.Layers == nil {
		return w
	}
	high, low := slices.Contains(said.Layers, wire.LayerHigh), slices.Contains(said.Layers, wire.LayerLow)
	if !high && !low && len(said.Layers) > 0 {
		return w // layers that a later contract may have
	}
	w.Layers = []wire.Layer{}
	if high || low && !two {
		w.Layers = append(w.Layers, wire.LayerHigh)
	}
	if low && two {
		w.Layers = append(w.Layers, wire.LayerLow)
	}
	return w
}
