package interop

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Sound that stops on a path that is or was connected comes back by itself, by
// the steps that it takes, and meanwhile nobody is there twice.
func TestSoundThatStopsComesBack(t *testing.T) {
	order := []client.RepairStep{client.RepairICERestart, client.RepairNewPeerConnection, client.RepairRejoin}
	for name, c := range map[string]struct {
		broken fault
		until  int
		// last is the step that mends it, or an earlier one would have.
		last client.RepairStep
		// causes are what is noticed; on a slow machine Pion may be the first.
		causes []client.RepairCause
	}{
		"the address changes":                        {dead, 0, client.RepairICERestart, []client.RepairCause{client.RepairSilent, client.RepairDisconnected}},
		"no voice arrives from a connected path":     {silence, 2, client.RepairRejoin, []client.RepairCause{client.RepairSilent}},
		"the server hears nothing of the microphone": {deaf, 1, client.RepairNewPeerConnection, []client.RepairCause{client.RepairUnheard}},
	} {
		t.Run(name, func(t *testing.T) {
			const at = "127.0.0.7"
			s := startServer(t, "BOLTOREZKA_SFU_TCP_ADDR=off", "BOLTOREZKA_SFU_ADVERTISE_IPS="+at)
			r := newRelay(t, at, s.udp)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			there := listener(t, ctx, s, "there")
			stop := play(t, 440, func(p []byte) { _ = there.voice.WriteOpus(p, frame, 20) })
			defer stop()
			r.spare()
			here := listener(t, ctx, s, "here")
			stopHere := play(t, 550, func(p []byte) { _ = here.voice.WriteOpus(p, frame, 20) })
			defer stopHere()
			here.hears(t, ctx)
			there.hears(t, ctx)

			r.breaks(c.broken, c.until)
			began := time.Now()
			var steps []client.VoiceRepair
			mended := func(x client.VoiceRepair) bool {
				return x.OK && slices.Index(order, x.Step) >= slices.Index(order, c.last)
			}
			for !slices.ContainsFunc(steps, mended) {
				select {
				case e := <-here.conn.Events():
					if x, ok := e.Payload.(*client.VoiceRepair); ok {
						steps = append(steps, *x)
						t.Logf("%.1f s: %+v", time.Since(began).Seconds(), *x)
					}
				case <-ctx.Done():
					t.Fatalf("it is not mended by %s: %+v", c.last, steps)
				}
			}
			if x := steps[0]; x.Step != client.RepairICERestart {
				t.Errorf("it began with %+v", x)
			}
			if !slices.ContainsFunc(steps, func(x client.VoiceRepair) bool { return slices.Contains(c.causes, x.Cause) }) {
				t.Errorf("it was for %+v, want %v", steps, c.causes)
			}
			here.hears(t, ctx)
			there.hears(t, ctx)
			t.Logf("both hear again after %.1f s", time.Since(began).Seconds())
			st := here.voice.Stats()
			if n := st.ICERestarts + st.NewPeerConnections + st.Rejoins; n < uint64(len(steps)) || st.State != client.MediaConnected {
				t.Errorf("%d steps were told of, and counted is %+v", len(steps), st)
			}
			if st := there.voice.Stats(); st.ICERestarts+st.NewPeerConnections+st.Rejoins != 0 {
				t.Errorf("the other mended too: %+v", st)
			}
			if list := there.voice.Participants(); len(list) != 2 {
				t.Errorf("in the room's voice are %+v", list)
			}
			var left int
			for len(there.conn.Events()) > 0 {
				if e := <-there.conn.Events(); e.Type == wire.TypeVoiceParticipantLeft {
					left++
				}
			}
			if want := int(st.Rejoins); left > want {
				t.Errorf("he left %d times and joined again %d times", left, want)
			}
		})
	}
}

// somebody is in voice and notes whom he hears.
type somebody struct {
	conn  *client.Conn
	voice *client.Voice
	heard chan client.Frame
}

func listener(t *testing.T, ctx context.Context, s *server, name string) *somebody {
	t.Helper()
	c, err := client.New(s.url(), client.WithLoopback())
	must(t, err)
	_, err = c.Guest(ctx, name, "")
	must(t, err)
	x := &somebody{heard: make(chan client.Frame, 1)}
	x.conn, err = c.Connect(ctx)
	must(t, err)
	t.Cleanup(func() { _ = x.conn.Close() })
	x.voice, err = x.conn.JoinVoice(ctx, "general", client.VoiceOptions{OnAudio: func(f client.Frame) {
		select {
		case x.heard <- f:
		default:
		}
	}})
	must(t, err)
	must(t, x.voice.Connected(ctx))
	return x
}

// hears waits until something new is heard.
func (x *somebody) hears(t *testing.T, ctx context.Context) {
	t.Helper()
	for range 3 { // the first may have waited in the channel
		select {
		case <-x.heard:
		case <-ctx.Done():
			t.Fatal("nothing is heard")
		}
	}
}
