package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/turn"
)

// gauges reads the parts' own counters when /metrics is asked for.
type gauges struct {
	hub   *signaling.Hub
	tests *signaling.VoiceTests
	sfu   *sfu.SFU
	turn  *turn.Server // nil: off
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("boltorezka_"+name, help, labels, nil)
}

var (
	descSessions    = desc("ws_sessions", "WebSocket sessions now.")
	descUsers       = desc("users_online", "Users with a WebSocket now.")
	descRooms       = desc("rooms_active", "Rooms that somebody is in now.")
	descVoice       = desc("voice_members", "People in voice now.")
	descP2P         = desc("p2p_rooms", "Rooms whose voice is peer to peer now.")
	descSlow        = desc("ws_slow_closed_total", "WebSockets closed because their queue was full.")
	descTests       = desc("voice_tests", "Tests of the media path that go on now; they are in no figure of rooms, calls or people.")
	descTestsTotal  = desc("voice_tests_total", "Tests of the media path begun.")
	descChatRefused = desc("chat_refused_total", "Messages refused because a room's writer was behind.")

	descGhosts = desc("voice_ghosts_total", "Stays in voice that were ended because neither media nor the client was to be reached any more.")
	descOneWay = desc("one_way_audio_server_total", "Times that the server itself saw sound begin to go one way only between the SFU and a participant, by whatever client; side: the way that it did not go, uplink or downlink. What web clients say of the same is in one_way_audio_client_total.", "side")

	descSFURooms       = desc("sfu_rooms", "Rooms with somebody in their voice now; /metrics/rooms has each.")
	descSFUPeers       = desc("sfu_peers", "Peers of the SFU now.")
	descSFUConnected   = desc("sfu_peers_connected", "Peers whose media path works now.")
	descSFUListeners   = desc("sfu_listeners", "Peers who are sent voice now.")
	descSFUSpeakers    = desc("sfu_speakers", "Peers who are heard speaking now.")
	descSFUSlotsUsed   = desc("sfu_slots_used", "Audio slots of rooms that somebody is in now.")
	descSFUSlotChanges = desc("sfu_slot_changes_total", "Audio slots of rooms given to somebody or taken back.")
	descSFUJoins       = desc("sfu_joins_total", "Peers that joined.")
	descSFUSessions    = desc("sfu_sessions", "Media sessions of the SFU now.")
	descSFUIn          = desc("sfu_packets_in_total", "Authentic RTP packets from clients.")
	descSFUOut         = desc("sfu_packets_out_total", "RTP packets to listeners.")
	descSFUDropped     = desc("sfu_packets_dropped_total", "Packets the SFU did not pass on, by cause.", "cause")
	descSFUHandshakes  = desc("sfu_handshakes_total", "DTLS handshakes.", "ok")
	descSFUFailures    = desc("sfu_handshake_failures_total", "DTLS handshakes that failed, by cause.", "cause")
	descSFUConsent     = desc("sfu_consent_lost_total", "Media paths whose consent (RFC 7675) ran out.")
	descSFURTT         = desc("sfu_rtt_seconds", "Round trips to listeners, by the report blocks they send (RFC 3550).")
	descSFUPathRTT     = desc("sfu_path_rtt_seconds", "Round trips of connectivity checks (RFC 8445): each peer's latest, every two seconds.")
	descSFULoss        = desc("sfu_loss_percent", "Packet loss of listeners, by the report blocks they send of slots in use.")
	descSFUUplinkLoss  = desc("sfu_uplink_loss_percent", "Packet loss on the way from publishers, by the report blocks that they are sent of their microphones.")

	descSFUPaths       = desc("sfu_paths", "Media sessions with a path now, by its transport.", "transport")
	descSFUConnections = desc("sfu_tcp_connections", "TCP connections to the media port now, of clients and of strangers.")
	descSFUAccepted    = desc("sfu_tcp_accepted_total", "TCP connections that came to the media port.")
	descSFUEnded       = desc("sfu_tcp_ended_total", "TCP connections to the media port that ended or were not let in, by cause.", "cause")

	descSFUStalls      = desc("sfu_stalls_total", "Times that the process did not run for seconds.")
	descSFUAgain       = desc("sfu_retransmissions_total", "Packets sent again to listeners that missed them, and those that publishers were asked for.", "direction")
	descSFUNACKRefused = desc("sfu_nack_refused_total", "What listeners asked for and were not sent again, by cause.", "cause")
	descSFUFeedback    = desc("sfu_feedback_total", "Packets that listeners' transport-wide feedback told of.", "packet")
	descSFUGoodbyes    = desc("sfu_goodbyes_total", "Streams that publishers ended with a BYE.")

	descSFUForms    = desc("sfu_packets_formed_total", "Packets to listeners in another form than they came, and packets of publishers found in later ones.", "form")
	descSFURungs    = desc("sfu_listeners_on_rung", "Listeners by what is special of what they are sent now.", "rung")
	descSFUSilences = desc("sfu_silent_publishers_total", "Publishers from whom nothing came any more though their microphone was on; rooms whose pairs carry the voice are among them.")
	descSFUSteps    = desc("sfu_ladder_steps_total", "Changes of what listeners are sent and of what publishers are told to send, by reason.", "direction", "reason")

	descTURNAllocations = desc("turn_allocations", "TURN allocations now.")
	descTURNTotal       = desc("turn_allocations_total", "TURN allocations made.")
	descTURNStreams     = desc("turn_tcp_connections", "TCP connections to the TURN server now.")
	descTURNPackets     = desc("turn_packets_total", "Datagrams relayed.", "direction")
	descTURNBytes       = desc("turn_bytes_total", "Bytes relayed.", "direction")
	descTURNEvicted     = desc("turn_allocations_evicted_total", "TURN allocations closed because their client had been silent and their user, who had all that he may have, asked for another.")
	descTURNRefused     = desc("turn_refused_total", "What the TURN server refused, by reason.", "reason")
)

// Describe names nothing: which series there are depends on the settings, and
// an unchecked collector may say so.
func (gauges) Describe(chan<- *prometheus.Desc) {}

// Collect reads the counters.
func (g gauges) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	total := func(d *prometheus.Desc, v uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	h := g.hub.Stats()
	gauge(descSessions, float64(h.Sessions))
	gauge(descUsers, float64(h.Users))
	gauge(descRooms, float64(h.Rooms))
	gauge(descVoice, float64(h.VoiceMembers))
	gauge(descP2P, float64(h.P2PRooms))
	total(descSlow, uint64(h.SlowClosed))
	total(descChatRefused, uint64(h.ChatRefused))
	total(descGhosts, uint64(h.Ghosts))
	total(descOneWay, uint64(h.OneWayUp), "uplink")
	total(descOneWay, uint64(h.OneWayDown), "downlink")

	testing, tested := g.tests.Stats()
	gauge(descTests, float64(testing))
	total(descTestsTotal, tested)

	m := g.sfu.Metrics()
	gauge(descSFURooms, float64(m.Rooms))
	gauge(descSFUPeers, float64(m.Peers))
	gauge(descSFUConnected, float64(m.Connected))
	gauge(descSFUListeners, float64(m.Listeners))
	gauge(descSFUSpeakers, float64(m.Speakers))
	gauge(descSFUSlotsUsed, float64(m.SlotsUsed))
	total(descSFUSlotChanges, m.SlotChanges)
	total(descSFUJoins, m.Joins)
	gauge(descSFUSessions, float64(m.Sessions))
	for transport, n := range m.Paths {
		gauge(descSFUPaths, float64(n), transport)
	}
	gauge(descSFUConnections, float64(m.TCPConnections))
	total(descSFUAccepted, m.TCPAccepted)
	for cause, n := range m.TCPEnded {
		total(descSFUEnded, n, cause)
	}
	total(descSFUIn, m.PacketsIn)
	total(descSFUOut, m.PacketsOut)
	total(descSFUHandshakes, m.Handshakes, "true")
	total(descSFUHandshakes, m.HandshakesFailed, "false")
	total(descSFUConsent, m.ConsentLost)
	total(descSFUStalls, m.Stalls)
	for cause, n := range m.Dropped {
		total(descSFUDropped, n, cause)
	}
	for cause, n := range m.HandshakeFailures {
		total(descSFUFailures, n, cause)
	}
	total(descSFUAgain, m.Resent, "sent")
	total(descSFUAgain, m.Asked, "asked")
	for cause, n := range m.NACKRefused {
		total(descSFUNACKRefused, n, cause)
	}
	total(descSFUFeedback, m.FeedbackAcked, "arrived")
	total(descSFUFeedback, m.FeedbackLost, "lost")
	total(descSFUFeedback, m.FeedbackUnknown, "unknown")
	total(descSFUGoodbyes, m.Goodbyes)
	total(descSFUForms, m.Redundant, "redundant")
	total(descSFUForms, m.Joined, "joined")
	total(descSFUForms, m.Recovered, "recovered")
	total(descSFUSilences, m.Silences)
	for rung, n := range m.Rungs {
		gauge(descSFURungs, float64(n), rung)
	}
	for reason, n := range m.Steps {
		total(descSFUSteps, n, "down", reason)
	}
	for reason, n := range m.UplinkSteps {
		total(descSFUSteps, n, "up", reason)
	}
	out <- prometheus.MustNewConstHistogram(descSFURTT, m.RTT.Count, m.RTT.Sum, m.RTT.Upto)
	out <- prometheus.MustNewConstHistogram(descSFUPathRTT, m.PathRTT.Count, m.PathRTT.Sum, m.PathRTT.Upto)
	out <- prometheus.MustNewConstHistogram(descSFULoss, m.Loss.Count, m.Loss.Sum, m.Loss.Upto)
	out <- prometheus.MustNewConstHistogram(descSFUUplinkLoss, m.UplinkLoss.Count, m.UplinkLoss.Sum, m.UplinkLoss.Upto)

	if g.turn == nil {
		return
	}
	t := g.turn.Stats()
	gauge(descTURNAllocations, float64(t.Allocations))
	gauge(descTURNStreams, float64(t.StreamConnections))
	total(descTURNTotal, t.AllocationsTotal)
	total(descTURNEvicted, t.Evicted)
	total(descTURNPackets, t.ToPeerPackets, "to_peer")
	total(descTURNPackets, t.FromPeerPackets, "from_peer")
	total(descTURNBytes, t.ToPeerBytes, "to_peer")
	total(descTURNBytes, t.FromPeerBytes, "from_peer")
	for reason, n := range t.Refused {
		total(descTURNRefused, n, string(reason))
	}
}
