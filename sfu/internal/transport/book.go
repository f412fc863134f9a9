package transport

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// place is where a path of a client ends: the remote address, and what of ours
// it reaches, a UDP socket or one TCP connection.
type place struct {
	socket int
	stream *connection // nil: UDP
	addr   netip.AddrPort
}

// owner is whose an address is.
type owner struct {
	session *Session
	proven  bool // it answered one of the session's checks from there
}

// book says whose the addresses are that one reader hears from: a socket's hears
// from many, a TCP connection's from one. It belongs to that reader.
type book struct {
	index  int         // the socket's
	stream *connection // nil: a socket's

	// Owned by the reader; nil for a connection that nobody has claimed.
	byAddr map[netip.AddrPort]owner

	mu    sync.Mutex
	gone  []lapsed // what the reader is to forget
	dirty atomic.Bool
}

// lapsed is an address that was a session's.
type lapsed struct {
	session *Session
	addr    netip.AddrPort
}

// from is where a datagram came from.
func (k *book) from(d *datagram) place {
	if k.stream != nil {
		return place{stream: k.stream, addr: k.stream.remote}
	}
	return place{socket: k.index, addr: addrOf(d.from)}
}

// owner is whose the place of this reader is.
func (k *book) owner(p place) owner { return k.byAddr[p.addr] }

// forget asks a socket's reader to drop those of the places that are its own.
func (k *book) forget(c *Session, places []place) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range places {
		if p.stream == nil && p.socket == k.index {
			k.gone = append(k.gone, lapsed{c, p.addr})
			k.dirty.Store(true)
		}
	}
}

// sweep forgets what it was asked to.
func (k *book) sweep() {
	if !k.dirty.Swap(false) {
		return
	}
	k.mu.Lock()
	gone := k.gone
	k.gone = nil
	k.mu.Unlock()
	for _, l := range gone {
		if k.byAddr[l.addr].session == l.session {
			delete(k.byAddr, l.addr)
		}
	}
}

// claim teaches a reader, which is the caller, whose the place is. One that a
// session has proven to be its client's stays that one's until another session
// proves the same: whoever may write any address on his checks must not cut off
// the client who is really there. A connection is one session's for good. The
// caller holds s.mu.
func (s *Session) claim(k *book, at place, proven bool) {
	o := k.byAddr[at.addr]
	if o.proven && !proven || o.session == s && o.proven == proven {
		return
	}
	if k.byAddr == nil {
		k.byAddr = make(map[netip.AddrPort]owner, 1)
	}
	k.byAddr[at.addr] = owner{session: s, proven: proven}
	if k.stream != nil {
		k.stream.session = s
	}
	if !slices.Contains(s.known, at) {
		s.known = append(s.known, at)
	}
}

// unclaim makes the readers forget a path that was given up; a connection ends
// with it. The caller holds s.mu.
func (s *Session) unclaim(p *path) {
	at := p.route.place
	s.known = slices.DeleteFunc(s.known, func(o place) bool { return o == at })
	s.t.release(s, []place{at})
}

// release gives back the places that were a session's.
func (t *Transport) release(s *Session, places []place) {
	for _, sock := range t.sockets {
		sock.forget(s, places)
	}
	for _, p := range places {
		if p.stream != nil {
			p.stream.end(TCPGone)
		}
	}
}
