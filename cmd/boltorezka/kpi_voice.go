package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// What clients report of calls is text of theirs: these are the words that have
// a label of their own, and every other one is counted as other.
var (
	// repairSteps are the steps in which a dead media path is mended.
	repairSteps = []string{"ice_restart", "new_peer_connection", "rejoin"}
	// repairCauses say what the path was mended for: it did not come up, or what
	// the browser says of it, or nothing came while somebody spoke, or the server
	// hears nothing, or the network was away, or the server refused the step before.
	repairCauses = []string{"blocked", "disconnected", "failed", "silent", "unheard", "network", "refused"}
	// oneWaySides say which way no sound goes: to the server or from it.
	oneWaySides = []string{"uplink", "downlink"}

	candidateTypes = []string{"host", "srflx", "prflx", "relay"} // RFC 8445 section 5.1.1
	transports     = []string{"udp", "tcp", "tls"}
)

// voiceKPIs count what becomes of calls under way.
type voiceKPIs struct {
	repairs    *prometheus.CounterVec
	repairTime *prometheus.HistogramVec
	oneWay     *prometheus.CounterVec
}

func newVoiceKPIs(reg prometheus.Registerer) voiceKPIs {
	const ns = "boltorezka"
	k := voiceKPIs{
		repairs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "voice_repairs_total", Help: "Steps of repairs of media paths that clients report, by cause; ok: the path was whole after it.",
		}, []string{"step", "cause", "ok"}),
		repairTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: ns, Name: "voice_repair_seconds", Help: "How long steps took that brought the path back.", Buckets: []float64{.1, .25, .5, 1, 2, 3, 5, 8, 15, 30, 60},
		}, []string{"step"}),
		oneWay: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "one_way_audio_client_total", Help: "Times that web clients said that sound went one way only between them and the SFU; side: the way that it did not go, uplink or downlink. What the server saw itself is in one_way_audio_server_total.",
		}, []string{"side"}),
	}
	reg.MustRegister(k.repairs, k.repairTime, k.oneWay)
	return k
}

// known keeps a label to the words there are.
func known(words []string, s, other string) string {
	if slices.Contains(words, s) {
		return s
	}
	return other
}

// VoiceEvent counts the telemetry events voice_repair {step, cause, ok, ms}
// and one_way_audio {side}; others are none of its business.
func (k *kpis) VoiceEvent(event string, meta map[string]any) {
	text := func(key string) string { s, _ := meta[key].(string); return s }
	switch event {
	case "voice_repair":
		step, cause := known(repairSteps, text("step"), "other"), known(repairCauses, text("cause"), "other")
		ok, _ := meta["ok"].(bool)
		k.voice.repairs.WithLabelValues(step, cause, strconv.FormatBool(ok)).Inc()
		k.day.count("voice.repairs." + step)
		k.day.count("voice.repairs.cause." + cause)
		if !ok {
			k.day.count("voice.repairs." + step + ".failed")
			return
		}
		if ms, given := meta["ms"].(float64); given && ms >= 0 && ms <= float64(time.Hour.Milliseconds()) {
			took := time.Duration(ms * float64(time.Millisecond))
			k.voice.repairTime.WithLabelValues(step).Observe(took.Seconds())
			k.day.repaired(took)
		}
	case "one_way_audio":
		side := known(oneWaySides, text("side"), "other")
		k.voice.oneWay.WithLabelValues(side).Inc()
		k.day.count("voice.oneWay." + side)
	}
}

func (d *day) repaired(took time.Duration) {
	d.with(func() { d.repair.observe(took) })
}

// ICEPath counts a path that carries media.
func (k *kpis) ICEPath(topology wire.Topology, candidate, transport string) {
	candidate, transport = known(candidateTypes, candidate, "unknown"), known(transports, transport, "unknown")
	k.icePaths.WithLabelValues(string(topology), candidate, transport).Inc()
	k.day.count("ice.paths." + string(topology) + "." + candidate)
	k.day.count("ice.transportPaths." + string(topology) + "." + transport)
}

// ICEFailure counts a path that failed.
func (k *kpis) ICEFailure(topology wire.Topology, candidate, transport string) {
	candidate, transport = known(candidateTypes, candidate, "unknown"), known(transports, transport, "unknown")
	k.iceFailures.WithLabelValues(string(topology), candidate, transport).Inc()
	k.day.count("ice.failures." + string(topology) + "." + candidate)
	k.day.count("ice.transportFailures." + string(topology) + "." + transport)
}

// pathRates leaves the share of paths that failed, by topology and candidate
// type, and by transport: of those that had been reported, so that unknown
// ones, which never came up, have none.
func pathRates(out, counts map[string]float64) {
	for name, paths := range counts {
		if strings.HasSuffix(name, ".unknown") {
			continue
		}
		if kind, ok := strings.CutPrefix(name, "ice.paths."); ok {
			rate(out, "ice.failureRate."+kind, counts["ice.failures."+kind], paths)
		}
		if kind, ok := strings.CutPrefix(name, "ice.transportPaths."); ok {
			rate(out, "ice.transportFailureRate."+kind, counts["ice.transportFailures."+kind], paths)
		}
	}
}
