package loadtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// VoiceConfig describes a run of the voice scenario.
type VoiceConfig struct {
	Target
	// Participants are spread over Rooms; in each room Talkers of them talk all
	// the time and the others listen.
	Participants, Rooms, Talkers int
	// Duration is how long the steady state is measured.
	Duration time.Duration
	// JoinEvery paces the joins.
	JoinEvery time.Duration
}

// maxParticipants bounds a run: full WebRTC clients of more than that are not
// what one process can drive.
const maxParticipants = 500

// settle is left between the last join and the window, for handshakes and
// garbage to be done with.
const settle = 2 * time.Second

// tail is left after the window for its last packets to arrive.
const tail = 500 * time.Millisecond

func (c *VoiceConfig) check() error {
	switch {
	case c.Rooms < 1 || c.Participants < c.Rooms || c.Participants > maxParticipants:
		return fmt.Errorf("loadtest: %d participants in %d rooms: want 1 to %d participants and at least one a room", c.Participants, c.Rooms, maxParticipants)
	case c.Talkers < 0 || c.Talkers > c.Participants/c.Rooms:
		return fmt.Errorf("loadtest: %d talkers a room: there are %d participants in it", c.Talkers, c.Participants/c.Rooms)
	case c.Duration < time.Second || c.Duration > time.Hour:
		return fmt.Errorf("loadtest: duration %s: want 1s to 1h", c.Duration)
	case c.JoinEvery < 0 || c.JoinEvery > time.Minute:
		return fmt.Errorf("loadtest: a join every %s: want 0 to 1m", c.JoinEvery)
	}
	c.prepare()
	return nil
}

// run is one run's state. The joining goroutine owns people.
type run struct {
	cfg    VoiceConfig
	win    window
	all    tally
	people []*participant
	costs  costs

	sentByRoom []atomic.Uint64
	late       atomic.Uint64
}

// Voice runs the voice scenario and returns what it measured. When ctx ends
// early the error is ctx's, and everybody has left.
func Voice(ctx context.Context, cfg VoiceConfig) (*VoiceReport, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	r := &run{cfg: cfg, sentByRoom: make([]atomic.Uint64, cfg.Rooms)}
	r.costs = costs{target: &r.cfg.Target, clients: cfg.Participants}
	rep := &VoiceReport{Summary: begin("voice"), Participants: cfg.Participants, Rooms: cfg.Rooms, Talkers: cfg.Talkers}
	acc, err := openAccounts(ctx, &r.cfg.Target)
	if err != nil {
		return nil, err
	}
	defer acc.close()
	slugs, err := acc.rooms(ctx, cfg.Rooms, cfg.Participants)
	if err != nil {
		return nil, err
	}
	if err := r.costs.read(&r.costs.empty); err != nil {
		return nil, err
	}
	talking, stop := context.WithCancel(ctx)
	var talkers sync.WaitGroup
	defer r.leave()
	defer talkers.Wait()
	defer stop()

	// Talkers first, so that whoever joins later has somebody to hear.
	for i := range cfg.Participants {
		room := i % cfg.Rooms
		if err := r.join(ctx, acc, i, slugs[room], room); err != nil {
			return nil, err
		}
		if i/cfg.Rooms < cfg.Talkers {
			p := r.people[i]
			talkers.Go(func() { p.talk(talking, &r.win, &r.sentByRoom[room], &r.late) })
		}
		cfg.Progress(fmt.Sprintf("joining: %d of %d participants", i+1, cfg.Participants))
		if err := sleep(ctx, cfg.JoinEvery); err != nil {
			return nil, err
		}
	}
	cfg.Progress("")
	cfg.Log("%d joined; measuring for %s", len(r.people), cfg.Duration)
	if err := r.measure(ctx, rep); err != nil {
		return nil, err
	}
	return rep, nil
}

func (r *run) join(ctx context.Context, acc *accounts, i int, slug string, room int) error {
	c, err := acc.participant(ctx, i)
	if err != nil {
		return err
	}
	e := newEar(&r.win, &r.all)
	e.first = i < r.cfg.Rooms
	p, err := join(ctx, c, slug, room, e)
	if err != nil {
		return err
	}
	r.people = append(r.people, p)
	return nil
}

// measure takes the figures of the steady window.
func (r *run) measure(ctx context.Context, rep *VoiceReport) error {
	if err := sleep(ctx, settle); err != nil {
		return err
	}
	if err := r.costs.read(&r.costs.from); err != nil {
		return err
	}
	r.win.from.Store(r.costs.from.at.UnixNano())
	m := meter{target: &r.cfg.Target, name: "voice", latency: &r.all.latency, sent: r.sent, delivered: r.all.delivered.Load}
	stop := m.start()
	err := sleep(ctx, r.cfg.Duration)
	rep.Timeline = stop()
	if err != nil {
		return err
	}
	if err := r.costs.read(&r.costs.to); err != nil {
		return err
	}
	r.win.to.Store(r.costs.to.at.UnixNano())
	if err := sleep(ctx, tail); err != nil {
		return err
	}
	r.costs.delivered = int(r.all.delivered.Load())
	r.costs.fill(&rep.Summary)
	rep.Histogram = r.all.latency.bars()
	r.account(rep)
	return nil
}

// sent counts what was sent in the window.
func (r *run) sent() (n uint64) {
	for i := range r.sentByRoom {
		n += r.sentByRoom[i].Load()
	}
	return n
}

// leave closes everybody, some at a time.
func (r *run) leave() {
	var g errgroup.Group
	g.SetLimit(16)
	for _, p := range r.people {
		g.Go(p.conn.Close)
	}
	if err := g.Wait(); err != nil {
		r.cfg.Log("leaving: %v", err)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("loadtest: stopped: %w", ctx.Err())
	}
}
