package loadtest

import (
	"context"
	"fmt"
	"time"
)

// ChatConfig describes a run of the chat scenario.
type ChatConfig struct {
	Target
	// Clients are members spread over Rooms, who all read and take turns to send.
	Clients, Rooms int
	// Rate is messages a second in all, and Size the characters of each. With
	// Rate 0 each member sends its next message when one is acked, and keeps
	// Window of them on their way: how many a second are taken?
	Rate   float64
	Window int
	Size   int
	// Duration is how long is measured.
	Duration time.Duration
}

func (c *ChatConfig) check() error {
	c.prepare()
	if c.Rate != 0 {
		return checkTalk(c.Clients, c.Rooms, c.Size, c.Rate, c.Duration)
	}
	if err := checkCount("window", c.Window, 1, maxPending); err != nil {
		return err
	}
	return checkTalk(c.Clients, c.Rooms, c.Size, maxRate, c.Duration)
}

// maxBits bounds what the accounts of a run take: a bit for each message at
// each client.
const maxBits = 4 << 30

// maxRate is the most messages a second that are asked for, and about what to
// expect where none is.
const maxRate = 20000

func checkTalk(clients, rooms, size int, rate float64, d time.Duration) error {
	for _, err := range []error{
		checkCount("clients", clients, 1, maxClients), checkCount("rooms", rooms, 1, min(clients, 2000)),
		checkCount("characters", size, 1, 4000), checkDuration("duration", d, time.Second),
	} {
		if err != nil {
			return err
		}
	}
	if !(rate > 0 && rate <= maxRate) {
		return fmt.Errorf("loadtest: %v messages a second: want more than 0, at most %d", rate, maxRate)
	}
	if bits := rate * d.Seconds() / float64(rooms) * float64(clients); bits > maxBits {
		return fmt.Errorf("loadtest: %.0f deliveries are more than can be accounted for one by one: take less of rate, duration or clients", bits)
	}
	return nil
}

// ChatReport is what a run of the chat scenario measured.
type ChatReport struct {
	Summary
	Clients int     `json:"clients"`
	Rooms   int     `json:"rooms"`
	Rate    float64 `json:"messagesPerSec"` // 0: as fast as they were acked
	Window  int     `json:"windowPerClient,omitempty"`
	Deliveries
	Sockets Sockets `json:"sockets"`
}

// Chat runs the chat scenario. When ctx ends early the error is ctx's, and
// everybody has left.
func Chat(ctx context.Context, cfg ChatConfig) (*ChatReport, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	t := newTalk(&cfg.Target, cfg.Rate, cfg.Size, cfg.Clients, cfg.Rooms)
	if cfg.Rate == 0 {
		t.window = cfg.Window
	}
	rep := &ChatReport{Summary: begin("chat"), Clients: cfg.Clients, Rooms: cfg.Rooms, Rate: cfg.Rate, Window: t.window}
	err := t.conduct(ctx, &rep.Summary, cfg.Rooms, func(ctx context.Context) error { return sleep(ctx, cfg.Duration) }, nil)
	if err != nil {
		return nil, err
	}
	rep.Deliveries, rep.Sockets = t.deliveries(rep.WindowSec), t.sockets()
	return rep, nil
}

// conduct brings everybody in, lets them talk, measures while during runs, and
// takes everybody away.
func (t *talk) conduct(ctx context.Context, s *Summary, rooms int, during func(context.Context) error, also func() string) error {
	defer t.fleet.close()
	c := costs{target: t.target, clients: len(t.views)}
	if err := c.read(&c.empty); err != nil {
		return err
	}
	if err := t.gather(ctx, len(t.views), rooms); err != nil {
		return err
	}
	talking, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.send(talking)
	}()
	defer func() { stop(); <-done }()
	if err := t.together(ctx); err != nil {
		return err
	}
	if err := sleep(ctx, settle); err != nil {
		return err
	}
	if err := c.read(&c.from); err != nil {
		return err
	}
	m := meter{target: t.target, name: s.Scenario, latency: &t.latency, sent: t.sent.Load, delivered: t.delivered.Load, also: also}
	t.win.from.Store(c.from.at.UnixNano())
	halt := m.start()
	err := during(ctx)
	s.Timeline = halt()
	if err != nil {
		return err
	}
	if err := c.read(&c.to); err != nil {
		return err
	}
	t.win.to.Store(c.to.at.UnixNano())
	c.delivered = int(t.delivered.Load())
	if err := sleep(ctx, tail); err != nil { // what was due just now
		return err
	}
	stop()
	<-done
	if err := t.drain(ctx, 10*time.Second); err != nil {
		return err
	}
	c.fill(s)
	s.Histogram = t.latency.bars()
	return nil
}

func (r *ChatReport) rows() []row {
	pace := fmt.Sprintf("%g messages a second", r.Rate)
	if r.Window > 0 {
		pace = fmt.Sprintf("%d messages of each on their way", r.Window)
	}
	rows := []row{{"clients", fmt.Sprintf("%d in %d rooms, %s, %.1f s measured", r.Clients, r.Rooms, pace, r.WindowSec)}}
	rows = append(rows, r.Deliveries.rows()...)
	rows = append(rows, r.Sockets.rows()...)
	return append(rows, r.Summary.rows("client", "delivery")...)
}

func (r *ChatReport) figures() map[string]float64 {
	f := r.Summary.figures()
	r.Deliveries.figures(f)
	f["joins"], f["sockets-lost"] = r.Sockets.Joins.P95, float64(r.Sockets.Lost)
	return f
}
