package light

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// opened makes an endpoint with keys and two slots, and the server's contexts.
func opened(t *testing.T, hear func(*Arrival)) (*Engine, *endpoint, *srtp.Context) {
	t.Helper()
	e, err := New(netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	p := e.Peer(hear)
	ep, err := e.open(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.live.Store(ep)
	k, err := deriveKeys(secrets{master: bytes.Repeat([]byte{1}, 48)}, hello{profile: uint16(srtp.ProtectionProfileAeadAes128Gcm)}, true)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := deriveKeys(secrets{master: bytes.Repeat([]byte{1}, 48)}, hello{profile: uint16(srtp.ProtectionProfileAeadAes128Gcm)}, false)
	if err != nil {
		t.Fatal(err)
	}
	ep.terms.Store(&terms{micSSRC: 77, payload: 111, slots: []slotTerms{{ssrc: 87}, {ssrc: 88, transportID: 4, feedback: true}}})
	ep.keys.Store(k)
	return e, ep, theirs.out
}

// sealed makes an encrypted packet of slot 1.
func sealed(t *testing.T, c *srtp.Context, n int) []byte {
	t.Helper()
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 88, SequenceNumber: uint16(n), Timestamp: uint32(n) * 960, CSRC: []uint32{5}}, Payload: make([]byte, 120)}
	if err := p.SetExtension(4, []byte{byte(n >> 8), byte(n)}); err != nil {
		t.Fatal(err)
	}
	plain, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.EncryptRTP(nil, plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPacketsAreHeardWithoutAllocation(t *testing.T) {
	heard := 0
	e, ep, out := opened(t, func(a *Arrival) {
		if a.Slot != 1 || a.CSRC != 5 || len(a.Payload) != 120 || a.Session != 1 {
			t.Errorf("%+v", a)
		}
		heard++
	})
	const n = 2000
	var packets [n + 1][]byte
	for i := range packets {
		packets[i] = sealed(t, out, i)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	i, ns := 0, time.Now().UnixNano()
	if allocs := testing.AllocsPerRun(n, func() { ep.rtp(packets[i], ns+int64(i)*20e6); i++ }); allocs != 0 {
		t.Errorf("%v allocations a packet", allocs)
	}
	if heard != n+1 || e.count.packets.Load() != n+1 {
		t.Errorf("%d heard", heard)
	}
	bad := sealed(t, out, n+5)
	bad[len(bad)-1]++
	ep.rtp(bad, ns)
	ep.rtp(bad[:13], ns)
	if e.count.undecryptable.Load() != 2 {
		t.Errorf("%d undecryptable", e.count.undecryptable.Load())
	}
}

func TestDutiesAreDone(t *testing.T) {
	e, ep, out := opened(t, func(*Arrival) {})
	server, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	ep.remote.Store(newTarget(server.LocalAddr().(*net.UDPAddr).AddrPort()))
	e.mu.Lock()
	defer e.mu.Unlock()
	ns := time.Now().UnixNano()
	for i := range 10 {
		ep.rtp(sealed(t, out, i), ns)
	}
	ep.nextFeedback, ep.nextReport = ns, ns
	ep.duties(ns)
	theirs, err := deriveKeys(secrets{master: bytes.Repeat([]byte{1}, 48)}, hello{profile: uint16(srtp.ProtectionProfileAeadAes128Gcm)}, false)
	if err != nil {
		t.Fatal(err)
	}
	var got []rtcp.Packet
	for range 2 {
		b := make([]byte, 1500)
		_ = server.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := server.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := theirs.inControl.DecryptRTCP(nil, b[:n], nil)
		if err != nil {
			t.Fatal(err)
		}
		packets, err := rtcp.Unmarshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, packets...)
	}
	if len(got) != 3 {
		t.Fatalf("%v", got)
	}
	if f, ok := got[0].(*rtcp.TransportLayerCC); !ok || f.PacketStatusCount != 10 || f.MediaSSRC != 88 || f.SenderSSRC != 77 {
		t.Errorf("%v", got[0])
	}
	if r, ok := got[1].(*rtcp.ReceiverReport); !ok || r.SSRC != 77 || len(r.Reports) != 1 || r.Reports[0].SSRC != 88 || r.Reports[0].LastSequenceNumber != 9 {
		t.Errorf("%v", got[1])
	}
	if _, ok := got[2].(*rtcp.SourceDescription); !ok {
		t.Errorf("%v", got[2])
	}
}

func TestClosedSocketsAreNotSentTo(t *testing.T) {
	e, ep, _ := opened(t, func(*Arrival) {})
	ep.remote.Store(newTarget(netip.MustParseAddrPort("127.0.0.1:9")))
	if !ep.send([]byte{0x80, 0}) || ep.peer.Ready() != true {
		t.Error("an open one is not")
	}
	ep.peer.Close()
	ep.peer.Close()
	if ep.send([]byte{0x80, 0}) || ep.peer.Ready() || ep.peer.Send(1, []byte("x"), 1, true, true, 1) {
		t.Error("a closed one is")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.alive) != 0 {
		t.Errorf("%d endpoints", len(e.alive))
	}
}
