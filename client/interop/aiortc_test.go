package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/pion/opus"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	goHz     = 440 // what testdata/tone440.ogg sounds like
	aiortcHz = 660
)

// aiortc is a WebRTC client that nobody here wrote: it and ours hear each
// other's tone through the server, and nothing else.
func TestAiortcAndGoHearEachOther(t *testing.T) {
	url := startServer(t).url()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()

	c, err := client.New(url, client.WithLoopback())
	must(t, err)
	_, err = c.Guest(ctx, "gopher", "")
	must(t, err)
	conn, err := c.Connect(ctx)
	must(t, err)
	defer conn.Close()
	var ear ear
	voice, err := conn.JoinVoice(ctx, "general", client.VoiceOptions{OnAudio: ear.hear})
	must(t, err)
	must(t, voice.Connected(ctx))
	defer play(t, voice)()

	// Debian's aiortc is for Debian's Python, whatever else is in PATH.
	peer := exec.CommandContext(ctx, "/usr/bin/python3", "testdata/peer.py", url, "general", "660")
	var stderr bytes.Buffer
	peer.Stderr = &stderr
	out, err := peer.Output()
	if err != nil {
		t.Fatalf("aiortc (make test installs it): %v\n%s", err, stderr.String())
	}
	var heard struct{ Hz, Level float64 }
	if err := json.Unmarshal(out, &heard); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("aiortc heard %.1f Hz at level %.0f", heard.Hz, heard.Level)
	if math.Abs(heard.Hz-goHz) > 2 || heard.Level < 1000 {
		t.Errorf("aiortc heard %.1f Hz at level %.0f, want %d", heard.Hz, heard.Level, goHz)
	}
	hz, frames := ear.measure(t)
	t.Logf("Go heard %.1f Hz in %d packets", hz, frames)
	if math.Abs(hz-aiortcHz) > 2 {
		t.Errorf("Go heard %.1f Hz, want %d", hz, aiortcHz)
	}
	for _, s := range voice.Stats().Slots {
		if s.Lost > 0 {
			t.Errorf("%d packets lost on loopback", s.Lost)
		}
	}
}

// play sends the tone, over and over, until stop is called.
func play(t *testing.T, v *client.Voice) (stop func()) {
	t.Helper()
	f, err := os.Open("testdata/tone440.ogg")
	must(t, err)
	defer f.Close()
	r, _, err := oggreader.NewWith(f)
	must(t, err)
	var packets [][]byte
	for {
		p, _, err := r.ParseNextPage()
		if err == io.EOF {
			break
		}
		must(t, err)
		if !bytes.HasPrefix(p, []byte("OpusTags")) {
			packets = append(packets, p)
		}
	}
	// A whole number of periods, away from the file's ends: the loop is smooth.
	packets = packets[10:60]
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-tick.C:
				_ = v.WriteOpus(packets[i%len(packets)], 20*time.Millisecond, 20)
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// ear keeps what arrives.
type ear struct {
	mu      sync.Mutex
	packets [][]byte
}

func (e *ear) hear(f client.Frame) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.packets) < 500 {
		e.packets = append(e.packets, bytes.Clone(f.Payload))
	}
}

// measure decodes what was heard and counts a second's periods, after half a
// second.
func (e *ear) measure(t *testing.T) (hz float64, packets int) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.packets) < 75 {
		t.Fatalf("Go heard %d packets, want a second and a half", len(e.packets))
	}
	d, err := opus.NewDecoderWithOutput(48000, 1)
	must(t, err)
	out := make([]float32, 5760)
	var pcm []float32
	for _, p := range e.packets[:75] {
		n, err := d.DecodeToFloat32(p, out)
		must(t, err)
		pcm = append(pcm, out[:n]...)
	}
	pcm = pcm[len(pcm)/3:]
	crossings := 0
	for i := 1; i < len(pcm); i++ {
		if pcm[i-1] < 0 && pcm[i] >= 0 {
			crossings++
		}
	}
	return float64(crossings) * 48000 / float64(len(pcm)), len(e.packets)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
