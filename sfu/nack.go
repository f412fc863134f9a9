package sfu

import (
	"encoding/binary"

	"github.com/pion/rtcp"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

const (
	// nackRTTUs is the longest round trip at which asking again helps: beyond
	// it the answer comes after the jitter buffer has concealed, and makes that
	// buffer grow for nothing.
	nackRTTUs = 120_000
	// maxAgain is how often one packet is sent again to one listener.
	maxAgain = 2
	// againPerSecond bounds what one listener may have sent again: half of what
	// three talkers are.
	againPerSecond = 75
	// maxMissing is the longest gap that a publisher is asked to fill, and how
	// much of it at a time: more is an outage.
	maxMissing = 8
	// missingForUs is how long a packet is worth waiting for.
	missingForUs = 250_000
)

// resend answers a listener's NACK (RFC 4585 section 6.2.1); b is the RTCP
// packet with its header.
func (l *link) resend(now int64, b []byte, w *transport.Batch) {
	m := &l.peer.room.metrics
	if len(b) < 12 || len(b)%4 != 0 {
		m.dropped[dropMalformed].Add(1)
		return
	}
	ssrc := binary.BigEndian.Uint32(b[8:])
	for _, s := range l.slots {
		if s.ssrc != ssrc || !s.nack {
			continue
		}
		if rtt := l.roundTrip(now); rtt > l.peer.sfu.nackRTTUs || l.judge.begun && !l.judge.plan.NACK {
			m.nackLate.Add(1)
			return
		}
		for b = b[12:]; len(b) > 0; b = b[4:] {
			seq, more := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
			l.again(now, s, seq, w)
			for ; more != 0; more >>= 1 {
				seq++
				if more&1 != 0 {
					l.again(now, s, seq, w)
				}
			}
		}
		return
	}
}

// again sends one packet again, if it is there and was not sent too often.
func (l *link) again(now int64, s *outSlot, seq uint16, w *transport.Batch) {
	m := &l.peer.room.metrics
	p := &s.recent[seq%historySize]
	if !p.sent || p.seq != seq || p.again == maxAgain || l.peer.deafened {
		m.nackUnknown.Add(1)
		return
	}
	h := &l.peer.room.history[p.slot]
	if p.low {
		h = &l.peer.room.lane(int(p.slot)).history
	}
	k := h.find(p.id)
	if k == nil {
		m.nackUnknown.Add(1)
		return
	}
	if now-l.againSince >= 1_000_000 {
		l.againSince, l.againCount = now, 0
	}
	if l.againCount == againPerSecond {
		m.nackLimited.Add(1)
		return
	}
	l.againCount++
	p.again++
	copy(w.Plain[payloadAt:], k.payload)
	if l.session.SealRTP(k.write(w.Plain[:], s, p.numbers), w) {
		m.resent.Add(1)
		if s.twccID != 0 {
			l.down.resent(p.wide)
		}
	}
}

// missing are the packets of a publisher that were asked for again.
type missing struct {
	list [maxMissing]struct {
		seq   uint16
		since int64
		asked int64
		tries uint8
	}
	n int
}

// gap notes the n packets from seq on.
func (x *missing) gap(now int64, seq uint16, n int) {
	if n > maxMissing {
		x.n = 0
		return
	}
	for i := range n {
		if x.n == maxMissing {
			copy(x.list[:], x.list[1:])
			x.n--
		}
		e := &x.list[x.n]
		e.seq, e.since, e.asked, e.tries = seq+uint16(i), now, 0, 0
		x.n++
	}
}

// came takes a late packet off the list, and says whether it was there.
func (x *missing) came(seq uint16) bool {
	for i := range x.n {
		if x.list[i].seq == seq {
			x.drop(i)
			return true
		}
	}
	return false
}

func (x *missing) drop(i int) {
	copy(x.list[i:], x.list[i+1:x.n])
	x.n--
}

// due appends what is to be asked for now, and forgets what is too old.
func (x *missing) due(now, rtt int64, out []uint16) []uint16 {
	for i := 0; i < x.n; {
		e := &x.list[i]
		if now-e.since > missingForUs {
			x.drop(i)
			continue
		}
		if e.tries < maxAgain && (e.tries == 0 || now-e.asked > rtt+rtt/2+10_000) {
			e.tries++
			e.asked = now
			out = append(out, e.seq)
		}
		i++
	}
	return out
}

// ask sends a NACK for what is missing of a stream whose voice is heard.
func (l *link) ask(now int64, in *inbound, w *transport.Batch) {
	if in.missing.n == 0 {
		return
	}
	rtt := l.roundTrip(now)
	if rtt > l.peer.sfu.nackRTTUs {
		return
	}
	var buf [maxMissing]uint16
	seqs := in.missing.due(now, rtt, buf[:0])
	if len(seqs) == 0 {
		return
	}
	l.sendFeedback(w, &rtcp.TransportLayerNack{SenderSSRC: l.rtcp, MediaSSRC: in.ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(seqs)})
	l.peer.room.metrics.asked.Add(uint64(len(seqs)))
}
