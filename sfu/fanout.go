package sfu

import (
	"runtime"
	"sync"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

const (
	// splitFrom is how many listeners a room must have for its fan-out to be
	// split: below it handing work over costs more latency than it saves.
	splitFrom = 256
	// maxFanouts bounds the workers.
	maxFanouts = 3
)

// fanouts are the workers that share the fan-out of large rooms with the
// socket's reader. A reader waits for them before it goes on, with its room's
// mutex held, so a listener's state has one owner at any moment.
type fanouts struct {
	jobs chan *fanJob
	n    int // workers
	from int // listeners of the smallest room that is shared
	wg   sync.WaitGroup
}

// fanJob is one worker's share of one packet.
type fanJob struct {
	d         *delivery
	payload   []byte
	listeners []*link
	out, none uint64
	done      chan struct{}
}

// startFanouts starts a worker for each processor beside the reader's own.
func startFanouts(batch func() *transport.Batch) *fanouts {
	f := &fanouts{jobs: make(chan *fanJob), n: min(runtime.GOMAXPROCS(0)-1, maxFanouts), from: splitFrom}
	f.start(batch)
	return f
}

func (f *fanouts) start(batch func() *transport.Batch) {
	for range f.n {
		f.wg.Go(func() {
			w := batch()
			for j := range f.jobs {
				copy(w.Plain[payloadAt:], j.payload)
				j.out, j.none = j.d.to(j.listeners, w)
				w.Flush()
				j.done <- struct{}{}
			}
		})
	}
}

// close ends the workers; the readers have ended.
func (f *fanouts) close() {
	close(f.jobs)
	f.wg.Wait()
}

// fan sends a packet to all of the room's listeners.
func (r *room) fan(d *delivery, w *transport.Batch) {
	m := &r.metrics
	f := r.sfu.fanouts
	if f == nil || f.n == 0 || len(r.listeners) < f.from {
		out, none := d.to(r.listeners, w)
		m.packetsOut.Add(out)
		m.dropped[dropNoPath].Add(none)
		return
	}
	rest := r.listeners
	share := (len(rest) + f.n) / (f.n + 1)
	begun := 0
	for begun < f.n && len(rest) > share {
		j := r.job(begun)
		j.d, j.payload, j.listeners = d, w.Plain[payloadAt:d.end], rest[:share]
		select {
		case f.jobs <- j:
			rest = rest[share:]
			begun++
			continue
		default: // every worker is busy with another room
		}
		break
	}
	out, none := d.to(rest, w)
	w.Flush()
	for i := range begun {
		j := r.jobs[i]
		<-j.done
		out, none = out+j.out, none+j.none
		j.d, j.payload, j.listeners = nil, nil, nil
	}
	m.packetsOut.Add(out)
	m.dropped[dropNoPath].Add(none)
}

// job is the i-th of the room's jobs, made when it is first needed.
func (r *room) job(i int) *fanJob {
	if i == len(r.jobs) {
		r.jobs = append(r.jobs, &fanJob{done: make(chan struct{}, 1)})
	}
	return r.jobs[i]
}
