package client

import (
	"sync/atomic"
	"time"
)

// VoiceStats counts a voice session's media, over all of its PeerConnections.
type VoiceStats struct {
	State MediaState
	// RTT is the ICE path's last round trip, 0 before there was one.
	RTT time.Duration
	// Candidate is the type of our end of the path: host, srflx, prflx, relay.
	Candidate string
	// Session counts the PeerConnections: more than 1 were repairs.
	Session int
	// PacketsSent and BytesSent (payloads, with what they repeat) are of both
	// layers; LowPacketsSent are those of the low one, RedundantSent those that
	// repeated earlier ones.
	PacketsSent, BytesSent, LowPacketsSent, RedundantSent uint64
	Slots                                                 []SlotStats
	// ICERestarts, NewPeerConnections and Rejoins count the steps of repairs,
	// those in vain too; Events has each (TypeRepair).
	ICERestarts, NewPeerConnections, Rejoins uint64
	// Overrun counts what the session's loop had no room for.
	Overrun uint64
}

// SlotStats counts what came in one slot. Lost counts missing sequence
// numbers, less those that came late.
type SlotStats struct {
	Packets, Bytes, Lost, Late uint64
}

// repairCounts counts the steps of repairs.
type repairCounts struct{ iceRestarts, newPeerConnections, rejoins atomic.Uint64 }

// Stats returns the session's counters.
func (v *Voice) Stats() VoiceStats {
	s := VoiceStats{
		State: v.State(), PacketsSent: v.up.packets.Load(), BytesSent: v.up.bytes.Load(),
		LowPacketsSent: v.up.lowPackets.Load(), RedundantSent: v.up.redundant.Load(), Overrun: v.lost.Load(),
		ICERestarts: v.repairs.iceRestarts.Load(), NewPeerConnections: v.repairs.newPeerConnections.Load(), Rejoins: v.repairs.rejoins.Load(),
	}
	if p := v.current.Load(); p != nil {
		s.Session = p.session
		if t := p.high.line.Sender().Transport(); t != nil {
			if pair, ok := t.ICETransport().GetSelectedCandidatePairStats(); ok {
				s.RTT = time.Duration(pair.CurrentRoundTripTime * float64(time.Second))
			}
			if pair, err := t.ICETransport().GetSelectedCandidatePair(); err == nil && pair != nil {
				s.Candidate = pair.Local.Typ.String()
			}
		}
	}
	select {
	case <-v.joined:
	default:
		return s
	}
	for _, m := range v.in {
		lost, late := m.lost.Load(), m.late.Load()
		s.Slots = append(s.Slots, SlotStats{
			Packets: m.packets.Load(), Bytes: m.bytes.Load(), Lost: lost - min(lost, late), Late: late,
		})
	}
	return s
}
