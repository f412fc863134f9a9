package turn

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	pion "github.com/pion/turn/v5"

	"github.com/boltorezka/boltorezka/netaddr"
)

// Bounds of the connections of clients that use TURN over TCP or TLS.
const (
	maxStreams = 2048
	// maxStrangers is how many there are from one address (IPv6: one /64) that
	// have had no allocation yet; when all places are taken, the oldest such makes
	// room for another.
	maxStrangers = 128
	// maxFrame is the largest STUN message or ChannelData taken, in bytes:
	// under pion's own bound, over which it drops.
	maxFrame = 1599
	// idleBefore is how long a connection may be without an allocation, whatever
	// it says meanwhile, and idleAfter how long it may take for its next frame
	// while it has one. Clients refresh an allocation at least every ten minutes.
	idleBefore   = 30 * time.Second
	idleAfter    = 15 * time.Minute
	writeTimeout = 5 * time.Second
)

var errFraming = errors.New("turn: neither STUN nor ChannelData")

// streamListener accepts TCP connections up to a bound and knows them all.
type streamListener struct {
	net.Listener
	server *Server
}

// streamConfig is pion's view of a listener for streams.
func (s *Server) streamConfig(ln net.Listener) pion.ListenerConfig {
	return pion.ListenerConfig{Listener: &streamListener{Listener: ln, server: s}, RelayAddressGenerator: relayPorts{s}, PermissionHandler: s.permit}
}

// Accept returns the next connection; those over the bound are closed.
func (l *streamListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				// Out of descriptors or an aborted handshake: the listener itself is
				// sound, and pion would give it up for good.
				time.Sleep(10 * time.Millisecond)
				continue
			}
			return nil, err
		}
		if stream := l.server.addStream(conn); stream != nil {
			return stream, nil
		}
		_ = conn.Close()
	}
}

// streamConn reads whole frames (RFC 8656 section 12.5), so that nothing behind
// it has to buffer, and gives up on a peer that neither sends nor takes any.
type streamConn struct {
	net.Conn
	server *Server
	peer   netip.AddrPort
	r      *bufio.Reader
	inHand request

	once     sync.Once
	stranger bool // has had no allocation yet; the server's mutex guards it
	began    time.Time

	mu    sync.Mutex
	busy  bool      // has an allocation
	until time.Time // it must have one by then, if it has none
}

func (s *Server) addStream(conn net.Conn) *streamConn {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	from := netaddr.Client(tcp.AddrPort().Addr())
	if s.strangers[from] >= maxStrangers || len(s.streams) >= maxStreams && !s.makeRoom() {
		s.count.refuse(ReasonConns)
		return nil
	}
	if s.streams[tcp.AddrPort()] != nil {
		// From one address and port to two ports of ours: streams are known by
		// where they come from.
		s.count.refuse(ReasonConns)
		return nil
	}
	now := time.Now()
	c := &streamConn{
		Conn: conn, server: s, peer: tcp.AddrPort(), r: bufio.NewReaderSize(conn, 2048),
		stranger: true, began: now, until: now.Add(idleBefore),
	}
	s.streams[c.peer] = c
	s.strangers[from]++
	s.wg.Add(1)
	return c
}

// makeRoom ends the oldest connection that has had no allocation yet. s.mu is held.
func (s *Server) makeRoom() bool {
	var oldest *streamConn
	for _, c := range s.streams {
		if c.stranger && (oldest == nil || c.began.Before(oldest.began)) {
			oldest = c
		}
	}
	if oldest == nil {
		return false
	}
	s.dropStream(oldest)
	_ = oldest.Conn.Close() // its reader is told, and closes the rest
	return true
}

// known says that a connection has an allocation. s.mu is held.
func (s *Server) known(c *streamConn) {
	if !c.stranger {
		return
	}
	c.stranger = false
	from := netaddr.Client(c.peer.Addr())
	if s.strangers[from]--; s.strangers[from] == 0 {
		delete(s.strangers, from)
	}
}

// dropStream takes a connection off the books. s.mu is held.
func (s *Server) dropStream(c *streamConn) {
	s.known(c)
	if s.streams[c.peer] == c {
		delete(s.streams, c.peer)
	}
}

// setBusy tells whether the connection has an allocation.
func (c *streamConn) setBusy(busy bool) {
	c.mu.Lock()
	c.busy, c.until = busy, time.Now().Add(idleBefore)
	c.mu.Unlock()
	if busy {
		c.server.mu.Lock()
		c.server.known(c)
		c.server.mu.Unlock()
	}
	c.arm()
}

// arm gives the next frame its time.
func (c *streamConn) arm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	until := c.until
	if c.busy {
		until = time.Now().Add(idleAfter)
	}
	_ = c.SetReadDeadline(until) // fails only on a closed connection, as will the read
}

// Read returns one whole frame; b must hold maxFrame bytes.
func (c *streamConn) Read(b []byte) (int, error) {
	c.arm()
	head, err := c.r.Peek(4)
	if err != nil {
		return 0, err
	}
	n, err := frameLen(head)
	if err != nil || n > len(b) {
		return 0, errFraming
	}
	n, err = io.ReadFull(c.r, b[:n])
	c.inHand.note(b[:n])
	return n, err
}

// frameLen returns the length of the frame that begins with head, padding of
// ChannelData to four bytes included.
func frameLen(head []byte) (int, error) {
	n := int(binary.BigEndian.Uint16(head[2:4]))
	switch head[0] >> 6 {
	case 0: // STUN: a header of 20 bytes
		n += 20
	case 1: // ChannelData: a header of 4
		n = 4 + (n+3)&^3
	default:
		return 0, errFraming
	}
	if n > maxFrame {
		return 0, errFraming
	}
	return n, nil
}

// Write sends a frame whole, or ends the connection: what follows half a frame
// could not be read.
func (c *streamConn) Write(b []byte) (int, error) {
	c.server.noteReply(b)
	_ = c.SetWriteDeadline(time.Now().Add(writeTimeout))
	n, err := c.Conn.Write(b)
	if err != nil {
		_ = c.Close()
	}
	return n, err
}

// Close ends the connection; it may be called more than once.
func (c *streamConn) Close() error {
	var err error
	c.once.Do(func() {
		defer c.server.wg.Done()
		c.server.mu.Lock()
		c.server.dropStream(c)
		c.server.mu.Unlock()
		err = c.Conn.Close()
	})
	return err
}
