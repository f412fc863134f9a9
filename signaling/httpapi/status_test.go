package httpapi

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestHealthVersionTelemetry(t *testing.T) {
	broken := false
	m := &countingMetrics{}
	s := newStand(t, options{deps: func(d *Deps) {
		d.Metrics = m
		d.Checks["sfu"] = func(context.Context) error {
			if broken {
				return errors.New("a secret of the inside")
			}
			return nil
		}
	}})
	h := into[wire.Health](s, 200, request{method: "GET", path: "/health"})
	if h.Status != "ok" || h.Checks["api"] != "ok" || h.Checks["db"] != "ok" || h.Ts.IsZero() {
		t.Fatalf("health %+v", h)
	}
	broken = true
	a := s.do(request{method: "GET", path: "/health"})
	if a.StatusCode != 503 || !strings.Contains(string(a.body), "degraded") || strings.Contains(string(a.body), "secret") {
		t.Fatalf("health %d %s", a.StatusCode, a.body)
	}
	if v := into[wire.Version](s, 200, request{method: "GET", path: "/version"}); v.Version != "1.2.3" {
		t.Fatalf("version %+v", v)
	}
	into[wire.OK](s, 200, request{method: "POST", path: "/v1/telemetry/web", body: `{"event":"crash","level":"error","meta":{"stack":"x"}}`, header: map[string]string{"User-Agent": "Mozilla/5.0 (iPhone)"}})
	// A session that has ended is no reason to lose a report.
	into[wire.OK](s, 200, request{method: "POST", path: "/v1/telemetry/web", body: `{"event":"crash"}`, token: strings.Repeat("x", 43)})
	into[wire.OK](s, 200, request{method: "POST", path: "/v1/telemetry/web", body: `{"event":"voice_repair","meta":{"step":"rejoin"}}`})
	if log := s.log.String(); strings.Count(log, `level=WARN msg="client event"`) != 1 || strings.Count(log, `level=DEBUG msg="client event"`) != 2 {
		t.Errorf("of an error and a plain event the log says %s", log)
	}
	sum := into[wire.TelemetrySummary](s, 200, request{method: "GET", path: "/v1/telemetry/summary", token: s.owner()})
	if sum.Day != time.Now().UTC().Format(time.DateOnly) || sum.Metrics["x"] != 1 {
		t.Fatalf("summary %+v", sum)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.events[0] != "crash error web" || m.events[1] != "crash info other" || m.events[3] != "voice_repair rejoin" || m.requests["GET /health 503"] != 1 {
		t.Fatalf("metrics %v %v", m.events, m.requests)
	}
}

func TestFaultsOfTheServer(t *testing.T) {
	s := newStand(t, options{deps: func(d *Deps) {
		d.Checks["panics"] = func(context.Context) error { panic("a fault with a secret") }
		d.Messages = brokenMessages{}
	}})
	owner := s.owner()
	for _, r := range []request{{method: "GET", path: "/health"}, {method: "GET", path: "/v1/rooms/general/messages", token: owner}} {
		a := s.refused(500, wire.CodeInternal, "", r)
		if strings.Contains(string(a.body), "secret") {
			t.Errorf("the answer tells: %s", a.body)
		}
	}
	if log := s.log.String(); !strings.Contains(log, "a fault with a secret") || !strings.Contains(log, "a broken disk with a secret") || strings.Contains(log, owner) {
		t.Fatalf("the log lacks the cause: %s", log)
	}
}

type brokenMessages struct{ Messages }

func (brokenMessages) History(context.Context, HistoryQuery) ([]wire.Message, bool, error) {
	return nil, false, errors.New("a broken disk with a secret")
}
