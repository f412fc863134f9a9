package faults_test

import (
	"syscall"
	"testing"
	"time"
)

// The server is killed amid senders at full speed, again and again: what it
// acked is kept, and everybody gets everything once.
func TestKilledAmidSenders(t *testing.T) {
	onBoth(t, func(t *testing.T, s *server) {
		s.start()
		c := gather(t, s.url, 52, brisk)
		c.write(50)
		kills := either(3, 20)
		began := time.Now()
		for range kills {
			c.progress(50) // all are at it
			time.Sleep(200 * time.Millisecond)
			if code := s.end(syscall.SIGKILL); code != -1 {
				t.Errorf("the server had ended by itself, with status %d", code)
			}
			s.start()
			c.connected()
		}
		c.progress(50)
		took := time.Since(began)
		c.settle()
		t.Logf("%d kills in %s", kills, took.Round(time.Millisecond))
		if got := c.resumed + c.anew; got < kills*len(c.people) {
			t.Errorf("%d reconnections, want at least %d", got, kills*len(c.people))
		}
	})
}
