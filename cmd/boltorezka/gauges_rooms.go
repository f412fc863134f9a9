package main

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boltorezka/boltorezka/sfu"
)

// roomGauges has series of each room. There may be thousands of rooms, so they
// are at an address of their own, which only those scrape who want them.
type roomGauges struct{ sfu *sfu.SFU }

const untilEmpty = " Begins anew when the room was empty."

var (
	descRoomPeers       = desc("room_peers", "People in the room's voice now.", "room")
	descRoomConnected   = desc("room_peers_connected", "Those of them whose media path works now.", "room")
	descRoomListeners   = desc("room_listeners", "Those of them who are sent voice now.", "room")
	descRoomSpeakers    = desc("room_speakers", "Those of them who are heard speaking now.", "room")
	descRoomSlotsUsed   = desc("room_slots_used", "Audio slots of the room that somebody is in now.", "room")
	descRoomSlotChanges = desc("room_slot_changes_total", "Audio slots given to somebody or taken back."+untilEmpty, "room")
	descRoomJoins       = desc("room_joins_total", "Joins of the room's voice."+untilEmpty, "room")
	descRoomIn          = desc("room_packets_in_total", "Authentic RTP packets from clients."+untilEmpty, "room")
	descRoomOut         = desc("room_packets_out_total", "RTP packets to listeners."+untilEmpty, "room")
	descRoomDropped     = desc("room_packets_dropped_total", "Packets not passed on, by cause; a cause without any has no series."+untilEmpty, "room", "cause")
	descRoomFailures    = desc("room_handshakes_failed_total", "DTLS handshakes that failed, by cause, of which a media session may have some; a cause without any has no series."+untilEmpty, "room", "cause")
	descRoomRTT         = desc("room_rtt_seconds", "Round trips to listeners, by the report blocks they send (RFC 3550)."+untilEmpty, "room")
	descRoomLoss        = desc("room_loss_percent", "Packet loss of listeners, by the report blocks they send of slots in use."+untilEmpty, "room")
	descRoomUplinkLoss  = desc("room_uplink_loss_percent", "Packet loss on the way from publishers, by the report blocks that they are sent of their microphones."+untilEmpty, "room")
)

// Describe names nothing: without a room there is no series.
func (roomGauges) Describe(chan<- *prometheus.Desc) {}

// Collect reads the counters of the rooms that somebody is in.
func (g roomGauges) Collect(out chan<- prometheus.Metric) {
	for _, r := range g.sfu.Rooms() {
		r.ID = strings.ToValidUTF8(r.ID, "?") // Prometheus panics at anything else
		gauge := func(d *prometheus.Desc, v int) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), r.ID)
		}
		total := func(d *prometheus.Desc, v uint64, labels ...string) {
			out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), append([]string{r.ID}, labels...)...)
		}
		gauge(descRoomPeers, r.Peers)
		gauge(descRoomConnected, r.Connected)
		gauge(descRoomListeners, r.Listeners)
		gauge(descRoomSpeakers, r.Speakers)
		gauge(descRoomSlotsUsed, r.SlotsUsed)
		total(descRoomSlotChanges, r.SlotChanges)
		total(descRoomJoins, r.Joins)
		total(descRoomIn, r.PacketsIn)
		total(descRoomOut, r.PacketsOut)
		for cause, n := range r.HandshakeFailures {
			if n > 0 {
				total(descRoomFailures, n, cause)
			}
		}
		for cause, n := range r.Dropped {
			if n > 0 {
				total(descRoomDropped, n, cause)
			}
		}
		// Sum and count only: buckets for each room would be most of the series.
		out <- prometheus.MustNewConstSummary(descRoomRTT, r.RTT.Count, r.RTT.Sum, nil, r.ID)
		out <- prometheus.MustNewConstSummary(descRoomLoss, r.Loss.Count, r.Loss.Sum, nil, r.ID)
		out <- prometheus.MustNewConstSummary(descRoomUplinkLoss, r.UplinkLoss.Count, r.UplinkLoss.Sum, nil, r.ID)
	}
}
