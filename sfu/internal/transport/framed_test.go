package transport

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"
)

// framed is a TCP connection that reads and writes datagrams (RFC 4571).
type framed struct{ net.Conn }

func (f framed) Read(b []byte) (int, error) {
	var n [2]byte
	if _, err := io.ReadFull(f.Conn, n[:]); err != nil {
		return 0, err
	}
	return io.ReadFull(f.Conn, b[:binary.BigEndian.Uint16(n[:])])
}

func (f framed) Write(b []byte) (int, error) {
	x := append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
	_, err := f.Conn.Write(x) // one write: no frame is torn by another
	return len(b), err
}

// newTCPTransport listens for datagrams and connections.
func newTCPTransport(t testing.TB, limits ...tcpLimits) *Transport {
	t.Helper()
	cfg := Config{Addr: "127.0.0.1:0", TCPAddr: "127.0.0.1:0"}
	for _, l := range limits {
		cfg.tcp = l
	}
	tr, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	return tr
}

// tcpOf is where a transport takes connections.
func tcpOf(tr *Transport) netip.AddrPort {
	for _, c := range tr.Advertised() {
		if c.TCP {
			return c.Addr
		}
	}
	return netip.AddrPort{}
}

// newTCPClient is a client that has nothing but TCP.
func newTCPClient(t testing.TB, tr *Transport) *client {
	c := newClient(t, tr, tcpOf(tr))
	c.tcp = true
	return c
}

// moves takes another socket to another address of the server; a check is the
// first that goes there, as ICE has it.
func (c *client) moves(to netip.AddrPort, tcp bool, check []byte) {
	c.mu.Lock()
	c.remote, c.tcp = to, tcp
	c.mu.Unlock()
	c.open(check)
}

// knock is a connection of nobody in particular.
func knock(t testing.TB, tr *Transport) framed {
	t.Helper()
	c, err := net.Dial("tcp", tcpOf(tr).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return framed{c}
}

// voiceOf is a packet of voice, not encrypted, with a number in it.
func voiceOf(n int) []byte {
	b := make([]byte, 100)
	b[0], b[1] = 128, 111
	binary.BigEndian.PutUint32(b[12:], uint32(n))
	return b
}
