package light

import (
	"net"
	"sync"
	"time"
)

// control is how many datagrams of STUN and DTLS may wait for Pion.
const control = 64

// mux is Pion's view of an endpoint's socket (ice.UDPMux): what is neither RTP
// nor RTCP comes from it and goes to it. One ICE agent uses it; after an ICE
// restart it asks for another connection, which takes the first one's place.
type mux struct {
	local net.Addr
	write func(b []byte, to net.Addr) (int, error)

	mu   sync.Mutex
	conn *muxConn
}

// GetListenAddresses has the one address.
func (m *mux) GetListenAddresses() []net.Addr { return []net.Addr{m.local} }

// GetConn makes the agent's connection.
func (m *mux) GetConn(string, net.Addr) (net.PacketConn, error) {
	c := &muxConn{mux: m, in: make(chan datagram, control), closed: make(chan struct{})}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn = c
	return c, nil
}

// RemoveConnByUfrag has nothing to do: the agent closes its connections.
func (m *mux) RemoveConnByUfrag(string) {}

// Close has nothing to do either: the socket is the endpoint's.
func (m *mux) Close() error { return nil }

// deliver gives Pion a datagram; b is copied. It is false when Pion is too slow.
func (m *mux) deliver(b []byte, from *net.UDPAddr) bool {
	m.mu.Lock()
	c := m.conn
	m.mu.Unlock()
	if c == nil {
		return true // it comes again
	}
	select {
	case c.in <- datagram{append([]byte(nil), b...), from}:
		return true
	default:
		return false
	}
}

type datagram struct {
	b    []byte
	from *net.UDPAddr
}

// muxConn is a net.PacketConn over the endpoint's socket.
type muxConn struct {
	mux    *mux
	in     chan datagram
	closed chan struct{}
	once   sync.Once
}

func (c *muxConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-c.in:
		return copy(b, d.b), d.from, nil
	case <-c.closed:
		return 0, nil, net.ErrClosed
	}
}

func (c *muxConn) WriteTo(b []byte, to net.Addr) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
		return c.mux.write(b, to)
	}
}

func (c *muxConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *muxConn) LocalAddr() net.Addr { return c.mux.local }

// Deadlines are not used: Pion closes a connection to stop its reader.

func (c *muxConn) SetDeadline(time.Time) error      { return nil }
func (c *muxConn) SetReadDeadline(time.Time) error  { return nil }
func (c *muxConn) SetWriteDeadline(time.Time) error { return nil }
