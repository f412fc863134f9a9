package smoke

import (
	"context"
	"fmt"
	"sync"

	"github.com/boltorezka/boltorezka/client"
)

// maxSeen bounds the events that are kept; older ones are forgotten.
const maxSeen = 4096

// inbox keeps what a connection was told, so that a step can wait for what it
// has caused, whenever it came.
type inbox struct {
	mu      sync.Mutex
	events  []client.Event
	first   int           // the number of events[0]
	changed chan struct{} // closed at the next event
	done    chan struct{} // closed when the connection is over
}

func newInbox(events <-chan client.Event) *inbox {
	b := &inbox{changed: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(b.done)
		for e := range events {
			b.mu.Lock()
			b.events = append(b.events, e)
			if len(b.events) > maxSeen {
				b.events = b.events[1:]
				b.first++
			}
			close(b.changed)
			b.changed = make(chan struct{})
			b.mu.Unlock()
		}
	}()
	return b
}

// wait returns when the connection is over.
func (b *inbox) wait() { <-b.done }

// mark is the number of the next event.
func (b *inbox) mark() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first + len(b.events)
}

// find returns the first event from a mark on for which is holds.
func (b *inbox) find(from int, is func(client.Event) bool) (e client.Event, ok bool, next <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, e := range b.events {
		if b.first+i >= from && is(e) {
			return e, true, nil
		}
	}
	return client.Event{}, false, b.changed
}

// count is how many events from a mark on is holds for.
func (b *inbox) count(from int, is func(client.Event) bool) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, e := range b.events {
		if b.first+i >= from && is(e) {
			n++
		}
	}
	return n
}

// await waits for an event; what names it in the error.
func (b *inbox) await(ctx context.Context, from int, what string, is func(client.Event) bool) (client.Event, error) {
	for {
		e, ok, next := b.find(from, is)
		if ok {
			return e, nil
		}
		select {
		case <-next:
		case <-b.done:
			return client.Event{}, fmt.Errorf("the connection ended before %s came", what)
		case <-ctx.Done():
			return client.Event{}, fmt.Errorf("%s did not come: %w", what, ctx.Err())
		}
	}
}

// payload makes a test for events with a payload of one type.
func payload[T any](is func(*T) bool) func(client.Event) bool {
	return func(e client.Event) bool {
		p, ok := e.Payload.(*T)
		return ok && is(p)
	}
}
