package turn

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/turn/v5"
)

// realm is the REALM of our credentials (RFC 8489 section 14.9); it only has
// to be the same for the client and for us.
const realm = "boltorezka"

// sweepEvery is how often grants that expired unrevoked are forgotten.
const sweepEvery = time.Hour

// Options are what the program gives a server beside its settings.
type Options struct {
	// SFU are the addresses that the SFU tells clients of. They are always
	// allowed as peers, whatever kind of address they are.
	SFU []netip.AddrPort
	// RelayIP is the address by which others reach relays; IPv4. The zero Addr
	// takes the one that the machine's default route leaves from.
	RelayIP netip.Addr
	// Addresses, when given, says anew at each allocation what SFU and RelayIP say
	// at the start: a server may be up before its network, and addresses change. No
	// RelayIP, or one that is not IPv4, leaves the one before.
	Addresses func() (sfu []netip.AddrPort, relayIP netip.Addr)
	// Log takes pion's messages too; nil discards.
	Log *slog.Logger
	// Now is the clock that credentials expire by; nil is time.Now.
	Now func() time.Time
	// Streams are connections that come another way than by Config.Addr, such
	// as over TLS; the server closes it. Nil: none.
	Streams net.Listener
}

// Server is a running TURN server. All methods may be called at any time from
// any goroutine.
type Server struct {
	cfg    Config
	secret []byte
	port   int
	udp    net.PacketConn
	tcp    net.Listener
	pion   *pion.Server
	rules  *peerRules
	count  *counters
	now    func() time.Time
	log    *slog.Logger

	// open says which relay ports are open, by their place in the range.
	open []atomic.Bool

	mu      sync.Mutex // guards what follows
	closed  bool
	grants  map[sessionKey]*grant
	relays  map[int]*relayConn
	streams map[netip.AddrPort]*streamConn
	// strangers counts those without an allocation yet, by their network.
	strangers map[netip.Addr]int
	ledger    ledger

	stop chan struct{}
	wg   sync.WaitGroup // relays, streams and the sweeper
}

// New listens and serves until Close. The error says which setting is wrong or
// what could not be opened.
func New(cfg Config, opt Options) (*Server, error) {
	if cfg.Off() {
		return nil, errors.New("turn: addr is off")
	}
	if cfg.RelayPorts.First == 0 || cfg.RelayPorts.Last < cfg.RelayPorts.First {
		return nil, fmt.Errorf("turn: relay ports %s are no range", cfg.RelayPorts)
	}
	s := &Server{
		cfg: cfg, count: newCounters(), now: opt.Now, log: opt.Log,
		secret: make([]byte, 32), open: make([]atomic.Bool, cfg.RelayPorts.Len()),
		grants: map[sessionKey]*grant{}, relays: map[int]*relayConn{}, streams: map[netip.AddrPort]*streamConn{}, strangers: map[netip.Addr]int{},
		stop: make(chan struct{}),
	}
	_, _ = rand.Read(s.secret) // never fails, as crypto/rand documents
	if s.now == nil {
		s.now = time.Now
	}
	s.ledger = newLedger(s.now())
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	relayIP := opt.RelayIP.Unmap()
	if !relayIP.IsValid() {
		relayIP = outboundIP()
	}
	if !relayIP.Is4() {
		return nil, fmt.Errorf("turn: the relay address %s is not IPv4", relayIP)
	}
	var err error
	if s.rules, err = newPeerRules(opt.SFU, cfg.AllowPeers, relayIP, s.isRelay); err != nil {
		return nil, err
	}
	if opt.Addresses != nil {
		s.rules.look = func() ([]netip.AddrPort, netip.Addr) {
			sfu, relay := opt.Addresses()
			if relay = relay.Unmap(); !relay.Is4() {
				relay = s.RelayIP()
			}
			return sfu, relay
		}
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	listeners := []pion.ListenerConfig{s.streamConfig(s.tcp)}
	if opt.Streams != nil {
		listeners = append(listeners, s.streamConfig(opt.Streams))
	}
	s.pion, err = pion.NewServer(pion.ServerConfig{
		Realm:        realm,
		AuthHandler:  s.authenticate,
		QuotaHandler: s.quota,
		EventHandler: pion.EventHandler{
			OnAllocationCreated: s.onAllocation, OnAllocationError: s.onFailure, OnAuth: s.onAuth,
			OnChannelCreated: s.onChannel, OnChannelDeleted: s.onChannelGone,
		},
		LoggerFactory: pionLogs{s.log},
		// Relays have IPv4 addresses, whichever way the client came.
		StrictAddressFamily: true,
		PacketConnConfigs: []pion.PacketConnConfig{
			{PacketConn: s.udp, RelayAddressGenerator: relayPorts{s}, PermissionHandler: s.permit},
		},
		ListenerConfigs: listeners,
	})
	if err != nil {
		return nil, fmt.Errorf("turn: %w", errors.Join(err, s.udp.Close(), s.tcp.Close()))
	}
	s.wg.Go(s.sweepLoop)
	return s, nil
}

// listen opens UDP and TCP on one port. With port 0 the free UDP port that the
// system picks may be taken on TCP, so that is tried a few times.
func (s *Server) listen() error {
	for try := 0; ; try++ {
		udp, err := net.ListenPacket("udp", s.cfg.Addr)
		if err != nil {
			return fmt.Errorf("turn: listen on UDP %s: %w", s.cfg.Addr, err)
		}
		addr, _ := udp.LocalAddr().(*net.UDPAddr)
		host, port, err := net.SplitHostPort(s.cfg.Addr)
		if err != nil {
			return errors.Join(err, udp.Close())
		}
		tcp, err := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(addr.Port)))
		if err == nil {
			s.udp, s.tcp, s.port = &clientConn{PacketConn: answersFromWhere(udp), server: s}, tcp, addr.Port
			return nil
		}
		_ = udp.Close()
		if port != "0" || try == 9 {
			return fmt.Errorf("turn: listen on TCP %s: %w", s.cfg.Addr, err)
		}
	}
}

// Port is the port that the server listens on, UDP and TCP.
func (s *Server) Port() int { return s.port }

// RelayIP is the address that relays are reached by.
func (s *Server) RelayIP() netip.Addr { return s.rules.known.Load().relay }

// Stats returns the counters.
func (s *Server) Stats() Stats {
	st := Stats{
		AllocationsTotal: s.count.allocations.Load(), Evicted: s.count.evicted.Load(),
		ToPeerPackets: s.count.toPeer.Load(), ToPeerBytes: s.count.toPeerBytes.Load(),
		FromPeerPackets: s.count.fromPeer.Load(), FromPeerBytes: s.count.fromPeerBytes.Load(),
		Refused: make(map[Reason]uint64, len(reasons)),
	}
	for r, n := range s.count.refused {
		st.Refused[r] = n.Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Allocations, st.StreamConnections = len(s.relays), len(s.streams)
	return st
}

// Close ends every relay and connection and returns when they are ended. It
// may be called more than once.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	relays := make([]*relayConn, 0, len(s.relays))
	for _, r := range s.relays {
		relays = append(relays, r)
	}
	streams := make([]*streamConn, 0, len(s.streams))
	for _, c := range s.streams {
		streams = append(streams, c)
	}
	s.mu.Unlock()
	var err error
	if first {
		close(s.stop)
		err = s.pion.Close()
	}
	for _, c := range streams {
		_ = c.Close()
	}
	for _, r := range relays {
		_ = r.Close()
	}
	s.wg.Wait()
	return err
}

func (s *Server) onAllocation(client, _ net.Addr, _, username, _ string, relayed net.Addr, _ int) {
	s.adopt(client, username, relayed)
}

func (s *Server) onAuth(from, _ net.Addr, _, _, _, _ string, ok bool) {
	if !ok {
		s.count.refuse(ReasonPassword)
		return
	}
	s.heardFrom(from)
}

func (s *Server) sweepLoop() {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.sweep(s.now())
		case <-s.stop:
			return
		}
	}
}

// outboundIP is the IPv4 address that the default route leaves from, or
// loopback on a machine that has none. Connecting a UDP socket sends nothing.
func outboundIP() netip.Addr {
	conn, err := net.Dial("udp4", "192.0.2.1:9")
	if err != nil {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	defer conn.Close()
	addr, _ := conn.LocalAddr().(*net.UDPAddr)
	return addr.AddrPort().Addr().Unmap()
}
