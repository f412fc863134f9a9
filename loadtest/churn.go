package loadtest

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// churnCounts are what became of those who left and came back.
type churnCounts struct{ back, failed atomic.Uint64 }

// out is how long somebody stays away.
const out = 300 * time.Millisecond

// churn has everybody leave and come back, one after another, evenly over a
// minute or, if that is less, the run; and again while it lasts. Talkers do as
// the others do.
func (r *run) churn(ctx context.Context) error {
	period := min(churnEvery, r.cfg.Duration)
	n := len(r.people)
	var g errgroup.Group
	began := time.Now()
	for k := 0; ; k++ {
		// Rooms are gone through crosswise, so that not all talkers go first.
		at := time.Duration(float64(period) * (float64(k) + 0.5) / float64(n))
		if at >= r.cfg.Duration {
			break
		}
		if err := sleep(ctx, time.Until(began.Add(at))); err != nil {
			_ = g.Wait()
			return err
		}
		p := r.people[k*r.stride(n)%n]
		g.Go(func() error {
			r.again(ctx, p)
			return nil
		})
	}
	_ = g.Wait()
	return sleep(ctx, max(0, time.Until(began.Add(r.cfg.Duration))))
}

// stride is a step through n people that visits everybody.
func (r *run) stride(n int) int {
	s := max(1, n*3/8)
	for gcd(s, n) != 1 {
		s++
	}
	return s
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (r *run) again(ctx context.Context, p *participant) {
	err := p.leave(ctx)
	if err == nil {
		err = sleep(ctx, out)
	}
	if err == nil {
		err = r.join(ctx, p)
	}
	switch {
	case err == nil:
		r.churned.back.Add(1)
	case ctx.Err() == nil:
		r.churned.failed.Add(1)
		r.cfg.Log("%v", err)
	}
}
