package transport

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// stunServer answers binding requests with what is in seen: an address as if a
// NAT had put it there, or nothing while it is empty. Before each answer come
// some that are none.
func stunServer(t *testing.T, seen *atomic.Pointer[net.IP]) string {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			m := &stun.Message{Raw: b[:n]}
			ip := seen.Load()
			if m.Decode() != nil || ip == nil {
				continue
			}
			for _, id := range []stun.Setter{stun.TransactionID, stun.NewTransactionIDSetter(m.TransactionID)} {
				x, err := stun.Build(id, stun.BindingSuccess, &stun.XORMappedAddress{IP: *ip, Port: 4711})
				if id == stun.TransactionID {
					x, err = stun.Build(id, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IPv4(192, 0, 2, 66), Port: 4711})
				}
				if err != nil {
					t.Error(err)
				}
				_, _ = conn.WriteToUDPAddrPort(x.Raw[:len(x.Raw)-1], from)
				_, _ = conn.WriteToUDPAddrPort([]byte("garbage"), from)
				_, _ = conn.WriteToUDPAddrPort(x.Raw, from)
			}
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return conn.LocalAddr().String()
}

func tells(tr *Transport, ip string) (udp, tcp bool) {
	for _, c := range tr.Advertised() {
		if c.Addr.Addr() == netip.MustParseAddr(ip) {
			udp, tcp = udp || !c.TCP, tcp || c.TCP
		}
	}
	return udp, tcp
}

// TestPublicAddress: what a STUN server tells is advertised beside the machine's
// own addresses, behind them and with the media's ports; when it changes, so
// does what clients are told.
func TestPublicAddress(t *testing.T) {
	var seen atomic.Pointer[net.IP]
	seen.Store(&net.IP{203, 0, 113, 7})
	tr, err := Listen(Config{
		Addr: "127.0.0.1:0", TCPAddr: "127.0.0.1:0", STUN: stunServer(t, &seen),
		addressesEvery: 10 * time.Millisecond, publicEvery: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	all := tr.Advertised()
	port, tcpPort := tr.udpAddrs()[0].Port(), tr.tcpAddrs()[0].Port()
	want := []Candidate{
		{Addr: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)},
		{Addr: netip.AddrPortFrom(netip.MustParseAddr("203.0.113.7"), port)},
		{Addr: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), tcpPort), TCP: true},
		{Addr: netip.AddrPortFrom(netip.MustParseAddr("203.0.113.7"), tcpPort), TCP: true},
	}
	if !slices.Equal(all, want) {
		t.Errorf("advertised %v, want %v", all, want)
	}
	if first := tr.Candidates()[0]; first.Addr() != netip.MustParseAddr("203.0.113.7") {
		t.Errorf("relays would be told of by %v", first)
	}
	seen.Store(&net.IP{203, 0, 113, 8})
	eventually(t, "the new address is advertised, and the old one is not", func() bool {
		udp, tcp := tells(tr, "203.0.113.8")
		was, wasTCP := tells(tr, "203.0.113.7")
		return udp && tcp && !was && !wasTCP
	})
	seen.Store(nil) // a server that is away changes nothing
	time.Sleep(50 * time.Millisecond)
	if udp, _ := tells(tr, "203.0.113.8"); !udp {
		t.Error("forgotten while the STUN server was away")
	}
}

// TestPublicAddressIsNotNeeded: a STUN server that does not answer, is not there
// or tells nonsense is no reason not to start.
func TestPublicAddressIsNotNeeded(t *testing.T) {
	var seen atomic.Pointer[net.IP]
	silent := stunServer(t, &seen)
	var loopback atomic.Pointer[net.IP]
	loopback.Store(&net.IP{127, 0, 0, 1})
	for _, server := range []string{silent, "127.0.0.1:1", "stun.invalid:3478", stunServer(t, &loopback)} {
		var warned atomic.Int32
		start := time.Now()
		tr, err := Listen(Config{Addr: "127.0.0.1:0", STUN: server, Log: slog.New(warnings{slog.DiscardHandler, &warned})})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(tr.Candidates()); n != 1 || warned.Load() != 1 {
			t.Errorf("%s: %d candidates, %d warnings", server, n, warned.Load())
		}
		t.Logf("%s: started after %v", server, time.Since(start).Round(10*time.Millisecond))
		tr.Close()
	}
	// Nor is it asked where the operator knows better.
	seen.Store(&net.IP{203, 0, 113, 7})
	tr, err := Listen(Config{Addr: "127.0.0.1:0", STUN: silent, Advertise: []netip.Addr{netip.MustParseAddr("198.51.100.1")}})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if all := tr.Candidates(); len(all) != 1 || all[0].Addr() != netip.MustParseAddr("198.51.100.1") {
		t.Errorf("advertised %v", all)
	}
}

// warnings counts them.
type warnings struct {
	slog.Handler
	n *atomic.Int32
}

func (w warnings) Enabled(context.Context, slog.Level) bool { return true }
func (w warnings) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		w.n.Add(1)
	}
	return nil
}

// FuzzMapped takes any bytes for a STUN server's answer.
func FuzzMapped(f *testing.F) {
	id := [stun.TransactionIDSize]byte{1, 2, 3}
	for _, s := range []stun.Setter{
		&stun.XORMappedAddress{IP: net.IPv4(203, 0, 113, 7), Port: 1}, &stun.XORMappedAddress{IP: net.ParseIP("2001:db8::1"), Port: 1},
		&stun.MappedAddress{IP: net.IPv4(203, 0, 113, 7), Port: 1},
	} {
		m, err := stun.Build(stun.NewTransactionIDSetter(id), stun.BindingSuccess, s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(m.Raw)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := mapped(b, id)
		if ok && (!a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.Is4In6()) {
			t.Fatalf("%v", a)
		}
		if ok && [12]byte(b[8:20]) != id {
			t.Fatal("an answer to somebody else")
		}
	})
}
