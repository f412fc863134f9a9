package main

import (
	"net"
	"net/netip"
	"strconv"

	"github.com/boltorezka/boltorezka/edge"
)

// maxBannerNames is how many addresses of this machine the banner lists.
const maxBannerNames = 3

// bannerTLS tells where https is, and what a browser will say of the
// certificate.
func (a *app) bannerTLS(line func(name, text string)) {
	certs := a.door.certs
	switch {
	case a.cfg.HTTP.PublicURL != "":
		line("Open", a.cfg.HTTP.PublicURL)
	default:
		name := "Open"
		for _, host := range a.ownHosts() {
			line(name, secureURL(host, portOf(a.door.tls)))
			name = ""
		}
	}
	switch certs.Source() {
	case edge.SourceSelfSigned:
		line("", "The certificate is this server's own: a browser says that the connection is not private or")
		line("", "the certificate is not trusted. Compare its SHA-256 fingerprint, then go on all the same:")
		print := certs.Fingerprint()
		line("", print[:len(print)/2])
		line("", print[len(print)/2+1:])
	case edge.SourceACME:
		if !certs.Ready(a.cfg.TLS.Names[0]) {
			line("", "A certificate is being asked for; until there is one, https does not work. The log tells.")
		}
	}
}

// ownHosts are names of this machine that people on its networks can open.
func (a *app) ownHosts() []string {
	addr, _ := a.door.tls.Addr().(*net.TCPAddr)
	if !addr.IP.IsUnspecified() {
		return []string{addr.IP.String()}
	}
	hosts := []string{"localhost"}
	addrs, _ := net.InterfaceAddrs() // it is a hint, and localhost works
	for _, one := range addrs {
		p, err := netip.ParsePrefix(one.String())
		if err == nil && p.Addr().Is4() && p.Addr().IsGlobalUnicast() && len(hosts) <= maxBannerNames {
			hosts = append(hosts, p.Addr().String())
		}
	}
	return hosts
}

func secureURL(host string, port int) string {
	if port == 443 {
		if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
			host = "[" + host + "]"
		}
		return "https://" + host
	}
	return "https://" + net.JoinHostPort(host, strconv.Itoa(port))
}
