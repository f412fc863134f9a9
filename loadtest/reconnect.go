package loadtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// ReconnectConfig describes a run of the reconnect scenario.
type ReconnectConfig struct {
	Target
	// Clients are members spread over Rooms; all their sockets are cut at once,
	// Cuts times.
	Clients, Rooms, Cuts int
	// Rate is messages a second in all, sent before, during and after.
	Rate float64
	Size int
	// Before is left before each cut and after the last return.
	Before time.Duration
	// Patience is how long all may take to be back and to have caught up.
	Patience time.Duration
}

func (c *ReconnectConfig) check() error {
	c.prepare()
	for _, err := range []error{
		checkCount("cuts", c.Cuts, 1, 100), checkDuration("before", c.Before, 0), checkDuration("patience", c.Patience, time.Second),
	} {
		if err != nil {
			return err
		}
	}
	return checkTalk(c.Clients, c.Rooms, c.Size, c.Rate, min(time.Hour, time.Duration(c.Cuts)*(c.Before+c.Patience)+c.Before))
}

// ReconnectReport is what a run of the reconnect scenario measured. Latency has
// the messages of the time without sockets in it, where sessions are resumed or
// messages wait for their sender to be back.
type ReconnectReport struct {
	Summary
	Clients int     `json:"clients"`
	Rooms   int     `json:"rooms"`
	Cuts    int     `json:"cuts"`
	Rate    float64 `json:"messagesPerSec"`
	// Back is from the cut to being in the room again, or resumed: with the
	// wait before the first attempt, which client.DefaultBackoff spreads.
	Back Quantiles `json:"back"`
	// CaughtUp is from the cut to having, through history where the session was
	// not resumed, all that was missed.
	CaughtUp Quantiles `json:"caughtUp"`
	Resumed  uint64    `json:"resumed"` // of the returns
	Away     int       `json:"away"`    // clients that were not back, with all they missed, within the patience; of all cuts
	Deliveries
	Sockets Sockets `json:"sockets"`
}

// returns follows who is back after a cut.
type returns struct {
	cutAt          atomic.Int64 // Unix ns; 0: nobody was cut yet
	back, caughtUp recorder
	resumed        atomic.Uint64

	mu     sync.Mutex
	away   map[int]bool // not caught up since the cut
	absent map[int]bool // not back since the cut
	all    chan struct{}
}

// begin starts the time of a cut of n clients; all is closed when each has
// caught up.
func (r *returns) begin(n int) (all <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away, r.absent, r.all = make(map[int]bool, n), make(map[int]bool, n), make(chan struct{})
	for i := range n {
		r.away[i], r.absent[i] = true, true
	}
	r.cutAt.Store(time.Now().UnixNano())
	return r.all
}

// returned notes that a member is back, or has caught up.
func (r *returns) returned(m *member, caughtUp bool) {
	took := time.Duration(time.Now().UnixNano() - r.cutAt.Load())
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.absent[m.n] {
		delete(r.absent, m.n)
		r.back.add(took)
	}
	if caughtUp && r.away[m.n] {
		delete(r.away, m.n)
		r.caughtUp.add(took)
		if len(r.away) == 0 {
			close(r.all)
		}
	}
}

// still counts who has not caught up.
func (r *returns) still() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.away)
}

// Reconnect runs the reconnect scenario. When ctx ends early the error is
// ctx's, and everybody has left.
func Reconnect(ctx context.Context, cfg ReconnectConfig) (*ReconnectReport, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	t := newTalk(&cfg.Target, cfg.Rate, cfg.Size, cfg.Clients, cfg.Rooms)
	rep := &ReconnectReport{Summary: begin("reconnect"), Clients: cfg.Clients, Rooms: cfg.Rooms, Cuts: cfg.Cuts, Rate: cfg.Rate}
	var r returns
	t.onBack = func(m *member, resumed, caughtUp bool) {
		if resumed && caughtUp {
			r.resumed.Add(1)
		}
		r.returned(m, caughtUp)
	}
	err := t.conduct(ctx, &rep.Summary, cfg.Rooms, func(ctx context.Context) error {
		for i := range cfg.Cuts {
			if err := sleep(ctx, cfg.Before); err != nil {
				return err
			}
			away, err := t.cutAll(ctx, &r, cfg.Patience)
			if err != nil {
				return err
			}
			rep.Away += away
			cfg.Log("cut %d of %d: %d of %d clients are back and have all", i+1, cfg.Cuts, cfg.Clients-away, cfg.Clients)
		}
		return sleep(ctx, cfg.Before)
	}, func() string { return fmt.Sprintf("%d away", r.still()) })
	if err != nil {
		return nil, err
	}
	rep.Back, rep.CaughtUp, rep.Resumed = r.back.quantiles(), r.caughtUp.quantiles(), r.resumed.Load()
	rep.Deliveries, rep.Sockets = t.deliveries(rep.WindowSec), t.sockets()
	return rep, nil
}

// cutAll cuts every socket at once and waits for everybody; it returns how
// many did not make it.
func (t *talk) cutAll(ctx context.Context, r *returns, patience time.Duration) (away int, err error) {
	all := r.begin(len(t.members))
	var g errgroup.Group
	g.SetLimit(64)
	for _, m := range t.members {
		g.Go(func() error { m.cut(); return nil })
	}
	_ = g.Wait() // cut has no errors
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-all:
		return 0, nil
	case <-patient.Done():
		if ctx.Err() != nil {
			return 0, fmt.Errorf("loadtest: stopped: %w", ctx.Err())
		}
		return r.still(), nil
	}
}

func (r *ReconnectReport) rows() []row {
	rows := []row{
		{"clients", fmt.Sprintf("%d in %d rooms, %d cuts, %g messages a second, %.1f s measured", r.Clients, r.Rooms, r.Cuts, r.Rate, r.WindowSec)},
		{"cut to back in room", r.Back.String()},
		{"cut to caught up", r.CaughtUp.String()},
		{"returns", fmt.Sprintf("%d resumed, %d clients stayed away", r.Resumed, r.Away)},
	}
	rows = append(rows, r.Deliveries.rows()...)
	rows = append(rows, r.Sockets.rows()...)
	return append(rows, r.Summary.rows("client", "delivery")...)
}

func (r *ReconnectReport) figures() map[string]float64 {
	f := r.Summary.figures()
	r.Deliveries.figures(f)
	f["joins"], f["sockets-lost"] = r.Sockets.Joins.P95, float64(r.Sockets.Lost)
	f["back"], f["back-max"], f["caught-up"], f["away"] = r.Back.P95, r.Back.Max, r.CaughtUp.P95, float64(r.Away)
	if r.Back.Count > 0 {
		f["resumed"] = round(100*float64(r.Resumed)/float64(r.Back.Count), 2)
	}
	return f
}
