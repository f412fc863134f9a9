package faults_test

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// room is where all of a crowd are.
const room = "general"

// crowd is people who write as fast as they are acked and people who listen,
// and the account of what was promised to them. Everybody, writers too,
// follows the room.
type crowd struct {
	t       *testing.T
	url     string
	pace    time.Duration // between a writer's messages, beside the ack
	people  []*person
	writing sync.WaitGroup
	stop    chan struct{} // no new message after it is closed

	mu       sync.Mutex
	acked    map[string]string // the id, by text
	refusals map[wire.Code]int
	resumed  int
	anew     int // reconnections to a new session
	away     []time.Duration
	refusal  string         // what was said the last time
	closes   map[string]int // why sockets were lost
	// tap gets what the first of the crowd is told of who comes and goes.
	tap chan<- client.Event
}

// person is one of a crowd.
type person struct {
	name string
	api  *client.Client
	conn *client.Conn
	http *http.Transport
	done sync.WaitGroup

	mu   sync.Mutex
	seen []uint64 // the hash of each message, in the order they came
	lost time.Time
}

var seed = maphash.MakeSeed()

// patience is for what happens soon on a quiet machine.
const patience = 60 * time.Second

// brisk is the backoff of clients whose server is soon back.
var brisk = client.Backoff{Min: 60 * time.Millisecond, Max: time.Second}

// gather brings n people into the room of the server at url.
func gather(t *testing.T, url string, n int, backoff client.Backoff) *crowd {
	t.Helper()
	c := &crowd{t: t, url: url, stop: make(chan struct{}), acked: map[string]string{}, refusals: map[wire.Code]int{}, closes: map[string]int{}}
	t.Cleanup(c.leave)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for i := range n {
		p := &person{name: fmt.Sprintf("person-%d", i), http: &http.Transport{IdleConnTimeout: time.Second}}
		c.people = append(c.people, p)
		var err error
		if p.api, err = client.New(url, client.WithBackoff(backoff), client.WithHTTPClient(&http.Client{Timeout: 10 * time.Second, Transport: p.http})); err != nil {
			t.Fatal(err)
		}
		if _, err := p.api.Guest(ctx, p.name, ""); err != nil {
			t.Fatal(err)
		}
		if p.conn, err = p.api.Connect(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := p.conn.JoinRoom(ctx, room); err != nil {
			t.Fatal(err)
		}
		p.done.Go(func() { c.watch(p) })
		p.done.Go(func() { c.follow(p) })
	}
	return c
}

// leave ends everybody's connection.
func (c *crowd) leave() {
	c.finish()
	var all sync.WaitGroup
	for _, p := range c.people {
		if p.conn == nil {
			continue
		}
		all.Go(func() {
			_ = p.conn.Close()
			p.done.Wait()
			p.http.CloseIdleConnections()
		})
	}
	all.Wait()
}

// watch keeps account of the connection of one.
func (c *crowd) watch(p *person) {
	for e := range p.conn.Events() {
		ch, ok := e.Payload.(*client.ConnectionChange)
		c.mu.Lock()
		if !ok {
			if c.tap != nil && p == c.people[0] && (e.Type == wire.TypePresenceJoined || e.Type == wire.TypePresenceLeft) {
				c.tap <- e
			}
			c.mu.Unlock()
			continue
		}
		switch ch.State {
		case client.StateReconnecting:
			p.lost = time.Now()
			c.closes[reason(ch.Err)]++
		case client.StateResumed, client.StateConnected:
			if !p.lost.IsZero() {
				c.away = append(c.away, time.Since(p.lost))
				if ch.State == client.StateResumed {
					c.resumed++
				} else {
					c.anew++
				}
			}
		case client.StateRoomLost:
			c.t.Errorf("%s lost the room: %v", p.name, ch.Err)
		}
		c.mu.Unlock()
	}
}

// reason sums up why a socket was lost.
func reason(err error) string {
	s := err.Error()
	for _, known := range []string{"StatusGoingAway", "EOF", "reset by peer", "use of closed"} {
		if strings.Contains(s, known) {
			return known
		}
	}
	return s
}

// follow keeps account of what one is shown: every message of the room, which
// begins empty, once and in its order.
func (c *crowd) follow(p *person) {
	for m, err := range p.conn.Follow(context.Background(), room, 0) {
		if err != nil {
			if !errors.Is(err, client.ErrClosed) {
				c.t.Errorf("%s follows no more: %v", p.name, err)
			}
			return
		}
		p.mu.Lock()
		if want := int64(len(p.seen) + 1); m.RoomSeq != want {
			c.t.Errorf("%s was shown roomSeq %d, want %d", p.name, m.RoomSeq, want)
		}
		p.seen = append(p.seen, maphash.String(seed, m.Text))
		p.mu.Unlock()
	}
}

// write has the first n people write until finish, each a message after the
// other's ack.
func (c *crowd) write(n int) {
	for _, p := range c.people[:n] {
		c.writing.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-c.stop:
					return
				default:
				}
				c.send(p, fmt.Sprintf("%s says %d to everybody in the room, in some words more", p.name, i))
				time.Sleep(c.pace)
			}
		})
	}
}

// send sends one message until it is acked, always under the same key.
func (c *crowd) send(p *person, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		ack, err := p.conn.SendChat(ctx, client.Chat{Text: text, Key: text})
		if err == nil {
			c.mu.Lock()
			c.acked[text] = ack.MessageID
			c.mu.Unlock()
			return
		}
		var coded *wire.Error
		if !errors.As(err, &coded) || !slices.Contains([]wire.Code{wire.CodeInternal, wire.CodeRateLimited, wire.CodeNoActiveRoom}, coded.Code) {
			c.t.Errorf("%s: %q: %v", p.name, text, err)
			return
		}
		c.mu.Lock()
		c.refusals[coded.Code]++
		c.refusal = coded.Message
		c.mu.Unlock()
		select {
		case <-time.After(max(30*time.Millisecond, time.Duration(coded.RetryAfterMs)*time.Millisecond)):
		case <-ctx.Done():
		}
	}
}

// finish lets the writers end with what they have begun.
func (c *crowd) finish() {
	select {
	case <-c.stop:
	default:
		close(c.stop)
	}
	c.writing.Wait()
}

// count is how many messages were acked so far.
func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.acked)
}

// until waits for something to become true.
func (c *crowd) until(what string, true func() bool) {
	c.t.Helper()
	for end := time.Now().Add(patience); !true(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("after %s still not: %s", patience, what)
		}
	}
}

// progress waits until n more messages are acked.
func (c *crowd) progress(n int) {
	c.t.Helper()
	want := c.count() + n
	c.until(fmt.Sprintf("%d messages are acked", want), func() bool { return c.count() >= want })
}

// connected waits until everybody has a socket.
func (c *crowd) connected() {
	c.t.Helper()
	c.until("everybody is connected", func() bool {
		for _, p := range c.people {
			if s := p.conn.State(); s != client.StateConnected && s != client.StateResumed {
				return false
			}
		}
		return true
	})
}

// wasAway says whether anybody lost the connection so far.
func (c *crowd) wasAway() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.away) > 0
}

// lostBy says why sockets were lost, and how many by each cause.
func (c *crowd) lostBy() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.closes)
}

// quantiles says how long people were away.
func (c *crowd) quantiles() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.away) == 0 {
		return "nobody was away"
	}
	slices.Sort(c.away)
	at := func(q float64) time.Duration {
		return c.away[min(len(c.away)-1, int(q*float64(len(c.away))))].Round(time.Millisecond)
	}
	return fmt.Sprintf("%d reconnections (%d resumed), away p50 %s p95 %s max %s", len(c.away), c.resumed, at(0.5), at(0.95), at(1))
}
