package main

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boltorezka/boltorezka/edge"
	"github.com/boltorezka/boltorezka/signaling/httpapi"
)

// door is what connections come through, before HTTP and TURN, where TLS or
// the PROXY protocol is on. A nil door is the open port that there is
// otherwise.
type door struct {
	server *edge.Server
	certs  *edge.Certificates // nil: no TLS
	tls    net.Listener       // the TLS port; nil: none
	turn   net.Listener       // a TLS port of TURN's own; nil: none
	offers bool               // TURN over TLS is served
}

// openDoor listens on the TLS ports and stands before the plain one, if the
// settings want either.
func (a *app) openDoor() error {
	cfg := a.cfg
	own := cfg.TLS.Source() != edge.SourceNone
	if !own && cfg.HTTP.ProxyProtocol != "on" {
		return nil
	}
	trusted, err := httpapi.Config{TrustedProxies: cfg.HTTP.TrustedProxies}.Proxies()
	if err != nil {
		return err
	}
	log := a.log.With("part", "tls")
	d := &door{offers: own && !cfg.TURN.TLSOff()}
	opt := edge.Options{
		Plain: a.http, Trusted: trusted, ProxyProtocol: cfg.HTTP.ProxyProtocol == "on",
		TURN: d.offers, Rate: cfg.Signaling.Limits.Rate, Log: log,
	}
	if own {
		if err := a.openTLS(d, &opt); err != nil {
			return err
		}
		if d.certs, err = edge.OpenCertificates(cfg.TLS, edge.CertificateOptions{
			Dir: filepath.Join(cfg.Store.DataDir, "tls"), Names: a.outerNames(), Log: log,
			TLSAddr: d.tls.Addr().String(), HTTPAddr: a.http.Addr().String(),
		}); err != nil {
			return err
		}
		a.onStop("certificates' keeper", func(context.Context) error { d.certs.Close(); return nil })
		opt.Certificates = d.certs
	}
	d.server = edge.New(opt)
	a.onStop("edge", func(context.Context) error { return d.server.Close() })
	a.door = d
	return nil
}

// openTLS listens on tls.addr, and on turn.tlsAddr when that is a port.
func (a *app) openTLS(d *door, opt *edge.Options) error {
	var err error
	if d.tls, err = listenTCP("tls.addr", a.cfg.TLS.Addr); err != nil {
		return err
	}
	a.onStop("tls listener", func(context.Context) error { return ignoreClosed(d.tls.Close()) })
	opt.TLS = append(opt.TLS, edge.Port{Listener: d.tls})
	if addr := a.cfg.TURN.TLSAddr; addr != "" && d.offers {
		if d.turn, err = listenTCP("turn.tlsAddr", addr); err != nil {
			return err
		}
		a.onStop("turn's tls listener", func(context.Context) error { return ignoreClosed(d.turn.Close()) })
		opt.TLS = append(opt.TLS, edge.Port{Listener: d.turn, OnlyTURN: true})
	}
	return nil
}

// outerNames are those by which others may reach this machine although it does
// not know them itself.
func (a *app) outerNames() []string {
	names := a.cfg.SFU.AdvertiseIPs
	if u, err := url.Parse(a.cfg.HTTP.PublicURL); err == nil && u.Hostname() != "" {
		names = append([]string{u.Hostname()}, names...)
	}
	return names
}

// turnsURLs are the TURN server's over TLS, as a client that reached the page
// by host is told them.
func (a *app) turnsURLs(host string) []string {
	d := a.door
	if d.certificates() == nil || !d.offers {
		return nil
	}
	name := d.certs.NameFor(host)
	if name == "" {
		return nil
	}
	urls := []string{turnsURL(name, a.publicPort())}
	if d.turn != nil {
		urls = append(urls, turnsURL(name, portOf(d.turn)))
	}
	return urls
}

func turnsURL(name string, port int) string {
	return "turns:" + net.JoinHostPort(name, strconv.Itoa(port)) + "?transport=tcp"
}

// publicPort is the TLS port as others reach it: the public address says so,
// where the port is mapped on the way.
func (a *app) publicPort() int {
	u, err := url.Parse(a.cfg.HTTP.PublicURL)
	if err != nil || u.Scheme != "https" {
		return portOf(a.door.tls)
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	return 443
}

func portOf(ln net.Listener) int {
	addr, err := netip.ParseAddrPort(ln.Addr().String())
	if err != nil {
		return 0
	}
	return int(addr.Port())
}

// listener is where HTTP comes from; plain is the port without a door.
func (d *door) listener(plain net.Listener) net.Listener {
	if d == nil {
		return plain
	}
	return d.server.HTTP()
}

// streams are TURN's connections over TLS; nil: none.
func (d *door) streams() net.Listener {
	if d == nil || !d.offers {
		return nil
	}
	return d.server.TURN()
}

// certificates are the TLS port's; nil: there is none.
func (d *door) certificates() *edge.Certificates {
	if d == nil {
		return nil
	}
	return d.certs
}

// tlsOf is the same as httpapi wants it.
func (d *door) tlsOf() httpapi.TLS {
	if c := d.certificates(); c != nil {
		return c
	}
	return nil
}

// register shows the counters.
func (d *door) register(reg *prometheus.Registry) {
	if d != nil {
		reg.MustRegister(doorGauges{d})
	}
}
