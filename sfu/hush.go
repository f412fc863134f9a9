package sfu

import (
	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

const (
	// hushFrames of silence after an abrupt end let a decoder's concealment fade
	// within 30 ms rather than 260.
	hushFrames = 3
	// abruptUs is how lately there must have been a packet for an end to be
	// abrupt. Where Opus has told of silence, the next packet is 400 ms away.
	abruptUs = 60_000
)

// hush ends what a participant was saying in a slot: he was muted, or has left.
func (r *room) hush(now int64, p *Peer, i int, w *transport.Batch) {
	if w == nil || r.slots[i].Since(now) > abruptUs {
		return
	}
	dur := rtpmap.OpusDuration(rtpmap.SilenceFrame[:])
	for range hushFrames {
		seq, ts, ok := r.slots[i].Follow(now, dur)
		if !ok {
			return
		}
		r.packets++
		k := packet{
			id: r.packets, now: now, slot: i, seq: seq, ts: ts, csrc: p.csrc, level: silentLevel, hasLevel: true,
			end: payloadAt + copy(w.Plain[payloadAt:], rtpmap.SilenceFrame[:]),
		}
		r.history[i].keep(&k, rtpmap.SilenceFrame[:])
		r.delivery = delivery{packet: k, from: p, dur: dur}
		r.fan(&r.delivery, w)
	}
}
