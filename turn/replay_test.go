package turn

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// TestReplayedCredentials sends what was heard on the wire again.
func TestReplayedCredentials(t *testing.T) {
	t.Run("from elsewhere", func(t *testing.T) {
		b := newBed(t)
		c := b.allocated("call")
		thief := b.raw("", "")
		for range 3 {
			if code := codeIn(thief.send(c.sent)); code == 0 {
				t.Fatal("an allocation for a request that somebody else has made")
			}
		}
		tcp, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port())))
		if err != nil {
			t.Fatal(err)
		}
		defer tcp.Close()
		_, _ = tcp.Write(c.sent)
		_ = tcp.SetReadDeadline(time.Now().Add(5 * time.Second))
		answer := &stun.Message{Raw: make([]byte, 1500)}
		n, err := tcp.Read(answer.Raw)
		if answer.Raw = answer.Raw[:n]; err != nil || answer.Decode() != nil || codeIn(answer) == 0 {
			t.Fatalf("over TCP: %v, %v", answer, err)
		}
		if st := b.Stats(); st.Refused[ReasonReplayed] != 4 || st.Allocations != 1 {
			t.Errorf("%+v", st)
		}
	})
	t.Run("a retransmission is none", func(t *testing.T) {
		b := newBed(t)
		c := b.allocated("call")
		for range 3 {
			if code := codeIn(c.send(c.sent)); code != 0 {
				t.Fatalf("retransmitted: %d", code)
			}
		}
		if st := b.Stats(); st.Refused[ReasonReplayed] != 0 || st.AllocationsTotal != 1 {
			t.Errorf("%+v", st)
		}
		// Once the allocation is over it would be a new one.
		first := c.sent
		if code := c.do(stun.MethodRefresh, lifetime(0)); code != 0 {
			t.Fatalf("refresh: %d", code)
		}
		if code := codeIn(c.send(first)); code == 0 {
			t.Error("an old request made a new allocation")
		}
		if code := c.allocate(); code != 0 {
			t.Errorf("a new request: %d", code)
		}
	})
	t.Run("after the end", func(t *testing.T) {
		b := newBed(t)
		c := b.allocated("call")
		b.Revoke("alice", "call")
		for _, from := range []*rawClient{c, b.raw("", "")} {
			if code := codeIn(from.send(c.sent)); code == 0 {
				t.Error("an allocation for a revoked credential")
			}
		}
		if st := b.Stats(); st.Refused[ReasonUnknown] != 2 || st.Allocations != 0 {
			t.Errorf("%+v", st)
		}
	})
	t.Run("after a restart", func(t *testing.T) {
		before, b := newBed(t), newBed(t)
		c := before.allocated("call")
		b.credentials("call")
		if code := codeIn(b.raw("", "").send(c.sent)); code != stun.CodeStaleNonce {
			t.Errorf("%d", code)
		}
		if st := b.Stats(); st.Refused[ReasonNonce] != 1 || st.Allocations != 0 {
			t.Errorf("%+v", st)
		}
	})
	t.Run("changed", func(t *testing.T) {
		b := newBed(t)
		c := b.allocated("call")
		if code := c.do(stun.MethodRefresh, lifetime(0)); code != 0 { // authentic, and makes nothing
			t.Fatal(code)
		}
		forged := append([]byte{}, c.sent...)
		forged[1] = 3 // an Allocate request
		if code := codeIn(b.raw("", "").send(forged)); code == 0 {
			t.Error("taken")
		}
		if st := b.Stats(); st.Refused[ReasonPassword] != 1 || st.Allocations != 0 {
			t.Errorf("%+v", st)
		}
	})
	t.Run("memory is bounded", func(t *testing.T) {
		b := newBed(t)
		c := b.allocated("call")
		b.mu.Lock()
		g := b.grants[sessionKey{"alice", "call"}]
		for i := len(g.seen); i < maxSeen; i++ {
			g.seen[transaction{0xff, byte(i), byte(i >> 8)}] = sighting{at: b.clock.now()}
		}
		b.mu.Unlock()
		again := b.raw(c.user, c.pass)
		if code := again.allocate(); code != stun.CodeAllocQuotaReached {
			t.Errorf("over the bound: %d", code)
		}
		b.clock.advance(seenLife + time.Second)
		if code := again.allocate(); code != 0 {
			t.Errorf("an hour later: %d", code)
		}
	})
}

// TestRevokedRefresh: a revoked session's relays end at once, and nothing that
// its client says brings them back or has others.
func TestRevokedRefresh(t *testing.T) {
	b := newBed(t)
	c := b.allocated("call")
	echo := *b.echo.LocalAddr().(*net.UDPAddr)
	if code := c.do(stun.MethodCreatePermission, peerOf(echo)); code != 0 {
		t.Fatal(code)
	}
	c.indicate(echo, "hello")
	waitFor(t, "the echo comes back", func() bool { return b.Stats().FromPeerPackets == 1 })
	b.Revoke("alice", "call")
	if st := b.Stats(); st.Allocations != 0 {
		t.Fatalf("%d allocations after Revoke has returned", st.Allocations)
	}
	refused := b.Stats().Refused[ReasonUnknown]
	c.indicate(echo, "hello")
	if code := c.do(stun.MethodRefresh, lifetime(255)); code == 0 {
		t.Error("refreshed")
	}
	if code := c.allocate(); code == 0 {
		t.Error("allocated")
	}
	st := b.Stats()
	if st.Refused[ReasonUnknown] != refused+2 || st.ToPeerPackets != 1 || st.Allocations != 0 {
		t.Errorf("%+v", st)
	}
	if !b.empty() {
		t.Error("something of it is left")
	}
	// The same of one that has expired.
	old := b.allocated("old")
	b.clock.advance(Lifetime + time.Second)
	if code := old.do(stun.MethodRefresh, lifetime(255)); code == 0 {
		t.Error("an expired credential refreshed")
	}
	if n := b.Stats().Refused[ReasonExpired]; n != 1 {
		t.Errorf("counted %d times", n)
	}
	b.sweep(b.clock.now())
	if !b.empty() {
		t.Error("something of the expired one is left")
	}
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 3})
	f.Add(stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest)).Raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		var r request
		r.note(b)
		m := &stun.Message{Raw: b}
		if got := r.of.Load(); got != nil && m.Decode() == nil && [12]byte(*got) != m.TransactionID {
			t.Fatalf("% x: transaction % x, want % x", b, *got, m.TransactionID)
		}
		s := &Server{count: newCounters()}
		s.noteReply(b)
	})
}
