package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/pion/opus"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// packets reads an Ogg/Opus file of one packet a page.
func packets(t *testing.T, path string) (ps [][]byte, granule uint64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, _, err := oggreader.NewWith(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, h, err := r.ParseNextPage()
		if err == io.EOF {
			return ps, granule
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(p) > 8 && string(p[:8]) == "OpusTags" {
			continue
		}
		ps, granule = append(ps, p), h.GranulePosition
	}
}

// loudness decodes packets and returns the level of each 20 ms.
func loudness(t *testing.T, ps [][]byte) []float64 {
	t.Helper()
	d, err := opus.NewDecoderWithOutput(rate, 1)
	if err != nil {
		t.Fatal(err)
	}
	var levels []float64
	out := make([]float32, 5760)
	for i, p := range ps {
		n, err := d.DecodeToFloat32(p, out)
		if err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		var sum float64
		for _, v := range out[:n] {
			sum += float64(v) * float64(v)
		}
		levels = append(levels, math.Sqrt(sum/float64(max(n, 1))))
	}
	return levels
}

// Two speakers: one pauses in his slot and goes on in another, the other
// begins late. What is written decodes, and every sound is at its time.
func TestRecordingKeepsEverySoundAtItsTime(t *testing.T) {
	dir := t.TempDir()
	tone, _ := packets(t, filepath.Join("testdata", "tone440.ogg"))
	if len(tone) < 100 {
		t.Fatalf("%d packets of tone", len(tone))
	}
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := newRecorder(dir, began)
	say := func(csrc uint32, slot int, ts uint32, atMs, from, n int) {
		for i := range n {
			f := client.Frame{
				UserID: "../Ada-" + string(rune('0'+csrc)), CSRC: csrc, Slot: slot, Session: 1, Timestamp: ts + uint32(i)*960,
				ReceivedAt: began.Add(time.Duration(atMs+i*20+i%3) * time.Millisecond), Payload: tone[from+i],
			}
			r.hear(f)
			if i == 5 {
				r.hear(f) // twice, as a network may bring it
			}
		}
	}
	const wrap = math.MaxUint32 - 5*960 // the timestamp wraps on the way
	say(1, 0, wrap, 200, 0, 25)         // 0.2 to 0.7 s
	say(2, 1, 77, 1000, 0, 25)          // 1.0 to 1.5 s
	// 1.2 to 1.7 s, by the slot's clock: 1 s after the first
	gap := uint32(wrap)
	gap += rate
	say(1, 0, gap, 1215, 25, 25)
	say(1, 1, 5000, 2000, 50, 25) // 2.0 to 2.5 s, in another slot
	if err := r.close(); err != nil {
		t.Fatal(err)
	}

	for _, x := range []struct {
		file string
		ms   uint64
		loud [][2]int // in frames of 20 ms
	}{
		{"20260102-030405_ada-1_00000001.ogg", 2500, [][2]int{{10, 35}, {60, 85}, {100, 125}}},
		{"20260102-030405_ada-2_00000002.ogg", 1500, [][2]int{{50, 75}}},
	} {
		ps, granule := packets(t, filepath.Join(dir, x.file))
		if granule != x.ms*48 {
			t.Errorf("%s is %d samples, want %d", x.file, granule, x.ms*48)
		}
		for i, l := range loudness(t, ps) {
			want, edge := false, false
			for _, s := range x.loud {
				want = want || i >= s[0] && i < s[1]
				edge = edge || i == s[0] || i == s[0]+1 || i == s[1] // codec memory fades
			}
			if !edge && want != (l > 0.05) {
				t.Errorf("%s at %d ms: level %.3f, want sound: %v", x.file, i*20, l, want)
			}
		}
	}
}

func TestSamples(t *testing.T) {
	for _, x := range []struct {
		p    []byte
		want int64
	}{
		{nil, 0}, {[]byte{0xf8, 0}, 960}, {[]byte{0xf9, 0}, 1920}, {[]byte{0xfb, 3}, 2880}, {[]byte{0xfb}, 0},
		{[]byte{0xfb, 63}, 0}, {[]byte{0x18}, 2880}, {[]byte{0x80}, 120}, {[]byte{0x60}, 480},
	} {
		if got := samples(x.p); got != x.want {
			t.Errorf("%x: %d, want %d", x.p, got, x.want)
		}
	}
}
