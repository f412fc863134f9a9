package sfu

import (
	"math/rand/v2"
	"sync"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// slotsEveryUs is the least time between two Slots events of one listener.
const slotsEveryUs = 250_000

// room is the media side of one room: its peers, its slots and the choice of
// who is in them. One mutex guards it and everything of its peers and links;
// the packet path takes it once a packet.
type room struct {
	sfu  *SFU
	id   string
	test bool // no conversation: see Join

	mu         sync.Mutex
	peers      []*Peer
	listeners  []*link // connected, with slots, not deafened
	spare      []*link // memory of the list before
	rebuilt    uint64  // counts the lists, from 1
	selector   selector
	slots      []rtpmap.Timeline
	history    []history // of the slots
	lanes      []lane    // their low layers; nil: nobody has sent any
	lowWanted  int       // listeners who have a use for low layers
	lowHeard   int       // those of them who are on them
	thinWanted int       // and who need them thin
	layered    int       // participants with two layers
	parked     int       // those of them who talk while their low layer is not sent
	bareLoss   float64   // worst loss of listeners who cannot be sent redundancy
	shaped     int       // listeners who are sent other than plain voice
	streams    uint32    // ids given to inbound streams
	packets    uint32    // and to packets
	delivery   delivery  // the one that goes on
	jobs       []*fanJob // for a split fan-out
	metrics    metrics
	meter      meter
}

func newRoom(s *SFU, id string) *room {
	n := s.cfg.AudioSlots
	r := &room{sfu: s, id: id, rebuilt: 1, selector: newSelector(n), slots: make([]rtpmap.Timeline, n), history: make([]history, n)}
	for i := range r.slots {
		r.slots[i].Seed(uint16(rand.Uint32()), rand.Uint32())
	}
	return r
}

// remove takes a peer out and says whether the room is now empty.
func (r *room) remove(p *Peer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, q := range r.peers {
		if q == p {
			r.peers = append(r.peers[:i], r.peers[i+1:]...)
			break
		}
	}
	r.silence(p, nil)
	r.rebuild()
	return len(r.peers) == 0
}

// silence takes a peer's voice out of all slots at once; w may be nil.
func (r *room) silence(p *Peer, w *transport.Batch) {
	if i := r.selector.slotOf(&p.speaker); i >= 0 {
		r.hush(r.sfu.tr.Now(), p, i, w)
	}
	r.selector.release(&p.speaker)
	for _, l := range r.listeners {
		if l.narrow != nil {
			l.narrow.release(&p.speaker)
		}
	}
	p.speaker.hush()
}

// connected makes a link whose keys are there its peer's active one.
func (r *room) connected(l *link) {
	l.connected = true
	l.watch.connectedAt, l.watch.lost = r.sfu.tr.Now(), false
	p := l.peer
	if l == p.pending {
		if p.active != nil {
			p.active.session.Close()
		}
		p.active, p.pending = l, nil
	}
	yes := true
	p.news.connected = &yes
	p.toldSlots = 0
}

// rebuild makes the list of those who are sent voice. A listener who is new in
// it goes on in his slots without a gap in his sequence numbers. It runs for
// every join with the room held, so it makes no garbage.
func (r *room) rebuild() {
	next := r.spare[:0]
	r.rebuilt++
	r.shaped = 0
	for _, p := range r.peers {
		l := p.active
		if l == nil || !l.connected || p.deafened || p.closed || len(l.slots) == 0 {
			continue
		}
		if l.listening != r.rebuilt-1 {
			for _, s := range l.slots {
				s.skip()
			}
			l.low = lowUse{} // it was not counted
		}
		l.listening = r.rebuilt
		if x := l.shape; x != nil {
			r.shaped++
			if len(x.slots) != len(l.slots) {
				x.slots = make([]slotShape, len(l.slots))
			}
		}
		next = append(next, l)
	}
	clear(r.listeners)
	r.listeners, r.spare = next, r.listeners[:0]
}

// voice takes one packet of a microphone, of either layer.
func (r *room) voice(now int64, p *Peer, in *inbound, h *rtp.Header, payload []byte, w *transport.Batch) {
	if x := p.layers; x != nil {
		dur := rtpmap.OpusDuration(payload)
		level, hasLevel := levelOf(h, in.track.levelID)
		x.heard(now, in, h.Timestamp, dur, len(payload), p.speaker.standsOut(level&0x7f, hasLevel, len(payload)))
		if in.track.low && !x.lowLeads(now) {
			r.relayLow(now, p, in, h, payload, dur, w)
			return
		}
	}
	r.relay(now, p, in, h, payload, w)
}

// padding takes a packet that is padding only, by which browsers probe their
// uplink, out of the numbers of the slot that it would have gone to.
func (r *room) padding(p *Peer, in *inbound, seq uint16) {
	i := r.selector.slotOf(&p.speaker)
	if i < 0 {
		return
	}
	r.slots[i].Skip(in.id, seq)
	if in.track.low && r.lanes != nil { // it may be in both: it led before
		r.lanes[i].skip(in.id, seq)
	}
}

// relay sends one packet of voice to everybody who is to hear it. The choice
// of the slot, the slot's own sequence number and timestamp, and the payload
// are made once; a listener costs the rewriting of three integers, the
// encryption and a place in the batch.
func (r *room) relay(now int64, p *Peer, in *inbound, h *rtp.Header, payload []byte, w *transport.Batch) {
	m := &r.metrics
	level, hasLevel := levelOf(h, in.track.levelID)
	voice := p.speaker.hear(now, level&0x7f, hasLevel, len(payload))
	if voice && !p.firstMedia {
		p.firstMedia, p.news.firstMedia = true, true
	}
	i := r.selector.pick(now, &p.speaker, voice)
	if i < 0 {
		in.held = true
		if voice {
			m.dropped[dropNoSlot].Add(1)
		} else {
			m.dropped[dropSilence].Add(1)
		}
		return
	}
	held := in.held
	in.held = false
	if held {
		r.slots[i].Break()
	}
	dur := rtpmap.OpusDuration(payload)
	r.slots[i].Turn(p.csrc)
	seq, ts, ok := r.slots[i].Map(now, in.id, h.SequenceNumber, h.Timestamp, dur)
	if !ok {
		m.dropped[dropLate].Add(1)
		return
	}
	r.packets++
	k := packet{
		id: r.packets, now: now, slot: i, seq: seq, ts: ts, marker: h.Marker, csrc: p.csrc, level: level, hasLevel: hasLevel,
		end: payloadAt + copy(w.Plain[payloadAt:], payload),
	}
	r.history[i].keep(&k, payload)
	r.delivery = delivery{packet: k, from: p, in: in, header: h, dur: dur, held: held, voice: voice}
	r.fan(&r.delivery, w)
}

// delivery is a packet with what listeners who choose for themselves need.
type delivery struct {
	packet
	from        *Peer
	in          *inbound // nil: it is the server's own
	header      *rtp.Header
	dur         uint32
	held, voice bool
}

// to sends the delivery to some of the room's listeners and returns what
// became of it. It touches nothing but theirs.
func (d *delivery) to(listeners []*link, w *transport.Batch) (out, noPath uint64) {
	for _, l := range listeners {
		if d.in == nil && l.narrow != nil {
			continue // his choice has another time
		}
		if l.peer == d.from || l.peer.ignored != nil && l.ignores(d.csrc) {
			l.without(d)
			continue
		}
		if d.low && l.shape == nil {
			continue
		}
		if !l.session.HasPath() {
			// His numbers must not go on without him: SRTP takes a jump of half
			// their range for a step back, and would use its nonces again.
			l.without(d)
			noPath++
			continue
		}
		if l.shape != nil {
			if l.shaped(d, w) {
				out++
			}
			continue
		}
		var s *outSlot
		var seq uint16
		var ts uint32
		ok := true
		if l.narrow == nil {
			s = l.slots[d.slot]
			seq, ts, ok = s.offset.Map(d.seq, d.ts)
		} else {
			s, seq, ts, ok = l.chosen(d)
		}
		switch {
		case !ok:
		case d.send(l, s, seq, ts, w):
			out++
		default:
			noPath++
		}
	}
	return out, noPath
}

// without is told of a packet that the listener is not sent: the next one
// follows without a gap in his numbers.
func (l *link) without(d *delivery) {
	if d.low {
		return // its numbers are not those of the slot
	}
	if l.narrow == nil {
		l.slots[d.slot].offset.Break()
		return
	}
	for _, s := range l.slots {
		if s.own.Source() == d.in.id {
			s.own.Break()
		}
	}
}

// skip says that packets were held back from the slot.
func (s *outSlot) skip() {
	s.offset.Break()
	if s.own != nil {
		s.own.Break()
	}
}

// chosen is a packet's place with a listener who has fewer slots than the
// room: he has a choice and a time of his own.
func (l *link) chosen(d *delivery) (s *outSlot, seq uint16, ts uint32, ok bool) {
	j := l.narrow.pick(d.now, &d.from.speaker, d.voice)
	if d.held || j < 0 {
		l.without(d)
	}
	if j < 0 {
		return nil, 0, 0, false
	}
	s = l.slots[j]
	s.own.Turn(d.csrc)
	seq, ts, ok = s.own.Map(d.now, d.in.id, d.header.SequenceNumber, d.header.Timestamp, d.dur)
	return s, seq, ts, ok
}

func (l *link) ignores(csrc uint32) bool {
	_, ok := l.peer.ignored[csrc]
	return ok
}

// levelOf is the audio level byte of a packet (RFC 6464 section 3).
func levelOf(h *rtp.Header, id uint8) (byte, bool) {
	if id == 0 || !h.Extension {
		return 0, false
	}
	v := h.GetExtension(id)
	if len(v) == 0 {
		return 0, false
	}
	return v[0], true
}

// tick does what the room does by time and appends to due the peers that have
// news.
func (r *room) tick(now int64, w *transport.Batch, due []*Peer) []*Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.selector.expire(now)
	r.selector.rank(now)
	low, heard, thin := r.lowWanted > 0, r.lowHeard > 0, r.thinWanted > 0
	r.lowWanted, r.lowHeard, r.thinWanted, r.bareLoss, r.layered, r.parked = 0, 0, 0, 0, 0, 0
	for _, p := range r.peers {
		if p.layers != nil {
			r.layered++
		}
		if p.parked(now) {
			r.parked++
		}
	}
	for _, l := range r.listeners {
		r.bareLoss = max(r.bareLoss, l.bareLoss())
		r.countLow(l)
	}
	// What is asked of publishers at once.
	asks := r.lowWanted > 0 && !low || r.lowHeard > 0 && !heard || r.thinWanted > 0 && !thin
	r.meter.tick(now, r.metrics.packetsIn, r.metrics.packetsOut)
	for _, p := range r.peers {
		if s := p.speaker.speaking(now); s != p.wasSpeaking {
			p.wasSpeaking = s
			p.news.speaking = &s
		}
		l := p.active
		if l != nil && l.connected {
			if l.narrow != nil {
				l.narrow.expire(now)
			}
			r.slotNews(now, p, l)
			if now >= l.nextRTCP {
				l.report(now, w)
				l.observePath()
			}
			l.feedback(now, w)
			l.flushLate(now, w)
			if asks || p.rested(now) || l.presses() {
				l.judgeUplink(now)
			}
			l.watchQuality(now)
			if p.uplink.urgent {
				p.qualityNews(now, l)
			}
		}
		if p.news != (news{}) && !p.closed {
			due = append(due, p)
		}
	}
	return due
}
