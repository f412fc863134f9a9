package sfu

import (
	"time"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// joinMost is how many packets are joined into one at most: 120 ms of the usual 20.
const joinMost = 6

// staleUs is how long packets wait to be joined at most: who stops in the middle
// is followed by nothing for 400 ms, or for minutes.
const staleUs = 250_000

// lateUs is when the latest packet to be joined is taken to have been the last,
// where it is no longer than half of it; else two of its lengths are.
const lateUs = 60_000

// shape is how a listener's packets differ from the room's: made when his plan
// first does. Times are of the slots.
type shape struct {
	plan  ladder.Plan
	slots []slotShape
	// Packets with earlier frames in them, and with several joined, since they
	// were last counted.
	repeated, joined uint32
}

// slotShape is the same of one slot.
type slotShape struct {
	low     bool // he is on the low layer here
	waits   bool // one frame was left to the other layer
	started bool
	lastTS  uint32
	csrc    uint32

	joined [joinMost]joining // packets that wait to be joined
	n      int
	past   []joint // joined ones that were sent, the latest last
}

// joint is a joined packet that was sent, to be repeated by the next ones.
type joint struct {
	ts      uint32
	payload []byte
}

// maxPast is how many of them are kept: the latest, and those it can repeat.
const maxPast = 4

// keep stores a payload as the latest, over the oldest.
func (y *slotShape) keep(ts uint32, payload []byte) *joint {
	if len(y.past) < maxPast {
		y.past = append(y.past, joint{})
	} else {
		oldest := y.past[0]
		copy(y.past, y.past[1:])
		y.past[maxPast-1] = oldest
	}
	x := &y.past[len(y.past)-1]
	x.ts, x.payload = ts, append(x.payload[:0], payload...)
	return x
}

// joining is a packet that waits for others: it stands in the room's history.
type joining struct {
	packet packet
	dur    uint32
}

// shaped sends a packet to a listener as his plan has it and says whether one
// was sent.
func (l *link) shaped(d *delivery, w *transport.Batch) bool {
	x := l.shape
	if l.narrow != nil {
		return l.pausing(d, w)
	}
	y := &x.slots[d.slot]
	now := time.Duration(d.now) * time.Microsecond
	s := l.slots[d.slot]
	if y.n > 0 && d.now-y.joined[y.n-1].packet.now > staleUs {
		y.n = 0 // nobody's jitter buffer waits for them any more
	}
	if now < x.plan.PauseUntil || l.rank(&d.from.speaker) >= x.plan.Slots {
		y.n = 0
		s.offset.Break()
		return false
	}
	was := y.low
	if y.csrc != d.csrc {
		if y.n > 0 {
			l.flush(y, s, w)
		}
		*y = slotShape{csrc: d.csrc}
	}
	if d.in == nil {
		y.low = false
	} else if !l.layer(d, y) {
		return false
	}
	if y.low != was {
		if y.n > 0 {
			l.flush(y, s, w)
		}
		s.offset.Break() // the layers have numbers of their own
	}
	y.started, y.lastTS = true, d.ts
	if d.plays() <= x.plan.FrameMs/2 && x.plan.FrameMs > 20 {
		return l.join(d, y, s, w)
	}
	if y.n > 0 {
		l.flush(y, s, w)
	}
	return l.single(d, s, w)
}

// pausing is shaped for a listener who has a choice of his own: he is paused,
// and has plain voice otherwise.
func (l *link) pausing(d *delivery, w *transport.Batch) bool {
	if d.low {
		return false
	}
	if time.Duration(d.now)*time.Microsecond < l.shape.plan.PauseUntil {
		l.without(d)
		return false
	}
	s, seq, ts, ok := l.chosen(d)
	return ok && d.send(l, s, seq, ts, w)
}

// plays is how long the packet's audio is, in ms.
func (d *delivery) plays() int { return int(d.dur / (rtpmap.ClockRate / 1000)) }

// layer says whether the packet is of the layer that the listener is on in this
// slot, or of the one that he changes to with it.
//
// He changes at a packet that follows the latest one he was sent. Where the
// layer that he is on always comes first, one of its frames is left to the
// other, which is on its way.
func (l *link) layer(d *delivery, y *slotShape) bool {
	layers := d.from.layers
	if layers == nil || layers.lowLeads(d.now) {
		y.low = false
		return !d.low
	}
	want := l.shape.plan.Layer == ladder.Low
	if !layers.flows(d.now, want) {
		want = y.low
	}
	follows := !y.started || int32(d.ts-y.lastTS) >= stepTicks
	switch {
	case d.low != y.low:
		// The other layer: he changes to it, or his own has ceased.
		if !follows || d.low != want && !layers.ceased(d.now, y.low) {
			return false
		}
		y.low, y.waits = d.low, false
	case want != y.low && y.started && !y.waits:
		y.waits = true
		return false
	default:
		y.waits = false
	}
	return true
}

// single sends one packet, with the earlier frames that the plan asks for.
func (l *link) single(d *delivery, s *outSlot, w *transport.Batch) bool {
	seq, ts, ok := s.offset.Map(d.seq, d.ts)
	if !ok {
		return false
	}
	if n := l.shape.plan.Redundancy; n > 0 && s.redPT != 0 {
		if size := l.repeat(d, s, n, w); size > 0 {
			k := d.packet
			k.red, k.end = true, payloadAt+size
			l.shape.repeated++
			return k.sendFrom(w.Other[:], false, l, s, seq, ts, w)
		}
	}
	return d.send(l, s, seq, ts, w)
}

// repeat makes the payload with earlier frames in Batch.Other and returns its
// length, 0 when none of them is there. The low layer's frames do for the high
// one's, at a third of their size.
func (l *link) repeat(d *delivery, s *outSlot, n int, w *transport.Batch) int {
	r := l.peer.room
	var buf [4]rtpmap.Block
	blocks := buf[:0]
	for i := min(n, len(buf)) - 1; i >= 0; i-- {
		back := d.dur * uint32(i+max(l.shape.plan.Distance, 1))
		var k *stored
		if r.lanes != nil {
			k = r.lanes[d.slot].history.at(d.ts-back, d.csrc)
		}
		if k == nil && !d.low {
			k = r.history[d.slot].at(d.ts-back, d.csrc)
		}
		if k != nil {
			blocks = append(blocks, rtpmap.Block{Offset: back, Payload: k.payload})
		}
	}
	primary := w.Plain[payloadAt:d.end]
	out, ok := rtpmap.AppendRED(w.Other[payloadAt:payloadAt], s.opusPT, roomFor(blocks, primary), primary)
	if !ok {
		return 0
	}
	return len(out)
}

// roomFor are the latest of the blocks that fit into a packet of maxPayload with
// the primary.
func roomFor(blocks []rtpmap.Block, primary []byte) []rtpmap.Block {
	left := maxPayload - 1 - len(primary)
	for i := len(blocks) - 1; i >= 0; i-- {
		if left -= 4 + len(blocks[i].Payload); left < 0 {
			return blocks[i+1:]
		}
	}
	return blocks
}

// join keeps a packet until there are as many as the plan joins.
func (l *link) join(d *delivery, y *slotShape, s *outSlot, w *transport.Batch) (sent bool) {
	if y.n > 0 {
		last := &y.joined[y.n-1]
		if d.ts-last.packet.ts != last.dur || d.dur != last.dur {
			sent = l.flush(y, s, w)
		}
	}
	y.joined[y.n] = joining{d.packet, d.dur}
	y.n++
	if y.n == joinMost || y.n*d.plays() >= l.shape.plan.FrameMs {
		sent = l.flush(y, s, w) || sent
	}
	return sent
}

// flush sends the packets that wait as one.
func (l *link) flush(y *slotShape, s *outSlot, w *transport.Batch) bool {
	r, n := l.peer.room, y.n
	y.n = 0
	var buf [joinMost][]byte
	payloads, size := buf[:0], 2
	for i := range n {
		p := &y.joined[i].packet
		if k := r.kept(p); k != nil {
			payloads, size = append(payloads, k.payload), size+2+len(k.payload)
		}
	}
	if len(payloads) < n || n == 0 {
		return false // they have waited too long to be there
	}
	var out []byte
	ok := n == 1 || size <= maxPayload
	if ok {
		out, ok = rtpmap.JoinOpus(w.Other[payloadAt:payloadAt], payloads)
	}
	if !ok { // they do not go together, or into one packet
		sent := false
		for i := range n {
			p := y.joined[i].packet
			p.end = payloadAt + copy(w.Other[payloadAt:], payloads[i])
			sent = l.alone(&p, s, w) || sent
		}
		return sent
	}
	k := y.joined[0].packet
	k.now, k.level, k.end = y.joined[n-1].packet.now, y.joined[n-1].packet.level, payloadAt+len(out)
	if n > 1 {
		l.shape.joined++
	}
	if plan := l.shape.plan; plan.Redundancy > 0 && s.redPT != 0 {
		if size := y.repeat(k.ts, out, plan.Redundancy, s.opusPT, w); size > 0 {
			l.shape.repeated++
			k.red, k.end = true, payloadAt+size
		}
	}
	return l.alone(&k, s, w)
}

// repeat makes a joined payload with up to n of the ones before it in
// Batch.Other and returns its length, 0 when there are none.
func (y *slotShape) repeat(ts uint32, payload []byte, n int, opusPT uint8, w *transport.Batch) int {
	latest := y.keep(ts, payload)
	var buf [maxPast]rtpmap.Block
	blocks := buf[:0]
	before := len(y.past) - 1
	for i := max(0, before-n); i < before; i++ {
		if x := &y.past[i]; ts-x.ts < 1<<14 {
			blocks = append(blocks, rtpmap.Block{Offset: ts - x.ts, Payload: x.payload})
		}
	}
	out, ok := rtpmap.AppendRED(w.Other[payloadAt:payloadAt], opusPT, roomFor(blocks, latest.payload), latest.payload)
	if !ok {
		return 0 // and the payload still stands there
	}
	return len(out)
}

// flushLate sends packets that wait for others which have not come in time: the
// end of what somebody said. It runs with the room's tick.
func (l *link) flushLate(now int64, w *transport.Batch) {
	if l.shape == nil || !l.session.HasPath() {
		return
	}
	for i := range l.shape.slots {
		y := &l.shape.slots[i]
		if y.n == 0 {
			continue
		}
		last := &y.joined[y.n-1]
		if now-last.packet.now > max(lateUs, int64(last.dur)*2*1_000_000/rtpmap.ClockRate) {
			l.flush(y, l.slots[i], w)
		}
	}
}

// alone sends a packet that stands in Batch.Other under the next number.
func (l *link) alone(k *packet, s *outSlot, w *transport.Batch) bool {
	s.offset.Break()
	seq, ts, ok := s.offset.Map(k.seq, k.ts)
	if !ok {
		return false
	}
	sent := k.sendFrom(w.Other[:], false, l, s, seq, ts, w)
	s.offset.Break() // the packets that went into it have numbers too
	return sent
}

// kept is a packet in the history of its slot and layer, nil when it is gone.
func (r *room) kept(k *packet) *stored {
	h := &r.history[k.slot]
	if k.low {
		h = &r.lanes[k.slot].history
	}
	return h.find(k.id)
}

// reshape puts a plan in force.
func (l *link) reshape(now int64, p ladder.Plan) {
	r, x := l.peer.room, l.shape
	plain := p.Layer == ladder.High && p.Redundancy == 0 && p.FrameMs <= 20 && p.Slots >= len(l.slots) &&
		time.Duration(now)*time.Microsecond >= p.PauseUntil
	switch {
	case x == nil && plain:
	case x == nil:
		l.shape = &shape{plan: p, slots: make([]slotShape, len(l.slots))}
		r.shaped++
	case plain && x.settled():
		r.count(x)
		l.shape = nil
		r.shaped--
	default:
		x.plan = p
	}
}

// settled says whether all slots are on the high layer with nothing waiting.
func (x *shape) settled() bool {
	for i := range x.slots {
		if x.slots[i].low || x.slots[i].n > 0 {
			return false
		}
	}
	return true
}

// count takes what a listener was sent in other forms into the room's figures.
func (r *room) count(x *shape) {
	r.metrics.redundant.Add(uint64(x.repeated))
	r.metrics.joined.Add(uint64(x.joined))
	x.repeated, x.joined = 0, 0
}
