package sfu

import (
	"slices"

	"github.com/pion/rtcp"
)

// maxInbound bounds the SSRCs that one client may send from.
const maxInbound = 8

// inbound is one RTP stream from a client, with the reception statistics of
// RFC 3550 section 6.4.1 and appendix A.
type inbound struct {
	id        uint32 // unique in the room, for the slot timelines
	ssrc      uint32
	track     *track
	redundant bool // its packets repeat earlier frames
	held      bool // packets were not relayed on purpose since the last that was

	started    bool
	cycles     uint32
	maxSeq     uint16
	baseSeq    uint32
	received   uint32
	prevExpect uint32
	prevRecv   uint32
	transit    int32
	jitter     float64 // ticks of 48 kHz

	missing missing // what to ask for again
	last    int64   // when the latest came, microseconds
	bursts  runs    // of those that did not

	lastSR   uint32 // middle 32 bits of the NTP time of the last sender report
	lastSRAt int64
}

// rebind finds each stream's track again after tracks were made anew, and
// forgets the streams that have none: others may take their place.
func (l *link) rebind() {
	l.in = slices.DeleteFunc(l.in, func(in *inbound) bool {
		was := in.track
		in.track = l.trackOf(in.ssrc, nil)
		// A client names the track in its first packets only.
		for _, t := range l.tracks {
			if in.track == nil && was != nil && was.mid == t.mid {
				in.track = t
			}
		}
		return in.track == nil
	})
}

// observe takes one packet into the statistics; now is in microseconds.
func (in *inbound) observe(now int64, seq uint16, ts uint32) {
	lost := 0
	if !in.started {
		in.started, in.maxSeq, in.baseSeq = true, seq, uint32(seq)
		in.transit = int32(uint32(now*48/1000) - ts)
	} else if d := int16(seq - in.maxSeq); d > 0 {
		if seq < in.maxSeq {
			in.cycles += 1 << 16
		}
		if d > 1 {
			lost = min(int(d)-1, maxMissing)
			in.missing.gap(now, in.maxSeq+1, int(d)-1)
		}
		in.maxSeq = seq
	} else if d < 0 {
		in.missing.came(seq)
	}
	in.received++
	transit := int32(uint32(now*48/1000) - ts)
	in.last = now
	if lost > 0 {
		in.bursts.add(lost)
	}
	d := float64(transit - in.transit)
	in.transit = transit
	if d < 0 {
		d = -d
	}
	if d < 48000*10 { // a parked sender's gap is not jitter
		in.jitter += (d - in.jitter) / 16
	}
}

func (in *inbound) lost() (expected, lost uint32) {
	expected = in.cycles + uint32(in.maxSeq) - in.baseSeq + 1
	if expected > in.received {
		lost = expected - in.received
	}
	return expected, lost
}

// report is this stream's report block since the last one.
func (in *inbound) report(now int64) rtcp.ReceptionReport {
	expected, lost := in.lost()
	r := rtcp.ReceptionReport{
		SSRC: in.ssrc, TotalLost: min(lost, 1<<23-1), LastSequenceNumber: in.cycles | uint32(in.maxSeq),
		Jitter: uint32(in.jitter), LastSenderReport: in.lastSR,
	}
	de, dr := expected-in.prevExpect, in.received-in.prevRecv
	in.prevExpect, in.prevRecv = expected, in.received
	if de > dr && de > 0 {
		r.FractionLost = uint8(min((de-dr)<<8/de, 255))
	}
	if in.lastSR != 0 {
		r.Delay = uint32((now - in.lastSRAt) * 65536 / 1_000_000)
	}
	return r
}
