package light

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/pion/rtcp"
)

const (
	// reportEvery is between two reports of a client, on average; each wait is
	// between a half and one and a half of it (RFC 3550 section 6.3.1).
	reportEvery = int64(1500 * time.Millisecond)
	// feedbackEvery is between two transport-wide feedbacks, when something came.
	feedbackEvery = int64(100 * time.Millisecond)
	// maxBlocks is how many report blocks a report has room for.
	maxBlocks = 31
)

// rtcp reads a compound packet of the server's.
func (ep *endpoint) rtcp(b []byte, ns int64) {
	e := ep.engine
	ep.begin(ep.terms.Load(), ns)
	plain, err := ep.keys.Load().inControl.DecryptRTCP(e.plain[:0], b, &e.control)
	if err != nil {
		e.count.undecryptable.Add(1)
		return
	}
	for len(plain) >= 8 {
		n := 4 + 4*int(binary.BigEndian.Uint16(plain[2:]))
		if n > len(plain) {
			return
		}
		switch format := plain[0] & 31; rtcp.PacketType(plain[1]) {
		case rtcp.TypeSenderReport:
			e.count.heardReports.Add(1)
			if n < 28 {
				return
			}
			for i := range ep.slots {
				if s := &ep.slots[i]; s.ssrc == binary.BigEndian.Uint32(plain[4:]) {
					s.lastSR, s.lastSRAt = binary.BigEndian.Uint32(plain[10:]), ns
				}
			}
		case rtcp.TypeReceiverReport:
			e.count.heardReports.Add(1)
		case rtcp.TypeTransportSpecificFeedback:
			switch format {
			case rtcp.FormatTLN:
				e.count.nacks.Add(1)
			case rtcp.FormatTCC:
				e.count.heardFeedback.Add(1)
			}
		}
		plain = plain[n:]
	}
}

// duties sends what is due at ns; the engine's mutex is held.
func (ep *endpoint) duties(ns int64) {
	if ep.slots == nil {
		if t := ep.terms.Load(); t != nil && ep.keys.Load() != nil {
			ep.begin(t, ns)
		}
		return
	}
	if ep.recorder != nil && ns >= ep.nextFeedback && ep.recorder.PacketsHeld() > 0 {
		ep.nextFeedback = ns + feedbackEvery
		for _, f := range ep.recorder.BuildFeedbackPacket() {
			if ep.sendControl(f) {
				ep.engine.count.feedback.Add(1)
			}
		}
	}
	if ns >= ep.nextReport {
		ep.nextReport = ns + reportEvery/2 + rand.Int64N(reportEvery)
		ep.report(ns)
	}
}

// report sends a sender report if something was sent, else a receiver report,
// with a block for each slot that something came in.
func (ep *endpoint) report(ns int64) {
	e, t := ep.engine, ep.terms.Load()
	var blocks []rtcp.ReceptionReport
	for i := range ep.slots {
		if s := &ep.slots[i]; s.sinceReport && len(blocks) < maxBlocks {
			blocks = append(blocks, s.block(s.ssrc, ns))
		}
	}
	names := rtcp.NewCNAMESourceDescription(t.micSSRC, e.name)
	u := &ep.peer.up
	u.mu.Lock()
	sender := u.recent
	u.recent = false
	sr := rtcp.SenderReport{
		SSRC: t.micSSRC, NTPTime: ntp(ns), RTPTime: u.ts + uint32((ns-u.lastNs)*48/1e6),
		PacketCount: u.packets, OctetCount: u.bytes, Reports: blocks,
	}
	u.mu.Unlock()
	if sender {
		if ep.sendControl(&sr, names) {
			e.count.senderReports.Add(1)
		}
		return
	}
	if ep.sendControl(&rtcp.ReceiverReport{SSRC: t.micSSRC, Reports: blocks}, names) {
		e.count.reports.Add(1)
	}
}

func (ep *endpoint) sendControl(packets ...rtcp.Packet) bool {
	e, k := ep.engine, ep.keys.Load()
	b, err := rtcp.Marshal(packets)
	if err != nil {
		return false
	}
	if b, err = k.outControl.EncryptRTCP(e.secret[:0], b, &e.control); err != nil {
		return false
	}
	return ep.send(b)
}
