package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestSummary(t *testing.T) {
	now := time.Date(2026, 1, 2, 23, 59, 0, 0, time.UTC)
	k := newKPIs(prometheus.NewRegistry(), func() time.Time { return now })
	for i := range 100 {
		k.ObserveRequest("GET", "/v1/rooms", 200, time.Duration(i+1)*time.Millisecond)
	}
	k.SocketOpened(false, false)
	k.SocketOpened(true, true)
	k.SocketOpened(true, false)
	k.Message(true)
	k.CallSetup(true, 80*time.Millisecond)
	k.CallSetup(false, 0)
	k.ICEPath(wire.TopologySFU, "relay", "tcp")
	k.ICEPath(wire.TopologySFU, "relay", "udp")
	k.ICEPath(wire.TopologySFU, "host", "udp")
	k.ICEFailure(wire.TopologyP2P, "<script>", "<b>")
	k.ICEFailure(wire.TopologySFU, "relay", "tcp")
	k.VoiceEvent("voice_repair", map[string]any{"step": "ice_restart", "cause": "disconnected", "ok": true, "ms": 800.0})
	k.VoiceEvent("voice_repair", map[string]any{"step": "ice_restart", "cause": "failed", "ok": false, "ms": 9000.0})
	k.VoiceEvent("voice_repair", map[string]any{"step": "<script>", "cause": 7, "ok": "yes", "ms": -1.0})
	k.VoiceEvent("one_way_audio", map[string]any{"side": "uplink"})
	k.VoiceEvent("one_way_audio", nil)
	k.VoiceEvent("session", map[string]any{"step": "rejoin"})
	for range 4 {
		k.Topology(wire.TopologyP2P, wire.PhasePrepare, "small")
	}
	k.Topology(wire.TopologyP2P, wire.PhaseCommit, "small")
	k.Topology(wire.TopologySFU, wire.PhaseAbort, "failed")
	k.ClientEvent("session", "info", "web")
	k.Request("chat.send", wire.CodeRateLimited, time.Millisecond)
	got := k.Summary()
	for name, want := range map[string]float64{
		"ws.opened": 3, "ws.resumeRate": 0.5, "chat.deliveryRate": 1, "call.setupRate": 0.5, "ice.failures.p2p.unknown": 1,
		"ice.failures.sfu.relay": 1, "ice.failureRate.sfu": 0.5, "ice.failureRate.p2p": 0.25, "topology.failureRate": 0.25,
		"topology.commit.p2p": 1, "client.crashFreeRate.web": 1,
		"ice.paths.sfu.relay": 2, "ice.failureRate.sfu.relay": 0.5, "ice.failureRate.sfu.host": 0, "ice.transportFailureRate.sfu.tcp": 1,
		"ice.transportFailures.p2p.unknown": 1, "voice.repairs.ice_restart": 2, "voice.repairs.ice_restart.failed": 1, "voice.repairs.other": 1,
		"voice.repairs.cause.disconnected": 1, "voice.repairs.cause.other": 1, "voice.oneWay.uplink": 1, "voice.oneWay.other": 1,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	for q, want := range map[string]float64{"p50": 50, "p95": 95, "p99": 99} {
		name := "api.latencyMs." + q + ".GET /v1/rooms"
		if v := got[name]; v < want*0.85 || v > want*1.15 {
			t.Errorf("%s is %v, want about %v", name, v, want)
		}
	}
	if v := got["voice.repairMs.p50"]; v < 700 || v > 900 {
		t.Errorf("voice.repairMs.p50 is %v", v)
	}
	if _, there := got["voice.repairs.rejoin"]; there {
		t.Error("another event counts as a repair")
	}
	now = now.Add(2 * time.Minute)
	if got := k.Summary(); len(got) != 0 {
		t.Errorf("a new day begins with %v", got)
	}
}

// TestClientEventsAreBounded holds that clients cannot fill the memory with names.
func TestClientEventsAreBounded(t *testing.T) {
	reg := prometheus.NewRegistry()
	k := newKPIs(reg, time.Now)
	for i := range 10 * maxEvents {
		k.ClientEvent(fmt.Sprint("event", i), "info", "toaster")
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if n := len(f.GetMetric()); f.GetName() == "boltorezka_client_events_total" && n != maxEvents+1 {
			t.Errorf("%d series", n)
		}
	}
}
