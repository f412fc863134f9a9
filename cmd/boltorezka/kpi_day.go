package main

import (
	"maps"
	"strings"
	"sync"
	"time"
)

// day keeps the KPIs of the present UTC day, for the telemetry summary.
// Prometheus has them for longer.
type day struct {
	now func() time.Time

	mu     sync.Mutex
	date   string
	counts map[string]float64
	routes map[string]*histogram
	setup  histogram
	repair histogram
}

func newDay(now func() time.Time) *day { return &day{now: now} }

// with runs f on today's figures; what f does must be short.
func (d *day) with(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if date := d.now().UTC().Format(time.DateOnly); date != d.date {
		d.date, d.counts, d.routes, d.setup = date, map[string]float64{}, map[string]*histogram{}, histogram{}
		d.repair = histogram{}
	}
	f()
}

func (d *day) count(name string) {
	d.with(func() { d.counts[name]++ })
}

func (d *day) call(route string, took time.Duration) {
	d.with(func() {
		h := d.routes[route]
		if h == nil {
			h = &histogram{}
			d.routes[route] = h
		}
		h.observe(took)
	})
}

func (d *day) callSetup(took time.Duration) {
	d.with(func() { d.setup.observe(took) })
}

// summary returns the counts, and what is reckoned from them. A rate without
// anything to reckon it from is left out.
func (d *day) summary() map[string]float64 {
	var out map[string]float64
	d.with(func() {
		out = maps.Clone(d.counts)
		for route, h := range d.routes {
			quantiles(out, "api.latencyMs", route, h)
		}
		quantiles(out, "call.setupMs", "", &d.setup)
		quantiles(out, "voice.repairMs", "", &d.repair)
		rate(out, "ws.resumeRate", d.counts["ws.resumed"], d.counts["ws.reconnects"])
		rate(out, "chat.deliveryRate", d.counts["chat.delivered"], d.counts["chat.acked"])
		rate(out, "call.setupRate", d.counts["call.connected"], d.counts["call.connected"]+d.counts["call.failed"])
		// Of the SFU's paths every voice session tries one, of pairs each prepare.
		rate(out, "ice.failureRate.sfu", sum(d.counts, "ice.failures.sfu."), d.counts["call.connected"]+d.counts["call.failed"])
		rate(out, "ice.failureRate.p2p", sum(d.counts, "ice.failures.p2p."), d.counts["topology.prepare.p2p"])
		pathRates(out, d.counts)
		rate(out, "topology.failureRate", d.counts["topology.abort.sfu"], d.counts["topology.prepare.p2p"])
		for _, platform := range platforms {
			sessions, crashes := d.counts["client.session."+platform], d.counts["client.crash."+platform]
			rate(out, "client.crashFreeRate."+platform, max(0, sessions-crashes), sessions)
		}
	})
	return out
}

var platforms = []string{"web", "ios", "macos", "other"}

func quantiles(out map[string]float64, name, label string, h *histogram) {
	if h.total == 0 {
		return
	}
	if label != "" {
		label = "." + label
	}
	out[name+".p50"+label] = h.quantileMs(0.50)
	out[name+".p95"+label] = h.quantileMs(0.95)
	out[name+".p99"+label] = h.quantileMs(0.99)
}

// sum adds up the counts whose names begin with prefix.
func sum(counts map[string]float64, prefix string) (all float64) {
	for name, n := range counts {
		if strings.HasPrefix(name, prefix) {
			all += n
		}
	}
	return all
}

// rate leaves part/all under name; parts of a day that began with attempts of
// the day before may be more than all.
func rate(out map[string]float64, name string, part, all float64) {
	if all > 0 {
		out[name] = part / all
	}
}
