package turn

import (
	"net"
	"net/netip"
	"sync"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

const (
	// controlSize holds what the system says of one datagram's addresses.
	controlSize = 128
	// maxReached bounds one generation of clients of whom is known which address
	// they reached: whoever is still there is in the next one with his next datagram.
	maxReached = 4096
)

// originConn is a UDP socket of all of the machine's addresses that answers from
// the one that a client reached. The system picks one by itself, and a client
// takes no answer from an address that it did not ask.
type originConn struct {
	*net.UDPConn
	parse func(oob []byte) net.IP

	mu          sync.Mutex
	reached     map[netip.AddrPort]netip.Addr // ours, by the client's
	reachedThen map[netip.AddrPort]netip.Addr // the generation before
}

// answersFromWhere returns conn as an originConn where that makes a difference
// and the system can tell, else conn.
func answersFromWhere(conn net.PacketConn) net.PacketConn {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return conn
	}
	at, _ := udp.LocalAddr().(*net.UDPAddr)
	if at == nil || !at.IP.IsUnspecified() {
		return conn
	}
	c := &originConn{UDPConn: udp, reached: map[netip.AddrPort]netip.Addr{}}
	var err error
	if at.IP.To4() != nil {
		err = ipv4.NewPacketConn(udp).SetControlMessage(ipv4.FlagDst, true)
		c.parse = func(oob []byte) net.IP {
			var m ipv4.ControlMessage
			_ = m.Parse(oob) // without it there is no address
			return m.Dst
		}
	} else { // of both families, as a rule
		err = ipv6.NewPacketConn(udp).SetControlMessage(ipv6.FlagDst, true)
		c.parse = func(oob []byte) net.IP {
			var m ipv6.ControlMessage
			_ = m.Parse(oob)
			return m.Dst
		}
	}
	if err != nil {
		return conn // Windows does not tell
	}
	return c
}

// ReadFrom implements net.PacketConn.
func (c *originConn) ReadFrom(b []byte) (int, net.Addr, error) {
	var oob [controlSize]byte
	n, got, _, from, err := c.ReadMsgUDPAddrPort(b, oob[:])
	if err != nil {
		return n, nil, err
	}
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if at, ok := netip.AddrFromSlice(c.parse(oob[:got])); ok && !at.IsLinkLocalUnicast() {
		c.note(from, at.Unmap())
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo implements net.PacketConn.
func (c *originConn) WriteTo(b []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return c.UDPConn.WriteTo(b, to)
	}
	at := udp.AddrPort()
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	from, known := c.where(at)
	if !known {
		return c.WriteToUDPAddrPort(b, at)
	}
	var oob []byte
	if from.Is4() {
		oob = (&ipv4.ControlMessage{Src: from.AsSlice()}).Marshal()
	} else {
		oob = (&ipv6.ControlMessage{Src: from.AsSlice()}).Marshal()
	}
	n, _, err := c.WriteMsgUDPAddrPort(b, oob, at)
	if err != nil { // the address may be this machine's no more
		return c.WriteToUDPAddrPort(b, at)
	}
	return n, nil
}

func (c *originConn) note(client netip.AddrPort, at netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.reached) >= maxReached {
		c.reached, c.reachedThen = make(map[netip.AddrPort]netip.Addr), c.reached
	}
	c.reached[client] = at
}

func (c *originConn) where(client netip.AddrPort) (netip.Addr, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.reached[client]; ok {
		return at, true
	}
	at, ok := c.reachedThen[client]
	return at, ok
}
