package sfu

import (
	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

const (
	// stretchUs ends a stretch of a layer's packets: it was parked, or lost, or
	// silence is being sent, of which Opus codes a packet every 400 ms.
	stretchUs = 150_000
	// aloneFor is after how many packets of speech of one layer, with none of the
	// other's among them, that comes no more, whatever it told before: 100 ms. Of
	// one microphone both say what is spoken; where a fifth of the packets are lost,
	// so many in a row are 1 in 3000.
	aloneFor = 5
	// leadsUs is how long the high layer must be silent, and the low one there,
	// before that stands in for it, where nobody speaks.
	leadsUs = 500_000
	// quietUs is the same, and for stretchUs, after a packet that told of silence:
	// two layers' encoders need not agree on what is silence, but on what is speech.
	quietUs = 1_200_000
	// stepTicks is the least step in RTP time to the first packet of another
	// layer: less than that was played already, from the layer before.
	stepTicks = 950
	// aheadTicks is how far a low layer's packet may be ahead of its slot's time.
	// True ones are not, but for what jitter hides of the offset; one that claims
	// to be would leave the slot's listeners ahead of who speaks in it next.
	aheadTicks = 200 * rtpmap.ClockRate / 1000
)

// layers are the two encodings of one participant's microphone. Both are of one
// capture, but their RTP times differ by an offset that changes whenever one of
// them was parked; the Pairing finds it from their arrival.
type layers struct {
	pairing   rtpmap.Pairing
	high, low stretch
	phase     phase
}

// stretch is a layer's latest packets without a longer pause between them.
type stretch struct {
	stream    uint32 // id
	since, at int64  // the first and the latest, microseconds
	ts, dur   uint32 // of the latest
	quiet     bool   // the latest told of silence
	alone     uint8  // packets of speech since the other layer's latest, aloneFor at most
}

// over says whether the layer has come no more for so long.
func (s *stretch) over(now, us int64) bool {
	if s.quiet {
		us = quietUs
	}
	return now-s.at > us
}

// heard notes a packet of either layer; speech says that it is beyond doubt.
func (x *layers) heard(now int64, in *inbound, ts, dur uint32, size int, speech bool) {
	s := x.of(in.track.low)
	if in.id != s.stream {
		*s, x.pairing = stretch{stream: in.id, since: now}, rtpmap.Pairing{}
		x.phase.anew()
	} else if now-s.at > stretchUs {
		if now-s.at > quietUs {
			x.phase.anew()
		}
		s.since = now
	}
	s.at, s.ts, s.dur, s.quiet = now, ts, dur, size <= dtxBytes
	x.of(!in.track.low).alone = 0
	if speech {
		s.alone = min(s.alone+1, aloneFor)
	}
	if in.track.low && !s.quiet {
		x.phase.seen = min(x.phase.seen+1, phaseAfter)
	}
	// A packet arrives when its last sample was taken.
	x.pairing.Heard(now, in.track.low, ts+dur)
	x.pairing.Offset() // reckoned here: those who share a fan-out ask at once, and may only read
}

func (x *layers) of(low bool) *stretch {
	if low {
		return &x.low
	}
	return &x.high
}

// gone says whether a layer comes no more, by the other's speech.
func (x *layers) gone(low bool) bool { return x.of(!low).alone == aloneFor }

// lowLeads says whether the low layer is all that comes.
func (x *layers) lowLeads(now int64) bool {
	return x.gone(false) || x.low.at-x.low.since >= leadsUs && (x.high.stream == 0 || x.high.over(now, leadsUs))
}

// flows says whether a layer is there to be sent, and the low one's place in
// the high one's time known.
func (x *layers) flows(now int64, low bool) bool {
	if s := x.of(low); s.stream == 0 || now-s.at > stretchUs || x.gone(low) {
		return false
	}
	_, ok := x.pairing.Offset()
	return ok || !low
}

// ceased says whether a layer comes no more while the other one does.
func (x *layers) ceased(now int64, low bool) bool {
	other := x.of(!low)
	return x.gone(low) || x.of(low).over(now, stretchUs) && other.at-other.since > stretchUs
}

// lane is the low layer of what a slot of the room carries, in the slot's time
// under numbers of its own.
type lane struct {
	src     uint32
	top     uint16 // the latest packet's, as it came
	seq     uint16 // and as it is sent on
	history history
}

// next gives a packet its number; false for one that is not newer than the
// latest.
func (x *lane) next(in uint32, seq uint16) bool {
	d := int16(seq - x.top)
	switch {
	case in != x.src || d > maxLeap || d < -maxLeap:
		d = 1
	case d <= 0:
		return false
	}
	x.src, x.top = in, seq
	x.seq += uint16(d)
	return true
}

// skip takes a number of the low layer out of those that are sent on.
func (x *lane) skip(in uint32, seq uint16) {
	if in == x.src && seq == x.top+1 {
		x.top = seq
	}
}

// relayLow takes a packet of the low layer of somebody whose high layer leads:
// it is kept for those who are sent redundancy, and sent to those who are on it.
func (r *room) relayLow(now int64, p *Peer, in *inbound, h *rtp.Header, payload []byte, dur uint32, w *transport.Batch) {
	m := &r.metrics
	i := r.selector.slotOf(&p.speaker)
	offset, ok := p.layers.pairing.Offset()
	if i < 0 || !ok {
		in.held = true
		m.dropped[dropNotRelayed].Add(1)
		return
	}
	ts, ok := r.slots[i].Place(p.layers.high.stream, h.Timestamp+offset)
	at, begun := r.slots[i].At(now)
	x := r.lane(i)
	if !ok || !begun || int32(ts-at) > aheadTicks {
		in.held = true
		m.dropped[dropNotRelayed].Add(1)
		return
	}
	if in.held { // what was held back is not lost
		in.held, x.src = false, 0
	}
	if !x.next(in.id, h.SequenceNumber) {
		m.dropped[dropNotRelayed].Add(1)
		return
	}
	level, hasLevel := levelOf(h, in.track.levelID)
	r.packets++
	k := packet{
		id: r.packets, now: now, slot: i, seq: x.seq, ts: ts, csrc: p.csrc, level: level, hasLevel: hasLevel, low: true,
		end: payloadAt + copy(w.Plain[payloadAt:], payload),
	}
	x.history.keep(&k, payload)
	if r.shaped == 0 {
		m.dropped[dropNotRelayed].Add(1)
		return
	}
	r.delivery = delivery{packet: k, from: p, in: in, header: h, dur: dur}
	r.fan(&r.delivery, w)
}

// lane is the low layer of a slot, made when it is first needed.
func (r *room) lane(i int) *lane {
	if r.lanes == nil {
		r.lanes = make([]lane, len(r.slots))
	}
	return &r.lanes[i]
}
