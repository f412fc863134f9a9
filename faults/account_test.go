package faults_test

import (
	"context"
	"hash/maphash"
	"slices"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// settle ends the writing and checks the promise: every message that was acked
// is in history once under its id, in one order without gaps whose times do
// not go back, and everybody was shown exactly that.
func (c *crowd) settle() {
	c.t.Helper()
	c.finish()
	history := c.history()
	if len(history) == 0 {
		c.t.Fatal("nothing was stored")
	}
	byText := make(map[string]string, len(history))
	hashes := make([]uint64, len(history))
	var last time.Time
	for i, m := range history {
		if m.RoomSeq != int64(i+1) {
			c.t.Fatalf("place %d of history has roomSeq %d", i+1, m.RoomSeq)
		}
		if m.CreatedAt.Before(last) {
			c.t.Errorf("roomSeq %d is of %s, the one before of %s", m.RoomSeq, m.CreatedAt, last)
		}
		last = m.CreatedAt.Time
		if _, twice := byText[m.Text]; twice {
			c.t.Errorf("stored twice: %q", m.Text)
		}
		byText[m.Text] = m.ID
		hashes[i] = maphash.String(seed, m.Text)
	}
	c.mu.Lock()
	for text, id := range c.acked {
		if byText[text] != id {
			c.t.Errorf("acked as %s, stored as %q: %q", id, byText[text], text)
		}
	}
	c.mu.Unlock()
	for _, p := range c.people {
		c.until(p.name+" is shown all", func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return len(p.seen) >= len(hashes)
		})
		p.mu.Lock()
		if !slices.Equal(p.seen, hashes) {
			c.t.Errorf("%s was shown something else than history, or more: %d messages of %d", p.name, len(p.seen), len(hashes))
		}
		p.mu.Unlock()
	}
	c.mu.Lock()
	c.t.Logf("%d messages acked, %d stored, each shown to %d; refused meanwhile: %v", len(c.acked), len(history), len(c.people), c.refusals)
	c.mu.Unlock()
	c.t.Logf("%s; sockets lost by %v", c.quantiles(), c.lostBy())
}

// history is all messages of the room, oldest first.
func (c *crowd) history() []wire.Message {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var all []wire.Message
	for m, err := range c.people[0].api.Messages(ctx, room) {
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, m)
	}
	slices.Reverse(all)
	return all
}
