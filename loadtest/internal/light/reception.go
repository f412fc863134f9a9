package light

import "github.com/pion/rtcp"

// reception is what RFC 3550 (section 6.4.1, appendix A) wants to be known of
// one stream that is received.
type reception struct {
	begun          bool
	first, highest uint32 // extended sequence numbers
	received       uint32
	wanted, got    uint32 // up to the last report
	transit        uint32
	jitter         uint32 // in sixteenths of a tick
	lastSR         uint32 // middle bits of the NTP time of the last sender report
	lastSRAt       int64  // when it came, Unix ns
	sinceReport    bool   // something came since the last report
}

// take counts a packet received at ns, with its 48 kHz timestamp.
func (r *reception) take(seq uint16, ts uint32, ns int64) {
	now := uint32(uint64(ns/1000) * 48 / 1000)
	transit := now - ts
	r.received++
	r.sinceReport = true
	if !r.begun {
		r.begun, r.first, r.highest, r.transit = true, uint32(seq), uint32(seq), transit
		return
	}
	if d := int16(seq - uint16(r.highest)); d > 0 {
		r.highest += uint32(d)
	}
	d := int32(transit - r.transit)
	r.transit = transit
	if d < 0 {
		d = -d
	}
	if d < 48000 { // another speaker's clock is not jitter
		r.jitter += uint32(d) - (r.jitter+8)>>4
	}
}

// block makes the report block at ns and begins the next interval.
func (r *reception) block(ssrc uint32, ns int64) rtcp.ReceptionReport {
	expected := r.highest - r.first + 1
	lost := int64(expected) - int64(r.received)
	b := rtcp.ReceptionReport{
		SSRC: ssrc, LastSequenceNumber: r.highest, TotalLost: uint32(min(max(lost, 0), 1<<23-1)),
		Jitter: r.jitter >> 4, LastSenderReport: r.lastSR,
	}
	wanted, got := expected-r.wanted, r.received-r.got
	r.wanted, r.got, r.sinceReport = expected, r.received, false
	if wanted > got && wanted > 0 {
		b.FractionLost = uint8(min((wanted-got)<<8/wanted, 255))
	}
	if r.lastSR != 0 {
		b.Delay = uint32((ns - r.lastSRAt) * 65536 / 1e9)
	}
	return b
}

// ntp is an instant as NTP has it (RFC 3550 section 4).
func ntp(ns int64) uint64 {
	const epoch = 2208988800 // from 1900 to 1970
	return uint64(ns/1e9+epoch)<<32 | uint64(ns%1e9)<<32/1e9
}
