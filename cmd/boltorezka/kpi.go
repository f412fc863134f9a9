package main

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// kpis counts what the KPIs are made of. It is the edge's Metrics and
// signaling's Observer, and keeps both /metrics and the day's summary.
type kpis struct {
	day *day

	calls         *prometheus.HistogramVec
	requests      *prometheus.HistogramVec
	refused       *prometheus.CounterVec
	socketsOpened *prometheus.CounterVec
	socketsClosed *prometheus.CounterVec
	messages      *prometheus.CounterVec
	callSetups    *prometheus.CounterVec
	callSetupTime prometheus.Histogram
	icePaths      *prometheus.CounterVec
	iceFailures   *prometheus.CounterVec
	topology      *prometheus.CounterVec
	clientEvents  *prometheus.CounterVec
	voice         voiceKPIs
	voiceFailures *prometheus.CounterVec
	clientRTT     prometheus.Histogram
	clientLoss    prometheus.Histogram
	concealed     prometheus.Histogram

	mu     sync.Mutex
	events map[string]bool // names of client events that have a label of their own
}

// maxEvents bounds the labels that clients can make.
const maxEvents = 64

func newKPIs(reg prometheus.Registerer, now func() time.Time) *kpis {
	const ns = "boltorezka"
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: ns, Name: name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	seconds := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	times := func(name, help string, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: ns, Name: name, Help: help, Buckets: seconds}, labels)
		reg.MustRegister(h)
		return h
	}
	hist := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: ns, Name: name, Help: help, Buckets: buckets})
		reg.MustRegister(h)
		return h
	}
	percent := []float64{.1, .25, .5, 1, 2, 5, 10, 20, 50}
	return &kpis{
		day: newDay(now), events: map[string]bool{},
		calls:         times("http_request_seconds", "HTTP calls by route.", "method", "route", "status"),
		requests:      times("ws_request_seconds", "WebSocket requests by type, from arrival to answer.", "type"),
		refused:       counter("ws_refused_total", "WebSocket requests that were refused, by type and code.", "type", "code"),
		socketsOpened: counter("ws_opened_total", "WebSockets opened: new ones, resumed ones, and those that wanted to resume and could not.", "kind"),
		socketsClosed: counter("ws_closed_total", "WebSockets ended, by reason.", "reason"),
		messages:      counter("messages_total", "Chat messages acked; delivered: every socket in the room was handed it.", "delivered"),
		callSetups:    counter("call_setups_total", "Voice sessions begun; ok: media came.", "ok"),
		callSetupTime: hist("call_setup_seconds", "From voice.join to the first media.", seconds),
		icePaths:      counter("ice_paths_total", "Media paths that clients report to carry voice, once each.", "topology", "candidate", "transport"),
		iceFailures:   counter("ice_failures_total", "Media paths that failed.", "topology", "candidate", "transport"),
		topology:      counter("topology_changes_total", "Steps of rooms between P2P and SFU.", "topology", "phase", "reason"),
		clientEvents:  counter("client_events_total", "What clients report of themselves.", "event", "level", "platform"),
		voice:         newVoiceKPIs(reg),
		voiceFailures: counter("voice_failures_total", "Failures of voice that clients report, once each, by class; see docs/voice-trouble.md.", "code", "platform"),
		clientRTT:     hist("voice_rtt_seconds", "Round trips that clients report.", seconds),
		clientLoss:    hist("voice_loss_percent", "Packet loss that clients report.", percent),
		concealed:     hist("voice_concealed_percent", "Concealed samples that clients report.", percent),
	}
}

// ObserveRequest counts one HTTP call.
func (k *kpis) ObserveRequest(method, route string, status int, took time.Duration) {
	k.calls.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
	k.day.call(method+" "+route, took)
}

// ClientEvent counts one report. Names over the bound share a label, so that
// nobody can fill the memory with them.
func (k *kpis) ClientEvent(event, level, platform string) {
	k.mu.Lock()
	if !k.events[event] {
		if len(k.events) < maxEvents {
			k.events[event] = true
		} else {
			event = "other"
		}
	}
	k.mu.Unlock()
	if !slices.Contains(platforms, platform) {
		platform = "other"
	}
	k.clientEvents.WithLabelValues(event, level, platform).Inc()
	k.day.count("client." + event + "." + platform)
}

// failureCodes are the classes of failure of docs/voice-trouble.md; what a
// client calls anything else is unknown.
var failureCodes = []string{"ice_failed", "turn_failed", "signalling_auth", "signalling_network", "mic_denied", "mic_busy", "mic_missing",
	"autoplay_blocked", "unknown"}

// VoiceFailed counts a failure of voice by its class.
func (k *kpis) VoiceFailed(code, platform string) {
	if !slices.Contains(failureCodes, code) {
		code = "unknown"
	}
	if !slices.Contains(platforms, platform) {
		platform = "other"
	}
	k.voiceFailures.WithLabelValues(code, platform).Inc()
	k.day.count("voice.failed." + code)
}

// Summary returns the KPIs of the present UTC day.
func (k *kpis) Summary() map[string]float64 { return k.day.summary() }

// Request counts one answered WebSocket request.
func (k *kpis) Request(eventType string, code wire.Code, took time.Duration) {
	k.requests.WithLabelValues(eventType).Observe(took.Seconds())
	if code != "" {
		k.refused.WithLabelValues(eventType, string(code)).Inc()
	}
}

// SocketOpened counts a new socket.
func (k *kpis) SocketOpened(reconnect, resumed bool) {
	kind := "new"
	switch {
	case resumed:
		kind = "resumed"
	case reconnect:
		kind = "not_resumed"
	}
	k.socketsOpened.WithLabelValues(kind).Inc()
	k.day.count("ws.opened")
	if reconnect {
		k.day.count("ws.reconnects")
	}
	if resumed {
		k.day.count("ws.resumed")
	}
}

// SocketClosed counts an ended socket.
func (k *kpis) SocketClosed(reason string) { k.socketsClosed.WithLabelValues(reason).Inc() }

// Message counts an acked chat message.
func (k *kpis) Message(delivered bool) {
	k.messages.WithLabelValues(strconv.FormatBool(delivered)).Inc()
	k.day.count("chat.acked")
	if delivered {
		k.day.count("chat.delivered")
	}
}

// CallSetup counts the beginning of a voice session.
func (k *kpis) CallSetup(ok bool, took time.Duration) {
	k.callSetups.WithLabelValues(strconv.FormatBool(ok)).Inc()
	if !ok {
		k.day.count("call.failed")
		return
	}
	k.callSetupTime.Observe(took.Seconds())
	k.day.callSetup(took)
	k.day.count("call.connected")
}

// Topology counts a step of a room.
func (k *kpis) Topology(topology wire.Topology, phase wire.TopologyPhase, reason string) {
	k.topology.WithLabelValues(string(topology), string(phase), reason).Inc()
	k.day.count("topology." + string(phase) + "." + string(topology))
}

// Stats counts a client's own report.
func (k *kpis) Stats(s wire.VoiceStats) {
	if s.RTTMs != nil {
		k.clientRTT.Observe(*s.RTTMs / 1000)
	}
	if s.LossPct != nil {
		k.clientLoss.Observe(*s.LossPct)
	}
	if s.ConcealedPct != nil {
		k.concealed.Observe(*s.ConcealedPct)
	}
}
