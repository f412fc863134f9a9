package transport

import (
	"bytes"
	"encoding/binary"
	"net"

	"github.com/pion/stun/v4"
)

// STUN attributes of ICE (RFC 8445 section 16.1).
const (
	attrPriority       stun.AttrType = 0x0024
	attrUseCandidate   stun.AttrType = 0x0025
	attrICEControlled  stun.AttrType = 0x8029
	attrICEControlling stun.AttrType = 0x802A
)

// prflxPriority is a peer-reflexive candidate's of component 1 (RFC 8445
// section 5.1.2.1): type preference 110, local preference 65535.
const prflxPriority = 110<<24 | 65535<<8 | 255

// maxSTUN is the longest STUN message taken: real checks have about 120 bytes.
const maxSTUN = 548

// stunHeader is the fixed part of a STUN message (RFC 8489 section 5).
type stunHeader struct {
	class  uint16 // 0 request, 1 indication, 2 success, 3 error
	method uint16
	body   []byte
}

// parseSTUN checks the fixed header and the lengths, without allocating.
func parseSTUN(b []byte) (h stunHeader, ok bool) {
	if len(b) < 20 || len(b) > maxSTUN || b[0] > 3 || binary.BigEndian.Uint32(b[4:]) != 0x2112A442 {
		return h, false
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n%4 != 0 || n != len(b)-20 {
		return h, false
	}
	v := binary.BigEndian.Uint16(b)
	h.class = v>>7&2 | v>>4&1
	h.method = v&0x000f | v&0x00e0>>1 | v&0x3e00>>2
	h.body = b[20:]
	return h, true
}

// attribute is the first attribute of type a in a STUN body, nil without one.
func attribute(body []byte, a stun.AttrType) []byte {
	for len(body) >= 4 {
		n := int(binary.BigEndian.Uint16(body[2:]))
		end := 4 + (n+3)&^3
		if 4+n > len(body) {
			return nil
		}
		if stun.AttrType(binary.BigEndian.Uint16(body)) == a {
			return body[4 : 4+n : 4+n]
		}
		if end > len(body) {
			return nil
		}
		body = body[end:]
	}
	return nil
}

// stun is a STUN message; nothing of it is believed before its integrity is
// checked, and nothing is allocated before its address is within its rate.
func (t *Transport) stun(sock *socket, now int64, d datagram, w *Batch) {
	b := d.b
	h, ok := parseSTUN(b)
	if !ok || h.method != 1 {
		t.counters.STUNMalformed.Add(1)
		return
	}
	addr := addrOf(d.from)
	if !t.limiter.allow(addr.Addr(), now) {
		t.counters.STUNLimited.Add(1)
		return
	}
	r := route{socket: sock.index, addr: addr, raw: *d.from}
	switch h.class {
	case 0:
		local, _, found := cutColon(attribute(h.body, stun.AttrUsername))
		if !found {
			t.counters.STUNMalformed.Add(1)
			return
		}
		s := t.byUfrag(local)
		if s == nil {
			t.counters.STUNUnknown.Add(1)
			return
		}
		r.origin = origin(d.control)
		s.request(now, b, h, local, &r, sock, w)
	case 2:
		if s := sock.byAddr[addr]; s != nil {
			s.response(now, b, &r)
		} else {
			t.counters.UnknownAddress.Add(1)
		}
	}
}

func cutColon(b []byte) (before, after []byte, found bool) {
	for i, c := range b {
		if c == ':' {
			return b[:i], b[i+1:], true
		}
	}
	return b, nil, false
}

// decode is the message as Pion reads it, from a copy.
func decode(b []byte) (*stun.Message, error) {
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	return m, m.Decode()
}

// request is a client's connectivity check (RFC 8445 section 7.3).
func (s *Session) request(now int64, b []byte, h stunHeader, local []byte, r *route, sock *socket, w *Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	g := s.ice.byLocalUfrag(local)
	if g == nil {
		s.t.counters.STUNUnknown.Add(1)
		return
	}
	m, err := decode(b)
	if err != nil {
		s.t.counters.STUNMalformed.Add(1)
		return
	}
	integrity := stun.NewShortTermIntegrity(g.local.Pwd)
	if integrity.Check(m) != nil {
		s.t.counters.STUNIntegrity.Add(1)
		return
	}
	if attribute(h.body, attrICEControlled) != nil {
		// Both controlled: ours is tie-breaker 0, so the client changes its
		// role (RFC 8445 section 7.3.1.1).
		s.reply(r, w, m, stun.BindingError, stun.CodeRoleConflict, integrity, stun.Fingerprint)
		return
	}
	s.reply(r, w, m, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IP(r.addr.Addr().AsSlice()), Port: int(r.addr.Port())}, integrity, stun.Fingerprint)

	p := s.ice.find(r.socket, r.addr)
	if p == nil {
		p = s.newPath(*r, g, sock)
	}
	if !bytes.Equal(p.route.origin, r.origin) {
		p.route.origin = r.origin // the client now reaches another of our addresses
	}
	p.gen, p.heardAt = g, now
	s.heardAt.Store(now)
	if v := attribute(h.body, attrPriority); len(v) == 4 {
		p.priority = binary.BigEndian.Uint32(v)
	}
	if attribute(h.body, attrUseCandidate) != nil {
		p.nominatedAt = now
	}
	if !p.valid && now-p.sentAt >= recheckUs {
		s.check(now, p, w)
	}
	s.choose(now, p)
}

// newPath adds the path and teaches the reader, which is the caller, its address.
func (s *Session) newPath(r route, g *generation, sock *socket) *path {
	p, dropped := s.ice.add(r, g)
	if dropped != nil {
		for i, k := range s.known {
			if k.socket == dropped.route.socket && k.addr == dropped.route.addr {
				s.known = append(s.known[:i], s.known[i+1:]...)
				break
			}
		}
		if dropped.route.socket == sock.index && sock.byAddr[dropped.route.addr] == s {
			delete(sock.byAddr, dropped.route.addr)
		}
	}
	p.sentAt = -recheckUs
	sock.byAddr[r.addr] = s
	s.known = append(s.known, knownAddr{r.socket, r.addr})
	return p
}

func (s *Session) reply(r *route, w *Batch, m *stun.Message, setters ...stun.Setter) {
	out, err := stun.Build(append([]stun.Setter{stun.NewTransactionIDSetter(m.TransactionID)}, setters...)...)
	if err == nil {
		w.send(out.Raw, r)
	}
}

// check sends our own request on a path: the triggered check (RFC 8445 section
// 7.3.1.4) that proves that the address is the client's, and later consent.
func (s *Session) check(now int64, p *path, w *Batch) {
	p.txID, p.sentAt = stun.NewTransactionID(), now
	p.nextCheck = nextConsent(now)
	g := p.gen
	out, err := stun.Build(stun.BindingRequest, stun.NewTransactionIDSetter(p.txID),
		stun.NewUsername(g.remote.Ufrag+":"+g.local.Ufrag),
		attr{attrICEControlled, make([]byte, 8)},
		attr{attrPriority, binary.BigEndian.AppendUint32(nil, prflxPriority)},
		stun.NewShortTermIntegrity(g.remote.Pwd), stun.Fingerprint)
	if err == nil {
		w.send(out.Raw, &p.route)
	}
}

// attr sets one attribute of a STUN message.
type attr struct {
	t stun.AttrType
	v []byte
}

// AddTo implements stun.Setter.
func (a attr) AddTo(m *stun.Message) error {
	m.Add(a.t, a.v)
	return nil
}

// response is an answer to one of our checks.
func (s *Session) response(now int64, b []byte, r *route) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.ice.find(r.socket, r.addr)
	if s.closed || p == nil || [12]byte(b[8:20]) != p.txID || p.sentAt < 0 {
		s.t.counters.STUNUnknown.Add(1)
		return
	}
	m, err := decode(b)
	if err != nil {
		s.t.counters.STUNMalformed.Add(1)
		return
	}
	if stun.NewShortTermIntegrity(p.gen.remote.Pwd).Check(m) != nil {
		s.t.counters.STUNIntegrity.Add(1)
		return
	}
	p.txID = stun.NewTransactionID() // one answer a check
	p.valid, p.consentAt, p.heardAt = true, now, now
	s.ice.rtt = now - p.sentAt
	s.heardAt.Store(now)
	s.choose(now, p)
}

// choose selects p when it is better than the path that is selected, and lets
// a waiting handshake begin once there is one.
func (s *Session) choose(now int64, p *path) {
	if s.ice.prefers(now, p) {
		s.ice.selected = p
	}
	sel := s.ice.selected
	if sel == nil || now-sel.consentAt > consentLastsUs {
		return
	}
	s.expired = false
	if d := s.dst.Load(); d == nil || !d.same(&sel.route) {
		r := sel.route
		s.dst.Store(&r)
		for _, g := range s.ice.generations {
			if g != sel.gen && g.replacedAt == 0 && sel.gen == s.ice.newest() {
				g.replacedAt = now
			}
		}
	}
	s.startHandshake()
}
