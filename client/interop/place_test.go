package interop

import (
	"bytes"
	"context"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"

	"github.com/boltorezka/boltorezka/client"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
)

// place is where one participant's machine is: all that it sends comes from one
// address of its own, of loopback, and all that reaches it is on record.
type place struct {
	*stdnet.Net
	at net.IP

	mu   sync.Mutex
	from map[netip.AddrPort]int // packets that arrived, by where from
	tape bytes.Buffer           // every byte that the server sent over TCP
}

func newPlace(t *testing.T, at string) *place {
	t.Helper()
	n, err := stdnet.NewNet()
	must(t, err)
	return &place{Net: n, at: net.ParseIP(at), from: map[netip.AddrPort]int{}}
}

// client makes a client that is at the place.
func (p *place) client(t *testing.T, s *server) *client.Client {
	t.Helper()
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: p.at}}
	tr := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := from.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &recordedConn{c, p}, nil
	}}
	t.Cleanup(tr.CloseIdleConnections)
	c, err := client.New(s.url(), client.WithLoopback(), client.WithHTTPClient(&http.Client{Transport: tr}),
		client.WithMediaSettings(func(e *webrtc.SettingEngine) { e.SetNet(p) }))
	must(t, err)
	return c
}

// Interfaces is the one that has the place's address.
func (p *place) Interfaces() ([]*transport.Interface, error) {
	i := transport.NewInterface(net.Interface{Index: 1, MTU: 1500, Name: "place", Flags: net.FlagUp | net.FlagLoopback})
	i.AddAddress(&net.IPNet{IP: p.at, Mask: net.CIDRMask(8, 32)})
	return []*transport.Interface{i}, nil
}

// ListenPacket records what arrives.
func (p *place) ListenPacket(network, addr string) (net.PacketConn, error) {
	c, err := p.Net.ListenPacket(network, addr)
	if err != nil {
		return nil, err
	}
	return &recordedPackets{c, p}, nil
}

// ListenUDP records what arrives.
func (p *place) ListenUDP(network string, addr *net.UDPAddr) (transport.UDPConn, error) {
	c, err := p.Net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	return &recordedUDP{c, p}, nil
}

// DialTCP dials from the place, and records what arrives.
func (p *place) DialTCP(network string, _, to *net.TCPAddr) (transport.TCPConn, error) {
	return p.Net.DialTCP(network, &net.TCPAddr{IP: p.at}, to)
}

func (p *place) arrived(from net.Addr) {
	if udp, ok := from.(*net.UDPAddr); ok {
		p.mu.Lock()
		p.from[udp.AddrPort()]++
		p.mu.Unlock()
	}
}

// senders are where packets came from, and how many.
func (p *place) senders() map[netip.AddrPort]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.from)
}

// wasTold says whether the text is in what the server sent.
func (p *place) wasTold(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(p.tape.Bytes(), []byte(text))
}

type recordedPackets struct {
	net.PacketConn
	p *place
}

func (c *recordedPackets) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(b)
	c.p.arrived(from)
	return n, from, err
}

type recordedUDP struct {
	transport.UDPConn
	p *place
}

func (c *recordedUDP) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.UDPConn.ReadFrom(b)
	c.p.arrived(from)
	return n, from, err
}

type recordedConn struct {
	net.Conn
	p *place
}

func (c *recordedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.p.mu.Lock()
	c.p.tape.Write(b[:n])
	c.p.mu.Unlock()
	return n, err
}
