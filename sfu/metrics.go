package sfu

import (
	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// dropCause says why a client's packet went no further: one of voice was not
// relayed, one of RTCP not read.
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
	dropRate        // over the publisher's packets or bytes a second
	dropControlRate // RTCP over its rate
	dropControl     // malformed RTCP
	dropPadding     // nothing else was in it
	dropCauses
)

func (c dropCause) String() string {
	return [...]string{"unknown_stream", "malformed", "not_relayed", "payload_type", "muted", "no_slot", "silence", "late", "no_path",
		"rate", "control_rate", "control_malformed", "padding"}[c]
}

// count is a counter of one room: a plain number, as the room's mutex, which
// the packet path holds in any case, guards it.
type count uint64

// Add counts n more.
func (c *count) Add(n uint64) { *c += count(n) }

// metrics are what one room counts, or all the rooms that are gone.
type metrics struct {
	packetsIn        count
	packetsOut       count
	dropped          [dropCauses]count
	joins            count
	handshakesFailed [transport.HandshakeCauses]count
	slotChanges      count // of rooms that are gone; a room's selector has its own
	rtt, pathRTT     histogram
	loss, uplink     histogram

	resent      count // packets to listeners, for their NACKs
	nackLate    count // NACKs at too long a round trip
	nackLimited count // packets over what a listener may have sent again
	nackUnknown count // packets asked for that are not there any more
	asked       count // packets that publishers were asked for again
	byes        count
	redundant   count // packets with earlier frames in them, to listeners
	joined      count // and of several in one
	silences    count // publishers from whom nothing came though they were to be heard
	recovered   count // lost packets of publishers that later ones repeated

	// Steps of the ladder down to listeners and of publishers' uplinks, by
	// reason.
	steps, upSteps [len(ladder.Reasons)]count

	// What listeners' transport-wide feedback told of.
	feedbackAcked, feedbackLost, feedbackUnknown count
}

func (m *metrics) add(o metrics) {
	m.packetsIn += o.packetsIn
	m.packetsOut += o.packetsOut
	for i, n := range o.dropped {
		m.dropped[i] += n
	}
	m.joins += o.joins
	for i, n := range o.handshakesFailed {
		m.handshakesFailed[i] += n
	}
	m.slotChanges += o.slotChanges
	m.resent += o.resent
	m.nackLate += o.nackLate
	m.nackLimited += o.nackLimited
	m.nackUnknown += o.nackUnknown
	m.asked += o.asked
	m.byes += o.byes
	for i := range m.steps {
		m.steps[i] += o.steps[i]
		m.upSteps[i] += o.upSteps[i]
	}
	m.redundant += o.redundant
	m.joined += o.joined
	m.recovered += o.recovered
	m.silences += o.silences
	m.feedbackAcked += o.feedbackAcked
	m.feedbackLost += o.feedbackLost
	m.feedbackUnknown += o.feedbackUnknown
	m.rtt.add(o.rtt)
	m.pathRTT.add(o.pathRTT)
	m.loss.add(o.loss)
	m.uplink.add(o.uplink)
}

// causes is how many packets were dropped, by every cause there is.
func (m *metrics) causes() map[string]uint64 {
	out := make(map[string]uint64, int(dropCauses))
	for i, n := range m.dropped {
		out[dropCause(i).String()] = uint64(n)
	}
	return out
}

// failures is how many handshakes failed, by every cause there is, and in all.
func (m *metrics) failures() (map[string]uint64, uint64) {
	out, all := make(map[string]uint64, len(m.handshakesFailed)), uint64(0)
	for i, n := range m.handshakesFailed {
		out[transport.HandshakeCause(i).String()] = uint64(n)
		all += uint64(n)
	}
	return out, all
}

// gauges are what a room has now.
type gauges struct {
	peers, connected, listeners, speakers, slots, slotsUsed int
	rungs                                                   [rungs]int
}

func (g *gauges) add(o gauges) {
	g.peers += o.peers
	g.connected += o.connected
	g.listeners += o.listeners
	g.speakers += o.speakers
	g.slots += o.slots
	g.slotsUsed += o.slotsUsed
	for i := range g.rungs {
		g.rungs[i] += o.rungs[i]
	}
}

// counted is what the room has counted so far. The caller holds r.mu.
func (r *room) counted() metrics {
	m := r.metrics
	m.slotChanges += count(r.selector.version)
	return m
}

// keep adds what a room that goes away has counted to what is kept of such.
// The caller holds s.mu.
func (s *SFU) keep(r *room) {
	if r.test {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.past.add(r.counted())
}

// gauges is what the room has now. The caller holds r.mu.
func (r *room) gauges(now int64) gauges {
	g := gauges{peers: len(r.peers), listeners: len(r.listeners), slots: len(r.selector.slots)}
	for _, p := range r.peers {
		if p.active.state() == PathConnected {
			g.connected++
		}
		if p.speaker.speaking(now) {
			g.speakers++
		}
	}
	for i := range r.selector.slots {
		if r.selector.slots[i].who != nil {
			g.slotsUsed++
		}
	}
	for _, l := range r.listeners {
		g.rung(l)
	}
	return g
}

// Metrics is a snapshot of the SFU's counters, for monitoring. What counts up
// includes the rooms that are gone. Rooms of tests are in Sessions and in what
// the transport counts, and in nothing else.
type Metrics struct {
	Rooms, Peers, Sessions int
	// Connected peers have a media path that is heard of, Listeners are those
	// who are sent voice, Speakers those who are heard speaking.
	Connected, Listeners, Speakers int
	// SlotsUsed are the rooms' audio slots that somebody is in; SlotChanges
	// count how often one was given to somebody or taken back.
	SlotsUsed   int
	SlotChanges uint64
	// Joins are the peers that there have been.
	Joins uint64
	// PacketsIn are RTP packets that were authentic, PacketsOut those handed
	// to the kernel's queue, one for each listener.
	PacketsIn, PacketsOut uint64
	// Dropped counts packets by cause: those of the relay, of the transport
	// (prefixed "transport_") and of the kernel's send queue.
	Dropped map[string]uint64
	// Handshakes are completed DTLS handshakes, HandshakesFailed the others,
	// HandshakeFailures the same by cause.
	Handshakes, HandshakesFailed uint64
	HandshakeFailures            map[string]uint64
	ConsentLost                  uint64
	// Paths are the sessions that have a path, by its transport, "udp" and "tcp".
	Paths map[string]int
	// TCPConnections are those there are, of clients and of who has not shown to
	// be one yet; TCPAccepted have come so far, and TCPEnded, by cause, are gone
	// or were not let in; "accept" are those that the system could not give us.
	TCPConnections int
	TCPAccepted    uint64
	TCPEnded       map[string]uint64
	// Stalls are the times that the process did not run for seconds.
	Stalls uint64
	// Resent are packets sent again to listeners that asked, Asked those that
	// publishers were asked for (RFC 4585 section 6.2.1).
	Resent, Asked uint64
	// NACKRefused are packets that were not sent again, by cause: "unknown" any
	// more, over the listener's rate ("limited"), and, of whole requests, at too
	// long a round trip ("late").
	NACKRefused map[string]uint64
	// Goodbyes are streams that ended with a BYE.
	Goodbyes uint64
	// FeedbackAcked and FeedbackLost are packets that listeners told of in
	// transport-wide feedback, FeedbackUnknown those that were never
	// sent, or too long ago.
	FeedbackAcked, FeedbackLost, FeedbackUnknown uint64
	// RTT are the round trips in seconds and Loss the percentages of packets
	// lost, by the report blocks that listeners send (RFC 3550 section 6.4.1) of
	// slots that they were sent something in. PathRTT are round trips of
	// connectivity checks (RFC 8445), each peer's latest every two seconds.
	RTT, PathRTT, Loss Histogram
	// UplinkLoss are the percentages of packets lost on the way from publishers,
	// one for each report block that they are sent of a microphone's stream, some
	// every two seconds while it is heard. What was asked for again and came is
	// not lost.
	UplinkLoss Histogram
	// Redundant are packets to listeners with earlier frames in them, Joined those
	// of several packets' audio, Recovered packets that publishers' later ones
	// repeated.
	Redundant, Joined, Recovered uint64
	// Silences are publishers from whom nothing came any more though their
	// microphone was on: dead paths, and rooms whose pairs carry the voice.
	Silences uint64
	// Rungs are listeners by what is special of what they are sent now:
	// "redundancy", "low" (the low layer), "long" (longer packets), "thin" (the low
	// layer at the lower of its bitrates, in the longest of them), "few" (fewer
	// talkers than there are slots), "paused"; one listener may be in several.
	Rungs map[string]int
	// Steps are the changes of what listeners are sent, UplinkSteps of what
	// publishers are told to send, by reason.
	Steps, UplinkSteps map[string]uint64
}

// Metrics returns the counters as they are now.
func (s *SFU) Metrics() Metrics {
	now := s.tr.Now()
	s.mu.Lock()
	rooms, all := 0, s.past
	var g gauges
	for _, r := range s.rooms {
		if r.test {
			continue
		}
		rooms++
		r.mu.Lock()
		all.add(r.counted())
		g.add(r.gauges(now))
		r.mu.Unlock()
	}
	s.mu.Unlock()
	c := s.tr.Counters()
	out := Metrics{
		Rooms: rooms, Peers: g.peers, Sessions: s.tr.Sessions(),
		Connected: g.connected, Listeners: g.listeners, Speakers: g.speakers, SlotsUsed: g.slotsUsed,
		SlotChanges: uint64(all.slotChanges), Joins: uint64(all.joins),
		PacketsIn: uint64(all.packetsIn), PacketsOut: uint64(all.packetsOut),
		Dropped: all.causes(),
		Resent:  uint64(all.resent), Asked: uint64(all.asked), Goodbyes: uint64(all.byes),
		NACKRefused:   map[string]uint64{"late": uint64(all.nackLate), "limited": uint64(all.nackLimited), "unknown": uint64(all.nackUnknown)},
		FeedbackAcked: uint64(all.feedbackAcked), FeedbackLost: uint64(all.feedbackLost), FeedbackUnknown: uint64(all.feedbackUnknown),
		Handshakes: c.Handshakes.Load(), HandshakesFailed: c.HandshakeFailed.Load(),
		HandshakeFailures: make(map[string]uint64, int(transport.HandshakeCauses)),
		ConsentLost:       c.ConsentLost.Load(), Stalls: c.Stalls.Load(),
		RTT: all.rtt.snapshot(rttBounds), PathRTT: all.pathRTT.snapshot(rttBounds), Loss: all.loss.snapshot(lossBounds),
		UplinkLoss: all.uplink.snapshot(lossBounds),
		Redundant:  uint64(all.redundant), Joined: uint64(all.joined), Recovered: uint64(all.recovered),
		Silences: uint64(all.silences),
		Rungs:    g.named(), Steps: byReason(&all.steps), UplinkSteps: byReason(&all.upSteps),
	}
	udp, tcp := s.tr.Paths()
	out.Paths = map[string]int{"udp": udp, "tcp": tcp}
	out.TCPConnections, out.TCPAccepted, out.TCPEnded = s.tr.Connections(), c.TCPAccepted.Load(), make(map[string]uint64, int(transport.TCPCauses))
	for i := range c.TCPEnded {
		out.TCPEnded[transport.TCPCause(i).String()] = c.TCPEnded[i].Load()
	}
	out.TCPEnded["accept"] = c.AcceptErrors.Load()
	for cause, n := range map[string]uint64{
		"tcp_queue":        c.TCPOverflow.Load(),
		"tcp_stale":        c.TCPStale.Load(),
		"send_queue":       c.SendOverflow.Load(),
		"send_stale":       c.SendStale.Load(),
		"send_refused":     c.SendDropped.Load(),
		"too_large":        c.TooLarge.Load(),
		"truncated":        c.Truncated.Load(),
		"streams":          c.StreamLimited.Load(),
		"unknown":          c.Unknown.Load(),
		"unknown_address":  c.UnknownAddress.Load(),
		"stun_limited":     c.STUNLimited.Load(),
		"stun_malformed":   c.STUNMalformed.Load(),
		"stun_unknown":     c.STUNUnknown.Load(),
		"stun_integrity":   c.STUNIntegrity.Load(),
		"dtls_queue":       c.DTLSDropped.Load(),
		"dtls_refused":     c.DTLSRefused.Load(),
		"dtls_fingerprint": c.FingerprintWrong.Load(),
		"undecryptable":    c.Undecryptable.Load(),
	} {
		out.Dropped["transport_"+cause] = n
	}
	for i := range c.HandshakeFailures {
		out.HandshakeFailures[transport.HandshakeCause(i).String()] = c.HandshakeFailures[i].Load()
	}
	return out
}
