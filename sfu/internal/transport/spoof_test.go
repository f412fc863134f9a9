package transport

import (
	"encoding/binary"
	"net"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// connectivityCheck is the bytes of a client's check.
func (c *client) connectivityCheck(extra ...stun.Setter) []byte {
	c.t.Helper()
	set := append([]stun.Setter{stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.creds.Ufrag + ":" + c.local.Ufrag)}, extra...)
	m, err := stun.Build(append(set, stun.NewShortTermIntegrity(c.creds.Pwd), stun.Fingerprint)...)
	if err != nil {
		c.t.Fatal(err)
	}
	return m.Raw
}

// TestVictimGetsLittle: who knows a session's password and writes a victim's
// address on his checks, a thousand times, moves no media there, and the victim
// gets STUN only, no more than was sent in his name.
func TestVictimGetsLittle(t *testing.T) {
	tr := newTransport(t)
	c := newClient(t, tr, tr.Candidates()[0])
	c.connect()
	stop := c.call()
	victim := dial(t, tr)
	_ = victim.c.(*net.UDPConn).SetReadBuffer(1 << 20)
	sent := 0
	for i := range 1000 {
		b := c.connectivityCheck(nominate, priority(200))
		sent += len(b)
		if _, err := victim.c.Write(b); err != nil {
			t.Fatal(err)
		}
		if i%50 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	got, answers, checks := 0, 0, 0
	b := make([]byte, 2000)
	for {
		_ = victim.c.SetReadDeadline(time.Now().Add(400 * time.Millisecond))
		n, err := victim.c.Read(b)
		if err != nil {
			break
		}
		got += n
		switch {
		case b[0] > 3:
			t.Fatalf("the victim got a datagram that begins with %d", b[0])
		case b[0] == 1:
			answers++
		default:
			checks++
		}
	}
	stop()
	if got > sent || checks > 2 {
		t.Errorf("%d bytes sent in the victim's name, %d went to him, with %d checks", sent, got, checks)
	}
	t.Logf("%d bytes in the victim's name: he got %d, %d answers and %d checks", sent, got, answers, checks)
	t.Log(c.complete())
	if n := tr.Counters().STUNLimited.Load(); n == 0 {
		t.Error("nothing was over the rate")
	}
}

// TestCapturedCheckMovesNothing: a check of the client, captured and sent again
// from elsewhere, moves nothing; nor does one with attributes added behind its
// integrity.
func TestCapturedCheckMovesNothing(t *testing.T) {
	tr := newTransport(t)
	c := newClient(t, tr, tr.Candidates()[0])
	c.connect()
	at := c.session.RemoteAddr()
	stop := c.call()
	captured := c.connectivityCheck(nominate, priority(200))
	thief := dial(t, tr)
	for range 4 {
		if _, err := thief.c.Write(captured); err != nil {
			t.Fatal(err)
		}
		thief.answerAny("not the password at all")
	}
	// Behind MESSAGE-INTEGRITY anybody may add what he likes.
	plain := c.connectivityCheck()
	plain = plain[:len(plain)-8] // without FINGERPRINT
	for _, a := range []stun.AttrType{attrUseCandidate, attrICEControlled, 0x7fff} {
		forged := append([]byte(nil), plain...)
		forged = binary.BigEndian.AppendUint16(forged, uint16(a))
		forged = append(forged, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8)
		binary.BigEndian.PutUint16(forged[2:], uint16(len(forged)-20))
		other := dial(t, tr)
		if _, err := other.c.Write(forged); err != nil {
			t.Fatal(err)
		}
		if m := other.read(); m == nil || m.Type != stun.BindingSuccess {
			t.Errorf("attribute %v behind the integrity was believed: %v", a, m)
		}
		c.session.mu.Lock()
		if p := c.session.ice.find(place{addr: other.addr()}); p == nil || p.nominatedAt != 0 {
			t.Errorf("attribute %v: path %+v", a, p)
		}
		c.session.mu.Unlock()
	}
	stop()
	if c.session.RemoteAddr() != at {
		t.Errorf("media goes to %v", c.session.RemoteAddr())
	}
	t.Log(c.complete())
}

// answerAny answers whatever check comes next with a password.
func (a agentAt) answerAny(pwd string) {
	for range 2 {
		if m := a.read(); m != nil && m.Type.Class == stun.ClassRequest {
			a.answer(m, pwd)
		} else if m == nil {
			return
		}
	}
}

// TestAnotherSessionCannotTakeAnAddress: a participant who writes another one's
// address on checks of his own session does not get that one's packets.
func TestAnotherSessionCannotTakeAnAddress(t *testing.T) {
	tr := newTransport(t)
	victim := newClient(t, tr, tr.Candidates()[0])
	victim.connect()
	thief := newClient(t, tr, tr.Candidates()[0])
	thief.connect()
	stop := victim.call()
	for range 100 {
		victim.write(thief.connectivityCheck(nominate, priority(255))) // from the victim's address
		time.Sleep(time.Millisecond)
	}
	stop()
	if a := thief.session.RemoteAddr(); a != thief.addr() {
		t.Errorf("the thief's session sends to %v", a)
	}
	t.Log(victim.complete())
	// Who really is there gets it: the NAT gave the port to somebody else.
	next := newClient(t, tr, tr.Candidates()[0])
	next.join()
	victim.quiet.Store(true)
	victim.mu.Lock()
	victim.local, victim.creds = next.local, next.creds // its socket is the new client's
	victim.mu.Unlock()
	victim.check()
	eventually(t, "the address is the new client's", func() bool {
		next.session.mu.Lock()
		defer next.session.mu.Unlock()
		p := next.session.ice.find(place{addr: victim.addr()})
		return p != nil && p.provenBy != nil
	})
}

// TestSTUNThatIsNotRight: every truncation and many distortions of a valid
// check are dropped and counted, and a check with an attribute that must be
// understood is told so.
func TestSTUNThatIsNotRight(t *testing.T) {
	tr := newTransport(t)
	_, c := newSession(t, tr)
	n := tr.Counters()
	dropped := func() uint64 {
		return n.Unknown.Load() + n.STUNMalformed.Load() + n.STUNUnknown.Load() + n.STUNIntegrity.Load() + n.STUNLimited.Load() + n.UnknownAddress.Load()
	}
	a := dial(t, tr)
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.Ufrag+":"+remoteUfrag), priority(1), stun.NewShortTermIntegrity(c.Pwd))
	if err != nil {
		t.Fatal(err)
	}
	valid := m.Raw
	want := uint64(0)
	send := func(b []byte) {
		if len(b) == 0 {
			return
		}
		want++
		if _, err := a.c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	for i := 1; i < len(valid); i++ {
		send(valid[:i])
		// The same with a header that agrees with what is left.
		if i >= 20 && i%4 == 0 {
			b := append([]byte(nil), valid[:i]...)
			binary.BigEndian.PutUint16(b[2:], uint16(i-20))
			send(b)
		}
	}
	for i := range valid {
		if i >= 8 && i < 20 {
			continue // the transaction is covered by the integrity below
		}
		b := append([]byte(nil), valid...)
		b[i] ^= 0x15
		if b[0] > 3 {
			continue
		}
		send(b)
	}
	for i := 8; i < 20; i++ {
		b := append([]byte(nil), valid...)
		b[i]++
		send(b)
	}
	eventually(t, "each is counted", func() bool { return dropped() == want })
	if m := a.read(); m != nil {
		t.Errorf("one of them was answered: %v", m)
	}
	a.check(c, attr{0x7abc, []byte{1, 2, 3}})
	e := a.expect(stun.ClassErrorResponse)
	var code stun.ErrorCodeAttribute
	var u stun.UnknownAttributes
	if e == nil || code.GetFrom(e) != nil || code.Code != stun.CodeUnknownAttribute || u.GetFrom(e) != nil || len(u) != 1 || u[0] != 0x7abc {
		t.Errorf("answer to an attribute that must be understood: %v %v %v", e, code, u)
	}
	a.check(c, attr{0xC057, []byte{0, 1, 0, 9}}) // Chromium's network cost: may be ignored
	if a.expect(stun.ClassSuccessResponse) == nil {
		t.Error("an attribute that may be ignored is not")
	}
}
