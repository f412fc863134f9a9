package sfu

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtcp"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

const (
	// Reports go out every 2 seconds, give or take a quarter, so that those of
	// a large room do not leave together (RFC 3550 section 6.3.1).
	rtcpEveryUs  = 2_000_000
	rtcpJitterUs = 500_000
	// maxReports is how many report blocks a packet holds (RFC 3550 section 6.4.1).
	maxReports = 31
	// activeUs is how long after its last packet a slot still sends reports.
	activeUs = 10_000_000
	// ntpOffset is from 1900 to 1970, in seconds.
	ntpOffset = 2208988800
)

// ntpTime is a time in the 32.32 format of RFC 3550 section 4.
func ntpTime(t time.Time) uint64 {
	s, ns := uint64(t.Unix()+ntpOffset), uint64(t.Nanosecond())
	return s<<32 | ns<<32/1_000_000_000
}

// report sends the link's compound RTCP packet (RFC 3550 section 6.1): a
// sender report for each slot that carries voice, or an empty receiver report,
// with a block for each stream that the client sends.
func (l *link) report(now int64, w *transport.Batch) {
	l.nextRTCP = now + rtcpEveryUs - rtcpJitterUs + rand.Int64N(2*rtcpJitterUs)
	ntp := ntpTime(l.peer.sfu.tr.Wall(now))
	var blocks []rtcp.ReceptionReport
	for _, in := range l.in {
		if in.received != in.prevRecv && len(blocks) < maxReports { // RFC 3550 section 6.4: heard since the last one
			b := in.report(now)
			l.observeUplink(in, b.FractionLost)
			if in.track != nil && in.track.relayed {
				// Encoders send in-band FEC when reports tell of loss: for listeners
				// who lose packets and can be sent nothing else, it is told here.
				b.FractionLost = l.peer.room.lossTold(b.FractionLost)
			}
			blocks = append(blocks, b)
		}
	}
	var compound []rtcp.Packet
	source := l.rtcp
	for _, s := range l.slots {
		if s.sent == 0 || now-s.lastSent > activeUs {
			continue
		}
		ts, ok := l.timeOf(now, s)
		if !ok {
			continue
		}
		sr := &rtcp.SenderReport{SSRC: s.ssrc, NTPTime: ntp, RTPTime: ts, PacketCount: s.sent, OctetCount: s.octets}
		if len(compound) == 0 {
			sr.Reports, source = blocks, s.ssrc
		}
		compound = append(compound, sr)
	}
	if len(compound) == 0 {
		if len(blocks) == 0 {
			return
		}
		compound = append(compound, &rtcp.ReceiverReport{SSRC: l.rtcp, Reports: blocks})
	}
	compound = append(compound, l.description(source))
	if b, err := rtcp.Marshal(compound); err == nil {
		l.session.SealRTCP(b, w)
	}
}

// timeOf is a slot's RTP time at now.
func (l *link) timeOf(now int64, s *outSlot) (uint32, bool) {
	if s.own != nil && l.narrow != nil {
		return s.own.At(now)
	}
	ts, ok := l.peer.room.slots[s.index].At(now)
	return s.offset.Time(ts), ok
}

// Control implements transport.Handler: a compound RTCP packet of the client.
func (l *link) Control(s *transport.Session, now int64, b []byte, w *transport.Batch) {
	r := l.peer.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.peer.closed {
		return
	}
	plain, err := l.openRTCP(s, now, b, w)
	if err != nil {
		return // counted there
	}
	if !l.control(now, plain, w) {
		r.metrics.dropped[dropControl].Add(1)
	}
}

// control takes a decrypted compound packet, each part where it stands: a
// listener of a large room sends feedback ten times a second. It is false for
// one that is not taken to its end.
func (l *link) control(now int64, b []byte, w *transport.Batch) bool {
	l.judge.heardAt = now
	c := compound{ahead: b}
	for p, ok := c.next(); ok; p, ok = c.next() {
		count := int(p[0] & 0x1f)
		switch rtcp.PacketType(p[1]) {
		case rtcp.TypeReceiverReport:
			ok = l.reported(now, p, 8, count)
		case rtcp.TypeSenderReport:
			ok = l.senderReport(now, p, count)
		case rtcp.TypeGoodbye:
			ok = l.goodbye(p, count, w)
		case rtcp.TypeTransportSpecificFeedback:
			if count == int(rtcp.FormatTLN) {
				l.resend(now, p, w)
			} else if l.down != nil {
				ok = l.told(now, p)
			}
		}
		if !ok {
			return false
		}
	}
	return !c.bad
}

// senderReport notes a publisher's clock (RFC 3550 section 6.4.1).
func (l *link) senderReport(now int64, p []byte, count int) bool {
	if len(p) < 28 {
		return false
	}
	for _, in := range l.in {
		if in.ssrc == binary.BigEndian.Uint32(p[4:]) {
			in.lastSR, in.lastSRAt = uint32(binary.BigEndian.Uint64(p[8:])>>16), now
		}
	}
	return l.reported(now, p, 28, count)
}

// goodbye ends the streams of a BYE (RFC 3550 section 6.6): whoever spoke in
// them is heard no more, and a stream that begins again is a new one.
func (l *link) goodbye(p []byte, count int, w *transport.Batch) bool {
	if len(p) < 4+4*count {
		return false
	}
	for i := range count {
		ssrc := binary.BigEndian.Uint32(p[4+4*i:])
		for k, in := range l.in {
			if in.ssrc != ssrc {
				continue
			}
			l.peer.room.metrics.byes.Add(1)
			if in.track != nil && in.track.relayed && !in.track.low && l == l.peer.active {
				l.peer.room.silence(l.peer, w)
			}
			l.in = append(l.in[:k], l.in[k+1:]...)
			break
		}
	}
	return true
}

// reported takes what a listener says of its slots, in blocks of 24 bytes from
// at on: loss, and the round trip by RFC 3550 section 6.4.1.
func (l *link) reported(now int64, p []byte, at, count int) bool {
	if len(p) < at+24*count {
		return false
	}
	jitter, any := uint32(0), false
	for i := range count {
		b := p[at+24*i:]
		ssrc := binary.BigEndian.Uint32(b)
		for _, s := range l.slots {
			if s.ssrc != ssrc {
				continue
			}
			any = true
			l.observeLoss(now, s, b[4])
			jitter = max(jitter, binary.BigEndian.Uint32(b[12:]))
			lastSR, delay := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:])
			if lastSR != 0 {
				mid := uint32(ntpTime(l.peer.sfu.tr.Wall(now)) >> 16)
				if d := int32(mid - lastSR - delay); d >= 0 && d < maxRTT {
					l.rtt, l.rttAt = int64(d)*1_000_000/65536, now
					l.observeRTT()
				}
			}
		}
	}
	if any {
		l.jitter = jitter
	}
	return true
}

// maxRTT is the longest round trip that is believed: a minute, in units of
// 1/65536 s.
const maxRTT = 60 << 16

// rttForUs is how long a reported round trip counts: three of the intervals of
// five seconds in which browsers report on audio (RFC 3550 section 6.2). Two
// lost reports change nothing, and a path whose reports have stopped is known
// by its connectivity checks only.
const rttForUs = 15_000_000

// reportedRTT is the round trip in microseconds of the latest receiver report,
// 0 without one of late.
func (l *link) reportedRTT(now int64) int64 {
	if now-l.rttAt > rttForUs {
		return 0
	}
	return l.rtt
}

// roundTrip is the path's round trip in microseconds: of the latest receiver
// report, or else of the latest connectivity check; 0 without either.
func (l *link) roundTrip(now int64) int64 {
	if rtt := l.reportedRTT(now); rtt != 0 {
		return rtt
	}
	return l.session.RTT()
}

// sendFeedback sends feedback packets, in a compound packet of RFC 4585 section
// 3.1 where reduced-size RTCP was not negotiated (RFC 5506 section 3.4.1).
func (l *link) sendFeedback(w *transport.Batch, packets ...rtcp.Packet) {
	if !l.rsize {
		packets = append([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: l.rtcp}, l.description(l.rtcp)}, packets...)
	}
	if b, err := rtcp.Marshal(packets); err == nil {
		l.session.SealRTCP(b, w)
	}
}

// description names the source of a compound packet (RFC 3550 section 6.5.1).
func (l *link) description(source uint32) rtcp.Packet {
	return &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: source, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: l.cname}},
	}}}
}

// farewells lends the batches in which those who leave, or are muted, say
// goodbye. Whoever calls may have one, so that no room waits for another's
// fan-out; between bursts of them the memory goes back.
type farewells struct{ batches sync.Pool }

// borrow is nil where there are no sockets.
func (f *farewells) borrow() *transport.Batch {
	w, _ := f.batches.Get().(*transport.Batch)
	return w
}

// finish sends what is in a batch, without a room's mutex, and takes it back.
func (f *farewells) finish(w *transport.Batch) {
	if w == nil {
		return
	}
	w.Flush() // never waits for the network
	f.batches.Put(w)
}

// farewell says that the slots' streams are over: a BYE in a compound packet
// (RFC 3550 section 6.6). The room's mutex is held.
func (l *link) farewell(w *transport.Batch) {
	if !l.connected || w == nil {
		return
	}
	bye := &rtcp.Goodbye{Sources: []uint32{l.rtcp}}
	for _, s := range l.slots {
		if s.sent > 0 && len(bye.Sources) < maxReports {
			bye.Sources = append(bye.Sources, s.ssrc)
		}
	}
	if b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: l.rtcp}, l.description(l.rtcp), bye}); err == nil {
		l.session.SealRTCP(b, w)
	}
}
