package sfu

import "github.com/boltorezka/boltorezka/sfu/internal/rtpmap"

const (
	// phaseAfter is how many frames of the low layer there must have been before it
	// is told from the Pairing, which may be off by a piece at first, how the
	// layers' frames stand: about all that it looks back at.
	phaseAfter = 45
	// restUs is how long the low layer is parked for: longer than words are apart,
	// so that both come through.
	restUs = 600_000
	// restStepUs is added each other time: a tick of a room, which is two and a half
	// frames. All else that a publisher is told of comes at whole numbers of them, so
	// that he would begin as before again and again.
	restStepUs = 50_000
	// restMostUs ends it where the word does not come through.
	restMostUs = 3_000_000
	// mostRests is how often it is tried while the low layer is wanted. One in two
	// should do.
	mostRests = 6
	// phaseDur is the frame that it is looked at for, in ticks: of longer ones the
	// chance is too small.
	phaseDur = 20 * rtpmap.ClockRate / 1000
)

// phase is whether the frames of a microphone's two layers begin at the same
// instants. Both encoders make frames of 20 ms of one capture that comes in
// pieces of 10, so that one that begins anew is half a frame off half of the
// times. Its frames then cannot be repeated in packets of the other's: a decoder
// that has played a part of one drops it, and what is repeated is the high
// layer's, at three times the size. The low layer is parked for a moment then,
// while nobody hears it, and asked for again.
type phase struct {
	seen  uint8 // low frames since the low layer came last
	found bool  // in step since then
	rests int   // how often it was parked for it
	since int64 // it is parked, since; 0: it is not
}

// anew is told that a layer comes after it was parked.
func (x *phase) anew() { x.seen, x.found = 0, false }

// apart says whether the layers' frames begin at different instants, if that is
// known.
func (x *layers) apart(now int64) (apart, known bool) {
	h, l := &x.high, &x.low
	if x.phase.seen < phaseAfter || h.dur != phaseDur || l.dur != phaseDur || !x.flows(now, false) || !x.flows(now, true) {
		return false, false
	}
	offset, _ := x.pairing.Offset()
	return int32(h.ts-l.ts-offset)%phaseDur != 0, true
}

// lowRests says whether the participant's low layer, which somebody wants, is to
// be parked for a moment so that it begins in step with the high one.
func (p *Peer) lowRests(now int64, heard bool) bool {
	x := &p.layers.phase
	switch {
	case heard: // somebody would miss it
		x.since = 0
	case x.since != 0:
		if p.rested(now) || now-x.since >= restMostUs {
			x.since, p.layers.pairing = 0, rtpmap.Pairing{}
			x.anew()
		}
	case !x.found && x.rests < mostRests:
		apart, known := p.layers.apart(now)
		if apart {
			x.since, x.rests = now, x.rests+1
		}
		x.found = known && !apart
	}
	return x.since != 0
}

// rested says whether the low layer has been parked long enough, by what the
// participant was told.
func (p *Peer) rested(now int64) bool {
	if p.layers == nil || p.layers.phase.since == 0 {
		return false
	}
	x, t := &p.layers.phase, &p.toldQuality
	rest := int64(restUs + restStepUs*(x.rests&1))
	return t.at >= x.since && !t.word.Uplink.Low && now-t.at >= rest
}
