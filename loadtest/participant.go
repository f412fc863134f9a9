package loadtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// participant is one client in voice.
type participant struct {
	conn  *client.Conn
	voice *client.Voice
	ear   *ear
	room  int
}

// joinTimeout bounds one participant's way into voice.
const joinTimeout = 15 * time.Second

// join brings one participant into voice and waits for its media path. The
// time to first audio begins with voice.join: signing in and the WebSocket are
// there before, as with a person who clicks on a room.
func join(ctx context.Context, c *client.Client, slug string, room int, e *ear) (*participant, error) {
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	conn, err := c.Connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("loadtest: connecting: %w", err)
	}
	e.began = time.Now()
	v, err := conn.JoinVoice(ctx, slug, client.VoiceOptions{OnAudio: e.hear})
	if err == nil {
		e.self.Store(v.CSRC())
		err = v.Connected(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("loadtest: joining %s: %w", slug, err)
	}
	return &participant{conn: conn, voice: v, ear: e, room: room}, nil
}

// talk sends a packet every 20 ms until ctx ends, from a moment of its own
// within the 20 ms, and counts in sent what falls in the window. Packets that
// left more than 5 ms late are counted in late: the load tester's own fault.
func (p *participant) talk(ctx context.Context, w *window, sent, late *atomic.Uint64) {
	r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	buf := make([]byte, maxSize)
	due := time.Now().Add(time.Duration(r.Int64N(int64(frameTime))))
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	for n := uint64(1); ; n++ {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		s := stamp{talker: p.voice.CSRC(), sentNs: now.UnixNano(), n: n}
		if p.voice.WriteOpus(pack(buf, s, r), frameTime, 30) != nil {
			return
		}
		if w.has(s.sentNs) {
			sent.Add(1)
			if now.Sub(due) > 5*time.Millisecond {
				late.Add(1)
			}
		}
		due = due.Add(frameTime)
		timer.Reset(time.Until(due))
	}
}
