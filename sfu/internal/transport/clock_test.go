package transport

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestClockLeavesStallsOut: time in which the process did not run does not
// count, whoever reads the clock first, and the clock never goes back.
func TestClockLeavesStallsOut(t *testing.T) {
	var raw atomic.Int64
	c := clock{since: func() time.Duration { return time.Duration(raw.Load()) }}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			last := c.now()
			for range 20_000 {
				now := c.now()
				if now < last {
					t.Errorf("%d after %d", now, last)
					return
				}
				if now-last > stallUs {
					t.Errorf("a jump of %d", now-last)
					return
				}
				last = now
			}
		})
	}
	wg.Go(func() {
		for i := range 2000 {
			raw.Add(int64(50 * time.Microsecond))
			if i%500 == 499 {
				raw.Add(int64(time.Hour))
			}
			time.Sleep(10 * time.Microsecond)
		}
	})
	wg.Wait()
	if now := c.now(); now > 5*stallUs {
		t.Errorf("%d us after 4 stalls of an hour", now)
	}
	if n := c.stalls.Load(); n < 1 || n > 4 { // unread between two of them they are one
		t.Errorf("%d stalls were counted", n)
	}
}

// TestSuspend: the machine sleeps an hour in mid-call. Nobody is called lost,
// a client that still answers keeps his consent, one that does not loses it
// soon.
func TestSuspend(t *testing.T) {
	var jump atomic.Int64
	start := time.Now()
	tr, err := Listen(Config{Addr: "127.0.0.1:0", since: func() time.Duration { return time.Since(start) + time.Duration(jump.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	h := &witness{}
	c := newClient(t, tr, tr.Candidates()[0])
	c.connect()
	_, _, gone := connected(t, tr, h) // answers nothing from now on
	before, wall := tr.Now(), tr.Wall(tr.Now())
	stop := c.call()
	jump.Store(int64(time.Hour))
	eventually(t, "the stall is noticed", func() bool { return tr.Counters().Stalls.Load() == 1 })
	if m := gone.read(); m == nil {
		t.Error("consent is not asked for at once")
	}
	time.Sleep(100 * time.Millisecond)
	stop()
	t.Log(c.complete())
	if d := tr.Now() - before; d < 0 || d > 4*stallUs {
		t.Errorf("the clock went %d us", d)
	}
	if d := tr.Wall(tr.Now()).Sub(wall); d < 0 || d > 4*stallUs*time.Microsecond {
		t.Errorf("the time of sender reports went %v: not what the timestamps did", d)
	}
	if n := tr.Counters().ConsentLost.Load(); n != 0 || h.lost.Load() != 0 {
		t.Errorf("%d consents lost, %d clients called lost", n, h.lost.Load())
	}
	c.session.mu.Lock()
	left := consentLastsUs - (tr.Now() - c.session.ice.selected.consentAt)
	c.session.mu.Unlock()
	if left < stallConsentUs+1_000_000 {
		t.Errorf("the client that answers has %d us of consent left", left)
	}
}
