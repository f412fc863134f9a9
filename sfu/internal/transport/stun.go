package transport

import (
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

// attribute is the first attribute of type a among attributes that signed has
// found well formed, nil without one.
func attribute(attrs []byte, a stun.AttrType) []byte {
	for len(attrs) >= 4 {
		n := int(binary.BigEndian.Uint16(attrs[2:]))
		end := 4 + (n+3)&^3
		if end > len(attrs) {
			return nil
		}
		if stun.AttrType(binary.BigEndian.Uint16(attrs)) == a {
			return attrs[4 : 4+n : 4+n]
		}
		attrs = attrs[end:]
	}
	return nil
}

// unknown are the attributes that a request must not be answered without
// understanding (RFC 8489 section 14): types below 0x8000 that ICE has not.
func unknown(attrs []byte) (out stun.UnknownAttributes) {
	for len(attrs) >= 4 {
		a := stun.AttrType(binary.BigEndian.Uint16(attrs))
		if a < 0x8000 && a != stun.AttrUsername && a != attrPriority && a != attrUseCandidate {
			out = append(out, a)
		}
		attrs = attrs[min(len(attrs), 4+int(binary.BigEndian.Uint16(attrs[2:])+3)&^3):]
	}
	return out
}

// message is one STUN message from the network. Nothing of it is believed
// before its integrity is checked.
type message struct {
	b       []byte
	at      place    // where it came from
	attrs   []byte   // those before MESSAGE-INTEGRITY; what comes after is ignored (RFC 8489 section 14.5)
	sum     []byte   // MESSAGE-INTEGRITY's value
	raw     *rawAddr // nil: by a connection
	control []byte
}

func (m *message) transaction() [12]byte { return [12]byte(m.b[8:20]) }

// stun is a STUN message; nothing is allocated before its integrity is right and
// its address within its rate.
func (t *Transport) stun(k *book, now int64, d datagram, w *Batch) {
	h, ok := parseSTUN(d.b)
	if !ok || h.method != 1 {
		t.counters.STUNMalformed.Add(1)
		return
	}
	m := message{b: d.b, at: k.from(&d), raw: d.from, control: d.control}
	if h.class != 0 && h.class != 2 {
		return // indications keep NATs awake, errors answer nothing we need
	}
	if m.attrs, m.sum, ok = signed(h.body); !ok {
		t.counters.STUNMalformed.Add(1)
		return
	}
	if h.class == 2 {
		id := m.transaction()
		s := t.byID(binary.BigEndian.Uint32(id[:]))
		if s == nil {
			t.counters.STUNUnknown.Add(1)
			return
		}
		s.response(now, &m, k)
		return
	}
	local, _, found := cutColon(attribute(m.attrs, stun.AttrUsername))
	if !found {
		t.counters.STUNMalformed.Add(1)
		return
	}
	s := t.byUfrag(local)
	if s == nil {
		t.counters.STUNUnknown.Add(1)
		return
	}
	s.request(now, &m, local, k, w)
}

func cutColon(b []byte) (before, after []byte, found bool) {
	for i, c := range b {
		if c == ':' {
			return b[:i], b[i+1:], true
		}
	}
	return b, nil, false
}

// request is a client's connectivity check (RFC 8445 section 7.3).
func (s *Session) request(now int64, m *message, local []byte, k *book, w *Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	g := s.ice.byLocalUfrag(local)
	if g == nil || k.stream.others(s) {
		s.t.counters.STUNUnknown.Add(1)
		return
	}
	// Whoever writes a proven client's address on his forgeries must not use
	// up the client's rate: there it counts what is authentic.
	proven := k.owner(m.at) == owner{s, true}
	if !proven && !s.t.limiter.allow(m.at.addr.Addr(), s.id, now) {
		s.t.counters.STUNLimited.Add(1)
		return
	}
	if !g.checks.verify(m) {
		s.t.counters.STUNIntegrity.Add(1)
		return
	}
	if proven && !s.t.limiter.allow(m.at.addr.Addr(), s.id, now) {
		s.t.counters.STUNLimited.Add(1)
		return
	}
	r := route{place: m.at}
	if m.raw != nil {
		r.raw, r.origin = *m.raw, origin(m.control)
	}
	p := s.ice.find(m.at)
	integrity := stun.NewShortTermIntegrity(g.local.Pwd)
	if u := unknown(m.attrs); u != nil {
		s.reply(&r, w, m, stun.BindingError, stun.CodeUnknownAttribute, u, integrity, stun.Fingerprint)
		return
	}
	if attribute(m.attrs, attrICEControlled) != nil {
		// Both controlled: ours is tie-breaker 0, so the client changes its
		// role (RFC 8445 section 7.3.1.1).
		s.reply(&r, w, m, stun.BindingError, stun.CodeRoleConflict, integrity, stun.Fingerprint)
		return
	}
	s.reply(&r, w, m, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IP(r.addr.Addr().AsSlice()), Port: int(r.addr.Port())}, integrity, stun.Fingerprint)

	if p == nil {
		p = s.newPath(now, r, g)
	}
	p.route.origin = r.origin // the client may now reach another of our addresses
	s.claim(k, m.at, false)
	if p.gen.before(g) {
		p.gen = g
	}
	p.heardAt = now
	s.heardAt.Store(now)
	if v := attribute(m.attrs, attrPriority); len(v) == 4 {
		p.priority = binary.BigEndian.Uint32(v)
	}
	if attribute(m.attrs, attrUseCandidate) != nil {
		p.nominatedAt = now
	}
	if p.wantsCheck(now) && now-p.sentAt >= p.recheck() {
		p.unanswered++
		s.check(now, p, w)
	}
	s.choose(now, p)
}

// newPath adds the path of a client's check.
func (s *Session) newPath(now int64, r route, g *generation) *path {
	p, dropped := s.ice.add(now, r, g)
	if dropped != nil {
		s.unclaim(dropped)
	}
	return p
}

func (s *Session) reply(r *route, w *Batch, m *message, setters ...stun.Setter) {
	out, err := stun.Build(append([]stun.Setter{stun.NewTransactionIDSetter(m.transaction())}, setters...)...)
	if err == nil {
		w.send(out.Raw, r)
	}
}

// check sends our own request on a path: the triggered check (RFC 8445 section
// 7.3.1.4) that proves that the address is the client's, and later consent.
func (s *Session) check(now int64, p *path, w *Batch) {
	// The transaction's first bytes name the session, so that its answer finds
	// it wherever it comes from; 64 random bits and the integrity protect it.
	id := stun.NewTransactionID()
	binary.BigEndian.PutUint32(id[:], s.id)
	g := p.gen
	p.ask(asked{id: id, at: now, gen: g})
	p.nextCheck = nextConsent(now)
	out, err := stun.Build(stun.BindingRequest, stun.NewTransactionIDSetter(id),
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

// response is an answer to one of our checks. It proves that the address it
// came from is the client's.
func (s *Session) response(now int64, m *message, k *book) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.ice.find(m.at)
	if s.closed || p == nil {
		s.t.counters.STUNUnknown.Add(1)
		return
	}
	q := p.asking(m.transaction())
	if q == nil {
		s.t.counters.STUNUnknown.Add(1)
		return
	}
	if !q.gen.answers.verify(m) {
		s.t.counters.STUNIntegrity.Add(1)
		return
	}
	s.ice.rtt = now - q.at
	if p.provenBy == nil || p.provenBy.before(q.gen) {
		p.provenBy = q.gen
	}
	*q = asked{} // one answer a check
	p.consentAt, p.heardAt, p.unanswered = now, now, 0
	s.heardAt.Store(now)
	s.claim(k, m.at, true)
	s.choose(now, p)
}
