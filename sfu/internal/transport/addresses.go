package transport

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

const (
	// addressesEvery is how often the machine's own addresses are looked at: a
	// server may be up before its network, and addresses change.
	addressesEvery = 30 * time.Second
	// publicEvery is how often a STUN server is asked, publicRetry how soon again
	// when it did not answer.
	publicEvery = 5 * time.Minute
	publicRetry = 30 * time.Second
)

// Candidate is an address that clients reach the server at.
type Candidate struct {
	Addr netip.AddrPort
	TCP  bool // a passive one (RFC 6544 section 4.1)
}

// advertised is what clients are told.
type advertised struct {
	udp []netip.AddrPort // those that a STUN server told of first
	all []Candidate      // the machine's own first, UDP before TCP
}

// String is the candidate for a log.
func (c Candidate) String() string {
	if c.TCP {
		return "tcp " + c.Addr.String()
	}
	return "udp " + c.Addr.String()
}

// lookup finds what to tell clients, once, asking a STUN server if asks.
func (t *Transport) lookup(ctx context.Context, asks bool) {
	if asks {
		t.public = t.askPublic(ctx)
	}
	var a advertised
	own, public := candidates(t.cfg.Advertise, t.public, t.udpAddrs())
	a.udp = append(slices.Clone(public), own...)
	for _, x := range append(own, public...) {
		a.all = append(a.all, Candidate{Addr: x})
	}
	own, public = candidates(t.cfg.Advertise, t.public, t.tcpAddrs())
	for _, x := range append(own, public...) {
		a.all = append(a.all, Candidate{Addr: x, TCP: true})
	}
	if was := t.addresses.Swap(&a); was != nil && !slices.Equal(was.all, a.all) {
		t.log.Info("clients are told of other media addresses", "addresses", fmt.Sprint(a.all))
	}
}

// asks says whether a STUN server is to be asked: not where the operator says
// the addresses himself.
func (t *Transport) asks() bool { return t.cfg.STUN != "" && len(t.cfg.Advertise) == 0 }

// watchAddresses looks for changes until the transport is closed.
func (t *Transport) watchAddresses() {
	defer t.wg.Done()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	t.wg.Go(func() {
		select {
		case <-t.done:
			cancel()
		case <-ctx.Done():
		}
	})
	tick := time.NewTicker(t.cfg.addressesEvery)
	defer tick.Stop()
	asked := time.Now()
	for {
		select {
		case <-t.done:
			return
		case <-tick.C:
		}
		every := publicEvery
		if len(t.public) == 0 {
			every = publicRetry
		}
		again := t.asks() && time.Since(asked) >= min(every, t.cfg.publicEvery)
		if again {
			asked = time.Now()
		}
		t.lookup(ctx, again)
	}
}
