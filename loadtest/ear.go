package loadtest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// tally counts what all listeners of a run met within the window.
type tally struct {
	delivered  atomic.Uint64 // received in the window, of any talker
	unique     atomic.Uint64 // of those sent in the window, each once a listener
	duplicates atomic.Uint64 // the same packet of a talker again
	foreign    atomic.Uint64 // not made by this run, such as a server's silence
	wrongCSRC  atomic.Uint64 // not the CSRC of who sent it
	echoes     atomic.Uint64 // one's own voice
	seqGaps    atomic.Uint64 // sequence numbers missing in a slot
	reordered  atomic.Uint64 // sequence numbers that came after a later one
	tsBreaks   atomic.Uint64 // timestamps that did not go on as the audio did
	swaps      atomic.Uint64 // another speaker in a slot
	latency    recorder
	firstAudio histogram // of all joins with a talker in the room, not of the window
}

// ear checks what one participant hears.
type ear struct {
	win   *window
	all   *tally
	self  atomic.Uint32 // own CSRC, once known
	began time.Time     // when it asked to join
	first bool          // the first in its room: there is nobody to hear yet
	heard chan struct{} // closed at the first packet of voice

	mu      sync.Mutex // slots have a goroutine each
	any     bool
	slots   map[int]*lane
	talkers map[uint32]uint64 // the last packet's counter by talker
}

// lane is one slot's numbering.
type lane struct {
	session int
	seq     uint16
	ts      uint32
	talker  uint32
	n       uint64
}

func newEar(w *window, all *tally) *ear {
	return &ear{win: w, all: all, heard: make(chan struct{}), slots: map[int]*lane{}, talkers: map[uint32]uint64{}}
}

// hear is the client's OnAudio.
func (e *ear) hear(f client.Frame) {
	s, ours := unpack(f.Payload)
	e.mu.Lock()
	defer e.mu.Unlock()
	in := e.win.has(f.ReceivedAt.UnixNano())
	if !e.any && ours {
		e.any = true
		if !e.first {
			e.all.firstAudio.add(f.ReceivedAt.Sub(e.began))
		}
		close(e.heard)
	}
	if in {
		e.all.delivered.Add(1)
	}
	e.number(f, s, ours, in)
	if !ours {
		if in {
			e.all.foreign.Add(1)
		}
		return
	}
	if in && f.CSRC != s.talker {
		e.all.wrongCSRC.Add(1)
	}
	if in && s.talker == e.self.Load() {
		e.all.echoes.Add(1)
	}
	last := e.talkers[s.talker]
	if s.n > last {
		e.talkers[s.talker] = s.n
	}
	if !e.win.has(s.sentNs) {
		return
	}
	if s.n == last {
		e.all.duplicates.Add(1)
		return
	}
	e.all.unique.Add(1)
	e.all.latency.add(time.Duration(f.ReceivedAt.UnixNano() - s.sentNs))
}

// number checks a slot's sequence numbers and timestamps. mu is held.
func (e *ear) number(f client.Frame, s stamp, ours, in bool) {
	l := e.slots[f.Slot]
	if l == nil || l.session != f.Session {
		e.slots[f.Slot] = &lane{session: f.Session, seq: f.Seq, ts: f.Timestamp, talker: s.talker, n: s.n}
		return
	}
	d := int16(f.Seq - l.seq)
	if d <= 0 {
		if in {
			e.all.reordered.Add(1)
		}
		return
	}
	if in {
		e.all.seqGaps.Add(uint64(d - 1))
		step := int32(f.Timestamp - l.ts)
		switch {
		case !ours || l.talker == 0:
		case s.talker != l.talker:
			e.all.swaps.Add(1)
			if step < frameTicks { // it may jump ahead, never into what was played
				e.all.tsBreaks.Add(1)
			}
		case s.n > l.n && step != int32(s.n-l.n)*frameTicks:
			e.all.tsBreaks.Add(1)
		}
	}
	l.seq, l.ts = f.Seq, f.Timestamp
	if ours {
		l.talker, l.n = s.talker, s.n
	}
}
