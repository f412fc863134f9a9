package faults_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/loadtest"
)

// Sockets are cut, stall and end on one side only, at random: all come back
// into the session they had, and nobody misses anything.
func TestSocketsCutAtRandom(t *testing.T) {
	s := newServer(t, t.TempDir(), "BOLTOREZKA_REALTIME_HEARTBEAT_SEC=1", "BOLTOREZKA_REALTIME_QUEUE_FRAMES=16384")
	s.start()
	p := newProxy(t, strings.TrimPrefix(s.url, "http://"))
	c := gather(t, p.url(), 30, brisk)
	// At this pace what one misses within the window is less than the server
	// keeps for it (twice realtime.queueFrames).
	c.pace = 50 * time.Millisecond
	c.write(20)
	p.trouble(either(6*time.Second, 20*time.Second))
	c.connected()
	c.progress(100)
	c.settle()
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Logf("%d connections cut, %d stalled, %d halved", p.cuts.Load(), p.stalls.Load(), p.halves.Load())
	if c.resumed == 0 || c.anew > 0 {
		t.Errorf("%d reconnections resumed, %d did not", c.resumed, c.anew)
	}
	for _, q := range c.people {
		if st := q.conn.Stats(); st.Gaps > 0 {
			t.Errorf("%s: %d gaps in the session's numbers", q.name, st.Gaps)
		}
	}
}

// All clients are cut at once, while people write: a thousand in the long form,
// whose coming in would take the race detector's run a minute.
func TestAllReconnectAtOnce(t *testing.T) {
	s := newServer(t, t.TempDir())
	s.start()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cuts := either(1, 5)
	clients := either(300, 1000)
	rep, err := loadtest.Reconnect(ctx, loadtest.ReconnectConfig{
		Target:  loadtest.Target{URL: s.url, ServerPID: s.cmd.Process.Pid, Log: t.Logf},
		Clients: clients, Rooms: 20, Cuts: cuts, Rate: 40, Size: 80, Before: time.Second, Patience: 30 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := loadtest.WriteTable(&table, rep); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
	if rep.Resumed != uint64(cuts*clients) || rep.Away != 0 {
		t.Errorf("%d of %d returns resumed, %d stayed away", rep.Resumed, cuts*clients, rep.Away)
	}
	if rep.Lost != 0 || rep.Duplicates+rep.StoredTwice+rep.Disorder+rep.Conflicts+rep.Gaps+rep.Unacked+rep.Recovered != 0 {
		t.Errorf("not everything came once and in order: %+v", rep.Deliveries)
	}
}
