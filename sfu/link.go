package sfu

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// link is one PeerConnection of a peer: a transport, the tracks it sends and
// the audio slots it receives. It is guarded by the room's mutex.
type link struct {
	peer    *Peer
	session *transport.Session
	id      uint64 // of the SDP session
	answers uint64
	cname   string
	rtcp    uint32 // the SSRC of reports while no slot has sent anything

	connected bool
	listening uint64 // the latest of the room's lists that it was in
	tracks    []*track
	in        []*inbound
	guard     guard

	slots  []*outSlot
	narrow *selector // set for fewer slots than the room has: its own choice

	rsize    bool // reduced-size RTCP was negotiated (RFC 5506)
	nextRTCP int64
	rtt      int64 // microseconds, of the receiver report at rttAt
	rttAt    int64
	jitter   uint32 // worst of them, ticks of 48 kHz

	down *downlink // nil where no slot has transport-wide numbers
	up   arrivals

	shape     *shape // nil: he is sent plain voice
	sentBytes uint32 // on the wire; comes round
	judge     judge
	low       lowUse // as it was last counted

	againSince int64 // the second in which againCount packets were sent again
	againCount int
	watch      watch
}

// track is one m-line that the client sends on.
type track struct {
	mid            string
	opusPT, redPT  uint8
	levelID, midID uint8
	twccID         uint8
	nack           bool
	ssrcs          []uint32
	relayed        bool // the microphone
	low            bool // its low layer
}

// outSlot is one audio slot of one listener.
type outSlot struct {
	index   int
	mid     string
	ssrc    uint32
	opusPT  uint8
	redPT   uint8
	levelID uint8
	twccID  uint8
	nack    bool
	fec     bool

	offset rtpmap.Offset
	own    *rtpmap.Timeline // of a narrow listener, in place of the room's

	sent, octets uint32
	lastSent     int64
	recent       [historySize]sentPacket
	told         slotReport
}

func newLink(p *Peer) *link {
	return &link{peer: p, id: rand.Uint64(), cname: "boltorezka", rtcp: rand.Uint32() | 1}
}

func (l *link) slot(mid string) *outSlot {
	for _, s := range l.slots {
		if s.mid == mid {
			return s
		}
	}
	return nil
}

// configure takes an offer's lines: the sending ones as tracks, the first k
// recvonly ones as slots. A slot that was there before goes on as it was.
func (l *link) configure(o *offer, mics map[string]Track, k int) {
	l.tracks = l.tracks[:0]
	l.rsize = o.rsize()
	old, narrow := l.slots, o.narrow(k)
	l.slots = nil
	for i := range o.lines {
		m := &o.lines[i]
		switch {
		case m.sends():
			t, named := mics[m.mid]
			l.tracks = append(l.tracks, &track{
				mid: m.mid, opusPT: m.opusPT, redPT: m.redPT, levelID: m.levelID, midID: m.midID, twccID: m.twccID, nack: m.nack, ssrcs: m.ssrcs,
				relayed: named && t.Mic, low: t.Low,
			})
		case m.receives() && len(l.slots) < k:
			s := &outSlot{ssrc: l.freshSSRC(old)}
			s.offset.Seed(uint16(rand.Uint32()), rand.Uint32())
			for _, was := range old {
				if was.mid == m.mid && narrow == (l.narrow != nil) {
					s = was // otherwise its numbers would come from elsewhere: it is another stream
				}
			}
			if s.opusPT != m.opusPT || s.redPT != m.redPT || s.levelID != m.levelID || s.twccID != m.twccID || s.nack != m.nack {
				clear(s.recent[:]) // what was sent could not be written again as it was
			}
			s.index, s.mid, s.opusPT, s.redPT = len(l.slots), m.mid, m.opusPT, m.redPT
			s.levelID, s.twccID, s.nack = m.levelID, m.twccID, m.nack
			s.fec = m.fec
			if s.twccID != 0 && l.down == nil {
				l.down = &downlink{}
			}
			l.slots = append(l.slots, s)
		}
	}
	l.rebind()
	layered := slices.ContainsFunc(l.tracks, func(t *track) bool { return t.relayed && t.low })
	switch {
	case !layered:
		l.peer.layers = nil
	case l.peer.layers == nil:
		l.peer.layers = &layers{}
	}
	if !slices.Equal(old, l.slots) {
		l.moved()
	}
	l.narrow = nil
	if narrow {
		x := newSelector(len(l.slots))
		l.narrow = &x
		for _, s := range l.slots {
			if s.own == nil {
				s.own = &rtpmap.Timeline{}
				s.own.Seed(uint16(rand.Uint32()), rand.Uint32())
			}
		}
	}
}

// moved is told that slots stand elsewhere now, or are others: each goes on with
// the numbers of another slot of the room.
func (l *link) moved() {
	for _, s := range l.slots {
		s.skip()
	}
	if l.shape != nil {
		l.shape.slots = make([]slotShape, len(l.slots))
	}
}

func (l *link) freshSSRC(old []*outSlot) uint32 {
	for {
		v := rand.Uint32()
		taken := v == 0 || v == l.rtcp
		for _, s := range append(old, l.slots...) {
			taken = taken || s.ssrc == v
		}
		if !taken {
			return v
		}
	}
}

// stream is the inbound stream of a packet; nil for one that belongs to no
// track or would be one too many.
func (l *link) stream(h *rtp.Header) *inbound {
	for _, in := range l.in {
		if in.ssrc == h.SSRC {
			if in.track == nil {
				in.track = l.trackOf(h.SSRC, h)
			}
			return in
		}
	}
	t := l.trackOf(h.SSRC, h)
	if t == nil || len(l.in) == maxInbound {
		return nil
	}
	l.peer.room.streams++
	in := &inbound{id: l.peer.room.streams, ssrc: h.SSRC, track: t}
	l.in = append(l.in, in)
	return in
}

// trackOf finds the track of an SSRC: by a=ssrc, by the MID header extension
// (RFC 9143 section 9.2), or because there is only one.
func (l *link) trackOf(ssrc uint32, h *rtp.Header) *track {
	for _, t := range l.tracks {
		for _, s := range t.ssrcs {
			if s == ssrc {
				return t
			}
		}
	}
	if h != nil && h.Extension {
		for _, t := range l.tracks {
			if t.midID != 0 && t.mid != "" && string(h.GetExtension(t.midID)) == t.mid {
				return t
			}
		}
	}
	if len(l.tracks) == 1 {
		return l.tracks[0]
	}
	return nil
}

// Packet implements transport.Handler: everything of one voice packet.
func (l *link) Packet(s *transport.Session, now int64, b []byte, w *transport.Batch) {
	r := l.peer.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.peer.closed {
		return
	}
	m := &r.metrics
	h, plain, err := l.openRTP(s, now, b, w)
	if err != nil {
		return // counted there
	}
	m.packetsIn.Add(1)
	in := l.stream(h)
	if in == nil {
		m.dropped[dropUnknownStream].Add(1)
		return
	}
	in.observe(now, h.SequenceNumber, h.Timestamp)
	l.arrived(now, in, h)
	payload, ok := payloadOf(h, plain)
	if ok && len(payload) > 0 {
		l.made(now, in, h, payload, len(b)+wireHeaders)
	}
	switch {
	case ok && len(payload) == 0 && h.Padding && in.track != nil && in.track.relayed:
		m.dropped[dropPadding].Add(1)
		r.padding(l.peer, in, h.SequenceNumber)
	case !ok || len(payload) == 0:
		m.dropped[dropMalformed].Add(1)
	case in.track == nil || !in.track.relayed:
		m.dropped[dropNotRelayed].Add(1)
	case l.peer.muted:
		m.dropped[dropMuted].Add(1)
		in.held = true
	case h.PayloadType == in.track.redPT && in.track.redPT != 0:
		l.redundant(now, in, h, payload, w)
	case h.PayloadType != in.track.opusPT:
		m.dropped[dropPayloadType].Add(1)
	default:
		r.voice(now, l.peer, in, h, payload, w)
		if in.track.nack {
			l.ask(now, in, w)
		}
	}
}

// maxPayload is the largest payload that is relayed: Opus's largest frame (RFC
// 6716 section 3.4), which fits every path's MTU with all headers.
const maxPayload = 1275

// payloadOf is a decrypted packet without header and padding (RFC 3550 section
// 5.1). It is false for one that is too large or whose parts do not fit it.
func payloadOf(h *rtp.Header, plain []byte) ([]byte, bool) {
	n := 12 + 4*len(h.CSRC)
	if h.Extension {
		if len(plain) < n+4 {
			return nil, false
		}
		n += 4 + 4*int(binary.BigEndian.Uint16(plain[n+2:]))
	}
	end := len(plain)
	if h.Padding && end > 0 {
		end -= int(plain[end-1])
	}
	if n > end || end-n > maxPayload {
		return nil, false
	}
	return plain[n:end], true
}

// Connected implements transport.Handler.
func (l *link) Connected(*transport.Session) {
	r := l.peer.room
	r.mu.Lock()
	defer r.mu.Unlock()
	// Before Offer has made the link known there is nothing to connect; it
	// looks again when it does.
	if l == l.peer.active || l == l.peer.pending {
		r.connected(l)
		r.rebuild()
	}
}

// Failed implements transport.Handler.
func (l *link) Failed(_ *transport.Session, cause transport.HandshakeCause, err error) {
	l.peer.sfu.log.Info("media handshake failed", "room", l.peer.room.id, "csrc", l.peer.csrc, "cause", err)
	l.observeFailure(cause)
	l.notify(false)
}

// Lost implements transport.Handler.
func (l *link) Lost(*transport.Session) { l.notify(false) }

// Found implements transport.Handler.
func (l *link) Found(*transport.Session) { l.notify(true) }

func (l *link) notify(connected bool) {
	r := l.peer.room
	r.mu.Lock()
	defer r.mu.Unlock()
	l.watch.lost = !connected
	if l == l.peer.active {
		l.peer.news.connected = &connected
	}
}
