package loadtest

import (
	"sync"
	"sync/atomic"
	"time"
)

// tally counts what all listeners of a run met within the window.
type tally struct {
	delivered  atomic.Uint64 // received in the window, of any talker
	unique     atomic.Uint64 // of those sent in the window, each once a listener
	voice      atomic.Uint64 // of these, those with voice in them
	promised   atomic.Uint64 // of these, those of the loudest that a listener has slots for
	duplicates atomic.Uint64 // the same packet of a talker again
	foreign    atomic.Uint64 // not made for this room, such as a server's silence
	wrongCSRC  atomic.Uint64 // not the CSRC of who sent it
	echoes     atomic.Uint64 // one's own voice
	seqGaps    atomic.Uint64 // sequence numbers missing in a slot
	reordered  atomic.Uint64 // sequence numbers that came after a later one
	tsBreaks   atomic.Uint64 // timestamps that did not go on as the audio did
	swaps      atomic.Uint64 // another speaker in a slot
	holes      atomic.Uint64 // missing between the first and the last packet of a talker's life that a listener heard
	onsets     atomic.Uint64 // talk spurts that were heard, each once a listener
	clipped    atomic.Uint64 // of these, those whose first packet was not the first heard
	all        atomic.Uint64 // received at any time

	latency     recorder
	latencyFull histogram // of full clients, beside light ones
	onset       histogram // from a spurt's first packet to the first that is heard of it
	firstAudio  histogram // of all joins with a talker in the room, not of the window
	join        histogram // of all joins: from voice.join to the path
}

// arrival is one packet at a listener, whatever kind of client it has.
type arrival struct {
	slot, session int
	seq           uint16
	ts, csrc      uint32
	payload       []byte
	at            int64 // Unix ns
}

// ear checks what one participant hears.
type ear struct {
	win   *window
	all   *tally
	self  int // its own number in the run
	rooms int // participant n is in room n % rooms
	full  bool
	slots int // of a listener
	ranks int // how many talkers the room has if there are louder ones, else 0

	mu      sync.Mutex // full clients have a goroutine a slot
	began   int64      // when it asked to join, Unix ns; 0: out of voice
	since   int64      // when there was a path; 0: there is none yet
	waiting bool       // has heard nothing yet since
	company bool       // somebody talked when it asked
	heard   bool       // anything, ever
	lanes   []lane
	talkers []voice // by their place in the room
}

// lane is one slot's numbering.
type lane struct {
	session int // 0: nothing came yet
	seq     uint16
	ts      uint32
	ours    bool
	last    stamp
}

// voice is what a listener knows of a talker.
type voice struct {
	life   uint8
	spurt  uint16
	begun  bool
	first  uint32 // of this life
	last   uint32 // highest packet number
	unique uint32 // different ones of this life
	recent uint64 // bit i: last-i was heard
}

// join says that the participant asks for voice now; company, that somebody
// talks in the room.
func (e *ear) join(now time.Time, company bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.began, e.waiting, e.company, e.since = now.UnixNano(), true, company, 0
}

// ready says that there is a path, since now, and how many slots it has.
func (e *ear) ready(now time.Time, slots int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.slots, e.since = slots, now.UnixNano()
}

// rank says that the room has that many talkers, more than slots, and that the
// first of them are louder than those for whom there is no slot.
func (e *ear) rank(talkers int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ranks = talkers
}

// leave says that it is about to leave voice, and enters what it missed.
func (e *ear) leave() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.began = 0
	for i := range e.talkers {
		e.settle(&e.talkers[i])
	}
}

// settle enters what is missing of a talker's life. mu is held.
func (e *ear) settle(v *voice) {
	if v.begun {
		e.all.holes.Add(uint64(v.last - v.first + 1 - v.unique))
	}
	*v = voice{spurt: v.spurt, life: v.life}
}

func (e *ear) hear(a *arrival) {
	s, ours := unpack(a.payload)
	if ours && int(s.talker)%e.rooms != e.self%e.rooms {
		ours = false // of another room: it must not be heard here
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.began == 0 {
		return // on its way out
	}
	in := e.win.has(a.at)
	e.all.all.Add(1)
	if in {
		e.all.delivered.Add(1)
	}
	e.number(a, s, ours, in)
	if !ours {
		if in {
			e.all.foreign.Add(1)
		}
		return
	}
	if e.waiting {
		e.waiting, e.heard = false, true
		if e.company {
			e.all.firstAudio.add(time.Duration(a.at - e.began))
		}
	}
	if in && a.csrc != s.csrc {
		e.all.wrongCSRC.Add(1)
	}
	if int(s.talker) == e.self {
		if in {
			e.all.echoes.Add(1)
		}
		return
	}
	e.account(a, s)
}

// account enters one packet of a talker. mu is held.
func (e *ear) account(a *arrival, s stamp) {
	place := int(s.talker) / e.rooms
	for len(e.talkers) <= place {
		e.talkers = append(e.talkers, voice{})
	}
	v := &e.talkers[place]
	if v.life != s.life {
		e.settle(v)
		v.life = s.life
	}
	in := e.win.has(s.sentNs)
	if !v.take(s.n) {
		if in {
			e.all.duplicates.Add(1)
		}
		return
	}
	if s.spurt != v.spurt {
		v.spurt = s.spurt
		if start := s.sentNs - int64(s.sinceUs)*1000; s.flags&flagVoice != 0 && e.since != 0 && start > e.since && e.win.has(start) {
			e.all.onsets.Add(1)
			e.all.onset.add(time.Duration(a.at - start))
			if s.sinceUs > 0 {
				e.all.clipped.Add(1)
			}
		}
	}
	if !in {
		return
	}
	e.all.unique.Add(1)
	if s.flags&flagVoice != 0 {
		e.all.voice.Add(1)
	}
	if e.promises(place) {
		e.all.promised.Add(1)
	}
	if d := time.Duration(a.at - s.sentNs); e.full {
		e.all.latencyFull.add(d)
	} else {
		e.all.latency.add(d)
	}
}

// promises says whether the talker at a place is among the loudest of the room,
// whom it has slots for.
func (e *ear) promises(place int) bool { return place < min(e.slots, e.ranks) }

// take enters packet n; it is false for one that was there.
func (v *voice) take(n uint32) bool {
	switch {
	case !v.begun:
		v.begun, v.first, v.last, v.recent = true, n, n, 1
	case n > v.last:
		if d := n - v.last; d < 64 {
			v.recent = v.recent<<d | 1
		} else {
			v.recent = 1
		}
		v.last = n
	default:
		d := v.last - n
		if d >= 64 || n < v.first || v.recent>>d&1 != 0 {
			return false
		}
		v.recent |= 1 << d
	}
	v.unique++
	return true
}

// number checks a slot's sequence numbers and timestamps. mu is held.
func (e *ear) number(a *arrival, s stamp, ours, in bool) {
	for len(e.lanes) <= a.slot {
		e.lanes = append(e.lanes, lane{})
	}
	l := &e.lanes[a.slot]
	if l.session != a.session {
		*l = lane{session: a.session, seq: a.seq, ts: a.ts, ours: ours, last: s}
		return
	}
	d := int16(a.seq - l.seq)
	if d <= 0 {
		if in {
			e.all.reordered.Add(1)
		}
		return
	}
	if in {
		e.all.seqGaps.Add(uint64(d - 1))
		step := int32(a.ts - l.ts)
		switch {
		case !ours || !l.ours:
		case s.talker != l.last.talker || s.life != l.last.life:
			e.all.swaps.Add(1)
			if step < frameTicks { // it may jump ahead, never into what was played
				e.all.tsBreaks.Add(1)
			}
		case s.n > l.last.n && s.flags&flagExact != 0 && s.n-l.last.n == s.frame-l.last.frame && step != int32(s.frame-l.last.frame)*frameTicks:
			e.all.tsBreaks.Add(1)
		case s.n > l.last.n && step < frameTicks:
			e.all.tsBreaks.Add(1)
		}
	}
	l.seq, l.ts = a.seq, a.ts
	if ours {
		l.ours, l.last = true, s
	}
}
