package turn

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
)

// trialPackets is how many datagrams a trial sends, and trialWait how long it
// waits for each of them to come back.
const (
	trialPackets = 20
	trialWait    = 500 * time.Millisecond
)

// TrialStage is how far a trial of a server came.
type TrialStage string

// The stages that a trial fails at.
const (
	TrialConnect  TrialStage = "connect"  // no connection, or the server does not answer
	TrialAllocate TrialStage = "allocate" // it answers and refuses a relay
	TrialRelay    TrialStage = "relay"    // there are relays, and nothing comes through
)

// TrialError says where a trial failed.
type TrialError struct {
	Stage TrialStage
	// Code is the server's error code (RFC 8656 section 19), 0 without one.
	Code int
	Err  error
}

// Error names the stage and the cause.
func (e *TrialError) Error() string { return fmt.Sprintf("turn: trial: %s: %v", e.Stage, e.Err) }

// Unwrap returns the cause.
func (e *TrialError) Unwrap() error { return e.Err }

// TrialResult is what a trial found.
type TrialResult struct {
	// Transport is how the server was spoken to: udp, tcp or tls.
	Transport string
	// Relayed is one of the two relayed addresses.
	Relayed netip.AddrPort
	// Allocated is how long connecting and two allocations took.
	Allocated time.Duration
	// Sent counts datagrams from one relay to the other, Back those that came
	// to the first one again, and RoundTrip is the mean of their round trips.
	Sent, Back int
	RoundTrip  time.Duration
}

// TrialOptions change what a trial does; the zero value does the usual.
type TrialOptions struct {
	// ServerName is whom a TLS certificate must name where the URL has an address
	// and no name; empty: that address.
	ServerName string
}

// Try allocates two relays at the server of one turn: or turns: URL (RFC 7065)
// and sends datagrams from one to the other and back. The error is a
// *TrialError; what was found until then is in the result. IPv4 only.
func Try(ctx context.Context, rawURL, username, credential string, o TrialOptions) (TrialResult, error) {
	target, err := parseTarget(rawURL)
	if err != nil {
		return TrialResult{}, &TrialError{Stage: TrialConnect, Err: err}
	}
	if _, err := netip.ParseAddr(target.host); err == nil && o.ServerName != "" {
		target.name = o.ServerName
	}
	t := &trial{target: target, username: username, credential: credential, result: TrialResult{Transport: target.transport}}
	defer t.close()
	// Pion's calls know no context: what they wait for ends with the sockets.
	defer context.AfterFunc(ctx, t.close)()
	err = t.run(ctx)
	var known *TrialError
	if err != nil && ctx.Err() != nil && errors.As(err, &known) {
		known.Err = errors.New("no answer in time")
	}
	return t.result, err
}

// target is where a URL leads.
type target struct {
	transport string // udp, tcp, tls
	host      string
	port      int
	name      string // that TLS asks for
}

func parseTarget(raw string) (target, error) {
	u, err := stun.ParseURI(raw)
	if err != nil || (u.Scheme != stun.SchemeTypeTURN && u.Scheme != stun.SchemeTypeTURNS) {
		return target{}, fmt.Errorf("%q is no turn: or turns: URL", raw)
	}
	t := target{transport: "udp", host: u.Host, port: u.Port, name: u.Host}
	switch {
	case u.Scheme == stun.SchemeTypeTURNS && u.Proto == stun.ProtoTypeUDP:
		return target{}, fmt.Errorf("%q: TURN over DTLS, which browsers do not speak", raw)
	case u.Scheme == stun.SchemeTypeTURNS:
		t.transport = "tls"
	case u.Proto == stun.ProtoTypeTCP:
		t.transport = "tcp"
	}
	return t, nil
}

// trial is one trial under way.
type trial struct {
	target               target
	username, credential string
	result               TrialResult

	mu     sync.Mutex // guards what follows
	closed bool
	closes []func() // the last first
}

// keep notes what is to be closed in the end; false: the end has come, and it
// was closed at once.
func (t *trial) keep(f func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		f()
		return false
	}
	t.closes = append(t.closes, f)
	return true
}

func (t *trial) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for len(t.closes) > 0 {
		last := len(t.closes) - 1
		t.closes[last]()
		t.closes = t.closes[:last]
	}
}

func (t *trial) run(ctx context.Context) error {
	began := time.Now()
	var relays [2]net.PacketConn
	var clients [2]*pion.Client
	for i := range relays {
		var err error
		if clients[i], err = t.dial(ctx); err != nil {
			return &TrialError{Stage: TrialConnect, Err: err}
		}
		if relays[i], err = clients[i].Allocate(); err != nil {
			return allocationError(err)
		}
		if !t.keep(func() { _ = relays[i].Close() }) {
			return &TrialError{Stage: TrialConnect, Err: context.Cause(ctx)}
		}
	}
	t.result.Allocated = time.Since(began)
	if a, ok := relays[0].LocalAddr().(*net.UDPAddr); ok {
		t.result.Relayed = netip.AddrPortFrom(a.AddrPort().Addr().Unmap(), a.AddrPort().Port())
	}
	for i := range relays {
		if err := clients[i].CreatePermission(relays[1-i].LocalAddr()); err != nil {
			return &TrialError{Stage: TrialRelay, Code: codeOf(err), Err: err}
		}
	}
	echoed := make(chan struct{})
	go func() {
		defer close(echoed)
		echo(relays[1])
	}()
	err := t.exchange(ctx, relays[0], relays[1].LocalAddr())
	t.close() // ends the echo
	<-echoed
	return err
}

// dial makes a client with a socket of its own.
func (t *trial) dial(ctx context.Context) (*pion.Client, error) {
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", t.target.host)
	if err != nil {
		return nil, err
	}
	at := netip.AddrPortFrom(ips[0].Unmap(), uint16(t.target.port)).String()
	var conn net.PacketConn
	if t.target.transport == "udp" {
		if conn, err = net.ListenPacket("udp4", ":0"); err != nil {
			return nil, err
		}
	} else {
		stream, err := t.stream(ctx, at)
		if err != nil {
			return nil, err
		}
		conn = pion.NewSTUNConn(stream)
	}
	if !t.keep(func() { _ = conn.Close() }) {
		return nil, context.Cause(ctx)
	}
	client, err := pion.NewClient(&pion.ClientConfig{
		STUNServerAddr: at, TURNServerAddr: at, Username: t.username, Password: t.credential,
		Conn: conn, LoggerFactory: pionLogs{slog.New(slog.DiscardHandler)},
	})
	if err != nil {
		return nil, err
	}
	if err := client.Listen(); err != nil {
		return nil, err
	}
	t.keep(client.Close)
	return client, nil
}

// stream connects over TCP, with TLS where the URL wants it.
func (t *trial) stream(ctx context.Context, at string) (net.Conn, error) {
	var d net.Dialer
	if t.target.transport == "tls" {
		return (&tls.Dialer{NetDialer: &d, Config: &tls.Config{ServerName: t.target.name, MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp4", at)
	}
	return d.DialContext(ctx, "tcp4", at)
}

// exchange sends one datagram after the other and waits for each to come back.
// When the first ones do not, the others are not sent.
func (t *trial) exchange(ctx context.Context, relay net.PacketConn, peer net.Addr) error {
	var all time.Duration
	buf := make([]byte, 2048)
	for n := range trialPackets {
		if n == 4 && t.result.Back == 0 {
			break
		}
		packet := fmt.Appendf(nil, "trial %d %s", n, rand.Text())
		sent := time.Now()
		if _, err := relay.WriteTo(packet, peer); err != nil {
			return &TrialError{Stage: TrialRelay, Code: codeOf(err), Err: err}
		}
		t.result.Sent++
		_ = relay.SetReadDeadline(sent.Add(trialWait))
		for {
			n, _, err := relay.ReadFrom(buf)
			if err != nil {
				break // lost
			}
			if bytes.Equal(buf[:n], packet) {
				t.result.Back++
				all += time.Since(sent)
				break
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	if t.result.Back == 0 {
		return &TrialError{Stage: TrialRelay, Err: fmt.Errorf("none of %d datagrams came back", t.result.Sent)}
	}
	t.result.RoundTrip = all / time.Duration(t.result.Back)
	return nil
}

// echo sends what comes back to where it came from, until the relay is closed.
func echo(relay net.PacketConn) {
	buf := make([]byte, 2048)
	for {
		n, from, err := relay.ReadFrom(buf)
		if err != nil {
			return
		}
		if _, err := relay.WriteTo(buf[:n], from); err != nil {
			return
		}
	}
}

// codeOf is the error code of a server's answer, 0 of any other error.
func codeOf(err error) int {
	var refused *stun.TurnError
	if errors.As(err, &refused) {
		return int(refused.ErrorCodeAttr.Code)
	}
	return 0
}

// allocationError tells a server that refuses from one that is not there.
func allocationError(err error) error {
	if code := codeOf(err); code != 0 {
		return &TrialError{Stage: TrialAllocate, Code: code, Err: err}
	}
	return &TrialError{Stage: TrialConnect, Err: fmt.Errorf("the server does not answer: %w", err)}
}
