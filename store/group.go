package store

import (
	"context"
	"sync"
	"time"
)

// Bounds of a group commit: how much goes into one transaction, how much may
// wait for the next, and how long a transaction may take.
const (
	groupMost    = 32
	groupWaiting = 4096
	groupTimeout = 10 * time.Second
)

// group runs requests that come at about the same time in one transaction:
// the first goes at once, and what arrives while it is under way goes together
// in the next. A commit to disk costs the same for one as for a hundred.
type group[Q, A any] struct {
	// run answers each question; an error is everybody's.
	run func(context.Context, []Q) ([]A, error)
	// single says that an error may be the fault of one question, so that each
	// is to be tried alone.
	single func(error) bool

	mu      sync.Mutex
	waiting []*asked[Q, A]
	running bool
	closed  bool
	work    sync.WaitGroup
}

type asked[Q, A any] struct {
	ctx      context.Context
	question Q
	answer   A
	err      error
	done     chan struct{}
}

// ask puts a question to the next transaction. A caller that gives up may or
// may not find its question answered later, as with any commit.
func (g *group[Q, A]) ask(ctx context.Context, q Q) (A, error) {
	c := &asked[Q, A]{ctx: ctx, question: q, done: make(chan struct{})}
	g.mu.Lock()
	switch {
	case g.closed:
		g.mu.Unlock()
		return c.answer, ErrClosed
	case len(g.waiting) >= groupWaiting:
		g.mu.Unlock()
		return c.answer, ErrBusy
	}
	g.waiting = append(g.waiting, c)
	if !g.running {
		g.running = true
		g.work.Go(g.drain)
	}
	g.mu.Unlock()
	select {
	case <-c.done:
		return c.answer, c.err
	case <-ctx.Done():
		return c.answer, ctx.Err()
	}
}

// drain runs one group after another until nobody waits.
func (g *group[Q, A]) drain() {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), groupMost)
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		if n == 0 {
			g.waiting, g.running = nil, false
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		g.settle(batch)
	}
}

// settle answers those of a batch who still wait for it.
func (g *group[Q, A]) settle(batch []*asked[Q, A]) {
	var live []*asked[Q, A]
	for _, c := range batch {
		if c.err = c.ctx.Err(); c.err == nil {
			live = append(live, c)
		} else {
			close(c.done)
		}
	}
	if len(live) == 0 {
		return
	}
	err := g.together(live)
	for _, c := range live {
		if err != nil && len(live) > 1 && g.single(err) {
			c.err = g.together([]*asked[Q, A]{c})
		} else {
			c.err = err
		}
		close(c.done)
	}
}

func (g *group[Q, A]) together(live []*asked[Q, A]) error {
	ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
	defer cancel()
	questions := make([]Q, len(live))
	for i, c := range live {
		questions[i] = c.question
	}
	answers, err := g.run(ctx, questions)
	if err != nil {
		return err
	}
	for i, c := range live {
		c.answer = answers[i]
	}
	return nil
}

// close waits for what was asked; later questions are ErrClosed.
func (g *group[Q, A]) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.work.Wait()
}
