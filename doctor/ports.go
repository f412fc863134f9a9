package doctor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"syscall"

	"github.com/boltorezka/boltorezka/edge"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// port is one address that the server listens on.
type port struct {
	check    string
	key      string // the setting
	addr     string
	networks []string // tcp, udp
	// held says that the running server tells of it; empty: it does not.
	held string
	what string // what is lost without it
}

// listeners are the addresses that the settings name.
func (p *patient) listeners() []port {
	var running Running
	if p.running != nil {
		running = *p.running
	}
	media := ""
	if len(running.Media) > 0 {
		media = running.Media[0]
	}
	list := []port{
		{"ports.http", "http.addr", p.cfg.HTTP.Addr, []string{"tcp"}, running.HTTP, "the page and the API are there"},
		{"ports.ops", "ops.addr", p.cfg.Ops.Addr, []string{"tcp"}, running.ops, "the operator's metrics and pages are there"},
		{"ports.media", "sfu.udpAddr", p.cfg.SFU.UDPAddr, []string{"udp"}, media, "voice arrives there"},
		{"ports.mediaTCP", "sfu.tcpAddr", p.cfg.SFU.TCPAddr, []string{"tcp"}, running.MediaTCP, "voice arrives there from networks that pass no UDP"},
		{"ports.turn", "turn.addr", p.cfg.TURN.Addr, []string{"udp", "tcp"}, running.TURN, "clients that cannot reach the voice port talk through it"},
	}
	if p.cfg.TLS.Source() != edge.SourceNone {
		list = append(list,
			port{"ports.tls", "tls.addr", p.cfg.TLS.Addr, []string{"tcp"}, running.TLS, "https is there"},
			port{"ports.turnTLS", "turn.tlsAddr", p.cfg.TURN.TLSAddr, []string{"tcp"}, running.TURNTLS, "clients that reach nothing else talk through it"})
	}
	var on []port
	for _, l := range list {
		if l.addr != "" && l.addr != "off" {
			on = append(on, l)
		}
	}
	return on
}

// ports looks at every port from inside: held by the running server, or free
// for one.
func (p *patient) ports(ctx context.Context) []Finding {
	var out []Finding
	for _, l := range p.listeners() {
		if p.running != nil {
			out = append(out, l.answered(ctx))
		} else {
			out = append(out, l.free(ctx))
		}
	}
	return append(out, p.relayPorts())
}

// answered looks at a port of the running server.
func (l port) answered(ctx context.Context) Finding {
	if l.held == "" {
		return Finding{
			Check: l.check, State: Problem, What: fmt.Sprintf("the running server does not listen on %s %s", l.key, l.addr),
			Why: "it was started with other settings; " + l.what, Do: "restart it, so that it takes these settings",
		}
	}
	switch l.check {
	case "ports.http":
		return l.healthy(ctx)
	case "ports.media", "ports.mediaTCP", "ports.turn", "ports.tls", "ports.turnTLS":
		// A port of its own is taken; one that can be opened is another.
		if _, number, _ := net.SplitHostPort(l.addr); number != "0" && l.open() == nil {
			return Finding{
				Check: l.check, State: Problem, What: fmt.Sprintf("the running server is on %s and not on %s %s", l.held, l.key, l.addr),
				Why: "it was started with other settings; " + l.what, Do: "restart it, so that it takes these settings",
			}
		}
	}
	return fine(l.check, "the running server is there: %s", l.held)
}

// healthy asks the running server how it is.
func (l port) healthy(ctx context.Context) Finding {
	var h wire.Health
	at := "http://" + reachable(l.held)
	err := (&Running{ops: at}).call(ctx, http.MethodGet, "/health", &h)
	if err != nil {
		return Finding{
			Check: l.check, State: Problem, What: fmt.Sprintf("%s/health: %v", at, err),
			Why: "people see an error instead of the page", Do: "look into the server's log for the reason",
		}
	}
	return fine(l.check, "the running server answers at %s", at)
}

// free tries to open a port as a start would.
func (l port) free(ctx context.Context) Finding {
	err := l.open()
	if err == nil {
		return fine(l.check, "%s is free for the server", l.addr)
	}
	f := Finding{Check: l.check, State: Problem, What: fmt.Sprintf("%s %s cannot be opened: %v", l.key, l.addr, err), Why: "the server does not start; " + l.what}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		f.What = fmt.Sprintf("%s %s cannot be opened: %v", l.key, l.addr, errno)
	}
	_, number, _ := net.SplitHostPort(l.addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		if l.check == "ports.http" && l.isBoltorezka(ctx) {
			return Finding{
				Check: l.check, State: Warning, What: fmt.Sprintf("a server answers at %s, but not at the ops.addr of these settings", l.addr),
				Why: "what only the server knows is not looked at", Do: "run the doctor with the server's own settings, ops.addr among them",
			}
		}
		f.What = fmt.Sprintf("%s %s is taken by another program", l.key, l.addr)
		f.Do = fmt.Sprintf("stop that program (ss -lnptu 'sport = :%s' names it), or give %s another port", number, l.key)
	case errors.Is(err, syscall.EACCES):
		f.Do = "give a port above 1023, or let the program use lower ones: setcap cap_net_bind_service=+ep boltorezka"
	default:
		f.Do = "give an address of this machine in " + l.key
	}
	return f
}

// isBoltorezka says whether a server of ours answers there.
func (l port) isBoltorezka(ctx context.Context) bool {
	var h wire.Health
	return (&Running{ops: "http://" + reachable(l.addr)}).call(ctx, http.MethodGet, "/health", &h) == nil && h.Checks["api"] != ""
}

// open opens the port on each network and closes it again.
func (l port) open() error {
	for _, network := range l.networks {
		if network == "udp" {
			conn, err := net.ListenPacket("udp", l.addr)
			if err != nil {
				return err
			}
			_ = conn.Close()
			continue
		}
		ln, err := net.Listen(network, l.addr)
		if err != nil {
			return err
		}
		_ = ln.Close()
	}
	return nil
}

// triedPorts is how many relay ports are tried.
const triedPorts = 16

// relayPorts tries some of TURN's relay ports.
func (p *patient) relayPorts() Finding {
	const check = "ports.relay"
	if p.cfg.TURN.Off() {
		return skipped(check, "turn.addr is off")
	}
	r := p.cfg.TURN.RelayPorts
	taken := 0
	for range triedPorts {
		number := int(r.First) + rand.IntN(r.Len())
		conn, err := net.ListenPacket("udp", ":"+strconv.Itoa(number))
		if err != nil {
			taken++
			continue
		}
		_ = conn.Close()
	}
	if taken == triedPorts {
		return Finding{
			Check: check, State: Problem, What: fmt.Sprintf("none of %d ports of turn.relayPorts %s can be opened", triedPorts, r),
			Why: "no client gets a relay", Do: "give a range in turn.relayPorts that no other program uses",
		}
	}
	if r.Len() < 100 {
		return Finding{
			Check: check, State: Warning, What: fmt.Sprintf("turn.relayPorts %s are %d ports", r, r.Len()),
			Why: "a client behind a firewall takes several, one for each of its networks and transports", Do: "give a thousand or more, and open them in the firewall",
		}
	}
	return fine(check, "%s, UDP", r)
}
