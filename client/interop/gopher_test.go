package interop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

// goParticipant is our own client.
type goParticipant struct {
	hz    float64
	conn  *client.Conn
	voice *client.Voice
	ear   *ear
	stop  func()
}

// gopher joins with one of the tones of testdata.
func gopher(t *testing.T, ctx context.Context, s *server, hz int, more ...client.Option) *goParticipant {
	t.Helper()
	c, err := client.New(s.url(), append([]client.Option{client.WithLoopback()}, more...)...)
	must(t, err)
	_, err = c.Guest(ctx, fmt.Sprintf("gopher %d", hz), "")
	must(t, err)
	conn, err := c.Connect(ctx)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	g := &goParticipant{hz: float64(hz), conn: conn, ear: newEar()}
	g.voice, err = conn.JoinVoice(ctx, "general", client.VoiceOptions{
		OnAudio: func(f client.Frame) { g.ear.take(f.Slot, f.Payload) },
	})
	must(t, err)
	must(t, g.voice.Connected(ctx))
	g.stop = play(t, hz, func(packet []byte) { _ = g.voice.WriteOpus(packet, frame, 20) })
	t.Cleanup(g.stop)
	return g
}

func (g *goParticipant) name() string            { return "Go" }
func (g *goParticipant) tone() float64           { return g.hz }
func (g *goParticipant) heard() ([]float64, int) { return g.ear.tones() }

func (g *goParticipant) leave(t *testing.T) {
	t.Helper()
	g.stop()
	must(t, g.conn.Close())
}

// frame is how long each packet of testdata's tones is.
const frame = 20 * time.Millisecond

// play writes a tone of testdata, over and over, until stop is called, which
// may be called again.
func play(t *testing.T, hz int, write func(packet []byte)) (stop func()) {
	t.Helper()
	packets := packetsOf(t, hz)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(frame)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-tick.C:
				write(packets[i%len(packets)])
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

// packetsOf returns a second of a tone: a whole number of periods, away from
// the file's ends, so that the loop is smooth.
func packetsOf(t *testing.T, hz int) [][]byte {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("testdata/tone%d.ogg", hz))
	must(t, err)
	defer f.Close()
	r, _, err := oggreader.NewWith(f)
	must(t, err)
	var packets [][]byte
	for {
		p, _, err := r.ParseNextPage()
		if err == io.EOF {
			return packets[10:60]
		}
		must(t, err)
		if !bytes.HasPrefix(p, []byte("OpusTags")) {
			packets = append(packets, p)
		}
	}
}
