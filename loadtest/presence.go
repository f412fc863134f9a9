package loadtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// PresenceConfig describes a run of the presence scenario.
type PresenceConfig struct {
	Target
	// Clients are members spread over Rooms; with 0 rooms they are in none and
	// only keep their sockets. Half of each room act and the others watch.
	Clients, Rooms int
	// Rate is acts a second in all: joining, leaving, changing one's state. 0:
	// the sockets are idle.
	Rate     float64
	Duration time.Duration
}

func (c *PresenceConfig) check() error {
	c.prepare()
	for _, err := range []error{
		checkCount("clients", c.Clients, 1, maxClients), checkCount("rooms", c.Rooms, 0, min(c.Clients, 2000)), checkDuration("duration", c.Duration, time.Second),
	} {
		if err != nil {
			return err
		}
	}
	switch {
	case !(c.Rate >= 0 && c.Rate <= 20000):
		return fmt.Errorf("loadtest: %v acts a second: want 0 to 20000", c.Rate)
	case c.Rate > 0 && (c.Rooms == 0 || c.Clients < 2*c.Rooms):
		return fmt.Errorf("loadtest: acts want rooms with at least two clients each, one to act and one to watch")
	}
	return nil
}

// PresenceReport is what a run of the presence scenario measured.
type PresenceReport struct {
	Summary
	Clients int     `json:"clients"`
	Rooms   int     `json:"rooms"`
	Rate    float64 `json:"actsPerSec"`
	// Latency is from when a join or leave was due to each watcher that was
	// told of it by presence.joined or presence.left; Ack is to any act's ack.
	Latency   Quantiles `json:"latency"`
	Ack       Quantiles `json:"ack"`
	Acts      uint64    `json:"acts"`
	Unacked   uint64    `json:"unacked"`
	Nacked    uint64    `json:"nacked"`
	Expected  uint64    `json:"expected"` // changes, once for each watcher of the room
	Delivered uint64    `json:"delivered"`
	Lost      int64     `json:"lost"`
	// Duplicates are the same change again; Disorder a later one before it.
	Duplicates   uint64  `json:"duplicates"`
	Disorder     uint64  `json:"disorder"`
	DeliveredPPS float64 `json:"deliveredPerSec"`
	// Pictures counts rooms.presence_changed, what is different in a room, in the
	// window. Stale clients were not shown the last one within five seconds of
	// the last act, or were shown what is not true.
	Pictures  uint64  `json:"pictures"`
	Stale     int     `json:"stale"`
	LateSends uint64  `json:"lateSends"`
	Sockets   Sockets `json:"sockets"`
}

// move is one act on its way.
type move struct {
	due   time.Time
	actor *actor
	typ   string
	state wire.PresenceStatus
}

// Presence runs the presence scenario. When ctx ends early the error is ctx's,
// and everybody has left.
func Presence(ctx context.Context, cfg PresenceConfig) (*PresenceReport, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := newStage(&cfg)
	defer s.close()
	rep := &PresenceReport{Summary: begin("presence"), Clients: cfg.Clients, Rooms: cfg.Rooms, Rate: cfg.Rate}
	c := costs{target: &cfg.Target, clients: cfg.Clients}
	if err := c.read(&c.empty); err != nil {
		return nil, err
	}
	if err := s.gather(ctx, cfg.Clients, cfg.Rooms); err != nil {
		return nil, err
	}
	if err := sleep(ctx, settle); err != nil { // for the last joins to be told of
		return nil, err
	}
	s.name()
	if err := c.read(&c.from); err != nil {
		return nil, err
	}
	m := meter{target: &cfg.Target, name: "presence", latency: &s.latency, sent: s.acts.Load, delivered: s.told.Load,
		also: func() string { return fmt.Sprintf("%d pictures", s.pictures.Load()) }}
	s.win.from.Store(c.from.at.UnixNano())
	stop := m.start()
	err := s.act(ctx, cfg.Rate, cfg.Duration)
	rep.Timeline = stop()
	if err != nil {
		return nil, err
	}
	if err := c.read(&c.to); err != nil {
		return nil, err
	}
	s.win.to.Store(c.to.at.UnixNano())
	c.delivered = int(s.told.Load())
	if err := s.drain(ctx); err != nil {
		return nil, err
	}
	c.fill(&rep.Summary)
	rep.Histogram = s.latency.bars()
	s.account(rep)
	return rep, nil
}

// act has one actor after another do something, at an even rate.
func (s *stage) act(ctx context.Context, rate float64, d time.Duration) error {
	if rate == 0 {
		return sleep(ctx, d)
	}
	r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	began := time.Now()
	for k := 0; ; k++ {
		due := began.Add(time.Duration(float64(k) / rate * float64(time.Second)))
		if due.Sub(began) >= d {
			return nil
		}
		if wait := time.Until(due); wait > 0 {
			if err := sleep(ctx, wait); err != nil {
				return err
			}
		} else if ctx.Err() != nil {
			return fmt.Errorf("loadtest: stopped: %w", ctx.Err())
		}
		if time.Since(due) > 5*time.Millisecond {
			s.late.Add(1)
		}
		a := s.actors[k%len(s.actors)]
		mv := a.choose(r, due)
		id := uint64(k + 1)
		s.mu.Lock()
		s.moves[id] = mv
		s.mu.Unlock()
		s.acts.Add(1)
		var b []byte
		switch mv.typ {
		case wire.TypeRoomJoin:
			b = frame(mv.typ, strconv.FormatUint(id, 10), "", wire.RoomJoin{RoomSlug: s.rooms[a.room]})
		case wire.TypeRoomLeave:
			b = frame(mv.typ, strconv.FormatUint(id, 10), "", struct{}{})
		default:
			b = frame(mv.typ, strconv.FormatUint(id, 10), "", wire.SetStatus{Status: mv.state})
		}
		if err := a.m.request(s.ctx, id, b); err != nil {
			s.unsent.Add(1)
		}
	}
}

func (r *PresenceReport) rows() []row {
	rows := []row{
		{"clients", fmt.Sprintf("%d in %d rooms, %g acts a second, %.1f s measured", r.Clients, r.Rooms, r.Rate, r.WindowSec)},
	}
	if r.Acts > 0 {
		rows = append(rows,
			row{"act to watcher", r.Latency.String()},
			row{"act to ack", r.Ack.String()},
			row{"acts", fmt.Sprintf("%d, %d unacked, %d refused, %d left late", r.Acts, r.Unacked, r.Nacked, r.LateSends)},
			row{"delivered", fmt.Sprintf("%d changes, %.0f a second; %d differences of rooms", r.Delivered, r.DeliveredPPS, r.Pictures)},
			row{"lost", fmt.Sprintf("%d of %d", r.Lost, r.Expected)},
			row{"faults", fmt.Sprintf("%d duplicates, %d out of order, %d clients with a stale picture", r.Duplicates, r.Disorder, r.Stale)})
	}
	rows = append(rows, r.Sockets.rows()...)
	return append(rows, r.Summary.rows("client", "delivery")...)
}

func (r *PresenceReport) figures() map[string]float64 {
	f := r.Summary.figures()
	r.Latency.figures(f)
	f["ack"], f["lost"], f["unacked"], f["nacked"] = r.Ack.P99, float64(r.Lost), float64(r.Unacked), float64(r.Nacked)
	f["duplicates"], f["disorder"], f["stale"], f["deliveries"] = float64(r.Duplicates), float64(r.Disorder), float64(r.Stale), r.DeliveredPPS
	f["joins"], f["sockets-lost"], f["late"] = r.Sockets.Joins.P95, float64(r.Sockets.Lost), float64(r.LateSends)
	return f
}
