package loadtest

import (
	_ "embed"
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// speechTrace is what Opus makes of spoken sentences; testdata/speech.py made
// it and says how it is to be read.
//
//go:embed testdata/speech.trace
var speechTrace []byte

// utterance is one sentence, a pair of bytes a frame: size, 0 for none, and
// level in -dBov.
type utterance []byte

func (u utterance) frames() int                      { return len(u) / 2 }
func (u utterance) at(i int) (size int, level uint8) { return int(u[2*i]), u[2*i+1] }

// utterances reads a trace; what does not fit its own lengths ends it.
func utterances(b []byte) []utterance {
	var all []utterance
	for len(b) >= 2 {
		n := 2 * int(binary.BigEndian.Uint16(b))
		if len(b) < 2+n {
			break
		}
		if n > 0 {
			all = append(all, utterance(b[2:2+n]))
		}
		b = b[2+n:]
	}
	return all
}

// turn is where one talker says one sentence.
type turn struct {
	start uint32 // frame
	what  utterance
}

// interjection is up to how many frames a sentence has that is said into
// somebody's turn.
const interjection = 90

// conversation decides who says what when, for as long as length: one speaks,
// a sentence or two, then another; sometimes the next one begins before
// the end, sometimes somebody says a word in between. It returns each
// talker's turns.
func conversation(talkers int, length time.Duration, r *rand.Rand) [][]turn {
	all := utterances(speechTrace)
	var short []utterance
	for _, u := range all {
		if u.frames() <= interjection {
			short = append(short, u)
		}
	}
	turns := make([][]turn, talkers)
	free := make([]uint32, talkers) // when each has said all
	say := func(who int, at uint32, u utterance) uint32 {
		at = max(at, free[who])
		turns[who] = append(turns[who], turn{at, u})
		free[who] = at + uint32(u.frames())
		return free[who]
	}
	frames := uint32(length / frameTime)
	who := -1
	for at := uint32(10); talkers > 0 && at < frames; {
		next := r.IntN(talkers)
		if next == who { // hardly ever does one answer oneself
			next = (next + 1) % talkers
		}
		who = next
		began := at
		for range 1 + r.IntN(2) {
			at = say(who, at, all[r.IntN(len(all))])
			at += uint32(r.IntN(25)) // up to half a second of breath
		}
		if talkers > 2 && len(short) > 0 && r.IntN(2) == 0 {
			other := (who + 1 + r.IntN(talkers-1)) % talkers
			say(other, began+uint32(r.IntN(int(at-began)+1)), short[r.IntN(len(short))])
		}
		at = uint32(max(int(at)-50+r.IntN(60), int(began)+5)) // from half a second early to half late: each sentence ends in a pause
	}
	return turns
}
