package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/boltorezka/boltorezka/store"
)

// How old messages are removed: so many in one transaction, with a pause after
// each in which others write, and again after a while.
const (
	retentionBatch = 500
	retentionPause = 50 * time.Millisecond
	retentionEvery = time.Hour
)

// retention removes messages that are older than the operator wants to keep.
type retention struct {
	db   *store.Store
	days int
	now  func() time.Time
	log  *slog.Logger
}

// run removes until ctx ends: at once, and then every hour.
func (r retention) run(ctx context.Context) {
	for {
		if n := r.sweep(ctx); n > 0 {
			r.log.Info("old messages were removed", "count", n, "days", r.days)
		}
		if !pause(ctx, retentionEvery) {
			return
		}
	}
}

// sweep removes all there is to remove and returns how many messages it was.
func (r retention) sweep(ctx context.Context) (total int64) {
	cut := r.now().AddDate(0, 0, -r.days)
	for {
		n, err := r.db.DeleteBefore(ctx, cut, retentionBatch)
		if err != nil {
			if ctx.Err() == nil {
				r.log.Error("old messages stay for now", "err", err)
			}
			return total
		}
		total += n
		if n == 0 || !pause(ctx, retentionPause) {
			return total
		}
	}
}

// pause waits; false: ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
