package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/stun/v4"
)

const (
	// publicWait is how long a STUN server may take in all: the start waits for
	// the first answer.
	publicWait = 2 * time.Second
	// publicAgain is when it is asked again first; each next time takes twice as
	// long (RFC 8489 section 6.2.1).
	publicAgain = 250 * time.Millisecond
)

// askPublic asks the STUN server, over each family, which address this machine
// is seen at from outside. Without any answer what was known stays.
func (t *Transport) askPublic(ctx context.Context) []netip.Addr {
	ctx, cancel := context.WithTimeout(ctx, publicWait)
	defer cancel()
	families := []string{"udp4", "udp6"}
	found, errs := make([]netip.Addr, len(families)), make([]error, len(families))
	var wg sync.WaitGroup
	for i, network := range families {
		wg.Go(func() { found[i], errs[i] = askSTUN(ctx, network, t.cfg.STUN) })
	}
	wg.Wait()
	var out []netip.Addr
	for _, a := range found {
		if a.IsValid() {
			out = append(out, a)
		}
	}
	if len(out) > 0 {
		return out
	}
	if ctx.Err() != context.Canceled { // else the server ends
		t.log.Warn("sfu.stun: the public address is not known", "server", t.cfg.STUN, "cause", errors.Join(errs...))
	}
	return t.public
}

// askSTUN is one binding request (RFC 8489) from a socket beside the media's,
// and its repetitions: behind a 1:1 NAT the address is the same for both, and
// the media's port is what the operator has opened.
func askSTUN(ctx context.Context, network, server string) (netip.Addr, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, server)
	if err != nil {
		return netip.Addr{}, err
	}
	defer conn.Close()
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest)
	if err != nil {
		return netip.Addr{}, err
	}
	end, _ := ctx.Deadline()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	defer stop()
	b := make([]byte, maxSTUN)
	for wait := publicAgain; ; wait *= 2 {
		if _, err := conn.Write(m.Raw); err != nil {
			return netip.Addr{}, err
		}
		until := time.Now().Add(wait)
		if until.After(end) {
			until = end
		}
		_ = conn.SetReadDeadline(until)
		for {
			n, err := conn.Read(b)
			if err != nil {
				break
			}
			if a, ok := mapped(b[:n], m.TransactionID); ok {
				return a, nil
			}
		}
		if ctx.Err() != nil || !time.Now().Before(end) {
			return netip.Addr{}, fmt.Errorf("%s: no answer from %s", network, server)
		}
	}
}

// mapped is the address in an answer to the request id.
func mapped(b []byte, id [stun.TransactionIDSize]byte) (netip.Addr, bool) {
	h, ok := parseSTUN(b)
	if !ok || h.class != 2 || h.method != 1 {
		return netip.Addr{}, false
	}
	m := &stun.Message{Raw: b}
	var x stun.XORMappedAddress
	if m.Decode() != nil || m.TransactionID != id || x.GetFrom(m) != nil {
		return netip.Addr{}, false
	}
	a, ok := netip.AddrFromSlice(x.IP)
	a = a.Unmap()
	return a, ok && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback() && !a.IsLinkLocalUnicast()
}
