package sfu

import (
	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// maxEarlier is how many earlier frames of a publisher's packet are looked at.
const maxEarlier = 4

// redundant takes a publisher's packet with earlier frames in it (RFC 2198):
// those that were lost go to the listeners now, under the numbers they were
// lost with, and then the packet's own.
func (l *link) redundant(now int64, in *inbound, h *rtp.Header, payload []byte, w *transport.Batch) {
	r := l.peer.room
	var buf [maxEarlier]rtpmap.Block
	earlier, primary, err := rtpmap.ReadRED(payload, in.track.opusPT, buf[:0])
	if err != nil {
		r.metrics.dropped[dropMalformed].Add(1)
		return
	}
	in.redundant = true
	seq, ts := h.SequenceNumber, h.Timestamp
	for _, b := range earlier {
		dur := rtpmap.OpusDuration(b.Payload)
		if dur == 0 || b.Offset%dur != 0 {
			continue
		}
		back := uint16(b.Offset / dur)
		if !in.missing.came(seq - back) {
			continue
		}
		h.SequenceNumber, h.Timestamp = seq-back, ts-b.Offset
		r.metrics.recovered.Add(1)
		r.voice(now, l.peer, in, h, b.Payload, w)
	}
	h.SequenceNumber, h.Timestamp = seq, ts
	r.voice(now, l.peer, in, h, primary, w)
	if in.track.nack {
		l.ask(now, in, w)
	}
}
