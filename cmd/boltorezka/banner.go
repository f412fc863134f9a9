package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
)

// banner tells the person who started the server where to go.
func (a *app) banner(w io.Writer) {
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "  %-10s %s\n", name, text) }
	b.WriteString("\nBoltorezka is running.\n\n")
	addr, _ := a.http.Addr().(*net.TCPAddr)
	local := addr.IP.IsLoopback()
	switch {
	case a.door.certificates() != nil:
		a.bannerTLS(line)
		line("", "on this machine also "+pageURL("localhost", addr.Port))
	case a.cfg.HTTP.PublicURL != "":
		line("Open", a.cfg.HTTP.PublicURL)
		line("", "on this machine also "+pageURL("localhost", addr.Port))
	case local || addr.IP.IsUnspecified():
		line("Open", pageURL("localhost", addr.Port))
		if !local {
			line("", "From other machines browsers give a microphone to https only: see tls.names and tls.selfSigned.")
		}
	default:
		line("Open", pageURL(addr.IP.String(), addr.Port))
	}
	if code := a.auth.SetupCode(); code != "" {
		line("First", "The first account that is made owns this server.")
		// Also where only this machine reaches the port: a proxy on it brings
		// people from elsewhere.
		line("", "Made from another machine, or through a proxy, it needs the setup code "+grouped(code))
	}
	a.voiceLines(line)
	data := a.cfg.Store.String()
	if !a.cfg.Store.Postgres() {
		if abs, err := filepath.Abs(data); err == nil {
			data = abs
		}
	}
	line("Data", data)
	line("Stop", "Ctrl-C")
	b.WriteByte('\n')
	_, _ = io.WriteString(w, b.String())
}

// voiceLines tell where clients send voice. What is wrong there is seen by
// nobody but them.
func (a *app) voiceLines(line func(name, text string)) {
	told, near := a.sfu.Candidates(), true
	where := "at " + told[0] + " over UDP"
	if tcp := a.sfu.TCPCandidates(); len(tcp) > 0 {
		where += ", " + tcp[0] + " over TCP"
	}
	line("Voice", where)
	for _, c := range told {
		at, err := netip.ParseAddrPort(c)
		near = near && err == nil && at.Addr().IsPrivate()
	}
	if near {
		line("", "Behind NAT and in containers others need the public address: see sfu.advertiseIps and sfu.stun.")
	}
}

func pageURL(host string, port int) string {
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port))
}

// grouped writes a code in fours, as people read it; it may be given so.
func grouped(code string) string {
	var parts []string
	for len(code) > 4 {
		parts, code = append(parts, code[:4]), code[4:]
	}
	return strings.Join(append(parts, code), "-")
}
