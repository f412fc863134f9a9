package interop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// comes joins the voice of the room general from a place.
func comes(t *testing.T, ctx context.Context, s *server, p *place, name string, hz int, o client.VoiceOptions) *goParticipant {
	t.Helper()
	c := p.client(t, s)
	_, err := c.Guest(ctx, name, "")
	must(t, err)
	conn, err := c.Connect(ctx)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.JoinRoom(ctx, "general")
	must(t, err)
	g := &goParticipant{hz: float64(hz), conn: conn, ear: newEar()}
	o.OnAudio = func(f client.Frame) { g.ear.take(f.Slot, f.Payload) }
	g.voice, err = conn.JoinVoice(ctx, "general", o)
	must(t, err)
	must(t, g.voice.Connected(ctx))
	g.stop = play(t, hz, func(packet []byte) { _ = g.voice.WriteOpus(packet, frame, 20) })
	t.Cleanup(g.stop)
	return g
}

// relaying starts a server that has a TURN server too.
func relaying(t *testing.T, env ...string) (s *server, sfu, turn netip.AddrPort) {
	addr := freeTCP(t)
	s = startServer(t, append(env, "BOLTOREZKA_TURN_ADDR="+addr, "BOLTOREZKA_TURN_RELAY_PORTS=21420-21479")...)
	return s, netip.MustParseAddrPort(s.udp), netip.MustParseAddrPort(addr)
}

// TestHiddenAddress has somebody hide who talks, whose client says in every way
// there is where it is, and reads every byte that the others are sent.
func TestHiddenAddress(t *testing.T) {
	s, sfu, turn := relaying(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	const secret, open = "127.0.0.77", "127.0.0.88"
	annas, boriss := newPlace(t, "127.0.0.21"), newPlace(t, "127.0.0.22")
	secrets, opens := newPlace(t, secret), newPlace(t, open)
	anna := comes(t, ctx, s, annas, "anna", 440, client.VoiceOptions{})
	boris := comes(t, ctx, s, boriss, "boris", 440, client.VoiceOptions{Muted: true})
	hidden := comes(t, ctx, s, secrets, "hidden", 550, client.VoiceOptions{RelayOnly: true})
	hears(t, ctx, anna, hidden)
	hears(t, ctx, boris, anna, hidden)
	hears(t, ctx, hidden, anna)
	if got := hidden.voice.Stats().Candidate; got != "relay" {
		t.Errorf("his own candidate is %q", got)
	}
	// It is the relay that the SFU sees.
	if room := s.rooms(); strings.Contains(room, secret) || !strings.Contains(room, "127.0.0.21") {
		t.Errorf("the SFU sees\n%s", room)
	}

	// A client that says all that it knows, whoever wrote it.
	host := wire.ICECandidate{Candidate: fmt.Sprintf("candidate:1 1 udp 2130706431 %s 40000 typ host", secret)}
	relay := wire.ICECandidate{Candidate: fmt.Sprintf("candidate:2 1 udp 41885439 127.0.0.1 21420 typ relay raddr %s rport 40000", secret)}
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio 40000 UDP/TLS/RTP/SAVPF 111\r\na=%[2]s\r\na=%[3]s\r\n",
		secret, host.Candidate, relay.Candidate)
	var others []string
	for _, p := range hidden.voice.Participants() {
		if p.UserName != "hidden" {
			others = append(others, p.UserID)
		}
	}
	refused := func(typ string, payload any) {
		t.Helper()
		if _, err := hidden.conn.Request(ctx, typ, payload); !isCode(err, wire.CodeForbidden) {
			t.Errorf("%s: %v", typ, err)
		}
	}
	for _, target := range append(others, "") {
		for typ, signal := range map[string]any{
			wire.TypeCallOffer:  map[string]string{"type": "offer", "sdp": sdp},
			wire.TypeCallAnswer: map[string]string{"type": "answer", "sdp": sdp},
			wire.TypeCallICE:    host,
		} {
			raw, err := json.Marshal(signal)
			must(t, err)
			refused(typ, wire.CallSignal{TargetUserID: target, Signal: raw})
		}
		refused(wire.TypeCallHangup, wire.CallEnd{TargetUserID: target, Reason: "I am at " + secret})
		refused(wire.TypeCallReject, wire.CallEnd{TargetUserID: target, Reason: host.Candidate})
	}
	refused(wire.TypeCallVideoState, wire.VideoState{Settings: json.RawMessage(fmt.Sprintf(`{"ice":[%q]}`, host.Candidate))})
	// What goes to the SFU stays there: a candidate, statistics, the microphone.
	for typ, payload := range map[string]any{
		wire.TypeVoiceStats:   wire.VoiceStats{ICEState: "connected", CandidateType: secret},
		wire.TypeCallMicState: wire.MicState{Speaking: true},
		wire.TypeVoiceReady:   wire.VoiceReady{},
		wire.TypeCallFailed:   wire.CallFailed{TargetUserID: others[0], Reason: secret},
		wire.TypeSFUICE:       wire.SFUICE{Candidate: &host},
	} {
		_, _ = hidden.conn.Request(ctx, typ, payload)
	}
	// Who comes now is told of him as well; and there is one who does not hide.
	late := newPlace(t, "127.0.0.23")
	comes(t, ctx, s, late, "late", 440, client.VoiceOptions{Muted: true})
	openly := comes(t, ctx, s, opens, "openly", 550, client.VoiceOptions{Muted: true})
	raw, err := json.Marshal(wire.ICECandidate{Candidate: fmt.Sprintf("candidate:1 1 udp 1 %s 40000 typ host", open)})
	must(t, err)
	if ack, err := openly.conn.Request(ctx, wire.TypeCallICE, wire.CallSignal{Signal: raw}); err != nil || *ack.RelayedTo != 3 {
		t.Errorf("to all but him who hides: %+v, %v", ack, err)
	}
	_, err = openly.conn.SendChat(ctx, client.Chat{Text: "the end", Key: "the end"})
	must(t, err)
	hears(t, ctx, boris, anna, hidden)
	// All that was sent before is there when what was said last is.
	for name, p := range map[string]*place{"anna": annas, "boris": boriss, "late": late} {
		for !p.wasTold("the end") {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				t.Fatal("the last message does not come")
			}
		}
		if !p.wasTold(open) || !p.wasTold(`"userName":"hidden"`) {
			t.Errorf("%s: the tape is not whole", name)
		}
		for _, text := range []string{secret, "typ relay", "127.0.0.1 21420", "7f00004d"} {
			if p.wasTold(text) {
				t.Errorf("%s was told %q", name, text)
			}
		}
		for from, n := range p.senders() {
			if from != sfu && from != turn {
				t.Errorf("%s got %d packets from %v, the server is %v and %v", name, n, from, sfu, turn)
			}
		}
	}
	if secrets.wasTold(open) {
		t.Error("he who hides was given another's candidate")
	}
	// What he gets comes from the TURN server alone.
	if got := secrets.senders(); len(got) != 1 || got[turn] == 0 {
		t.Errorf("he got packets from %v", got)
	}
}

// TestRelayOnlyServer: nobody asks for it, and all are relayed.
func TestRelayOnlyServer(t *testing.T) {
	s, _, turn := relaying(t, "BOLTOREZKA_VOICE_RELAY_ONLY=on")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	annas, boriss := newPlace(t, "127.0.0.21"), newPlace(t, "127.0.0.22")
	anna := comes(t, ctx, s, annas, "anna", 440, client.VoiceOptions{})
	boris := comes(t, ctx, s, boriss, "boris", 550, client.VoiceOptions{})
	hears(t, ctx, anna, boris)
	hears(t, ctx, boris, anna)
	if room := s.rooms(); regexp.MustCompile(`127\.0\.0\.2[12]`).MatchString(room) {
		t.Errorf("the SFU sees\n%s", room)
	}
	for _, p := range []*place{annas, boriss} {
		if got := p.senders(); len(got) != 1 || got[turn] == 0 {
			t.Errorf("one got packets from %v", got)
		}
	}
	if annas.wasTold("127.0.0.22") || boriss.wasTold("127.0.0.21") {
		t.Error("one was told where the other is")
	}
}

// TestNothingToHideBehind: a server without TURN says so at once.
func TestNothingToHideBehind(t *testing.T) {
	s := startServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := newPlace(t, "127.0.0.77").client(t, s)
	_, err := c.Guest(ctx, "hidden", "")
	must(t, err)
	conn, err := c.Connect(ctx)
	must(t, err)
	defer conn.Close()
	if _, err := conn.JoinVoice(ctx, "general", client.VoiceOptions{RelayOnly: true}); !isCode(err, wire.CodeNoRelay) {
		t.Errorf("%v", err)
	}
	v, err := conn.JoinVoice(ctx, "general", client.VoiceOptions{})
	must(t, err)
	must(t, v.Leave(ctx))
}

func isCode(err error, code wire.Code) bool {
	var coded *wire.Error
	return errors.As(err, &coded) && coded.Code == code
}
