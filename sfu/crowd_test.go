package sfu

import (
	_ "embed"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// speechLevels is speech as selection sees it: one utterance a line, the
// number of its voice first, then one character for each 20 ms, 36 above the
// frame's level in -dBov. The utterances are sentences of espeak-ng in eight
// voices and speeds, cut where they begin and end.
//
//go:embed testdata/speech.levels
var speechLevels string

// utterances are the frames of speechLevels by voice.
var utterances = func() [][][]uint8 {
	out := make([][][]uint8, 8)
	for line := range strings.Lines(speechLevels) {
		v := line[0] - '0'
		u := []uint8(strings.TrimSuffix(line[2:], "\n"))
		for i := range u {
			u[i] -= 36
		}
		out[v] = append(out[v], u)
	}
	return out
}()

const frameUs = 20_000

// turn is one utterance of one person, from the frame at on.
type turn struct {
	at    int
	words []uint8

	cut  int  // voiced frames before the first that was forwarded
	lost int  // voiced frames that were not forwarded
	got  bool // any was forwarded
	room bool // never more than the slots had a turn or its pause meanwhile
}

// person is somebody in a crowd.
type person struct {
	quieter int // dB
	noise   int // level of his room, -dBov
	turns   []turn
	clicks  []int // frames at which a cough or a key begins

	levels []uint8 // what his packets say
	voiced []bool  // whether he is really speaking
	within []int   // the turn, -1 outside
}

// crowd is people with their turns over n frames.
type crowd struct {
	people []*person
	frames int
	r      *rand.Rand
}

// Voiced frames are louder than voicedLevel, before the speaker's distance, and
// louder than his room by audible, the margin of the selection and some for
// what mixing and the noise's own variation take.
const (
	voicedLevel = 50
	audible     = 11
)

func newCrowd(seed uint64, people, frames int) *crowd {
	c := &crowd{frames: frames, r: rand.New(rand.NewPCG(seed, 1))}
	for range people {
		c.people = append(c.people, &person{quieter: c.r.IntN(13), noise: 50 + c.r.IntN(15)})
	}
	return c
}

// words chooses an utterance of a person's voice.
func (c *crowd) words(who int) []uint8 {
	u := utterances[who%len(utterances)]
	return u[c.r.IntN(len(u))]
}

// converse lets people take turns: a new one begins from overlap frames before
// to pause frames after the end of the last, and at times somebody says a word
// into it.
func (c *crowd) converse(pause, overlap int) {
	who, free := 0, make([]int, len(c.people))
	for at := 10; at < c.frames-400; {
		next := c.r.IntN(len(c.people))
		if next == who && len(c.people) > 1 || free[next] > at {
			at++
			continue
		}
		who = next
		w := c.words(who)
		c.say(who, at, w)
		free[who] = at + len(w) + 15
		if other := c.r.IntN(len(c.people)); overlap > 0 && len(w) > 60 && c.r.IntN(3) == 0 && other != who {
			if b := at + c.r.IntN(len(w)); free[other] <= b {
				u := utterances[other%len(utterances)][0]
				c.say(other, b, u)
				free[other] = b + len(u) + 15
			}
		}
		at += len(w) + c.r.IntN(pause+overlap+1) - overlap
	}
}

// mingle lets everybody talk when he likes, for about a share of the time.
func (c *crowd) mingle(share float64) {
	for who := range c.people {
		for at := 10 + c.r.IntN(200); at < c.frames-400; {
			w := c.words(who)
			c.say(who, at, w)
			at += len(w) + 15 + int(c.r.ExpFloat64()*120*(1-share)/share)
		}
	}
}

func (c *crowd) say(who, at int, words []uint8) {
	p := c.people[who]
	p.turns = append(p.turns, turn{at: at, words: words})
}

// click puts a cough or a key of 20 to 60 ms into a person's time every so
// many frames.
func (c *crowd) click(who, every int) {
	for at := c.r.IntN(every); at < c.frames; at += every/2 + c.r.IntN(every) {
		c.people[who].clicks = append(c.people[who].clicks, at)
	}
}

// record makes everybody's levels.
func (c *crowd) record() {
	for _, p := range c.people {
		slices.SortFunc(p.turns, func(a, b turn) int { return a.at - b.at })
		p.levels, p.voiced, p.within = make([]uint8, c.frames), make([]bool, c.frames), make([]int, c.frames)
		for i := range c.frames {
			p.levels[i] = uint8(min(max(p.noise+c.r.IntN(5)-2, 5), 120))
			p.within[i] = -1
		}
		for k, t := range p.turns {
			for i, l := range t.words {
				if f := t.at + i; f < c.frames {
					p.levels[f] = louderOf(p.levels[f], l+uint8(p.quieter))
					p.voiced[f] = int(l) <= voicedLevel && int(l)+p.quieter+audible <= p.noise
					p.within[f] = k
				}
			}
		}
		for _, at := range p.clicks {
			for f := at; f < min(at+1+c.r.IntN(3), c.frames); f++ {
				p.levels[f] = louderOf(p.levels[f], uint8(20+c.r.IntN(10)))
			}
		}
	}
}

// louderOf is the level of two sounds at once.
func louderOf(a, b uint8) uint8 {
	return uint8(max(0, math.Round(-10*math.Log10(math.Pow(10, -float64(a)/10)+math.Pow(10, -float64(b)/10)))))
}

// figures are what a selection did with a crowd.
type figures struct {
	onsets     []int // ms cut at each onset
	roomOnsets []int // of those, where there was room for all
	voiced     int   // frames
	lost       int
	lostInRoom int // although no more people than slots were speaking
	idle       int // slot frames spent on the silent while a speaker had none
	swaps      int // slots taken from somebody
	top, topOK int // frames of the loudest K speakers, and those forwarded
}

// run gives every packet of the crowd to a selection with k slots.
func (c *crowd) run(k int) figures {
	var f figures
	x, sp := newSelector(k), make([]speaker, len(c.people))
	now := int64(1_000_000)
	forwarded := make([]bool, len(c.people))
	smooth := make([]float64, len(c.people))
	was := make([]selected, k)
	busyUntil := make([]int, len(c.people))
	for n := range c.frames {
		speaking, busy := 0, 0
		for i, p := range c.people {
			at := now + int64(i)*frameUs/int64(len(c.people)) // each at his phase
			voice := sp[i].hear(at, p.levels[n], true, 80)
			copy(was, x.slots)
			slot := x.pick(at, &sp[i], voice)
			forwarded[i] = slot >= 0
			if slot >= 0 && was[slot].who != nil && was[slot].who != &sp[i] {
				f.swaps++
			}
			if p.voiced[n] {
				speaking++
			}
			if p.within[n] >= 0 {
				busyUntil[i] = n + 1 + pauseUs/frameUs + 1
			}
			if busyUntil[i] > n {
				busy++
			}
			smooth[i] += (float64(p.levels[n]) - smooth[i]) / 8
		}
		x.expire(now)
		var top []int
		wanting := 0
		for i, p := range c.people {
			w := p.within[n]
			if w < 0 {
				continue
			}
			t := &p.turns[w]
			if n == t.at {
				t.cut, t.lost, t.got, t.room = 0, 0, false, true
			}
			t.room = t.room && busy <= k
			if !p.voiced[n] {
				continue
			}
			top = append(top, i)
			f.voiced++
			if forwarded[i] {
				t.got = true
				continue
			}
			wanting++
			f.lost++
			t.lost++
			if !t.got {
				t.cut++
			}
			if busy <= k {
				f.lostInRoom++
			}
		}
		if wanting > 0 {
			for _, s := range x.slots {
				for i := range sp {
					if s.who == &sp[i] && c.people[i].within[n] < 0 {
						f.idle++
					}
				}
			}
		}
		slices.SortFunc(top, func(a, b int) int { return int(100 * (smooth[a] - smooth[b])) })
		for _, i := range top[:min(k, len(top))] {
			f.top++
			if forwarded[i] {
				f.topOK++
			}
		}
		now += frameUs
	}
	for _, p := range c.people {
		for _, t := range p.turns {
			f.onsets = append(f.onsets, 20*t.cut)
			if t.room {
				f.roomOnsets = append(f.roomOnsets, 20*t.cut)
			}
		}
	}
	return f
}

func quantile(v []int, q float64) int {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[min(int(q*float64(len(v))), len(v)-1)]
}

func (f figures) String(minutes float64) string {
	return fmt.Sprintf("onset p50 %4d p95 %4d ms | with room: %3d onsets, most %4d ms | lost %5.2f%% (with room %5.2f%%) | wrong %5.1f s/min | swaps %5.1f/min | loudest K %5.1f%%",
		quantile(f.onsets, .5), quantile(f.onsets, .95), len(f.roomOnsets), quantile(f.roomOnsets, 1),
		100*float64(f.lost)/float64(f.voiced), 100*float64(f.lostInRoom)/float64(f.voiced),
		float64(f.idle)/50/minutes, float64(f.swaps)/minutes, 100*float64(f.topOK)/float64(max(f.top, 1)))
}

// scenes are the ways in which people talk.
var scenes = map[string]func(*crowd){
	"turns":   func(c *crowd) { c.converse(40, 0) },
	"overlap": func(c *crowd) { c.converse(35, 15) },
	"crowd":   func(c *crowd) { c.mingle(.4) },
	"hum": func(c *crowd) { // two microphones that never stop
		c.converse(35, 15)
		c.people[0].noise, c.people[2].noise = 45, 42
	},
	"clicks": func(c *crowd) {
		c.converse(35, 15)
		c.click(0, 50)
		c.click(1, 100)
	},
}

// TestCrowdFigures prints what selection does in conversations and crowds, and
// holds it to the promise that nobody loses a syllable while there is room.
func TestCrowdFigures(t *testing.T) {
	const minutes = 2
	for _, scene := range slices.Sorted(maps.Keys(scenes)) {
		for _, people := range []int{3, 5, 10, 20} {
			c := newCrowd(7, people, minutes*60*50)
			scenes[scene](c)
			c.record()
			for _, k := range []int{1, 2, 3, 4, 20} {
				if k == 20 && people < 20 {
					continue
				}
				f := c.run(k)
				t.Logf("%-8s %2d people K=%-2d %s", scene, people, k, f.String(minutes))
				if scene != "clicks" && f.lostInRoom > 0 {
					t.Errorf("%s, %d people, %d slots: %d frames of speech were lost although there was room", scene, people, k, f.lostInRoom)
				}
				if most := 60 * k * minutes; f.swaps > most {
					t.Errorf("%s, %d people, %d slots: %d swaps, want %d at most", scene, people, k, f.swaps, most)
				}
			}
		}
	}
}
