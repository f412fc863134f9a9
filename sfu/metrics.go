package sfu

import "sync/atomic"

// dropCause says why a packet of voice was not relayed.
type dropCause int

const (
	dropUnknownStream dropCause = iota
	dropMalformed
	dropNotRelayed
	dropPayloadType
	dropMuted
	dropNoSlot
	dropSilence
	dropLate
	dropNoPath
	dropCauses
)

func (c dropCause) String() string {
	return [...]string{"unknown_stream", "malformed", "not_relayed", "payload_type", "muted", "no_slot", "silence", "late", "no_path"}[c]
}

type metrics struct {
	packetsIn  atomic.Uint64
	packetsOut atomic.Uint64
	dropped    [dropCauses]atomic.Uint64

	resent      atomic.Uint64 // packets to listeners, for their NACKs
	nackLate    atomic.Uint64 // NACKs at too long a round trip
	nackLimited atomic.Uint64 // packets over what a listener may have sent again
	nackUnknown atomic.Uint64 // packets asked for that are not there any more
	asked       atomic.Uint64 // packets that publishers were asked for again
	byes        atomic.Uint64

	// What listeners' transport-wide feedback told of.
	feedbackAcked, feedbackLost, feedbackUnknown atomic.Uint64
}

// Metrics is a snapshot of the SFU's counters, for monitoring.
type Metrics struct {
	Rooms, Peers, Sessions int
	// PacketsIn are RTP packets that were authentic, PacketsOut those handed
	// to the kernel's queue, one for each listener.
	PacketsIn, PacketsOut uint64
	// Dropped counts packets by cause: those of the relay, of the transport
	// (prefixed "transport_") and of the kernel's send queue.
	Dropped map[string]uint64
	// Handshakes are completed DTLS handshakes, HandshakesFailed the others.
	Handshakes, HandshakesFailed uint64
	ConsentLost                  uint64
	// Resent are packets sent again to listeners that asked, Asked those that
	// publishers were asked for (RFC 4585 section 6.2.1).
	Resent, Asked uint64
	// FeedbackAcked and FeedbackLost are packets that listeners told of in
	// transport-wide feedback, FeedbackUnknown those that were never sent.
	FeedbackAcked, FeedbackLost, FeedbackUnknown uint64
}

// Metrics returns the counters as they are now.
func (s *SFU) Metrics() Metrics {
	c := s.tr.Counters()
	out := Metrics{
		Sessions:  s.tr.Sessions(),
		PacketsIn: s.metrics.packetsIn.Load(), PacketsOut: s.metrics.packetsOut.Load(),
		Handshakes: c.Handshakes.Load(), HandshakesFailed: c.HandshakeFailed.Load(), ConsentLost: c.ConsentLost.Load(),
		Resent: s.metrics.resent.Load(), Asked: s.metrics.asked.Load(),
		FeedbackAcked: s.metrics.feedbackAcked.Load(), FeedbackLost: s.metrics.feedbackLost.Load(), FeedbackUnknown: s.metrics.feedbackUnknown.Load(),
		Dropped: map[string]uint64{
			"nack_late":                  s.metrics.nackLate.Load(),
			"nack_limited":               s.metrics.nackLimited.Load(),
			"nack_unknown":               s.metrics.nackUnknown.Load(),
			"transport_send_queue":       c.SendDropped.Load(),
			"transport_unknown":          c.Unknown.Load(),
			"transport_unknown_address":  c.UnknownAddress.Load(),
			"transport_stun_limited":     c.STUNLimited.Load(),
			"transport_stun_malformed":   c.STUNMalformed.Load(),
			"transport_stun_unknown":     c.STUNUnknown.Load(),
			"transport_stun_integrity":   c.STUNIntegrity.Load(),
			"transport_dtls_queue":       c.DTLSDropped.Load(),
			"transport_dtls_fingerprint": c.FingerprintWrong.Load(),
			"transport_undecryptable":    c.Undecryptable.Load(),
		},
	}
	for i := range s.metrics.dropped {
		out.Dropped[dropCause(i).String()] = s.metrics.dropped[i].Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out.Rooms = len(s.rooms)
	for _, r := range s.rooms {
		r.mu.Lock()
		out.Peers += len(r.peers)
		r.mu.Unlock()
	}
	return out
}
