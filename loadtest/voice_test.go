//go:build linux

package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
)

// givenUp is how many packets a server without CPU had no use for any more, and
// dropped before it sent them.
func givenUp(t *testing.T, ops string) (n uint64) {
	t.Helper()
	h := httpClient()
	defer h.CloseIdleConnections()
	told := false
	if err := ask(h, ops+"/metrics", func(line string) {
		name, value, _ := strings.Cut(line, " ")
		if strings.Contains(name, `sfu_packets_dropped_total{cause="transport_send_`) {
			v, err := strconv.ParseFloat(value, 64)
			told = err == nil
			n += uint64(v)
		}
	}); err != nil || !told {
		t.Fatalf("the server does not say what it dropped: %v", err)
	}
	return n
}

// whole checks that nothing was lost but what the load tester's sockets had no
// room for and what the server gave up since before.
func whole(t *testing.T, rep *VoiceReport, ops string, before uint64) {
	t.Helper()
	most := rep.overflows() + givenUp(t, ops) - before
	if rep.Lost < 0 || uint64(rep.Lost) > most {
		t.Errorf("%d lost, %d of them for want of CPU", rep.Lost, most)
	}
}

// voiceRun runs the voice scenario on a server of its own.
func voiceRun(t *testing.T, target Target, c VoiceConfig) *VoiceReport {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	// Who comes into a talk of several hears its loudest alone for up to a second.
	c.Target, c.settle = target, 1100*time.Millisecond
	rep, err := Voice(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	_ = WriteTable(&table, rep)
	t.Logf("\n%s", table.String())
	return rep
}

// clean is what no run may have, however busy the machine is. What its own
// sockets had no room for is the load tester's fault.
const clean = "duplicates=0,wrong=0,echoes=0,silent=0,deaths=0,failed=0"

func TestVoiceOnARealServer(t *testing.T) {
	target, ops := startWatched(t)
	acc, err := openAccounts(t.Context(), &target)
	if err != nil {
		t.Fatal(err)
	}
	acc.close()
	target.Invite = acc.invite

	t.Run("light", func(t *testing.T) {
		before := givenUp(t, ops)
		rep := voiceRun(t, target, VoiceConfig{Participants: 8, Rooms: 1, Talkers: 3, Duration: 2 * time.Second})
		judged(t, rep, clean+",p50>0,join>0,first-audio>0,deliveries>100")
		if rep.Light == nil || rep.Light.Packets == 0 || rep.Light.Undecryptable != 0 || rep.Light.Unknown != 0 {
			t.Errorf("light clients %+v", rep.Light)
		}
		whole(t, rep, ops, before)
		if rep.Light.Reports == 0 || rep.Light.SenderReports == 0 || rep.Light.HeardReports == 0 {
			t.Errorf("RTCP %+v", rep.Light)
		}
	})
	t.Run("light and full", func(t *testing.T) {
		before := givenUp(t, ops)
		rep := voiceRun(t, target, VoiceConfig{Participants: 5, Rooms: 1, Talkers: 3, Full: 3, Duration: time.Second})
		judged(t, rep, clean)
		whole(t, rep, ops, before)
		if rep.Full != 3 || rep.LatencyFull.Count == 0 || rep.Latency.Count == 0 {
			t.Errorf("%d full; %v; %v", rep.Full, rep.LatencyFull, rep.Latency)
		}
	})
	t.Run("full with a low layer", func(t *testing.T) {
		before := givenUp(t, ops)
		rep := voiceRun(t, target, VoiceConfig{Participants: 3, Rooms: 1, Talkers: 2, Full: 3, Layers: true, Duration: time.Second})
		judged(t, rep, clean+",deliveries>50")
		whole(t, rep, ops, before)
	})
	t.Run("churn, all at once", func(t *testing.T) {
		rep := voiceRun(t, target, VoiceConfig{Participants: 8, Rooms: 1, Talkers: 2, Full: 1, Churn: true, Duration: 3 * time.Second})
		judged(t, rep, clean)
		if rep.Rejoins != 8 || rep.Join.Count != 16 {
			t.Errorf("%d came back, %d joins", rep.Rejoins, rep.Join.Count)
		}
	})
	t.Run("speech", func(t *testing.T) {
		// Sometimes one person speaks all the time, and nobody begins to.
		for try := 1; ; try++ {
			rep := voiceRun(t, target, VoiceConfig{Participants: 6, Rooms: 1, Talkers: 6, Full: 1, Speech: true, Duration: 6 * time.Second})
			judged(t, rep, strings.ReplaceAll(clean, "silent=0,", "")) // he hears nobody
			if rep.Selected && rep.Onset.Count > 0 && rep.VoicePct > 0 {
				break
			}
			if !rep.Selected || try == 5 {
				t.Fatalf("onsets %v, %v%% of voice", rep.Onset, rep.VoicePct)
			}
		}
	})
	t.Run("more voices than slots", func(t *testing.T) {
		rep := voiceRun(t, target, VoiceConfig{Participants: 10, Rooms: 1, Talkers: 10, Duration: 3 * time.Second})
		// Without selection the loudest are passed on no oftener than anybody.
		judged(t, rep, clean+",loudest>50,forwarded>10")
		if !rep.Selected || rep.ForwardedPct > 99 {
			t.Errorf("%d slots, %v%% forwarded", rep.Slots, rep.ForwardedPct)
		}
	})
}

func TestASeriesOfShapes(t *testing.T) {
	target := startServer(t)
	shapes, err := ParseShapes("1x3/1,2x2/1")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	s, err := VoiceShapes(ctx, VoiceConfig{Target: target, Full: -1, Duration: time.Second, settle: time.Millisecond}, shapes)
	if err != nil {
		t.Fatal(err)
	}
	goals, err := ParseGoals("voice", "duplicates=0,join<0")
	if err != nil {
		t.Fatal(err)
	}
	if Judge(s, goals) || len(s.Goals) != 4 || !s.Goals[0].Met || s.Goals[1].Met {
		t.Errorf("%+v", s.Goals)
	}
	var table, html bytes.Buffer
	if err := WriteTable(&table, s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1x3/1", "2x2/1 join<0: MISSED"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	if err := WriteHTML(&html, s); err != nil || strings.Count(html.String(), "<h1>") != 3 {
		t.Errorf("%v %s", err, html.String())
	}
	b, err := json.Marshal(s)
	var back struct {
		Runs []struct {
			Shape string
			Rooms int
		}
	}
	if err != nil || json.Unmarshal(b, &back) != nil || len(back.Runs) != 2 || back.Runs[1].Shape != "2x2/1" || back.Runs[1].Rooms != 2 {
		t.Errorf("%v %s", err, b)
	}
}
