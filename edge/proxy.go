package edge

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"

	"github.com/pires/go-proxyproto"
)

// proxyBuffer is how much is read ahead while a PROXY header is read, in
// bytes; version 1 needs its longest line to fit.
const proxyBuffer = 256

// readProxy takes the PROXY header (the specification is HAProxy's
// proxy-protocol.txt) that c must begin with, and gives c the ends that it
// tells of. The proxy's own connections (LOCAL, UNKNOWN) keep theirs.
func readProxy(c *raw) Cause {
	r := bufio.NewReaderSize(c.Conn, proxyBuffer)
	h, err := proxyproto.Read(r)
	if err != nil {
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, proxyproto.ErrNoProxyProtocol), errors.Is(err, io.EOF):
			return CauseProxyMissing
		}
		return CauseProxyBad
	}
	if n := r.Buffered(); n > 0 {
		ahead, _ := r.Peek(n) // all of it is there
		c.head = append([]byte(nil), ahead...)
	}
	if h.Command.IsLocal() || h.TransportProtocol.IsUnspec() {
		return ""
	}
	from, to, ok := h.TCPAddrs()
	if !ok || from.IP.IsUnspecified() {
		return CauseProxyBad // datagrams or a UNIX socket
	}
	c.remote, c.local = from, to
	return ""
}

// addrOf is the address of a connection's end; the zero Addr when it has none.
func addrOf(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}
