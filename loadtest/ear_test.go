package loadtest

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestEarNoticesWhatIsWrong(t *testing.T) {
	var all tally
	var w window
	now := time.Now()
	w.from.Store(now.UnixNano())
	e := &ear{win: &w, all: &all, self: 1, rooms: 1}
	e.join(now.Add(-time.Second), true)
	r := rand.New(rand.NewPCG(1, 2))
	say := func(csrc uint32, talker uint16, n uint32, seq uint16, ts uint32) {
		at := now.Add(time.Duration(n) * frameTime)
		s := stamp{talker: talker, csrc: uint32(talker), flags: flagVoice | flagExact, sentNs: at.UnixNano(), n: n, frame: n, spurt: 1}
		e.hear(&arrival{csrc: csrc, session: 1, seq: seq, ts: ts, payload: pack(make([]byte, maxSize), s, 100, r), at: at.Add(3 * time.Millisecond).UnixNano()})
	}
	say(2, 2, 1, 65535, 0)
	say(2, 2, 2, 0, 960)
	say(2, 2, 4, 2, 2880)  // one lost: a gap, but the time is right
	say(2, 2, 5, 3, 3000)  // the timestamp does not go on
	say(2, 2, 5, 4, 3960)  // the same again
	say(3, 3, 6, 5, 5000)  // another speaker
	say(3, 3, 7, 6, 5960)  // and on
	say(2, 3, 8, 7, 6920)  // under a wrong CSRC
	say(1, 1, 9, 8, 7880)  // our own voice
	say(3, 3, 10, 7, 6920) // a sequence number out of order
	e.hear(&arrival{csrc: 3, session: 1, seq: 9, ts: 8840, payload: []byte{0xf8, 0xff, 0xfe}, at: now.Add(time.Second).UnixNano()})
	e.leave()
	say(3, 3, 11, 10, 9800) // on the way out
	got := []uint64{
		all.delivered.Load(), all.unique.Load(), all.duplicates.Load(), all.foreign.Load(), all.wrongCSRC.Load(),
		all.echoes.Load(), all.seqGaps.Load(), all.reordered.Load(), all.tsBreaks.Load(), all.swaps.Load(), all.holes.Load(),
	}
	for i, want := range []uint64{11, 8, 1, 1, 1, 1, 1, 1, 1, 2, 2} {
		if got[i] != want {
			t.Errorf("count %d is %d, want %d (%v)", i, got[i], want, got)
		}
	}
	if q := all.latency.quantiles(); q.P50 < 2.9 || q.P50 > 3.1 {
		t.Errorf("latency %v", q)
	}
	if q := all.firstAudio.quantiles(); q.Count != 1 || q.Max < 1022 || q.Max > 1024 {
		t.Errorf("first audio %v", q)
	}
}

func TestEarKnowsRoomsApart(t *testing.T) {
	var all tally
	var w window
	w.from.Store(1)
	e := &ear{win: &w, all: &all, self: 4, rooms: 2} // of room 0
	e.join(time.Unix(0, 2), false)
	r := rand.New(rand.NewPCG(1, 2))
	for i, talker := range []uint16{0, 1, 2} {
		s := stamp{talker: talker, csrc: 7, sentNs: 5, n: 1, spurt: 1}
		e.hear(&arrival{csrc: 7, session: 1, slot: i, payload: pack(make([]byte, maxSize), s, 40, r), at: 6})
	}
	if all.foreign.Load() != 1 || all.unique.Load() != 2 {
		t.Errorf("%d foreign, %d heard", all.foreign.Load(), all.unique.Load())
	}
}

func TestOnsetsAreThoseOfSpurts(t *testing.T) {
	var all tally
	var w window
	w.from.Store(1)
	e := &ear{win: &w, all: &all, self: 1, rooms: 1}
	e.join(time.Unix(0, 2), false)
	r := rand.New(rand.NewPCG(1, 2))
	hear := func(n uint32, spurt uint16, sinceUs uint32) {
		s := stamp{talker: 0, flags: flagVoice, sentNs: int64(n) * 20e6, n: n, frame: n, spurt: spurt, sinceUs: sinceUs}
		e.hear(&arrival{session: 1, seq: uint16(n), ts: n * frameTicks, payload: pack(make([]byte, maxSize), s, 40, r), at: s.sentNs + 1e6})
	}
	e.ready(time.Unix(0, 30e6), 4)
	hear(1, 1, 0) // it had begun before
	hear(2, 1, 20000)
	hear(9, 2, 0)
	hear(10, 2, 20000)
	hear(20, 3, 40000) // two packets were not heard
	if all.onsets.Load() != 2 || all.clipped.Load() != 1 {
		t.Errorf("%d onsets, %d clipped", all.onsets.Load(), all.clipped.Load())
	}
	if q := all.onset.quantiles(); q.Max < 40.9 || q.Max > 41.1 {
		t.Errorf("onset %v", q)
	}
}

func TestTakeKnowsWhatWasThere(t *testing.T) {
	var v voice
	for _, x := range []struct {
		n    uint32
		want bool
	}{{5, true}, {5, false}, {7, true}, {6, true}, {6, false}, {4, false}, {200, true}, {150, true}, {150, false}, {100, false}, {201, true}} {
		if got := v.take(x.n); got != x.want {
			t.Errorf("%d: %v", x.n, got)
		}
	}
	if v.unique != 6 || v.last != 201 {
		t.Errorf("%+v", v)
	}
}

func FuzzUnpack(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	f.Add(pack(make([]byte, maxSize), stamp{talker: 1, n: 2}, 60, r))
	f.Add([]byte{toc})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok := unpack(b)
		if !ok {
			return
		}
		if again, ok := unpack(pack(make([]byte, len(b)), s, len(b), r)); !ok || again != s {
			t.Errorf("%+v, then %+v", s, again)
		}
		var all tally
		var w window
		w.from.Store(1)
		e := &ear{win: &w, all: &all, rooms: 1}
		e.join(time.Now(), true)
		e.hear(&arrival{session: 1, payload: b, at: s.sentNs})
		e.leave()
	})
}
