package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/boltorezka/boltorezka/netaddr"
	"github.com/boltorezka/boltorezka/turn"
)

// addresses looks at what clients are told to send voice to.
func (p *patient) addresses(context.Context) []Finding {
	const check = "addresses"
	parts := p.sockets()
	if parts == nil {
		return []Finding{skipped(check, "the media socket cannot be opened; see ports.media")}
	}
	var told []netip.Addr
	for _, c := range parts.Candidates {
		if at, err := netip.ParseAddrPort(c); err == nil && !slices.Contains(told, at.Addr().Unmap()) {
			told = append(told, at.Addr().Unmap())
		}
	}
	v := view{told: told, route: defaultRoute(), bridged: bridged(), container: inContainer(), public: publicHost(p.cfg.HTTP.PublicURL)}
	for _, s := range p.cfg.SFU.AdvertiseIPs {
		if a, err := netip.ParseAddr(s); err == nil {
			v.set = append(v.set, a.Unmap())
		}
	}
	host, _, _ := net.SplitHostPort(p.cfg.HTTP.Addr)
	ip := net.ParseIP(host)
	v.localOnly = v.public == "" && (host == "localhost" || ip != nil && ip.IsLoopback())
	f := v.judge()
	f.Check = check
	return []Finding{f}
}

// view is what is known of the addresses that clients are told.
type view struct {
	told      []netip.Addr
	set       []netip.Addr        // sfu.advertiseIps
	route     netip.Addr          // that the default route leaves from; zero: there is none
	bridged   map[netip.Addr]bool // addresses of bridges
	container bool
	public    string // the host of http.publicUrl when others may reach it, else empty
	localOnly bool   // the page is on loopback, for this machine alone
}

func (v view) judge() Finding {
	list := join(v.told)
	advertise := "set sfu.advertiseIps to the address that clients reach this machine at"
	if v.route.IsValid() {
		advertise += "; the default route leaves from " + v.route.String()
	}
	problem := func(what, why string) Finding { return Finding{State: Problem, What: what, Why: why, Do: advertise} }
	for _, a := range v.set {
		if !slices.Contains(v.told, a) {
			return problem(fmt.Sprintf("sfu.advertiseIps names %s, which the socket of sfu.udpAddr does not serve; clients are told %s", a, list),
				"clients are never told of it")
		}
	}
	var bad []string
	far, private, loopback, bridge := 0, 0, 0, 0
	for _, a := range v.told {
		reason := turn.Unreachable(a)
		switch {
		case v.bridged[a]:
			bridge++
			bad = append(bad, a.String()+" (a bridge's of this machine)")
		case reason == turn.ReasonLoopback:
			loopback++
		case reason == turn.ReasonPrivate || reason == turn.ReasonCGNAT:
			private++
		case reason == "":
			far++
		default:
			bad = append(bad, fmt.Sprintf("%s (%s)", a, strings.ReplaceAll(string(reason), "_", " ")))
		}
	}
	switch {
	case len(v.told) == 0:
		return problem("clients are told no address", "nobody can talk")
	case len(bad) == len(v.told):
		return problem("clients are told only "+strings.Join(bad, ", "), "no client reaches such an address, and nobody can talk")
	case loopback == len(v.told) && v.localOnly:
		return Finding{State: Warning, What: "clients are told " + list, Why: "only this machine reaches it, as only this machine reaches the page",
			Do: "for others, set http.addr and sfu.udpAddr to addresses that they reach"}
	case loopback == len(v.told):
		return problem("clients are told "+list, "only this machine reaches it, and nobody else can talk")
	case far == 0 && v.public != "":
		return problem(fmt.Sprintf("clients are told %s, and people come to %s", list, v.public),
			"from outside this network nobody reaches a private address, and can talk only through a TURN server that is reached")
	case far == 0 && v.container && len(v.set) == 0:
		return Finding{State: Warning, What: fmt.Sprintf("clients are told %s, and this is a container", list),
			Why: "unless it has the host's network, nobody outside the machine reaches its own address", Do: advertise}
	case len(bad) > 0:
		return Finding{State: Warning, What: "clients are also told " + strings.Join(bad, ", "), Why: "they try it in vain, which makes joining slower", Do: advertise}
	case len(v.set) == 0 && v.route.IsValid() && !v.route.IsLoopback() && !slices.Contains(v.told, v.route):
		return Finding{State: Warning, What: fmt.Sprintf("clients are told %s; the default route leaves from %s", list, v.route),
			Why: "others reach this machine most likely by the route's address", Do: advertise}
	case far == 0:
		return Finding{State: OK, What: fmt.Sprintf("clients are told %s: right within this network, not from outside it", list)}
	case len(v.set) > 0 && v.route.IsValid() && turn.Unreachable(v.route) == "" && v.route.Is4() && !slices.Contains(v.told, v.route):
		return Finding{State: Warning, What: fmt.Sprintf("clients are told %s; the default route leaves from %s, which is public too", list, v.route),
			Why: "that is right only where the advertised address is mapped to this machine", Do: "compare sfu.advertiseIps with what your provider says"}
	}
	return Finding{State: OK, What: "clients are told " + list}
}

func join(addrs []netip.Addr) string {
	parts := make([]string, len(addrs))
	for i, a := range addrs {
		parts[i] = a.String()
	}
	return strings.Join(parts, ", ")
}

// defaultRoute is the address that the default route leaves from, IPv4 first.
// Connecting a UDP socket sends nothing.
func defaultRoute() netip.Addr {
	for _, to := range []string{"192.0.2.1:9", "[2001:db8::1]:9"} {
		conn, err := net.Dial("udp", to)
		if err != nil {
			continue
		}
		at, _ := conn.LocalAddr().(*net.UDPAddr)
		_ = conn.Close()
		return at.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// bridged are the addresses of this machine's bridges.
func bridged() map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	list, _ := net.Interfaces()
	for _, i := range list {
		if !netaddr.Bridge(i.Name) {
			continue
		}
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				out[p.Addr().Unmap()] = true
			}
		}
	}
	return out
}

// inContainer says whether this process runs in a container with a network of
// its own, as far as its signs tell.
func inContainer() bool {
	for _, sign := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(sign); err == nil {
			return true
		}
	}
	return os.Getenv("container") != ""
}

// publicHost is the host of a URL that people elsewhere come to, empty for
// one that is this machine's or a private network's.
func publicHost(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" || u.Hostname() == "localhost" {
		return ""
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && turn.Unreachable(a) != "" {
		return ""
	}
	return u.Hostname()
}
