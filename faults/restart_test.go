package faults_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// The server is stopped in order and started again under load: everybody is
// told, is back soon with the backoff that clients have, and misses nothing.
func TestGracefulRestart(t *testing.T) {
	onBoth(t, func(t *testing.T, s *server) {
		s.start()
		c := gather(t, s.url, 50, client.DefaultBackoff)
		c.write(10)
		restarts := either(1, 5)
		for range restarts {
			c.progress(50)
			began := time.Now()
			if code := s.end(syscall.SIGTERM); code != 0 {
				t.Errorf("the server ended with status %d", code)
			}
			stopped := time.Since(began)
			s.start()
			t.Logf("stopped in %s, ready after %s", stopped.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
			c.connected()
		}
		c.progress(50)
		c.settle()
		closes := c.lostBy()
		if told := closes["StatusGoingAway"]; told != restarts*len(c.people) || len(closes) != 1 {
			t.Errorf("sockets ended by %v, want all %d to be told", closes, restarts*len(c.people))
		}
	})
}
