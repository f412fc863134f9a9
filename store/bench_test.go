package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

// each database for a benchmark.
func databases(b *testing.B, bench func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) {
		cfg := store.Defaults()
		cfg.URL = storetest.Postgres(b)
		s := must(store.Open(background, cfg))(b)
		b.Cleanup(func() { _ = s.Close() })
		bench(b, s)
	})
}

// BenchmarkAppend stores messages of 64 senders who each wait for the answer:
// acked messages a second.
func BenchmarkAppend(b *testing.B) {
	databases(b, func(b *testing.B, s *store.Store) {
		u := account(b, s, "Ann")
		for _, n := range []int{1, 100} {
			rooms := make([]store.Room, n)
			for i := range rooms {
				rooms[i] = room(b, s, fmt.Sprintf("rooms-%d-%d", n, i))
			}
			b.Run(fmt.Sprintf("rooms=%d", n), func(b *testing.B) {
				var next atomic.Int64
				var wg sync.WaitGroup
				run := time.Now().UnixNano()
				b.ResetTimer()
				for range 64 {
					wg.Go(func() {
						for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
							r := s.AppendMessages(background, []store.NewMessage{{
								RoomID: rooms[i%int64(n)].ID, UserID: u.ID, UserName: u.Name, Text: "a message of usual length, more or less",
								IdempotencyKey: fmt.Sprint(run, i), SenderRequestID: "r",
							}})
							if r[0].Err != nil {
								b.Error(r[0].Err)
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
			})
		}
	})
}

// depth is how many messages the room of BenchmarkHistory has.
const depth = 1_000_000

// BenchmarkHistory reads pages of 50 at the newest, the middle and the oldest
// end of a room of a million messages: by a cursor with its id, by the time of
// one that is gone, and forward by roomSeq.
func BenchmarkHistory(b *testing.B) {
	databases(b, func(b *testing.B, s *store.Store) {
		u, r := account(b, s, "Ann"), room(b, s, "deep")
		fill(b, s, u, r, depth)
		for _, at := range []int64{depth - 10, depth / 2, 100} {
			before := at - 1
			one, _, err := s.History(background, store.HistoryQuery{RoomID: r.ID, AfterSeq: &before, Limit: 1})
			if err != nil || len(one) != 1 {
				b.Fatal(one, err)
			}
			created := one[0].CreatedAt.Time
			for name, q := range map[string]store.HistoryQuery{
				"id":    {BeforeCreatedAt: &created, BeforeID: one[0].ID},
				"time":  {BeforeCreatedAt: &created, BeforeID: "gone"},
				"after": {AfterSeq: &at},
			} {
				q.RoomID, q.Limit, q.ViewerID = r.ID, 50, u.ID
				b.Run(fmt.Sprintf("%s/seq=%d", name, at), func(b *testing.B) { readPages(b, s, q) })
			}
		}
	})
}

func readPages(b *testing.B, s *store.Store, q store.HistoryQuery) {
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		began := time.Now()
		rows, _, err := s.History(background, q)
		if err != nil || len(rows) == 0 {
			b.Fatal(len(rows), err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}

// fill stores n messages, a millisecond apart, as fast as the store lets it.
func fill(b *testing.B, s *store.Store, u store.User, r store.Room, n int) {
	b.Helper()
	var wg sync.WaitGroup
	parts := make(chan []store.NewMessage)
	for range 32 {
		wg.Go(func() {
			for part := range parts {
				for _, res := range s.AppendMessages(context.Background(), part) {
					if res.Err != nil {
						b.Error(res.Err)
					}
				}
			}
		})
	}
	for left := n; left > 0; left -= 64 {
		part := make([]store.NewMessage, min(64, left))
		for i := range part {
			part[i] = store.NewMessage{RoomID: r.ID, UserID: u.ID, UserName: u.Name, Text: "one of a million messages of a usual length", SenderRequestID: "r"}
		}
		parts <- part
	}
	close(parts)
	wg.Wait()
}
