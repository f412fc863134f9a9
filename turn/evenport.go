package turn

import (
	"math/rand/v2"
	"net"
)

// evenPort answers pion's question for an even relay port (RFC 8656 section
// 7.2, EVEN-PORT), which comes before the one whether the client may have a relay
// at all: a port that is free as far as is known, and no socket on it. The relay
// is opened on it once the client may.
func (s *Server) evenPort() (net.PacketConn, net.Addr, error) {
	ports := s.cfg.RelayPorts
	first := rand.IntN(ports.Len())
	for i := range ports.Len() {
		port := int(ports.First) + (first+i)%ports.Len()
		if port%2 == 0 && !s.open[port-int(ports.First)].Load() {
			return noSocket{}, &net.UDPAddr{IP: s.RelayIP().AsSlice(), Port: port}, nil
		}
	}
	s.count.refuse(ReasonNoPort)
	return nil, nil, errNoPort
}

// noSocket is what pion closes, and does nothing else with, once it knows the
// port.
type noSocket struct{ net.PacketConn }

// Close implements net.PacketConn.
func (noSocket) Close() error { return nil }
