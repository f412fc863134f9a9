package sfu

import (
	"encoding/binary"
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
	sfu *SFU
	id  string

	mu        sync.Mutex
	peers     []*Peer
	listeners []*link // connected, with slots, not deafened
	selector  selector
	slots     []rtpmap.Timeline
	streams   uint32 // ids given to inbound streams
}

func newRoom(s *SFU, id string) *room {
	r := &room{sfu: s, id: id, selector: newSelector(s.cfg.AudioSlots), slots: make([]rtpmap.Timeline, s.cfg.AudioSlots)}
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
	r.silence(p)
	r.rebuild()
	return len(r.peers) == 0
}

// silence takes a peer's voice out of all slots at once.
func (r *room) silence(p *Peer) {
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
// it goes on in his slots without a gap in his sequence numbers.
func (r *room) rebuild() {
	was := make(map[*link]bool, len(r.listeners))
	for _, l := range r.listeners {
		was[l] = true
	}
	next := make([]*link, 0, len(r.peers))
	for _, p := range r.peers {
		l := p.active
		if l == nil || !l.connected || p.deafened || p.closed || len(l.slots) == 0 {
			continue
		}
		if !was[l] {
			for _, s := range l.slots {
				s.offset.Break()
			}
		}
		next = append(next, l)
	}
	r.listeners = next
}

// relay sends one packet of voice to everybody who is to hear it. The choice
// of the slot, the slot's own sequence number and timestamp, and the payload
// are made once; a listener costs the rewriting of three integers, the
// encryption and a place in the batch.
func (r *room) relay(now int64, p *Peer, in *inbound, h *rtp.Header, payload []byte, w *transport.Batch) {
	m := &r.sfu.metrics
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
	if len(payload) > len(w.Plain)-payloadAt-64 {
		m.dropped[dropMalformed].Add(1)
		return
	}
	held := in.held
	in.held = false
	if held {
		r.slots[i].Break()
	}
	dur := rtpmap.OpusDuration(payload)
	seq, ts, ok := r.slots[i].Map(now, in.id, h.SequenceNumber, h.Timestamp, dur)
	if !ok {
		m.dropped[dropLate].Add(1)
		return
	}
	k := packet{now: now, speaker: &p.speaker, seq: seq, ts: ts, marker: h.Marker, csrc: p.csrc, level: level, hasLevel: hasLevel, end: payloadAt + copy(w.Plain[payloadAt:], payload)}
	for _, l := range r.listeners {
		if l.peer == p || l.peer.ignored != nil && l.ignores(p.csrc) {
			if i < len(l.slots) {
				l.slots[i].offset.Break()
			}
			continue
		}
		if l.narrow == nil {
			if s := l.slots[i]; k.to(s.offset.Map(k.seq, k.ts)) {
				k.send(l, s, w)
			}
			continue
		}
		l.relayNarrow(k, in, h, dur, held, voice, w)
	}
}

// relayNarrow sends a packet to a listener with fewer slots than the room: he
// has a choice and a time of his own.
func (l *link) relayNarrow(k packet, in *inbound, h *rtp.Header, dur uint32, held, voice bool, w *transport.Batch) {
	j := l.narrow.pick(k.now, k.speaker, voice)
	if held || j < 0 {
		for _, s := range l.slots {
			if s.own.Source() == in.id {
				s.own.Break()
			}
		}
	}
	if j < 0 {
		return
	}
	if s := l.slots[j]; k.to(s.own.Map(k.now, in.id, h.SequenceNumber, h.Timestamp, dur)) {
		k.send(l, s, w)
	}
}

func (l *link) ignores(csrc uint32) bool {
	_, ok := l.peer.ignored[csrc]
	return ok
}

// payloadAt is where a packet's payload begins in Batch.Plain: after the
// longest header, so that it is copied once whatever header a listener gets.
const (
	extensionSize = 8
	headerSize    = 16 // with one CSRC
	payloadAt     = headerSize + extensionSize
)

// packet is one packet of voice on its way to listeners; outSeq and outTS are
// for the one it goes to now.
type packet struct {
	now      int64
	speaker  *speaker
	seq      uint16
	ts       uint32
	marker   bool
	csrc     uint32
	level    byte
	hasLevel bool
	end      int // of the payload in Batch.Plain

	outSeq uint16
	outTS  uint32
}

func (k *packet) to(seq uint16, ts uint32, ok bool) bool {
	k.outSeq, k.outTS = seq, ts
	return ok
}

// send writes the header for one listener's slot and hands the packet on. The
// only CSRC is the speaker's; the level follows as RFC 6464 has it.
func (k *packet) send(l *link, s *outSlot, w *transport.Batch) {
	at, first := extensionSize, byte(2<<6|1)
	if k.hasLevel && s.levelID != 0 {
		at, first = 0, first|1<<4
		e := w.Plain[headerSize:payloadAt]
		// One-byte header, one word (RFC 8285 section 4.2).
		e[0], e[1], e[2], e[3] = 0xBE, 0xDE, 0, 1
		e[4], e[5], e[6], e[7] = s.levelID<<4, k.level, 0, 0
	}
	b := w.Plain[at:k.end]
	b[0], b[1] = first, s.opusPT
	if k.marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], k.outSeq)
	binary.BigEndian.PutUint32(b[4:], k.outTS)
	binary.BigEndian.PutUint32(b[8:], s.ssrc)
	binary.BigEndian.PutUint32(b[12:], k.csrc)
	m := &l.peer.sfu.metrics
	if !l.session.SealRTP(b, w) {
		m.dropped[dropNoPath].Add(1)
		return
	}
	s.sent++
	s.octets += uint32(k.end - payloadAt)
	s.lastSent = k.now
	m.packetsOut.Add(1)
	if !l.peer.firstMedia {
		l.peer.firstMedia, l.peer.news.firstMedia = true, true
	}
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
			}
		}
		if p.news != (news{}) && !p.closed {
			due = append(due, p)
		}
	}
	return due
}
