package interop

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/pion/opus"
)

const (
	// window is how many packets of a slot a tone is measured over.
	window = 25
	// settling is how many of them the decoder is given to find its feet.
	settling = 10
	// stale is when a slot without packets is silent; a busy machine has gaps.
	stale = 1500 * time.Millisecond
)

// ear keeps what arrived last in each slot.
type ear struct {
	mu    sync.Mutex
	slots map[int]*earSlot

	// Of tones alone:
	measured int
	at       time.Time
	hz       []float64
}

type earSlot struct {
	packets [][]byte
	at      time.Time
}

func newEar() *ear { return &ear{slots: make(map[int]*earSlot)} }

func (e *ear) take(slot int, packet []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.slots[slot]
	if s == nil {
		s = &earSlot{}
		e.slots[slot] = s
	}
	if time.Since(s.at) > stale {
		s.packets = nil
	}
	s.at = time.Now()
	s.packets = append(s.packets, bytes.Clone(packet))
	if len(s.packets) > window {
		s.packets = s.packets[1:]
	}
}

// tones measures each slot that has half a second of packets up to now; anew
// every half second. One goroutine calls it.
func (e *ear) tones() ([]float64, int) {
	if time.Since(e.at) < window*frame {
		return e.hz, e.measured
	}
	// Packets go on being taken meanwhile: decoding takes its time.
	e.mu.Lock()
	var heard [][][]byte
	for _, s := range e.slots {
		if len(s.packets) == window && time.Since(s.at) < stale {
			heard = append(heard, slices.Clone(s.packets))
		}
	}
	e.mu.Unlock()
	e.hz = nil
	for _, packets := range heard {
		if hz, ok := toneOf(packets); ok {
			e.hz = append(e.hz, hz)
		}
	}
	e.at = time.Now()
	e.measured++
	return e.hz, e.measured
}

// toneOf decodes packets and returns the frequency of what they hold: the
// median of its periods, since a loop's seam adds a few of its own. Not ok is
// silence or what cannot be decoded.
func toneOf(packets [][]byte) (hz float64, ok bool) {
	const rate = 48000
	d, err := opus.NewDecoderWithOutput(rate, 1)
	if err != nil {
		return 0, false
	}
	out := make([]float32, rate*120/1000)
	n, peak, before, rise := 0, float32(0), float32(0), 0.0
	var periods []float64
	for i, p := range packets {
		got, err := d.DecodeToFloat32(p, out)
		if err != nil {
			return 0, false
		}
		if i < settling {
			continue
		}
		for _, x := range out[:got] {
			n++
			if before < 0 && x >= 0 {
				at := float64(n) - float64(x/(x-before))
				periods = append(periods, at-rise)
				rise = at
			}
			before, peak = x, max(peak, x)
		}
	}
	if len(periods) < 2 || peak < 0.01 {
		return 0, false
	}
	slices.Sort(periods)
	return rate / periods[len(periods)/2], true
}
