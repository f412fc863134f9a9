package turn

import (
	"net"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// Who loses his network again and again leaves relays behind that nobody ends.
// They make room, the longest silent first, and those in use do not.
func TestSilentRelaysMakeRoom(t *testing.T) {
	b := newBed(t, func(c *Config) { c.MaxAllocationsPerUser = 3 })
	echo := *b.echo.LocalAddr().(*net.UDPAddr)
	left, idle, talks := b.allocated("call"), b.allocated("call"), b.allocated("call")
	if code := talks.do(stun.MethodCreatePermission, peerOf(echo)); code != 0 {
		t.Fatalf("permission: %d", code)
	}
	hears := func() bool {
		before := b.Stats().FromPeerPackets
		talks.indicate(echo, "hello")
		waitFor(t, "the echo comes back", func() bool { return b.Stats().FromPeerPackets == before+1 })
		return true
	}
	user, pass := b.credentials("call")
	if code := b.raw(user, pass).allocate(); code != stun.CodeAllocQuotaReached {
		t.Fatalf("all were heard a moment ago: %d", code)
	}

	b.clock.advance(silentAfter / 2)
	if code := idle.do(stun.MethodRefresh, lifetime(200)); code != 0 {
		t.Fatalf("refresh: %d", code)
	}
	b.clock.advance(silentAfter/2 + time.Second)
	hears()
	fourth := b.raw(user, pass)
	if code := fourth.allocate(); code != 0 {
		t.Fatalf("one is silent: %d", code)
	}
	if code := b.raw(user, pass).allocate(); code != stun.CodeAllocQuotaReached {
		t.Errorf("the one that was refreshed had to go: %d", code)
	}
	b.clock.advance(silentAfter / 2)
	hears()
	if code := b.raw(user, pass).allocate(); code != 0 {
		t.Errorf("the second is silent: %d", code)
	}
	if st := b.Stats(); st.Evicted != 2 || st.Refused[ReasonUserQuota] != 2 || st.Allocations != 3 {
		t.Errorf("%+v", st)
	}
	hears()
	// He who is back after all has no relay any more, and may have another in time.
	b.clock.advance(silentAfter + time.Second)
	waitFor(t, "the closed one is forgotten", func() bool { return left.allocate() == 0 })

	// Nobody's silence makes room for somebody else.
	other := b.Issue("bob", "his", "127.0.0.1")[1]
	before := b.Stats()
	if code := b.raw(other.Username, other.Credential).allocate(); code != 0 {
		t.Errorf("another user: %d", code)
	}
	if after := b.Stats(); after.Evicted != before.Evicted || after.Allocations != before.Allocations+1 {
		t.Errorf("before %+v, after %+v", before, after)
	}
	b.Revoke("alice", "call")
	b.Revoke("bob", "his")
	waitFor(t, "nothing is left in the ledger", b.empty)
}

// When all relays are taken, a user's own silent ones make room for him, and
// another's do not.
func TestOwnSilentRelaysMakeRoomInAll(t *testing.T) {
	b := newBed(t, func(c *Config) { c.MaxAllocations = 2 })
	b.allocated("call")
	other := b.Issue("bob", "his", "127.0.0.1")[1]
	if code := b.raw(other.Username, other.Credential).allocate(); code != 0 {
		t.Fatal(code)
	}
	b.clock.advance(silentAfter + time.Second)
	third := b.Issue("eve", "hers", "127.0.0.1")[1]
	if code := b.raw(third.Username, third.Credential).allocate(); code != stun.CodeAllocQuotaReached {
		t.Errorf("a third user: %d", code)
	}
	user, pass := b.credentials("call")
	if code := b.raw(user, pass).allocate(); code != 0 {
		t.Errorf("who has a silent one: %d", code)
	}
	if st := b.Stats(); st.Evicted != 1 || st.Refused[ReasonTotalQuota] != 1 || st.Allocations != 2 {
		t.Errorf("%+v", st)
	}
}
