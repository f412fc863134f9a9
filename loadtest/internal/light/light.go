package light

import (
	"errors"
	"sync/atomic"
)

// ErrUnsupported: there is no engine for this system.
var ErrUnsupported = errors.New("light clients need Linux: take full ones")

// Arrival is one packet of a slot.
type Arrival struct {
	Slot      int // from 0
	Session   int // counts the peer's PeerConnections, from 1
	Seq       uint16
	Timestamp uint32 // 48 kHz
	CSRC      uint32 // 0: the packet has none
	Payload   []byte // valid until the handler returns
	At        int64  // when the kernel received it, in Unix ns
}

// Stats counts what an engine's clients did and met, all together.
type Stats struct {
	Packets       uint64 `json:"packets"`         // of RTP, decrypted
	Undecryptable uint64 `json:"undecryptable"`   // of RTP or RTCP
	Overflowed    uint64 `json:"socketOverflows"` // that the sockets had no room for: the load tester was short of CPU
	Early         uint64 `json:"early"`           // before keys or answer were there
	Unknown       uint64 `json:"unknownSSRC"`     // of no slot
	Pion          uint64 `json:"pionDropped"`     // STUN and DTLS that Pion was too slow for
	Reports       uint64 `json:"receiverReports"` // sent, with blocks or without
	SenderReports uint64 `json:"senderReports"`
	Feedback      uint64 `json:"transportFeedback"`
	NACKs         uint64 `json:"nacksReceived"`
	HeardReports  uint64 `json:"reportsReceived"` // sender and receiver reports of the server
	HeardFeedback uint64 `json:"transportFeedbackReceived"`
	SendErrors    uint64 `json:"sendErrors"`
}

// counters are Stats while they count.
type counters struct {
	packets, undecryptable, overflowed, early, unknown, pion, reports, senderReports, feedback, nacks, heardReports, heardFeedback, sendErrors atomic.Uint64
}

func (c *counters) stats() Stats {
	return Stats{
		Packets: c.packets.Load(), Undecryptable: c.undecryptable.Load(), Overflowed: c.overflowed.Load(), Early: c.early.Load(), Unknown: c.unknown.Load(), Pion: c.pion.Load(),
		Reports: c.reports.Load(), SenderReports: c.senderReports.Load(), Feedback: c.feedback.Load(), NACKs: c.nacks.Load(),
		HeardReports: c.heardReports.Load(), HeardFeedback: c.heardFeedback.Load(), SendErrors: c.sendErrors.Load(),
	}
}
