package signaling

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// paths notes what an Observer is told of media paths.
type paths struct {
	silent
	mu   sync.Mutex
	said []string
}

func (p *paths) note(format string, a ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, fmt.Sprintf(format, a...))
}

func (p *paths) ICEPath(topology wire.Topology, candidate, transport string) {
	p.note("path %s %s %s", topology, candidate, transport)
}

func (p *paths) ICEFailure(topology wire.Topology, candidate, transport string) {
	p.note("failure %s %s %s", topology, candidate, transport)
}

// take returns what was said since the last time.
func (p *paths) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	said := p.said
	p.said = nil
	return said
}

// A path is counted once by what its client reports of it, again when it is
// another, and a failure by what was reported last.
func TestPathsAreCountedByWhatTheyAre(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		seen := &paths{}
		w.hub.deps.Observer = seen
		a, b := w.member("a"), w.member("b")
		a.talk("general", true)
		b.talk("general", true)
		want := func(lines ...string) {
			t.Helper()
			synctest.Wait()
			if got := seen.take(); !slices.Equal(got, lines) {
				t.Errorf("said %q, want %q", got, lines)
			}
		}
		report := func(candidate, transport string) {
			t.Helper()
			a.ok(wire.TypeVoiceStats, wire.VoiceStats{CandidateType: candidate, Transport: transport})
		}
		report("", "")
		want()
		w.media.of("b").Events.State(MediaDisconnected)
		want("failure sfu unknown unknown")
		w.media.of("b").Events.State(MediaConnected)
		report("relay", "tls")
		report("relay", "tls")
		want("path sfu relay tls")
		report("host", "")
		want("path sfu host unknown")
		report("", "") // nothing is selected just now: what it was stays
		w.media.of("a").Events.State(MediaDisconnected)
		want("failure sfu host unknown")
		w.media.of("a").Events.State(MediaConnected)

		time.Sleep(400 * time.Millisecond)
		synctest.Wait()
		p := last[wire.VoiceTopology](a, wire.TypeVoiceTopology)
		for _, one := range []*peer{a, b} {
			one.ok(wire.TypeVoiceReady, wire.VoiceReady{Epoch: p.Epoch})
		}
		seen.take()
		report("host", "udp")
		want("path p2p host udp")
		a.ok(wire.TypeCallFailed, wire.CallFailed{TargetUserID: "b", Epoch: p.Epoch})
		want("failure p2p host udp")
		report("host", "udp")
		want("path sfu host udp")
		a.refused(wire.CodeValidation, wire.TypeVoiceStats, wire.VoiceStats{Transport: strings.Repeat("x", 40)})
	})
}
