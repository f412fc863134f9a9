package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store/storetest"
)

// PostgreSQL goes away and comes back while people write. The server says so,
// refuses what it cannot do with a code, and goes on by itself afterwards.
func TestPostgreSQLStopsAndStarts(t *testing.T) {
	pg := storetest.NewServer(t)
	s := newServer(t, t.TempDir(), "BOLTOREZKA_DATABASE_URL="+pg.URL())
	s.start()
	c := gather(t, s.url, 27, brisk)
	c.write(25)
	var outages [][2]time.Time
	for _, how := range []syscall.Signal{storetest.Fast, storetest.Immediate, storetest.Kill} {
		c.progress(200)
		pg.Stop(how)
		stopped := time.Now()
		c.until("the server says that it is degraded", func() bool { return health(t, s.url) == http.StatusServiceUnavailable })
		told := time.Since(stopped)
		refused(t, s.url)
		gone := time.Now() // processes of its own may have gone on for a moment after the first had ended
		time.Sleep(either(300*time.Millisecond, 3*time.Second))
		outages = append(outages, [2]time.Time{gone, time.Now()})
		pg.Start()
		back := time.Now()
		c.until("the server is well again", func() bool { return health(t, s.url) == http.StatusOK })
		well := time.Since(back)
		c.progress(1)
		t.Logf("%s: degraded told after %s; back: well after %s, the first ack after %s",
			how, told.Round(time.Millisecond), well.Round(time.Millisecond), time.Since(back).Round(time.Millisecond))
	}
	c.progress(200)
	select {
	case <-s.done:
		t.Error("the server has ended")
	default:
	}
	c.settle()
	for _, m := range c.history() {
		for _, o := range outages {
			// Times are cut to the millisecond: the one of the stop belongs to before.
			if m.CreatedAt.Sub(o[0]) > time.Millisecond && m.CreatedAt.Before(o[1].Add(-time.Millisecond)) {
				t.Errorf("roomSeq %d is of %s, when there was no database: %s to %s", m.RoomSeq, m.CreatedAt, o[0], o[1])
			}
		}
	}
	if c.wasAway() {
		t.Errorf("sockets were lost over it: %s", c.quantiles())
	}
}

// health is the status of /health; what it says has to agree with it.
func health(t *testing.T, url string) int {
	t.Helper()
	h := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := h.Get(url + "/health")
	if err != nil {
		t.Fatalf("health: %v", err)
	}
	defer res.Body.Close()
	var a wire.Health
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		t.Fatalf("health: %v", err)
	}
	if (a.Status == "ok") != (res.StatusCode == http.StatusOK) || (a.Checks["db"] == "ok") != (a.Status == "ok") {
		t.Errorf("health answers %d with %+v", res.StatusCode, a)
	}
	return res.StatusCode
}

// refused checks that one who comes now is told, by a code and soon, that the
// server cannot.
func refused(t *testing.T, url string) {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	api, err := client.New(url, client.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	var coded *wire.Error
	if _, err := api.Guest(ctx, "late", ""); !errors.As(err, &coded) || coded.Code != wire.CodeInternal {
		t.Errorf("signing in: %v, want the code %s", err, wire.CodeInternal)
	}
}
