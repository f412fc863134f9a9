package loadtest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/loadtest/internal/light"
	"golang.org/x/sync/errgroup"
)

// joinCosts are readings around the joins, and what was delivered meanwhile.
type joinCosts struct {
	from, to  reading
	delivered uint64
}

// signingIn bounds how many sign in at a time.
const signingIn = 16

// connect signs everybody in and opens their WebSockets.
func (r *run) connect(ctx context.Context, acc *accounts, slugs []string) error {
	r.people = make([]*participant, r.cfg.Participants)
	var done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(signingIn)
	for i := range r.people {
		p := r.newParticipant(i, slugs[i%r.cfg.Rooms])
		r.people[i] = p
		g.Go(func() error {
			var opts []client.Option
			if p.peer != nil {
				opts = append(opts, client.WithMediaSettings(p.peer.Settings), client.WithoutReports())
			}
			c, err := acc.participant(ctx, i, opts...)
			if err != nil {
				return err
			}
			if p.conn, err = c.Connect(ctx); err != nil {
				return fmt.Errorf("loadtest: connecting: %w", err)
			}
			r.cfg.Progress(fmt.Sprintf("signing in: %d of %d participants", done.Add(1), r.cfg.Participants))
			return nil
		})
	}
	return g.Wait()
}

func (r *run) newParticipant(i int, slug string) *participant {
	c := &r.cfg
	p := &participant{number: i, room: i % c.Rooms, slug: slug, speech: c.Speech, layers: c.Layers}
	p.ear = &ear{win: &r.win, all: &r.all, self: i, rooms: c.Rooms}
	place := i / c.Rooms
	if c.Participants-i > c.Full { // the last ones are full
		var a arrival // the engine's loop alone hears
		p.peer = r.engine.Peer(func(h *light.Arrival) {
			a = arrival{slot: h.Slot, session: h.Session, seq: h.Seq, ts: h.Timestamp, csrc: h.CSRC, payload: h.Payload, at: h.At}
			p.ear.hear(&a)
		})
	}
	p.ear.full = p.peer == nil && r.engine != nil
	if place < c.Talkers {
		p.talker = newTalker(p, i, p.room, &p.life)
		if c.Speech {
			p.talker.speech, p.talker.turns = true, r.scripts[p.room][place]
		}
	}
	return p
}

// joinAll brings everybody into voice, talkers first, so that whoever joins
// later has somebody to hear.
func (r *run) joinAll(ctx context.Context) error {
	if err := r.costs.read(&r.joins.from); err != nil {
		return err
	}
	talkers := r.cfg.Talkers * r.cfg.Rooms
	err := r.joinSome(ctx, 0, talkers)
	if err == nil {
		err = r.joinSome(ctx, talkers, len(r.people))
	}
	if err != nil {
		return err
	}
	if _, _, slots := r.people[0].state(); r.ranked(slots) {
		for _, p := range r.people {
			p.ear.rank(r.cfg.Talkers)
		}
	}
	r.joins.delivered = r.all.all.Load()
	return r.costs.read(&r.joins.to)
}

func (r *run) joinSome(outer context.Context, from, to int) error {
	g, ctx := errgroup.WithContext(outer)
	if n := r.cfg.JoinsAtOnce; n > 0 {
		g.SetLimit(n)
	}
	began := time.Now()
	for i := from; i < to; i++ {
		if wait := time.Until(began.Add(time.Duration(i-from) * r.cfg.JoinEvery)); wait > 0 {
			if sleep(ctx, wait) != nil {
				break
			}
		} else if ctx.Err() != nil {
			break
		}
		g.Go(func() error { return r.join(ctx, r.people[i]) })
		r.cfg.Progress(fmt.Sprintf("joining: %d of %d participants", i+1, len(r.people)))
	}
	return errors.Join(g.Wait(), outer.Err())
}

// joinTries is how often a participant tries to get into voice before the run
// is given up.
const joinTries = 3

// toldRetries is how many of them are told of one by one.
const toldRetries = 3

// join brings one participant in and, if it is to talk, has it talk.
func (r *run) join(ctx context.Context, p *participant) error {
	for try := 1; ; try++ {
		err := p.enter(ctx, r.company(p))
		if err == nil {
			break
		}
		if ctx.Err() != nil || try == joinTries {
			return err
		}
		if n := r.retried.Add(1); n <= toldRetries {
			r.cfg.Log("%v; once more (the report counts them all)", err)
		}
		_ = p.leave(ctx) // it may not have been in
	}
	t := p.talker
	if t == nil || t.begun {
		return nil
	}
	t.begun = true
	_, _, slots := p.state()
	place := p.number / r.cfg.Rooms
	if r.ranked(slots) && place >= slots {
		t.level = quiet
	}
	if r.cfg.Speech {
		t.frame = uint32(time.Since(r.epoch) / frameTime)
	}
	r.pacer.add(t)
	return nil
}

// quiet is the level of those for whom there are no slots, when there are too
// many talkers; the others are at loud. The difference leaves no doubt who is to
// be heard.
const loud, quiet = 20, 45

// ranked says whether talkers have to be told apart by how loud they are.
func (r *run) ranked(slots int) bool { return !r.cfg.Speech && r.cfg.Talkers > slots }

// company says whether somebody else talks in the participant's room now, all
// the time.
func (r *run) company(p *participant) bool {
	if r.cfg.Speech {
		return false
	}
	for i := p.room; i < r.cfg.Talkers*r.cfg.Rooms; i += r.cfg.Rooms {
		if o := r.people[i]; o != p && o.csrc() != 0 {
			return true
		}
	}
	return false
}

// leave closes everybody, some at a time.
func (r *run) leave() {
	var g errgroup.Group
	g.SetLimit(16)
	for _, p := range r.people {
		if p != nil {
			g.Go(p.close)
		}
	}
	if err := g.Wait(); err != nil {
		r.cfg.Log("leaving: %v", err)
	}
}
