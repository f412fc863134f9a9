package turn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

func TestTrial(t *testing.T) {
	b := newBed(t)
	servers := b.Issue("alice", "trial", "127.0.0.1")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, url := range servers[1].URLs {
		r, err := Try(ctx, url, servers[1].Username, servers[1].Credential, TrialOptions{})
		if err != nil || r.Sent != trialPackets || r.Back == 0 || r.RoundTrip <= 0 || !b.cfg.RelayPorts.Contains(int(r.Relayed.Port())) {
			t.Errorf("%s: %+v, %v", url, r, err)
		}
		if _, transport, _ := strings.Cut(url, "transport="); r.Transport != transport {
			t.Errorf("%s went by %s", url, r.Transport)
		}
	}
	waitFor(t, "all relays are given back", func() bool { return b.Stats().Allocations == 0 })
}

// TestTrialFails holds that a trial says how far it came.
func TestTrialFails(t *testing.T) {
	b := newBed(t)
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	user, password := b.credentials("trial")
	own := fmt.Sprintf("turn:127.0.0.1:%d", b.Port())
	for _, c := range []struct {
		name, url, password string
		stage               TrialStage
		want                string
	}{
		{"wrong password", own, "guess", TrialAllocate, "error"},
		{"wrong password over TCP", own + "?transport=tcp", "guess", TrialAllocate, "error"},
		{"nobody there", "turn:127.0.0.1:1?transport=tcp", password, TrialConnect, "refused"},
		{"no answer", "turn:" + silent.LocalAddr().String(), password, TrialConnect, "no answer in time"},
		{"no TLS", fmt.Sprintf("turns:127.0.0.1:%d?transport=tcp", b.Port()), password, TrialConnect, ""},
		{"no URL of TURN", "stun:127.0.0.1:3478", password, TrialConnect, "no turn"},
		{"DTLS", "turns:127.0.0.1:5349?transport=udp", password, TrialConnect, "DTLS"},
		{"no such name", "turn:nowhere.invalid:3478", password, TrialConnect, "nowhere.invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := Try(ctx, c.url, user, c.password, TrialOptions{})
			var failed *TrialError
			if !errors.As(err, &failed) || failed.Stage != c.stage || (failed.Code != 0) != (c.stage == TrialAllocate) {
				t.Fatalf("%v", err)
			}
			if c.want != "" && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v has no %q", err, c.want)
			}
		})
	}
}

// TestTrialSeesWhatIsRefused holds that a server whose relays do not reach each
// other is told from one that gives none.
func TestTrialSeesWhatIsRefused(t *testing.T) {
	b := newBed(t)
	b.rules.isRelay = func(uint16) bool { return false }
	user, password := b.credentials("trial")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := Try(ctx, fmt.Sprintf("turn:127.0.0.1:%d", b.Port()), user, password, TrialOptions{})
	var failed *TrialError
	if !errors.As(err, &failed) || failed.Stage != TrialRelay || r.Sent == 0 || r.Sent == trialPackets || !r.Relayed.IsValid() {
		t.Errorf("%+v, %v", r, err)
	}
}
