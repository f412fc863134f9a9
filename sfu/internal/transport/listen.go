package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
)

// listen opens the sockets and the listeners for each address family that the
// addresses mean. Without IPv6 on the machine the server does with IPv4.
func (t *Transport) listen() error {
	err := t.eachFamily(t.cfg.Addr, "udp", func(network, addr string) (net.Addr, error) {
		s, err := listen(len(t.sockets), network, addr, &t.counters)
		if err != nil {
			return nil, err
		}
		t.sockets = append(t.sockets, s)
		return s.conn.LocalAddr(), nil
	})
	if err != nil {
		return &ListenError{Addr: t.cfg.Addr, Err: err}
	}
	if t.cfg.TCPAddr == "" {
		return nil
	}
	var lc net.ListenConfig
	err = t.eachFamily(t.cfg.TCPAddr, "tcp", func(network, addr string) (net.Addr, error) {
		l, err := lc.Listen(context.Background(), network, addr)
		if err != nil {
			return nil, err
		}
		t.listeners = append(t.listeners, l.(*net.TCPListener))
		return l.Addr(), nil
	})
	if err != nil {
		return &ListenError{TCP: true, Addr: t.cfg.TCPAddr, Err: err}
	}
	return nil
}

// eachFamily calls open with the networks that an address means, "udp4" and so
// on.
func (t *Transport) eachFamily(addr, protocol string, open func(network, addr string) (net.Addr, error)) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	families := []string{"4", "6"}
	if a, err := netip.ParseAddr(host); err == nil {
		families = families[:1]
		if a.Unmap().Is6() {
			families[0] = "6"
		}
	}
	var errs []error
	opened := 0
	for _, f := range families {
		at, err := open(protocol+f, net.JoinHostPort(host, port))
		if err != nil {
			errs = append(errs, err)
			if f == "4" {
				break // a port in use must not leave half a server
			}
			continue
		}
		opened++
		_, port, _ = net.SplitHostPort(at.String()) // ":0": both families on one port
	}
	if opened == 0 {
		return errors.Join(errs...)
	}
	for _, err := range errs {
		t.log.Info("media on IPv4 only", "protocol", protocol, "cause", err)
	}
	return nil
}

func (t *Transport) unlisten() {
	for _, s := range t.sockets {
		_ = s.conn.Close()
	}
	for _, l := range t.listeners {
		_ = l.Close()
	}
}

// udpAddrs are where the sockets are bound.
func (t *Transport) udpAddrs() []netip.AddrPort {
	out := make([]netip.AddrPort, 0, len(t.sockets))
	for _, s := range t.sockets {
		out = append(out, s.conn.LocalAddr().(*net.UDPAddr).AddrPort())
	}
	return out
}

// tcpAddrs are where the listeners are bound.
func (t *Transport) tcpAddrs() []netip.AddrPort {
	out := make([]netip.AddrPort, 0, len(t.listeners))
	for _, l := range t.listeners {
		out = append(out, l.Addr().(*net.TCPAddr).AddrPort())
	}
	return out
}

// write sends one datagram outside any batch.
func (t *Transport) write(b []byte, r *route) (int, error) {
	if r.stream != nil {
		r.stream.put(b)
		r.stream.flush()
		return len(b), nil
	}
	return t.sockets[r.socket].writeTo(b, r)
}
