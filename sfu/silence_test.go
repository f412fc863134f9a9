package sfu_test

import (
	"slices"
	"testing"

	"github.com/boltorezka/boltorezka/sfu"
)

// quality are the words that a peer was told so far.
func (p *testPeer) quality() []sfu.Quality {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.words)
}

func dead(q sfu.Quality) bool { return q.Uplink.Loss == 100 }

// Who sends nothing though his microphone is on is told that nothing comes, and
// nobody else is.
func TestSilentPublisherIsTold(t *testing.T) {
	t.Parallel()
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	muted := join(t, s, "room", 22, joinOptions{})
	l := join(t, s, "room", 33, joinOptions{}) // has never sent anything
	muted.speak(20, 20, frame)
	eventually(t, "both are heard", func() bool { return len(l.from(22)) == 20 })
	muted.peer.SetMuted(true)
	a.speak(20, 20, frame)
	eventually(t, "the word that nothing comes", func() bool { return slices.ContainsFunc(a.quality(), dead) })
	if n := s.Metrics().Silences; n != 1 {
		t.Errorf("%d silences were counted, want 1", n)
	}
	for _, p := range []*testPeer{muted, l} {
		if slices.ContainsFunc(p.quality(), dead) {
			t.Errorf("peer %d was told that nothing comes of him", p.csrc)
		}
	}
	a.speak(40, 20, frame)
	eventually(t, "the word that he is heard again", func() bool {
		words := a.quality()
		return words[len(words)-1].Uplink.Loss < 50
	})
	if n := s.Metrics().Silences; n != 1 {
		t.Errorf("%d silences were counted after he spoke again, want 1", n)
	}
}
