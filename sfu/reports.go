package sfu

import (
	"math/rand/v2"
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
		if in.started && len(blocks) < maxReports {
			blocks = append(blocks, in.report(now))
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
	compound = append(compound, &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: source, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: l.cname}},
	}}})
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
	plain, err := s.OpenRTCP(now, b, w)
	if err != nil {
		return // counted by the transport
	}
	packets, err := rtcp.Unmarshal(plain)
	if err != nil {
		r.metrics.dropped[dropMalformed].Add(1)
		return
	}
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			for _, in := range l.in {
				if in.ssrc == p.SSRC {
					in.lastSR, in.lastSRAt = uint32(p.NTPTime>>16), now
				}
			}
			l.received(now, p.Reports)
		case *rtcp.ReceiverReport:
			l.received(now, p.Reports)
		}
	}
}

// received takes what a listener says of its slots: loss, and the round trip
// by RFC 3550 section 6.4.1.
func (l *link) received(now int64, reports []rtcp.ReceptionReport) {
	worst, any := uint8(0), false
	for _, b := range reports {
		for _, s := range l.slots {
			if s.ssrc != b.SSRC {
				continue
			}
			any = true
			worst = max(worst, b.FractionLost)
			l.observeLoss(now, s, b.FractionLost)
			if b.LastSenderReport != 0 {
				mid := uint32(ntpTime(l.peer.sfu.tr.Wall(now)) >> 16)
				if d := int32(mid - b.LastSenderReport - b.Delay); d >= 0 {
					l.rtt = int64(d) * 1_000_000 / 65536
					l.observeRTT()
				}
			}
		}
	}
	if any {
		l.lost = worst
	}
}
