package transport

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// selected waits until the session's path is the client's present socket.
func (c *client) selected(what string) {
	c.t.Helper()
	at := c.addr()
	eventually(c.t, what, func() bool { return c.session.RemoteAddr() == at && c.session.TCP() == c.tcp })
}

// TestCallOverTCP: a client that has nothing but TCP shakes hands and talks, and
// nothing of the connection is left when the session has ended.
func TestCallOverTCP(t *testing.T) {
	tr := newTCPTransport(t)
	c := newTCPClient(t, tr)
	c.connect()
	c.selected("the connection is selected")
	if udp, tcp := tr.Paths(); udp != 0 || tcp != 1 {
		t.Errorf("%d sessions over UDP, %d over TCP", udp, tcp)
	}
	stop := c.call()
	time.Sleep(300 * time.Millisecond)
	stop()
	t.Log(c.complete())
	c.session.Close()
	eventually(t, "the connection goes with its session", func() bool { return tr.Connections() == 0 })
	if n := tr.Counters().TCPEnded[TCPGone].Load(); n != 1 {
		t.Errorf("%d connections ended with their sessions", n)
	}
}

// TestTCPOverIPv6: connections come over IPv6 as well.
func TestTCPOverIPv6(t *testing.T) {
	tr, err := Listen(Config{Addr: "[::1]:0", TCPAddr: "[::1]:0"})
	if err != nil {
		t.Skip("no IPv6 here")
	}
	t.Cleanup(tr.Close)
	c := newTCPClient(t, tr)
	c.connect()
	stop := c.call()
	time.Sleep(50 * time.Millisecond)
	stop()
	t.Log(c.complete())
}

// TestCallMovesBetweenUDPAndTCP: in mid-call the client loses UDP and goes on
// over TCP, and the other way round, each way by its nomination and by nothing
// but its media; no packet of after the move is lost.
func TestCallMovesBetweenUDPAndTCP(t *testing.T) {
	tr := newTCPTransport(t)
	for _, x := range []struct {
		name  string
		check func(c *client) []byte
	}{
		{"nominated", func(c *client) []byte { return c.connectivityCheck(nominate, priority(100)) }},
		{"by media", func(c *client) []byte { return c.connectivityCheck(priority(10)) }},
	} {
		c := newClient(t, tr, tr.Candidates()[0])
		c.connect()
		for _, tcp := range []bool{true, false, true} {
			time.Sleep(50 * time.Millisecond)
			stop := c.call()
			c.quiet.Store(true)
			to := tr.Candidates()[0]
			if tcp {
				to = tcpOf(tr)
			}
			start := time.Now()
			c.moves(to, tcp, x.check(c))
			c.selected("the new path is selected")
			took := time.Since(start)
			before := c.receivedNow()
			eventually(t, "voice comes back by the new path", func() bool { return c.receivedNow() > before+5 })
			stop()
			t.Logf("%s, to TCP %v: moved %v after the first check", x.name, tcp, took.Round(time.Millisecond))
			c.quiet.Store(false)
		}
		if _, _, stray := c.counts(); stray != 0 {
			t.Errorf("%d strays", stray)
		}
		c.close()
	}
	eventually(t, "no connection is left", func() bool { return tr.Connections() == 0 })
}

// TestConnectionLostFallsBack: a client with a path over each is sent its voice
// over UDP as soon as its connection is gone, without saying a word.
func TestConnectionLostFallsBack(t *testing.T) {
	tr := newTCPTransport(t)
	c := newTCPClient(t, tr)
	c.connect()
	c.selected("the connection is selected")
	c.quiet.Store(true)
	beside := dial(t, tr)
	beside.checkAs(c.creds, c.local.Ufrag)
	beside.answer(beside.expect(stun.ClassRequest), c.local.Pwd)
	eventually(t, "the path beside it is proven", func() bool {
		c.session.mu.Lock()
		defer c.session.mu.Unlock()
		p := c.session.ice.find(place{addr: beside.addr()})
		return p != nil && p.provenBy != nil
	})
	if !c.session.TCP() {
		t.Error("moved though the connection works and nothing was nominated")
	}
	_ = c.conn.Close()
	eventually(t, "UDP is selected", func() bool { return c.session.RemoteAddr() == beside.addr() })
	eventually(t, "the connection is counted", func() bool { return tr.Counters().TCPEnded[TCPPeer].Load() == 1 })
}

// TestClosedConnectionIsALoss: without another path a client whose connection
// has ended counts as lost after some seconds, and as found when it is back.
func TestClosedConnectionIsALoss(t *testing.T) {
	tr := newTCPTransport(t)
	h := &witness{}
	s, creds, err := tr.NewSession(h, Remote{Ufrag: remoteUfrag, Pwd: remotePwd, Hash: "sha-256", Fingerprint: "00"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	comes := func() agentAt {
		a := agentAt{t, knock(t, tr)}
		a.check(creds, nominate)
		a.answer(a.expect(stun.ClassRequest), remotePwd)
		eventually(t, "the connection is selected", func() bool { return s.RemoteAddr() == a.addr() })
		return a
	}
	a := comes()
	s.ready.Store(true)
	_ = a.c.Close()
	eventually(t, "there is no path", func() bool { return !s.HasPath() })
	w := tr.NewBatch()
	s.tick(tr.Now(), w)
	if h.lost.Load() != 0 {
		t.Error("lost at once")
	}
	s.tick(tr.Now()+lostUs+1, w)
	if n := h.lost.Load(); n != 1 {
		t.Fatalf("told %d times that the client is lost", n)
	}
	comes()
	s.tick(tr.Now(), w)
	if n := h.found.Load(); n != 1 {
		t.Errorf("told %d times that the client is back", n)
	}
	w.flush()
}

// TestRestartOverAnotherConnection: an ICE restart takes another connection, and
// voice goes on.
func TestRestartOverAnotherConnection(t *testing.T) {
	tr := newTCPTransport(t)
	c := newTCPClient(t, tr)
	c.connect()
	stop := c.call()
	local := Credentials{Ufrag: randomString(4), Pwd: randomString(22)}
	after, err := c.session.Restart(local.Ufrag, local.Pwd)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.creds, c.local = after, local
	c.mu.Unlock()
	c.open(c.connectivityCheck(nominate, priority(100)))
	c.selected("the new connection is selected")
	before := c.receivedNow()
	eventually(t, "voice comes back by the new connection", func() bool { return c.receivedNow() > before+5 })
	stop()
	eventually(t, "the old connection is gone", func() bool { return tr.Connections() == 1 })
}

// TestConnectionIsOneSessions: checks of another session on a connection are
// not answered.
func TestConnectionIsOneSessions(t *testing.T) {
	tr := newTCPTransport(t)
	_, mine := newSession(t, tr)
	s, theirs := newSession(t, tr)
	a := agentAt{t, knock(t, tr)}
	a.check(mine)
	if a.expect(stun.ClassSuccessResponse) == nil {
		t.Fatal("no answer")
	}
	a.check(theirs, nominate)
	if m := a.expect(stun.ClassSuccessResponse); m != nil {
		t.Errorf("another session answers: %v", m)
	}
	if s.RemoteAddr() != (netip.AddrPort{}) {
		t.Error("another session has a path")
	}
}

// TestManyConnectionsOfOneSession: a client that opens connection after
// connection has as many as a session has paths.
func TestManyConnectionsOfOneSession(t *testing.T) {
	tr := newTCPTransport(t)
	s, creds := newSession(t, tr)
	for range 3 * maxPaths {
		a := agentAt{t, knock(t, tr)}
		a.check(creds)
		a.expect(stun.ClassSuccessResponse)
	}
	eventually(t, "the others are closed", func() bool { return tr.Connections() == maxPaths })
	s.Close()
	eventually(t, "all are closed", func() bool { return tr.Connections() == 0 })
}
