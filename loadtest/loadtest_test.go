package loadtest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		forgetServer()
		os.Exit(code)
	}))
}

func TestPacketsCarryTheirStamp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, maxSize)
	want := stamp{talker: 0xbeef, life: 3, flags: flagVoice, csrc: 0xdeadbeef, sentNs: time.Now().UnixNano(), n: 9, frame: 1 << 31, spurt: 7, sinceUs: 1e6}
	for _, size := range []int{2, headerSize, 100, maxSize, maxSize + 1} {
		b := pack(buf, want, size, r)
		if got, ok := unpack(b); !ok || got != want || len(b) != min(max(size, headerSize), maxSize) {
			t.Fatalf("%+v %v %d", got, ok, len(b))
		}
	}
	for _, b := range [][]byte{nil, {0xf8, 0xff, 0xfe}, make([]byte, 200)} {
		if _, ok := unpack(b); ok {
			t.Errorf("%x taken for ours", b)
		}
	}
}

func TestHistogramIsRightWithinItsBuckets(t *testing.T) {
	var h histogram
	for i := 1; i <= 1000; i++ {
		h.add(time.Duration(i) * 100 * time.Microsecond) // 0.1 to 100 ms
	}
	q := h.quantiles()
	for _, x := range []struct{ got, want float64 }{{q.P50, 50}, {q.P95, 95}, {q.P99, 99}, {q.Max, 100}} {
		if x.got < x.want*0.97 || x.got > x.want*1.03 {
			t.Errorf("got %v, want %v", x.got, x.want)
		}
	}
	if (&histogram{}).quantiles() != (Quantiles{}) {
		t.Error("an empty one has figures")
	}
}

func TestProcessUsage(t *testing.T) {
	const stat = `7 (a ) b) S 1 7 7 0 -1 4194560 900 0 0 0 250 50 0 0 20 0 11 0 100 0 0`
	u, err := parseStat([]byte(stat))
	if err != nil || u.user != 2500*time.Millisecond || u.system != 500*time.Millisecond || u.threads != 11 {
		t.Errorf("%+v %v", u, err)
	}
	if _, err := parseStat([]byte("7 (x")); err == nil {
		t.Error("half a line accepted")
	}
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		if u, err := processUsage(os.Getpid()); err != nil || u.rssBytes < 1<<20 {
			t.Errorf("%+v %v", u, err)
		}
	}
}

func TestImpossibleRunsAreRefused(t *testing.T) {
	ok := VoiceConfig{Target: Target{URL: "http://127.0.0.1:1"}, Participants: 4, Rooms: 2, Talkers: 2, Duration: time.Second}
	if err := ok.check(); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(*VoiceConfig){
		func(c *VoiceConfig) { c.Participants = maxParticipants + 1 }, func(c *VoiceConfig) { c.Rooms = 0 },
		func(c *VoiceConfig) { c.Rooms = 5 }, func(c *VoiceConfig) { c.Talkers = 3 },
		func(c *VoiceConfig) { c.Duration = 0 }, func(c *VoiceConfig) { c.JoinEvery = -1 },
	} {
		c := ok
		change(&c)
		if _, err := Voice(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), "loadtest:") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestServerThatWantsAnInvite(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"mode":"local","registration":"invite","guests":"invite"}`))
	}))
	defer s.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err := Voice(ctx, VoiceConfig{Target: Target{URL: s.URL}, Participants: 1, Rooms: 1, Duration: time.Second})
	if err == nil || !strings.Contains(err.Error(), "--invite") {
		t.Errorf("got %v", err)
	}
}
