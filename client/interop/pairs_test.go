package interop

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(removeServer))
}

// Each stack and our own client hear each other's tone through the server, and
// nothing else.

func TestAiortcAndGoHearEachOther(t *testing.T)    { hearEachOther(t, aiortc) }
func TestGStreamerAndGoHearEachOther(t *testing.T) { hearEachOther(t, gstreamer) }
func TestPionAndGoHearEachOther(t *testing.T)      { hearEachOther(t, plainPion) }

func TestChromiumAndGoHearEachOther(t *testing.T) {
	checkStats(t, hearEachOther(t, chromium))
}

func TestFirefoxAndGoHearEachOther(t *testing.T) {
	checkStats(t, hearEachOther(t, firefox))
}

func TestGoAndGoHearEachOther(t *testing.T) {
	hearEachOther(t, func(t *testing.T, ctx context.Context, s *server) participant {
		return gopher(t, ctx, s, 550)
	})
}

// hearEachOther returns the foreign one, who has left.
func hearEachOther(t *testing.T, foreign joining) participant {
	s := startServer(t, everyAddress(t))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	ours := gopher(t, ctx, s, 440)
	theirs := foreign(t, ctx, s)
	hears(t, ctx, ours, theirs)
	hears(t, ctx, theirs, ours)
	for i, slot := range ours.voice.Stats().Slots {
		if slot.Lost > 0 {
			t.Errorf("%d packets lost in slot %d on one machine", slot.Lost, i)
		}
	}
	theirs.leave(t)
	ours.leave(t)
	return theirs
}

// All stacks are in one room, each hears each of the others, and goes on
// hearing those who stay when one has left.
func TestAllHearEachOtherInOneRoom(t *testing.T) {
	s := startServer(t, everyAddress(t), "BOLTOREZKA_SFU_AUDIO_SLOTS=6")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	all := []participant{gopher(t, ctx, s, 440)}
	for _, join := range []joining{chromium, firefox, aiortc, gstreamer, plainPion} {
		all = append(all, join(t, ctx, s))
	}
	for ; len(all) > 4; all = all[:len(all)-1] {
		for _, p := range all {
			var others []participant
			for _, o := range all {
				if o != p {
					others = append(others, o)
				}
			}
			hears(t, ctx, p, others...)
		}
		all[len(all)-1].leave(t)
	}
	for _, p := range all {
		p.leave(t)
	}
}
