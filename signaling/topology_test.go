package signaling

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Whatever happens in whatever order: steps follow one another as a client
// expects, P2P is only ever in force among people who all can, and time alone
// always leads out of a preparation.
func TestTopologyProperties(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		cfg := Defaults().Voice
		cfg.P2PMax = 2 + rnd.IntN(2)
		topo := newTopology(cfg, wire.PolicyAuto)
		now := time.Unix(0, 0)
		var told wire.Topology = wire.TopologySFU
		pending, epoch := false, uint32(0)
		check := func(what string, steps []topologyStep) {
			for _, s := range steps {
				ok := false
				switch {
				case s.phase == wire.PhasePrepare:
					ok = !pending && told == wire.TopologySFU && s.topology == wire.TopologyP2P && s.epoch > epoch
					pending, epoch = true, s.epoch
				case s.phase == wire.PhaseAbort:
					ok = pending && s.epoch == epoch
					pending = false
				case s.topology == wire.TopologyP2P:
					ok = pending && s.epoch == epoch
					pending, told = false, wire.TopologyP2P
				default:
					ok = told == wire.TopologyP2P && s.epoch > epoch
					told, epoch = wire.TopologySFU, s.epoch
				}
				if !ok {
					t.Fatalf("seed %d: %s: unexpected %+v", seed, what, s)
				}
			}
			if topo.current() != told || (topo.stage == preparing) != pending {
				t.Fatalf("seed %d: %s: state %v, told %v", seed, what, topo.stage, told)
			}
			if told == wire.TopologyP2P && (len(topo.people) < 2 || len(topo.people) > cfg.P2PMax || topo.policy != wire.PolicyAuto) {
				t.Fatalf("seed %d: %s: P2P among %d", seed, what, len(topo.people))
			}
			if pending && topo.at.IsZero() {
				t.Fatalf("seed %d: %s: a preparation without an end", seed, what)
			}
		}
		for range 400 {
			now = now.Add(time.Duration(rnd.IntN(400)) * time.Millisecond)
			id := fmt.Sprint(rnd.IntN(4))
			check("due", topo.due(now))
			switch rnd.IntN(12) {
			case 0, 1:
				if topo.people[id] == nil {
					check("join", topo.join(id, rnd.IntN(5) > 0, now))
				}
			case 2:
				check("leave", topo.leave(id, now))
			case 3, 4, 5:
				check("connected", topo.connected(id, rnd.IntN(6) > 0, now))
			case 6, 7, 8, 9:
				for id := range topo.people {
					steps, _ := topo.ready(id, epoch-uint32(rnd.IntN(8)/7))
					check("ready", steps)
				}
			case 10:
				if rnd.IntN(4) == 0 {
					if !topo.stale(epoch) {
						check("failed", topo.failed(now))
					}
				}
				now = now.Add(time.Minute)
			case 11:
				check("policy", topo.setPolicy([]wire.TopologyPolicy{wire.PolicyAuto, wire.PolicyAuto, wire.PolicySFU}[rnd.IntN(3)], now))
			}
		}
		now = now.Add(time.Hour)
		if topo.stage == preparing {
			check("end", topo.due(now))
			if topo.stage == preparing {
				t.Fatalf("seed %d: still preparing", seed)
			}
		}
		if len(topo.failures) > maxFailures {
			t.Fatalf("%d failures remembered", len(topo.failures))
		}
	}
}

func TestTopologyBackoffGrows(t *testing.T) {
	topo := newTopology(Defaults().Voice, wire.PolicyAuto)
	now := time.Unix(0, 0)
	for _, id := range []string{"a", "b"} {
		topo.join(id, true, now)
		topo.connected(id, true, now)
	}
	for _, want := range []time.Duration{30 * time.Second, 2 * time.Minute, 8 * time.Minute, 30 * time.Minute, 30 * time.Minute} {
		now = topo.at
		topo.due(now) // prepare
		now = topo.at
		steps := topo.due(now) // timeout
		if len(steps) != 1 || steps[0].phase != wire.PhaseAbort || steps[0].reason != reasonTimeout {
			t.Fatalf("%+v", steps)
		}
		if got := topo.at.Sub(now); got != want {
			t.Errorf("backoff %v, want %v", got, want)
		}
	}
	// Other people are not made to wait for it.
	topo.leave("b", now)
	topo.join("c", true, now)
	topo.connected("c", true, now)
	if got := topo.at.Sub(now); got != Defaults().Voice.P2PSettle {
		t.Errorf("a new pair waits %v", got)
	}
}

// Who sets the policy anew wants pairs tried, however often they have failed.
func TestTopologyPolicyForgetsFailures(t *testing.T) {
	topo := newTopology(Defaults().Voice, wire.PolicyAuto)
	now := time.Unix(0, 0)
	for _, id := range []string{"a", "b"} {
		topo.join(id, true, now)
		topo.connected(id, true, now)
	}
	for range 3 {
		now = topo.at
		topo.due(now)
		topo.failed(now)
	}
	if topo.at.Sub(now) < firstBackoff {
		t.Fatalf("tried again after %v", topo.at.Sub(now))
	}
	topo.setPolicy(wire.PolicySFU, now)
	topo.setPolicy(wire.PolicyAuto, now)
	if wait := topo.at.Sub(now); wait != topo.settle {
		t.Errorf("tried %v after the policy was set, want %v", wait, topo.settle)
	}
}

func TestTopologyStaysOnSFU(t *testing.T) {
	for name, set := range map[string]func(*topology){
		"policy":          func(topo *topology) { topo.setPolicy(wire.PolicySFU, time.Unix(0, 0)) },
		"off":             func(topo *topology) { topo.max = 0 },
		"one cannot":      func(topo *topology) { topo.people["a"].p2p = false },
		"not connected":   func(topo *topology) { topo.connected("a", false, time.Unix(0, 0)) },
		"too many people": func(topo *topology) { topo.join("c", true, time.Unix(0, 0)) },
	} {
		topo := newTopology(Defaults().Voice, wire.PolicyAuto)
		now := time.Unix(0, 0)
		for _, id := range []string{"a", "b"} {
			topo.join(id, true, now)
			topo.connected(id, true, now)
		}
		set(topo)
		topo.rearm(now)
		if steps := topo.due(now.Add(time.Hour)); len(steps) != 0 {
			t.Errorf("%s: %+v", name, steps)
		}
	}
}
