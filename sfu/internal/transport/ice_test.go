package transport

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deaf is a Handler that nothing is expected of.
type deaf struct{}

func (deaf) Packet(*Session, int64, []byte, *Batch)  {}
func (deaf) Control(*Session, int64, []byte, *Batch) {}
func (deaf) Connected(*Session)                      {}
func (deaf) Failed(*Session, HandshakeCause, error)  {}
func (deaf) Lost(*Session)                           {}
func (deaf) Found(*Session)                          {}

const (
	remoteUfrag = "cufr"
	remotePwd   = "client-password-of-22-c"
)

func newTransport(t testing.TB) *Transport {
	t.Helper()
	tr, err := Listen(Config{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	return tr
}

func newSession(t testing.TB, tr *Transport) (*Session, Credentials) {
	t.Helper()
	s, c, err := tr.NewSession(deaf{}, Remote{Ufrag: remoteUfrag, Pwd: remotePwd, Hash: "sha-256", Fingerprint: "00"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, c
}

// agentAt is a hand-made ICE agent of a client.
type agentAt struct {
	t *testing.T
	c net.Conn
}

func dial(t *testing.T, tr *Transport) agentAt {
	t.Helper()
	c, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(tr.Candidates()[0]))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return agentAt{t, c}
}

func (a agentAt) addr() netip.AddrPort { return netip.MustParseAddrPort(a.c.LocalAddr().String()) }

// check sends a connectivity check.
func (a agentAt) check(c Credentials, extra ...stun.Setter) {
	a.t.Helper()
	a.checkAs(c, remoteUfrag, extra...)
}

// checkAs sends one of a client with another username.
func (a agentAt) checkAs(c Credentials, remote string, extra ...stun.Setter) {
	a.t.Helper()
	set := append([]stun.Setter{stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.Ufrag + ":" + remote)}, extra...)
	m, err := stun.Build(append(set, stun.NewShortTermIntegrity(c.Pwd), stun.Fingerprint)...)
	if err != nil {
		a.t.Fatal(err)
	}
	if _, err := a.c.Write(m.Raw); err != nil {
		a.t.Fatal(err)
	}
}

// read returns the next STUN message, nil when none comes.
func (a agentAt) read() *stun.Message {
	a.t.Helper()
	b := make([]byte, 1500)
	_ = a.c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	n, err := a.c.Read(b)
	if err != nil {
		return nil
	}
	m := &stun.Message{Raw: b[:n]}
	if err := m.Decode(); err != nil {
		a.t.Fatal(err)
	}
	return m
}

// expect reads messages until one is of the class, nil when none comes.
func (a agentAt) expect(class stun.MessageClass) *stun.Message {
	for {
		m := a.read()
		if m == nil || m.Type.Class == class {
			return m
		}
	}
}

// answer answers one of the server's checks, with the password.
func (a agentAt) answer(m *stun.Message, pwd string) {
	a.t.Helper()
	r, err := stun.Build(stun.NewTransactionIDSetter(m.TransactionID), stun.BindingSuccess,
		&stun.XORMappedAddress{IP: net.IPv4(127, 0, 0, 1), Port: 9}, stun.NewShortTermIntegrity(pwd), stun.Fingerprint)
	if err != nil {
		a.t.Fatal(err)
	}
	if _, err := a.c.Write(r.Raw); err != nil {
		a.t.Fatal(err)
	}
}

var nominate = attr{attrUseCandidate, nil}

func priority(v byte) stun.Setter { return attr{attrPriority, []byte{v, 0, 0, 0}} }

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func TestCheckIsAnsweredAndTriggersOne(t *testing.T) {
	tr := newTransport(t)
	s, c := newSession(t, tr)
	a := dial(t, tr)
	a.check(c, nominate)
	m := a.read()
	if m == nil || m.Type != stun.BindingSuccess || stun.NewShortTermIntegrity(c.Pwd).Check(m) != nil {
		t.Fatalf("answer %v", m)
	}
	var x stun.XORMappedAddress
	if err := x.GetFrom(m); err != nil || x.Port != int(a.addr().Port()) {
		t.Errorf("mapped address %v %v, want %v", x, err, a.addr())
	}
	m = a.read()
	if m == nil || m.Type != stun.BindingRequest || stun.NewShortTermIntegrity(remotePwd).Check(m) != nil {
		t.Fatalf("triggered check %v", m)
	}
	if s.RemoteAddr().IsValid() {
		t.Error("a path was selected before the address was proven")
	}
	a.answer(m, remotePwd)
	eventually(t, "the path is selected", func() bool { return s.RemoteAddr() == a.addr() })
}

func TestSpoofedNominationTurnsNothingOnAVictim(t *testing.T) {
	tr := newTransport(t)
	s, c := newSession(t, tr)
	a, victim := dial(t, tr), dial(t, tr)
	a.check(c, nominate, priority(1))
	a.answer(a.expect(stun.ClassRequest), remotePwd)
	eventually(t, "the client's path is selected", func() bool { return s.RemoteAddr() == a.addr() })
	// The client (or who knows its password) nominates an address that does
	// not answer, or answers without knowing the password.
	victim.check(c, nominate, priority(200))
	m := victim.expect(stun.ClassRequest)
	victim.answer(m, "not the password at all")
	eventually(t, "the forged answer is counted", func() bool { return tr.Counters().STUNIntegrity.Load() == 1 })
	if s.RemoteAddr() != a.addr() {
		t.Fatal("media would go to an address that never proved itself")
	}
	// DTLS from there starts nothing either: its session has its keys to make
	// with the proven path only.
	if n := tr.Counters().Handshakes.Load(); n != 0 {
		t.Errorf("%d handshakes", n)
	}
}

func TestAggressiveNominationKeepsTheHighestPriority(t *testing.T) {
	tr := newTransport(t)
	s, c := newSession(t, tr)
	low, high := dial(t, tr), dial(t, tr)
	for _, x := range []struct {
		a agentAt
		p byte
	}{{low, 10}, {high, 100}} {
		x.a.check(c, nominate, priority(x.p))
		x.a.answer(x.a.expect(stun.ClassRequest), remotePwd)
	}
	eventually(t, "the better path is selected", func() bool { return s.RemoteAddr() == high.addr() })
	for range 3 {
		low.check(c, nominate, priority(10))
		low.expect(stun.ClassSuccessResponse)
	}
	if s.RemoteAddr() != high.addr() {
		t.Error("the worse path was selected")
	}
}

func TestClientThatMovesIsFollowed(t *testing.T) {
	tr := newTransport(t)
	s, c := newSession(t, tr)
	old := dial(t, tr)
	old.check(c, nominate, priority(100))
	old.answer(old.expect(stun.ClassRequest), remotePwd)
	eventually(t, "the first path is selected", func() bool { return s.RemoteAddr() == old.addr() })
	moved := dial(t, tr)
	moved.check(c, priority(10)) // a rebinding NAT: no nomination, lower priority
	moved.answer(moved.expect(stun.ClassRequest), remotePwd)
	eventually(t, "the new path is selected", func() bool { return s.RemoteAddr() == moved.addr() })
}

func TestRestartKeepsBothCredentialsValid(t *testing.T) {
	tr := newTransport(t)
	s, before := newSession(t, tr)
	a := dial(t, tr)
	after, err := s.Restart(remoteUfrag, remotePwd)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Credentials{before, after} {
		a.check(c)
		if m := a.expect(stun.ClassSuccessResponse); m == nil {
			t.Errorf("no answer under %s", c.Ufrag)
		}
	}
	if _, err := s.Restart(remoteUfrag, remotePwd); err != nil {
		t.Fatal(err)
	}
	a.check(before)
	if m := a.expect(stun.ClassSuccessResponse); m != nil {
		t.Error("credentials of two restarts ago are answered")
	}
}

func TestRefusals(t *testing.T) {
	tr := newTransport(t)
	_, c := newSession(t, tr)
	a := dial(t, tr)
	n := tr.Counters()
	a.check(Credentials{"nobody", c.Pwd})
	eventually(t, "an unknown username is counted", func() bool { return n.STUNUnknown.Load() == 1 })
	a.check(Credentials{c.Ufrag, "wrong password, so it is"})
	eventually(t, "a wrong integrity is counted", func() bool { return n.STUNIntegrity.Load() == 1 })
	a.check(c, attr{attrICEControlled, make([]byte, 8)})
	if m := a.expect(stun.ClassErrorResponse); m == nil {
		t.Error("a controlled client is not told to change its role")
	}
	for _, b := range [][]byte{make([]byte, 13), append([]byte{128}, make([]byte, 40)...), append([]byte{22}, make([]byte, 40)...), append([]byte{70}, make([]byte, 40)...)} {
		if _, err := a.c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "garbage is counted", func() bool {
		return n.STUNMalformed.Load() == 1 && n.UnknownAddress.Load() == 2 && n.Unknown.Load() == 1
	})
}

func TestLimiterIsPerSessionAndAddress(t *testing.T) {
	l := newLimiter(stunPerSecond, stunBurst)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	n := 0
	for l.allow(a, 1, 0) {
		n++
	}
	if n < stunBurst || n > stunBurst+1 {
		t.Errorf("a burst of %d, want %d", n, stunBurst)
	}
	if !l.allow(b, 1, 0) || !l.allow(a, 2, 0) {
		t.Error("another address or session waits too")
	}
	if !l.allow(a, 1, 1_000_000/stunPerSecond) || l.allow(netip.MustParseAddr("192.0.2.1"), 1, 0) {
		t.Error("the bucket does not refill with time")
	}
}

func TestClosedSessionIsForgotten(t *testing.T) {
	tr := newTransport(t)
	s, c := newSession(t, tr)
	a := dial(t, tr)
	a.check(c)
	a.expect(stun.ClassSuccessResponse)
	s.Close()
	if _, err := s.Restart("abcd", remotePwd); err == nil {
		t.Error("a closed session restarts")
	}
	a.check(c)
	if m := a.expect(stun.ClassSuccessResponse); m != nil {
		t.Error("a closed session answers")
	}
	if n := tr.Sessions(); n != 0 {
		t.Errorf("%d sessions left", n)
	}
}
