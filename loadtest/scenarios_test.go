package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// judged checks what the reports of all scenarios have to offer.
func judged(t *testing.T, r Report, goals string) {
	t.Helper()
	s := r.summary()
	if s.Server == nil || s.WindowSec < 0.9 || len(s.Timeline) == 0 && s.WindowSec > 1.1 {
		t.Errorf("summary %+v", s)
	}
	said := Figures(s.Scenario)
	for _, of := range []string{"goroutines", "heap-kib", "forwarded", "voice", "loudest"} { // not of every run
		if _, ok := r.figures()[of]; !ok {
			delete(said, of)
		}
	}
	if got, want := slices.Sorted(maps.Keys(r.figures())), slices.Sorted(maps.Keys(said)); !slices.Equal(got, want) {
		t.Errorf("%s has the figures %v, and says %v", s.Scenario, got, want)
	}
	g, err := ParseGoals(s.Scenario, goals)
	if err != nil {
		t.Fatal(err)
	}
	met := Judge(r, g)
	var table, html bytes.Buffer
	if err := errors.Join(WriteTable(&table, r), WriteHTML(&html, r)); err != nil {
		t.Fatal(err)
	}
	if !met {
		t.Errorf("goals missed:\n%s", table.String())
	}
	for _, bad := range []string{"<script", "http://", "https://", "ZgotmplZ", "NaN", "Inf"} {
		if strings.Contains(html.String(), bad) {
			t.Errorf("the page has %q in it", bad)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestScenariosOnARealServer(t *testing.T) {
	target := startServer(t)
	acc, err := openAccounts(t.Context(), &target) // the owner, who makes an invite
	if err != nil {
		t.Fatal(err)
	}
	acc.close()
	target.Invite = acc.invite
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()

	t.Run("chat", func(t *testing.T) {
		rep, err := Chat(ctx, ChatConfig{Target: target, Clients: 10, Rooms: 1, Rate: 50, Size: 80, Duration: 1500 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		judged(t, rep, "lost=0,duplicates=0,disorder=0,unacked=0,nacked=0,gaps=0,recovered=0,p50>0,cpu>=0,sockets-lost=0")
		if rep.Sent < 60 || rep.Expected != 10*rep.Acked || rep.Latency.Count != rep.Expected {
			t.Errorf("report %+v", rep.Deliveries)
		}
	})
	t.Run("chat as fast as acked", func(t *testing.T) {
		rep, err := Chat(ctx, ChatConfig{Target: target, Clients: 10, Rooms: 1, Window: 4, Size: 80, Duration: 1500 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		judged(t, rep, "lost=0,duplicates=0,disorder=0,unacked=0,nacked=0,gaps=0,recovered=0,acked>100,sockets-lost=0")
		if rep.Expected != 10*rep.Acked || rep.Latency.Count != rep.Expected {
			t.Errorf("report %+v", rep.Deliveries)
		}
	})
	t.Run("presence", func(t *testing.T) {
		rep, err := Presence(ctx, PresenceConfig{Target: target, Clients: 10, Rooms: 1, Rate: 40, Duration: 1500 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		judged(t, rep, "lost=0,duplicates=0,disorder=0,unacked=0,nacked=0,stale=0,p50>0")
		if rep.Acts != 60 || rep.Expected == 0 || rep.Pictures == 0 {
			t.Errorf("report %+v", rep)
		}
	})
	t.Run("idle", func(t *testing.T) {
		rep, err := Presence(ctx, PresenceConfig{Target: target, Clients: 5, Duration: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		judged(t, rep, "lost=0,sockets-lost=0")
	})
	t.Run("reconnect", func(t *testing.T) {
		rep, err := Reconnect(ctx, ReconnectConfig{
			Target: target, Clients: 10, Rooms: 1, Cuts: 2, Rate: 50, Size: 80, Before: 300 * time.Millisecond, Patience: 10 * time.Second,
		})
		if err != nil {
			t.Fatal(err)
		}
		judged(t, rep, "lost=0,duplicates=0,disorder=0,unacked=0,away=0,back>100,sockets-lost=20")
		if rep.Back.Count != 20 || rep.CaughtUp.Count != 20 {
			t.Errorf("report %+v", rep)
		}
	})
	t.Run("voice", func(t *testing.T) {
		rep, err := Voice(ctx, VoiceConfig{Target: target, Participants: 3, Rooms: 1, Talkers: 2, Full: everybody, Duration: time.Second, settle: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		judged(t, rep, "silent=0,duplicates=0,foreign<100")
		if rep.Full != 3 || rep.Light != nil {
			t.Errorf("%d full clients, light ones %+v", rep.Full, rep.Light)
		}
	})
	t.Run("broken off", func(t *testing.T) {
		brief, stop := context.WithTimeout(ctx, time.Second)
		defer stop()
		_, err := Chat(brief, ChatConfig{Target: target, Clients: 10, Rooms: 1, Rate: 50, Size: 80, Duration: time.Hour / 60})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestImpossibleTalkIsRefused(t *testing.T) {
	ok := ChatConfig{Clients: 10, Rooms: 2, Rate: 1, Size: 10, Duration: time.Second}
	if err := ok.check(); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(*ChatConfig){
		func(c *ChatConfig) { c.Clients = 0 }, func(c *ChatConfig) { c.Clients = maxClients + 1 }, func(c *ChatConfig) { c.Rooms = 11 },
		func(c *ChatConfig) { c.Rate = 0 }, func(c *ChatConfig) { c.Rate, c.Window = 0, maxPending+1 }, func(c *ChatConfig) { c.Rate = 1e6 }, func(c *ChatConfig) { c.Size = 4001 },
		func(c *ChatConfig) { c.Duration = 2 * time.Hour }, func(c *ChatConfig) { c.Clients, c.Rooms, c.Rate, c.Duration = 10000, 1, 10000, time.Hour },
	} {
		c := ok
		change(&c)
		if _, err := Chat(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), "loadtest:") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := Presence(t.Context(), PresenceConfig{Clients: 1, Rooms: 1, Rate: 1, Duration: time.Second}); err == nil {
		t.Error("acts without anybody to watch were accepted")
	}
	if _, err := Reconnect(t.Context(), ReconnectConfig{Clients: 1, Rooms: 1, Rate: 1, Size: 9, Cuts: 0, Patience: time.Second}); err == nil {
		t.Error("no cut was accepted")
	}
}
