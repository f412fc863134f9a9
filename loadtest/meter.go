package loadtest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// recorder keeps latencies twice: all of them, and those of the present second.
type recorder struct {
	histogram
	second atomic.Pointer[histogram] // nil: nobody looks at seconds
}

func (r *recorder) add(d time.Duration) {
	r.histogram.add(d)
	if s := r.second.Load(); s != nil {
		s.add(d)
	}
}

// Second is one second of a run.
type Second struct {
	At          float64 `json:"at"` // seconds since the window began, at the second's end
	P50         float64 `json:"p50Ms"`
	P95         float64 `json:"p95Ms"`
	P99         float64 `json:"p99Ms"`
	Max         float64 `json:"maxMs"`
	Sent        float64 `json:"sentPerSec"`
	Delivered   float64 `json:"deliveredPerSec"`
	ServerCores float64 `json:"serverCores,omitempty"`
}

// meter cuts a run into seconds and tells its progress.
type meter struct {
	target          *Target
	name            string
	latency         *recorder
	sent, delivered func() uint64
	also            func() string // what else a line of progress says

	seconds []Second // run's own until it has ended
}

// run measures second by second until ctx ends.
func (m *meter) run(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	began, at := time.Now(), time.Now()
	sent, delivered := m.sent(), m.delivered()
	used, _ := m.target.usage() // the run itself says what is wrong
	m.latency.second.Store(new(histogram))
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			m.latency.second.Store(nil)
			m.target.Progress("")
			return
		}
		now := time.Now()
		q := m.latency.second.Swap(new(histogram)).quantiles()
		s, d := m.sent(), m.delivered()
		u, _ := m.target.usage()
		per := now.Sub(at).Seconds()
		p := Second{
			At: round(now.Sub(began).Seconds(), 2), P50: q.P50, P95: q.P95, P99: q.P99, Max: q.Max,
			Sent: round(float64(s-sent)/per, 1), Delivered: round(float64(d-delivered)/per, 1),
		}
		line := fmt.Sprintf("%s %3.0fs  %.0f sent/s  %.0f delivered/s  p50 %.1f  p99 %.1f ms", m.name, p.At, p.Sent, p.Delivered, p.P50, p.P99)
		if m.target.ServerPID != 0 {
			p.ServerCores = cpuShare(used, u, now.Sub(at))
			line += fmt.Sprintf("  server %.2f cores", p.ServerCores)
		}
		if m.also != nil {
			line += "  " + m.also()
		}
		m.target.Progress(line)
		m.seconds = append(m.seconds, p)
		at, sent, delivered, used = now, s, d, u
	}
}

// start runs the meter; stop ends it and returns the seconds.
func (m *meter) start() (stop func() []Second) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.run(ctx)
	}()
	return func() []Second {
		cancel()
		<-done
		return m.seconds
	}
}
