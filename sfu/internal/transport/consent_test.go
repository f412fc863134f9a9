package transport

import (
	"sync/atomic"
	"testing"

	"github.com/pion/stun/v4"
)

// witness is a Handler that notes whether its client counts as lost.
type witness struct {
	deaf
	lost, found atomic.Int32
}

func (w *witness) Lost(*Session)  { w.lost.Add(1) }
func (w *witness) Found(*Session) { w.found.Add(1) }

// connected is a session with a proven path, as after a handshake.
func connected(t *testing.T, tr *Transport, h Handler) (*Session, Credentials, agentAt) {
	t.Helper()
	s, c, err := tr.NewSession(h, Remote{Ufrag: remoteUfrag, Pwd: remotePwd, Hash: "sha-256", Fingerprint: "00"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	a := dial(t, tr)
	a.check(c, nominate)
	a.answer(a.expect(stun.ClassRequest), remotePwd)
	eventually(t, "the path is selected", func() bool { return s.RemoteAddr() == a.addr() })
	s.ready.Store(true)
	return s, c, a
}

func TestConsentIsAskedForAndEnds(t *testing.T) {
	tr := newTransport(t)
	s, c, a := connected(t, tr, deaf{})
	w := newBatch(tr.sockets)
	later := func(us int64) {
		s.tick(tr.Now()+us, w)
		w.flush()
	}
	later(consentEveryUs + consentJitterUs)
	m := a.expect(stun.ClassRequest)
	if m == nil {
		t.Fatal("consent is not asked for")
	}
	later(consentLastsUs + 1)
	if s.RemoteAddr().IsValid() {
		t.Fatal("media still goes to a client that gave no consent")
	}
	if n := tr.Counters().ConsentLost.Load(); n != 1 {
		t.Errorf("%d losses counted", n)
	}
	// An answer to an old check revives nothing; a new check of the client does.
	a.check(c, nominate)
	a.answer(a.expect(stun.ClassRequest), remotePwd)
	eventually(t, "the client is back", func() bool { return s.RemoteAddr() == a.addr() })
}

func TestSilenceIsToldOnce(t *testing.T) {
	tr := newTransport(t)
	h := &witness{}
	s, c, a := connected(t, tr, h)
	w := newBatch(tr.sockets)
	for range 3 {
		s.tick(tr.Now()+lostUs+1, w)
	}
	if n := h.lost.Load(); n != 1 {
		t.Fatalf("told %d times that the client is lost", n)
	}
	a.check(c)
	a.expect(stun.ClassSuccessResponse)
	s.tick(tr.Now(), w)
	if n := h.found.Load(); n != 1 {
		t.Errorf("told %d times that the client is back", n)
	}
}

func TestOldCredentialsEndAfterARestart(t *testing.T) {
	tr := newTransport(t)
	s, before, a := connected(t, tr, deaf{})
	after, err := s.Restart(remoteUfrag, remotePwd)
	if err != nil {
		t.Fatal(err)
	}
	b := dial(t, tr)
	b.check(after, nominate)
	b.answer(b.expect(stun.ClassRequest), remotePwd)
	eventually(t, "the restarted path is selected", func() bool { return s.RemoteAddr() == b.addr() })
	s.tick(tr.Now()+oldGenerationUs+1, newBatch(tr.sockets))
	a.check(before)
	if m := a.expect(stun.ClassSuccessResponse); m != nil {
		t.Error("the credentials before the restart are still answered")
	}
}
