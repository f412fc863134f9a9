package loadtest

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// comfort is between two packets of an open microphone that nobody speaks
// into: an Opus encoder with DTX makes one in 400 ms.
const comfort = 20

// spurtGap is how many frames without voice end a talk spurt.
const spurtGap = 10

// stall is how late a packet may leave; frames that are later are left out, as
// by a sound card that was not read.
const stall = 200 * time.Millisecond

// mouth sends one packet; it is false when nothing can be sent now.
type mouth interface {
	// say sends a packet of the talker's frame; first begins a talk spurt.
	say(frame uint32, payload []byte, level uint8, voice, first bool, ns int64) bool
	// csrc is what the server calls the talker now, 0 when it is out of voice.
	csrc() uint32
	// exact says whether timestamps follow the frames.
	exact() bool
}

// talker is a participant that talks. The pacer's goroutine alone uses it, but
// for its counts.
type talker struct {
	mouth
	number  int
	room    int
	life    *atomic.Uint32 // counts its times in voice
	level   uint8          // of a constant talker
	turns   []turn         // of a conversation; nil: a constant talker
	speech  bool
	begun   bool // the pacer has it
	due     time.Time
	r       *rand.Rand
	frame   uint32
	n       uint32
	spurt   uint16
	spurtNs int64
	quiet   int  // frames without voice
	fresh   bool // there was silence: a marker is due

	sent, voiced atomic.Uint64 // in the window: all, with voice in it
}

func newTalker(m mouth, number, room int, life *atomic.Uint32) *talker {
	t := &talker{mouth: m, number: number, room: room, life: life, level: loud, quiet: spurtGap, fresh: true}
	t.r = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	t.due = time.Now().Add(time.Duration(t.r.Int64N(int64(frameTime))))
	return t
}

// next says what the present frame has: size 0 is nothing.
func (t *talker) next() (size int, level uint8, voice bool) {
	if !t.speech {
		return minSize + t.r.IntN(maxSize-minSize+1), t.level, true
	}
	for len(t.turns) > 0 && t.frame >= t.turns[0].start+uint32(t.turns[0].what.frames()) {
		t.turns = t.turns[1:]
	}
	if len(t.turns) > 0 && t.frame >= t.turns[0].start {
		size, level = t.turns[0].what.at(int(t.frame - t.turns[0].start))
		return size, level, size > 0 && level < 60
	}
	if (int(t.frame)+t.number)%comfort == 0 {
		return headerSize, 85, false
	}
	return 0, 127, false
}

// step sends the frame that is due; it is false when there was nothing to send.
func (t *talker) step(buf []byte, win *window) bool {
	size, level, voice := t.next()
	frame := t.frame
	t.frame++
	if voice {
		if t.quiet >= spurtGap {
			t.spurt++
			t.spurtNs = 0
		}
		t.quiet = 0
	} else {
		t.quiet++
	}
	csrc := t.csrc()
	if size == 0 || csrc == 0 {
		t.fresh = true
		return false
	}
	s := stamp{talker: uint16(t.number), life: uint8(t.life.Load()), csrc: csrc, n: t.n + 1, frame: frame, spurt: t.spurt}
	if voice {
		s.flags |= flagVoice
	}
	if t.exact() {
		s.flags |= flagExact
	}
	s.sentNs = time.Now().UnixNano()
	if t.spurtNs == 0 {
		t.spurtNs = s.sentNs
	}
	s.sinceUs = uint32((s.sentNs - t.spurtNs) / 1000)
	if !t.say(frame, pack(buf, s, size, t.r), level, voice, t.fresh, s.sentNs) {
		if s.sinceUs == 0 {
			t.spurtNs = 0
		}
		return false
	}
	t.n, t.fresh = s.n, false
	if win.has(s.sentNs) {
		t.sent.Add(1)
		if voice {
			t.voiced.Add(1)
		}
	}
	return true
}

// pacer sends for all talkers, in one goroutine: each every 20 ms, from a
// moment of its own within them.
type pacer struct {
	win  *window
	late atomic.Uint64 // left more than 5 ms late: the load tester's own fault

	mu    sync.Mutex
	fresh []*talker // to be taken up
	ring  []*talker // in the order of what is due; the goroutine's
}

func (p *pacer) add(t *talker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fresh = append(p.fresh, t)
}

// takeUp brings new talkers into the ring.
func (p *pacer) takeUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.fresh) == 0 {
		return
	}
	now := time.Now()
	for _, t := range p.fresh {
		for t.due.Before(now) {
			t.due = t.due.Add(frameTime)
		}
		i := 0
		for i < len(p.ring) && p.ring[i].due.Before(t.due) {
			i++
		}
		p.ring = append(p.ring, nil)
		copy(p.ring[i+1:], p.ring[i:])
		p.ring[i] = t
	}
	p.fresh = nil
}

// run sends until ctx ends.
func (p *pacer) run(ctx context.Context) {
	buf := make([]byte, 300)
	timer := time.NewTimer(frameTime)
	defer timer.Stop()
	at := 0 // all have one period: the ring stays in order
	for ctx.Err() == nil {
		if at >= len(p.ring) {
			at = 0
			p.takeUp()
		}
		wait := frameTime
		if len(p.ring) > 0 {
			wait = time.Until(p.ring[at].due)
		}
		if wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
			if len(p.ring) == 0 {
				continue
			}
		}
		t := p.ring[at]
		late := time.Since(t.due)
		if late > stall {
			skip := late / frameTime
			t.frame += uint32(skip)
			t.due = t.due.Add(skip * frameTime)
		}
		if t.step(buf, p.win) && late > 5*time.Millisecond && p.win.has(time.Now().UnixNano()) {
			p.late.Add(1)
		}
		t.due = t.due.Add(frameTime)
		at++
	}
}
