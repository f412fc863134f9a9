package main

import "github.com/prometheus/client_golang/prometheus"

// doorGauges reads the counters of what stands before HTTP and TURN.
type doorGauges struct{ door *door }

var (
	descTLSConnections = desc("tls_connections_total", "Connections over TLS that were handed on, by what they speak; acme: looked at by an ACME server.", "speaks")
	descTLSUnderway    = desc("tls_handshakes", "Connections now of which it is not known yet what they speak.")
	descTLSRefused     = desc("tls_refused_total", "Connections closed before anybody got them, by cause.", "cause")
	descTLSExpires     = desc("tls_certificate_expires_seconds", "When the certificate, or the first of several, ends: Unix time. Not there while there is none.")
	descProxied        = desc("proxy_protocol_connections_total", "Connections whose client's address came by the PROXY protocol.")
)

// Describe names nothing: which series there are depends on the settings.
func (doorGauges) Describe(chan<- *prometheus.Desc) {}

// Collect reads the counters.
func (g doorGauges) Collect(out chan<- prometheus.Metric) {
	total := func(d *prometheus.Desc, v uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	st := g.door.server.Stats()
	total(descTLSConnections, st.HTTP, "http")
	total(descTLSConnections, st.TURN, "turn")
	total(descTLSConnections, st.ACME, "acme")
	total(descProxied, st.Proxied)
	for cause, n := range st.Refused {
		total(descTLSRefused, n, string(cause))
	}
	out <- prometheus.MustNewConstMetric(descTLSUnderway, prometheus.GaugeValue, float64(st.Handshakes))
	if c := g.door.certificates(); c != nil && !c.Expires().IsZero() {
		out <- prometheus.MustNewConstMetric(descTLSExpires, prometheus.GaugeValue, float64(c.Expires().Unix()))
	}
}
