package loadtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"
)

// maxClients bounds a run of light clients.
const maxClients = 20000

// connecting is how many clients sign in and connect at a time.
const connecting = 16

// crew is what a scenario does with what its members meet. All are called from
// the members' readers.
type crew interface {
	// heard is given every event but pongs, acks and nacks.
	heard(m *member, e event)
	// answered is given what became of a request; a nack has a code.
	answered(m *member, id uint64, a wire.Nack)
	// resent is told of a request that is sent once more. m.mu is held.
	resent(m *member, id uint64)
	// lost and back enclose the time without a socket.
	lost(m *member)
	back(m *member, resumed bool)
}

// fleet is all members of a run and what they share.
type fleet struct {
	crew
	target  *Target
	acc     *accounts
	members []*member
	rooms   []string

	ctx     context.Context // ends with close
	cancel  context.CancelFunc
	running sync.WaitGroup
	joins   histogram // from the ticket to being in the room

	heartbeat           atomic.Int64 // the server's, in seconds
	bytes               atomic.Uint64
	seqGaps, seqRepeats atomic.Uint64 // of the sessions' numbering
	losses, dialErrors  atomic.Uint64

	mu     sync.Mutex
	closes map[int]int // sockets that were lost, by close code; -1: without one
	err    error       // the last that a dial failed with
}

func newFleet(target *Target, c crew) *fleet {
	f := &fleet{crew: c, target: target, closes: map[int]int{}}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	return f
}

// gather signs in n members, member i for room i modulo rooms, and connects
// them. With 0 rooms nobody is in one.
func (f *fleet) gather(ctx context.Context, n, rooms int) error {
	if err := checkOpenFiles(n); err != nil {
		return err
	}
	var err error
	if f.acc, err = openAccounts(ctx, f.target); err != nil {
		return err
	}
	if rooms > 0 {
		if f.rooms, err = f.acc.rooms(ctx, rooms, 0); err != nil {
			return err
		}
	}
	f.members = make([]*member, n)
	for i := range n {
		f.members[i] = &member{n: i, fleet: f}
		if rooms > 0 {
			f.members[i].room = f.rooms[i%rooms]
		}
	}
	f.running.Go(f.pinger) // from the first on: gathering may take longer than a heartbeat
	var there atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(connecting)
	last := time.Now()
	for i := range n {
		m := f.members[i]
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			api, err := f.acc.participant(ctx, i)
			if err != nil {
				return err
			}
			m.api = api
			began := time.Now()
			if err := m.connect(ctx); err != nil {
				return fmt.Errorf("client %d: %w", i, err)
			}
			f.joins.add(time.Since(began))
			f.running.Go(func() { m.run(f.ctx) })
			there.Add(1)
			return nil
		})
		if time.Since(last) > 200*time.Millisecond {
			last = time.Now()
			f.target.Progress(fmt.Sprintf("connecting: %d of %d clients", there.Load(), n))
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	f.target.Progress("")
	f.target.Log("%d clients are connected", n)
	return nil
}

// pinger pings for everybody, each once a heartbeat, spread over it.
func (f *fleet) pinger() {
	for turn := int64(0); sleep(f.ctx, time.Second) == nil; turn++ {
		every := max(1, f.heartbeat.Load())
		for i := turn % every; i < int64(len(f.members)); i += every {
			f.members[i].ping(f.ctx)
		}
	}
}

func (f *fleet) lost(m *member, err error) {
	f.losses.Add(1)
	code := -1
	var c websocket.CloseError
	if errors.As(err, &c) {
		code = int(c.Code)
	}
	f.mu.Lock()
	f.closes[code]++
	f.mu.Unlock()
	f.crew.lost(m)
}

func (f *fleet) failed(err error) {
	f.dialErrors.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

// close takes everybody away and waits for it.
func (f *fleet) close() {
	f.cancel()
	var g errgroup.Group
	g.SetLimit(64)
	for _, m := range f.members {
		g.Go(func() error { m.drop(); return nil })
	}
	_ = g.Wait() // drop has no errors
	f.running.Wait()
	if f.acc != nil {
		f.acc.close()
	}
}

// Sockets says how the clients' sockets fared.
type Sockets struct {
	Joins Quantiles `json:"joins"` // from the ticket to being in the room, of the first time
	// Lost counts sockets that went away, whoever did it, and Closes those by
	// close code (-1: none).
	Lost   uint64      `json:"lost"`
	Closes map[int]int `json:"closes,omitempty"`
	// DialErrors counts attempts to come back that failed, LastError is of one.
	DialErrors uint64 `json:"dialErrors"`
	LastError  string `json:"lastError,omitempty"`
	// SeqGaps and SeqRepeats count faults in the sessions' numbering.
	SeqGaps    uint64  `json:"seqGaps"`
	SeqRepeats uint64  `json:"seqRepeats"`
	ReceivedMB float64 `json:"receivedMB"` // in the whole run
}

func (f *fleet) sockets() Sockets {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Sockets{
		Joins: f.joins.quantiles(), Lost: f.losses.Load(), Closes: f.closes, DialErrors: f.dialErrors.Load(),
		SeqGaps: f.seqGaps.Load(), SeqRepeats: f.seqRepeats.Load(), ReceivedMB: round(float64(f.bytes.Load())/(1<<20), 1),
	}
	if f.err != nil {
		s.LastError = f.err.Error()
	}
	return s
}

func (s *Sockets) rows() []row {
	r := []row{
		{"joining", s.Joins.String()},
		{"sockets", fmt.Sprintf("%d lost, %d failed attempts to come back; %d gaps and %d repeats in seq; %.1f MB received", s.Lost, s.DialErrors, s.SeqGaps, s.SeqRepeats, s.ReceivedMB)},
	}
	if s.LastError != "" {
		r = append(r, row{"last error", s.LastError})
	}
	return r
}
