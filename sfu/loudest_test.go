package sfu_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/sfu"
)

// attentive takes what peers are told, so that the SFU never waits for the
// test, and keeps the newest word about the slots of one.
type attentive struct {
	done chan struct{}
	wg   sync.WaitGroup

	mu    sync.Mutex
	slots map[uint32]bool
}

// newAttentive is to be made before the peers: it listens until they have left.
func newAttentive(t *testing.T) *attentive {
	a := &attentive{done: make(chan struct{})}
	t.Cleanup(func() { close(a.done); a.wg.Wait() })
	return a
}

func (a *attentive) listen(p *testPeer, keep bool) {
	a.wg.Go(func() {
		for {
			select {
			case <-a.done:
				return
			case <-p.speaking:
			case x := <-p.slots:
				if !keep {
					continue
				}
				a.mu.Lock()
				a.slots = map[uint32]bool{}
				for _, slot := range x {
					if slot.CSRC != 0 {
						a.slots[slot.CSRC] = true
					}
				}
				a.mu.Unlock()
			}
		}
	})
}

func (a *attentive) has(csrcs map[uint32]bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Equal(a.slots, csrcs)
}

// patiently is eventually for what a busy machine upsets: a stall of the
// server can be a pause of one talker only, in which somebody else gets his
// slot for a second.
func patiently(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// chorus lets all talk at their levels until stop, each with a gap between two
// syllables in every fifth packet. One goroutine does, and the last begin: when
// it is given no CPU for long, that is no pause of those in particular who have
// the slots, nor may anybody else be the first to speak after it.
func chorus(all []*testPeer, levels []uint8, stop <-chan struct{}) {
	const stalled = 100 * time.Millisecond // half the pause that gives a slot away
	n, last := 0, time.Now()
	for {
		select {
		case <-stop:
			return
		case <-time.After(frame - time.Since(last)):
		}
		if time.Since(last) > stalled {
			n = 0
		}
		last = time.Now()
		for i := len(all) - 1; i >= 0 && time.Since(last) < stalled; i-- {
			level := levels[i]
			if n >= 5 && (n+i)%5 == 0 {
				level = 80
			}
			all[i].speak(1, level, 0)
		}
		n++
	}
}

// TestTwentyTalkAtOnce: whatever K is, every listener is sent the loudest K
// and nobody else, the loudest of them being those who came last; a talker is
// not sent himself.
func TestTwentyTalkAtOnce(t *testing.T) {
	const talkers = 20
	for _, k := range []int{3, 4, talkers} {
		t.Run(fmt.Sprint("K=", k), func(t *testing.T) {
			told := newAttentive(t)
			s := newSFU(t, func(c *sfu.Config) { c.AudioSlots = k })
			listener := join(t, s, "room", 100, joinOptions{})
			told.listen(listener, true)
			var all []*testPeer
			for i := range talkers {
				o := joinOptions{slots: 1} // the rest would only be work
				if i >= talkers-2 {
					o.slots = 0
				}
				all = append(all, join(t, s, "room", uint32(i+1), o))
				told.listen(all[i], false)
			}
			for _, p := range append(all, listener) {
				p.peer.Steady()
			}
			loudest := map[uint32]bool{}
			levels := make([]uint8, talkers)
			for i, p := range all {
				levels[i] = uint8(60 - i)
				if i >= talkers-k {
					levels[i] = uint8(30 - i)
					loudest[p.csrc] = true
				}
			}
			stop := make(chan struct{})
			var wg sync.WaitGroup
			wg.Go(func() { chorus(all, levels, stop) })
			defer wg.Wait()
			defer close(stop)
			patiently(t, "the loudest have the slots", func() bool { return told.has(loudest) })
			patiently(t, "nobody else is heard", func() bool {
				listener.mu.Lock()
				defer listener.mu.Unlock()
				heard := listener.heard[max(0, len(listener.heard)-10*k):]
				slotOf := map[uint32]int{}
				for _, h := range heard {
					if slot, ok := slotOf[h.csrc]; !loudest[h.csrc] || ok && slot != h.slot {
						return false
					}
					slotOf[h.csrc] = h.slot
				}
				// How many of each there are says how the talkers were given CPU.
				return len(slotOf) == k
			})
			for _, p := range all[talkers-2:] {
				if n := len(p.from(p.csrc)); n > 0 {
					t.Errorf("%d was sent %d packets of his own", p.csrc, n)
				}
				for csrc := range loudest {
					if csrc != p.csrc {
						patiently(t, fmt.Sprint(p.csrc, " hears ", csrc), func() bool { return len(p.from(csrc)) > 0 })
					}
				}
			}
		})
	}
}

// TestStageIsHeardAtOnce: one slot, somebody loud in it, and a quiet word from
// the stage.
func TestStageIsHeardAtOnce(t *testing.T) {
	s := newSFU(t, func(c *sfu.Config) { c.AudioSlots = 1 })
	loud := join(t, s, "room", 11, joinOptions{})
	quiet := join(t, s, "room", 22, joinOptions{})
	l := join(t, s, "room", 33, joinOptions{})
	done := make(chan struct{})
	go func() { loud.speak(150, 20, frame); close(done) }()
	defer func() { <-done }()
	eventually(t, "the loud one is heard", func() bool { return len(l.from(11)) > 10 })
	quiet.peer.SetPriority(true)
	quiet.speak(40, 40, frame)
	eventually(t, "the stage is heard", func() bool { return len(l.from(22)) >= 30 })
}
