package turn

import (
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

func TestAllocationQuotas(t *testing.T) {
	t.Run("of a user", func(t *testing.T) {
		b := newBed(t, func(c *Config) { c.MaxAllocationsPerUser = 3 })
		// Over all of his sessions: moving to another device is no way around it.
		clients := []*rawClient{b.allocated("one"), b.allocated("one"), b.allocated("two")}
		user, pass := b.credentials("two")
		late := b.raw(user, pass)
		for range 2 {
			if code := late.allocate(); code != stun.CodeAllocQuotaReached {
				t.Fatalf("the fourth: %d", code)
			}
		}
		if st := b.Stats(); st.Refused[ReasonUserQuota] != 2 || st.Allocations != 3 {
			t.Errorf("%+v", st)
		}
		// Others have their own.
		other := b.Issue("bob", "his", "127.0.0.1")[1]
		if code := b.raw(other.Username, other.Credential).allocate(); code != 0 {
			t.Errorf("another user: %d", code)
		}
		// What is given back may be had again.
		if code := clients[0].do(stun.MethodRefresh, lifetime(0)); code != 0 {
			t.Fatalf("refresh: %d", code)
		}
		waitFor(t, "a relay is given back", func() bool { return b.Stats().Allocations == 3 })
		if code := late.allocate(); code != 0 {
			t.Errorf("after one was given back: %d", code)
		}
		b.Revoke("alice", "one")
		b.Revoke("alice", "two")
		b.Revoke("bob", "his")
		waitFor(t, "nothing is left in the ledger", b.empty)
	})
	t.Run("of all", func(t *testing.T) {
		b := newBed(t, func(c *Config) { c.MaxAllocations = 2 })
		b.allocated("one")
		b.allocated("two")
		user, pass := b.credentials("three")
		if code := b.raw(user, pass).allocate(); code != stun.CodeAllocQuotaReached {
			t.Errorf("the third: %d", code)
		}
		if n := b.Stats().Refused[ReasonTotalQuota]; n != 1 {
			t.Errorf("counted %d times", n)
		}
	})
	t.Run("of the ports", func(t *testing.T) {
		b := newBed(t, func(c *Config) { c.RelayPorts = PortRange{First: 21411, Last: 21412} })
		for i, want := range []stun.ErrorCode{0, 0, stun.CodeAllocQuotaReached} {
			user, pass := b.credentials("call")
			if code := b.raw(user, pass).allocate(); code != want {
				t.Fatalf("allocation %d: %d", i, code)
			}
		}
	})
	t.Run("of ports that others have", func(t *testing.T) {
		first := newBed(t, func(c *Config) { c.RelayPorts = PortRange{First: 21413, Last: 21413} })
		first.allocated("call")
		b := newBed(t, func(c *Config) { c.RelayPorts = PortRange{First: 21413, Last: 21413} })
		user, pass := b.credentials("call")
		if code := b.raw(user, pass).allocate(); code != stun.CodeInsufficientCapacity {
			t.Errorf("%d", code)
		}
		if n := b.Stats().Refused[ReasonNoPort]; n != 1 {
			t.Errorf("counted %d times", n)
		}
		b.Revoke("alice", "call")
		waitFor(t, "the promise is taken back", b.empty)
	})
}

// TestQuotaHoldsInACrowd: many connections ask at once, each on a goroutine of
// the server's own.
func TestQuotaHoldsInACrowd(t *testing.T) {
	const limit = 5
	b := newBed(t, func(c *Config) { c.MaxAllocationsPerUser = limit })
	user, pass := b.credentials("call")
	var got atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		c := b.dial("tcp", user, pass)
		all.Go(func() {
			if relay, err := c.Allocate(); err == nil {
				got.Add(1)
				t.Cleanup(func() { _ = relay.Close() })
			} else if !strings.Contains(err.Error(), "486") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got.Load() != limit || b.Stats().Allocations != limit {
		t.Errorf("%d were given, %d are there", got.Load(), b.Stats().Allocations)
	}
}

// TestBandwidth stands still in time, so that a second's worth is all there is.
func TestBandwidth(t *testing.T) {
	const size = 1000
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   Reason
	}{
		{"of a user", func(c *Config) { c.MaxBytesPerSecPerUser = minBytesPerSec }, ReasonUserBandwidth},
		{"of all", func(c *Config) { c.MaxBytesPerSecPerUser, c.MaxBytesPerSec = 0, minBytesPerSec }, ReasonTotalBandwidth},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBed(t, c.change)
			echo := *b.echo.LocalAddr().(*net.UDPAddr)
			client := b.allocated("call")
			if code := client.do(stun.MethodCreatePermission, peerOf(echo)); code != 0 {
				t.Fatal(code)
			}
			const sent = 2 * minBytesPerSec / size
			for i := range sent {
				client.indicate(echo, strings.Repeat("x", size))
				// One after the other: what is dropped here is to be the limit's.
				waitFor(t, "it is counted", func() bool {
					st := b.Stats()
					return st.ToPeerPackets+st.Refused[c.want] > uint64(i)
				})
			}
			waitFor(t, "a second's worth was relayed, both ways together, and the rest counted", func() bool {
				st := b.Stats()
				relayed := st.ToPeerBytes + st.FromPeerBytes
				return relayed == minBytesPerSec && st.ToPeerPackets+st.FromPeerPackets+st.Refused[c.want] == sent+st.ToPeerPackets
			})
			if c.want == ReasonUserBandwidth { // others have their own
				other := b.Issue("bob", "his", "127.0.0.1")[1]
				his := b.raw(other.Username, other.Credential)
				if his.allocate() != 0 || his.do(stun.MethodCreatePermission, peerOf(echo)) != 0 {
					t.Fatal("no relay")
				}
				before := b.Stats()
				his.indicate(echo, "hello")
				waitFor(t, "another user's goes through", func() bool {
					return b.Stats().FromPeerPackets == before.FromPeerPackets+1
				})
			}
			before := b.Stats()
			b.clock.advance(time.Second)
			client.indicate(echo, "hello")
			waitFor(t, "it goes on a second later", func() bool { return b.Stats().FromPeerPackets == before.FromPeerPackets+1 })
		})
	}
}

func TestMeter(t *testing.T) {
	var m meter
	if !m.take(0, 1<<30, 0) || m.whole.Load() != 0 {
		t.Error("no limit is a limit")
	}
	taken := 0
	for now := time.Duration(0); now < 10*time.Second; now += time.Millisecond {
		if m.take(now, 100, 50_000) {
			taken += 100
		}
	}
	// Twice as much is asked for: the rate, and one second's worth at once.
	if taken < 10*50_000 || taken > 11*50_000+100 {
		t.Errorf("%d bytes in 10 s", taken)
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		want   []string // nil: it is taken
	}{
		{func(*Config) {}, nil},
		{func(c *Config) { c.MaxAllocations, c.MaxAllocationsPerUser, c.MaxBytesPerSecPerUser = 7, 0, 0 }, nil},
		{func(c *Config) { c.MaxAllocations = -1 }, []string{"turn.maxAllocations:", "-1", "0 "}},
		{func(c *Config) { c.MaxAllocationsPerUser = -1 }, []string{"turn.maxAllocationsPerUser", "-1"}},
		{func(c *Config) { c.MaxBytesPerSec = 5 }, []string{"turn.maxBytesPerSec:", "5", "20000"}},
		{func(c *Config) { c.MaxBytesPerSecPerUser = 5 }, []string{"turn.maxBytesPerSecPerUser", "5", "20000"}},
		{func(c *Config) { c.External.URLs = []string{"turn:t.example"} }, []string{"turn.external.secret"}},
		{func(c *Config) {
			c.External = External{URLs: []string{"turn:t.example:3478?transport=tcp", "turns:t.example"}, Secret: "x"}
		}, nil},
		{func(c *Config) { c.External = External{URLs: []string{"https://t.example"}, Secret: "x"} }, []string{"turn.external.urls", "https://t.example", "turns:"}},
		{func(c *Config) { c.External = External{URLs: []string{"stun:t.example"}, Secret: "x"} }, []string{"turn.external.urls", "stun:t.example"}},
	} {
		cfg := Defaults()
		c.change(&cfg)
		err := cfg.Validate()
		if (err == nil) != (c.want == nil) {
			t.Errorf("%+v: %v", cfg, err)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v: names no %s", err, part)
			}
		}
	}
}

// empty says whether nobody has anything.
func (b *bed) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &b.ledger
	return len(b.grants) == 0 && len(b.relays) == 0 && len(l.users) == 0 && len(l.promised) == 0 && len(l.relaysOf) == 0 && l.taken == 0 && l.promises.Load() == 0
}

// lifetime is LIFETIME.
func lifetime(seconds byte) stun.Setter {
	return stun.RawAttribute{Type: stun.AttrLifetime, Value: []byte{0, 0, 0, seconds}}
}
