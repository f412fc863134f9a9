package edge

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// A few who hold every place by handshakes that they never end keep nobody
// else out, and are not let in again and again themselves.
func TestFewWhoHoldAllPlaces(t *testing.T) {
	b := newBed(t, bedOptions{options: func(o *Options) { o.handshakeTime, o.firstTime = 30*time.Second, 30*time.Second }})
	hello := helloRecord(t)
	var mu sync.Mutex
	var open []net.Conn
	var all sync.WaitGroup
	defer func() {
		mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		all.Wait()
	}()
	hold := func(host byte) bool {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 2, host)}}
		conn, err := dialer.Dial("tcp", b.tls)
		if err != nil {
			return false
		}
		mu.Lock()
		open = append(open, conn)
		mu.Unlock()
		_, _ = conn.Write(hello[:len(hello)/2])
		all.Go(func() { _, _ = io.Copy(io.Discard, conn) })
		return true
	}
	// As many as each may have while there is room, and then as few as suffice.
	const attackers = maxUnderway/crowded + 4
	for round := range maxOfAddress {
		for host := byte(1); host <= attackers; host++ {
			if round < crowded || host <= 8 {
				hold(host)
			}
		}
	}
	waitFor(t, "all places are taken", func() bool { return b.Stats().Handshakes == maxUnderway })
	honest := func(ip net.IP) {
		t.Helper()
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: ip}, Timeout: 20 * time.Second}
		conn, err := tls.DialWithDialer(&dialer, "tcp", b.tls, b.config())
		if err != nil {
			t.Errorf("from %s: %v", ip, err)
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = io.WriteString(conn, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
		if said, err := io.ReadAll(conn); err != nil || len(said) == 0 {
			t.Errorf("from %s: %q, %v", ip, said, err)
		}
	}
	began := time.Now()
	for i := range byte(10) {
		honest(net.IPv4(127, 0, 3, 1+i))
		honest(net.IPv4(127, 0, 2, 200+i)) // a neighbour of theirs
		hold(1 + i)                        // and they go on
	}
	st := b.Stats()
	if st.HTTP != 20 || st.Refused[CauseFull] != 0 || st.Refused[CauseEvicted] == 0 || st.Handshakes > maxUnderway {
		t.Errorf("%+v", st)
	}
	t.Logf("20 requests took %s; refused: %v", time.Since(began), st.Refused)
}

// TestWhoMakesRoom holds who is shut out for whom, on a clock that stands still.
func TestWhoMakesRoom(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name string
		from func(i int) string // where the ith of those under way comes from
		want int                // which of them makes room; -1: none
	}{
		{"one address", func(i int) string {
			if i%10 == 5 {
				return "192.0.2.1"
			}
			return fmt.Sprintf("10.%d.%d.1", i>>8, i&0xff)
		}, 5},
		{"one network", func(i int) string {
			if i%2 == 1 {
				return fmt.Sprintf("192.0.2.%d", i%256)
			}
			return fmt.Sprintf("10.%d.%d.1", i>>8, i&0xff)
		}, 1},
		{"one network of IPv6", func(i int) string {
			if i%2 == 1 {
				return fmt.Sprintf("2001:db8:1:%x::1", i)
			}
			return fmt.Sprintf("2001:db8:%x::1", 0x100+i)
		}, 1},
		{"nobody holds many", func(i int) string { return fmt.Sprintf("10.%d.%d.1", i>>8, i&0xff) }, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGate(1, func() time.Time { return now })
			here, there := net.Pipe()
			defer here.Close()
			defer there.Close()
			visits := map[*visit]int{}
			n := 0
			for ; g.len() < maxUnderway; n++ {
				if v, cause := g.enter(here, netip.MustParseAddr(c.from(n))); cause == "" {
					visits[v] = n
				}
			}
			g.mu.Lock()
			victim := g.dispensable(now)
			g.mu.Unlock()
			got, ok := visits[victim]
			if !ok {
				got = -1
			}
			if got != c.want {
				t.Errorf("%d makes room, want %d", got, c.want)
			}
			for v := range visits {
				g.leave(v)
			}
			if len(g.networks) != 0 || g.len() != 0 {
				t.Errorf("%d networks and %d connections are left", len(g.networks), g.len())
			}
		})
	}
}
