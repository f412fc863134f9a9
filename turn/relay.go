package turn

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/turn/v5"
)

var (
	errClosed   = errors.New("turn: the server is closed")
	errNoPort   = errors.New("turn: every relay port is taken")
	errNoTCP    = errors.New("turn: relays over TCP (RFC 6062) are not offered")
	errBadPort  = errors.New("turn: the port asked for is not a relay port")
	errFamily   = errors.New("turn: relays have IPv4 addresses")
	errNotIPNet = errors.New("turn: not a UDP address")
)

// relayConn is the socket of one allocation. It drops, in both directions,
// what the peer rules refuse.
type relayConn struct {
	*net.UDPConn
	server *Server
	port   int

	once sync.Once
	// grant, client, stream and evicted are guarded by the server's mutex.
	grant   *grant
	client  client
	stream  *streamConn
	evicted bool // is being closed to make room
	// heardAt is when there was a word of the client, as the ledger's clock has it.
	heardAt atomic.Int64
	// user is who has it; nil: nobody yet. adopt sets it before pion handles the
	// client's next message or reads from the relay.
	user *user

	mu       sync.Mutex // guards what follows
	peers    map[netip.Addr]time.Time
	channels int
}

// WriteTo sends one datagram to a peer. One that is refused counts as sent:
// TURN tells a client nothing about datagrams that go nowhere.
func (r *relayConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, errNotIPNet
	}
	r.heard()
	peer := udp.AddrPort()
	reason := r.server.rules.refuse(peer)
	if reason == "" {
		reason = r.server.spend(r.user, len(b))
	}
	if reason != "" {
		r.server.count.refuse(reason)
		return len(b), nil
	}
	n, err := r.WriteToUDPAddrPort(b, netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port()))
	if err == nil {
		r.server.count.toPeer.Add(1)
		r.server.count.toPeerBytes.Add(uint64(n))
	}
	return n, err
}

// ReadFrom returns the next datagram from a peer that may send.
func (r *relayConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, peer, err := r.ReadFromUDPAddrPort(b)
		if err != nil {
			return 0, nil, err
		}
		reason := r.server.rules.refuse(peer)
		switch {
		case reason != "":
		case !r.hasPeer(peer.Addr().Unmap()):
			reason = ReasonPermission
		default:
			reason = r.server.spend(r.user, n)
		}
		if reason != "" {
			r.server.count.refuse(reason)
			continue
		}
		r.server.count.fromPeer.Add(1)
		r.server.count.fromPeerBytes.Add(uint64(n))
		return n, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())), nil
	}
}

// Close ends the relay; pion's reader then ends the allocation. It may be
// called more than once.
func (r *relayConn) Close() error {
	var err error
	r.once.Do(func() { err = r.server.release(r) })
	return err
}

// relayPorts is pion's RelayAddressGenerator over the server's port range.
type relayPorts struct{ s *Server }

// Validate has nothing to check: New did.
func (relayPorts) Validate() error { return nil }

// AllocateListener refuses relays over TCP, which WebRTC does not use.
func (relayPorts) AllocateListener(pion.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errNoTCP
}

// AllocateConn refuses what a relay over TCP would connect to.
func (relayPorts) AllocateConn(pion.AllocateConnConfig) (net.Conn, error) { return nil, errNoTCP }

// AllocatePacketConn opens a relay on a free port of the range, tried in order
// from a random one, so that ports are hard to guess and a full range is known.
func (p relayPorts) AllocatePacketConn(asked pion.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	s := p.s
	if asked.UserID == "" {
		return s.evenPort()
	}
	if asked.Network != "udp4" {
		s.count.refuse(ReasonFamily)
		return nil, nil, errFamily
	}
	if err := s.rules.refresh(); err != nil {
		return nil, nil, err
	}
	ports := s.cfg.RelayPorts
	first, tries := int(ports.First)+rand.IntN(ports.Len()), ports.Len()
	if requested := asked.RequestedPort; requested != 0 {
		if !ports.Contains(requested) {
			return nil, nil, errBadPort
		}
		first, tries = requested, 1
	}
	local := s.rules.localIP()
	for i := range tries {
		port := int(ports.First) + (first-int(ports.First)+i)%ports.Len()
		if s.open[port-int(ports.First)].Load() {
			continue
		}
		conn, err := net.ListenUDP(asked.Network, &net.UDPAddr{IP: local, Port: port})
		if err != nil {
			continue // taken by another program
		}
		r := &relayConn{UDPConn: conn, server: s, port: port, peers: map[netip.Addr]time.Time{}}
		if err := s.keep(r); err != nil {
			return nil, nil, errors.Join(err, conn.Close())
		}
		return r, &net.UDPAddr{IP: s.RelayIP().AsSlice(), Port: port}, nil
	}
	s.count.refuse(ReasonNoPort)
	return nil, nil, fmt.Errorf("%w: %s", errNoPort, ports)
}

// keep enters a new relay; release is its other end.
func (s *Server) keep(r *relayConn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	s.relays[r.port] = r
	s.open[r.port-int(s.cfg.RelayPorts.First)].Store(true)
	s.wg.Add(1)
	return nil
}

// release forgets a relay before its port can belong to somebody else, and
// closes it; no read of it is under way when release returns.
func (s *Server) release(r *relayConn) error {
	defer s.wg.Done()
	s.mu.Lock()
	delete(s.relays, r.port)
	if r.grant != nil {
		delete(r.grant.relays, r)
		s.disown(r)
		s.ledger.giveBack(r.user)
	}
	stream := r.stream
	s.open[r.port-int(s.cfg.RelayPorts.First)].Store(false)
	s.mu.Unlock()
	if stream != nil {
		stream.setBusy(false)
	}
	return r.UDPConn.Close()
}

// disown takes a relay off its client's list. The mutex is held.
func (s *Server) disown(r *relayConn) {
	of := s.ledger.relaysOf
	of[r.client] = slices.DeleteFunc(of[r.client], func(o *relayConn) bool { return o == r })
	if len(of[r.client]) == 0 {
		delete(of, r.client)
	}
}

// relayAt finds an open relay by its relayed address; nil: there is none.
func (s *Server) relayAt(relayed net.Addr) *relayConn {
	addr, ok := relayed.(*net.UDPAddr)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.relays[addr.Port]
}

// isRelay says whether port is an open relay's; it takes no lock, being asked
// for each datagram.
func (s *Server) isRelay(port uint16) bool {
	return s.cfg.RelayPorts.Contains(int(port)) && s.open[port-s.cfg.RelayPorts.First].Load()
}
