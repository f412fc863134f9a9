package loadtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// talk is a fleet whose members send messages, at an even rate or each when
// one was acked, and account for what they are sent: what the scenarios chat
// and reconnect share.
type talk struct {
	*fleet
	run     string
	rate    float64 // messages a second, over all rooms
	window  int     // instead of a rate: messages of each member on their way
	size    int     // characters each
	win     window
	ledgers []*ledger
	views   []*view // by member

	latency, ack                                 recorder
	sent, acked, delivered, nacked, unsent, late atomic.Uint64
	duplicates, disorder, gaps                   atomic.Uint64
	onBack                                       func(m *member, resumed, caughtUp bool)
	refusal                                      atomic.Pointer[string] // one nack, to be told
	open                                         atomic.Bool            // with a window: more are to be sent
	turns                                        []sync.Mutex           // and keep each member's messages in the order of their numbers
}

// lanes are how many goroutines send; each member is always of the same one,
// so that its messages keep their order.
const lanes = 16

func newTalk(target *Target, rate float64, size, clients, rooms int) *talk {
	t := &talk{run: strings.ToLower(rand.Text()[:6]), rate: rate, size: size}
	t.fleet = newFleet(target, t)
	for range clients {
		t.views = append(t.views, &view{})
	}
	for i := range rooms {
		t.ledgers = append(t.ledgers, &ledger{room: i, people: (clients - i + rooms - 1) / rooms, order: map[int64]int{}})
	}
	return t
}

func (t *talk) roomOf(m *member) int { return m.n % len(t.ledgers) }

// send has messages sent until ctx ends.
func (t *talk) send(ctx context.Context) {
	if t.window == 0 {
		t.sendEvenly(ctx)
		return
	}
	t.turns = make([]sync.Mutex, len(t.views))
	t.open.Store(true)
	for _, m := range t.members {
		for range t.window {
			t.sendNext(m)
		}
	}
	<-ctx.Done()
	t.open.Store(false)
}

// sendNext sends a member's next message, if there are to be more.
func (t *talk) sendNext(m *member) {
	turn := &t.turns[m.n]
	turn.Lock()
	defer turn.Unlock()
	if !t.open.Load() {
		return
	}
	id, b := t.compose(t.roomOf(m), m, time.Now())
	if m.request(t.ctx, id, b) != nil {
		t.unsent.Add(1)
	}
}

// compose enters a message into its room's account and writes it.
func (t *talk) compose(room int, m *member, due time.Time) (id uint64, b []byte) {
	number := t.ledgers[room].enter(due, m.n)
	id = uint64(room)<<40 | uint64(number)
	t.sent.Add(1)
	return id, frame(wire.TypeChatSend, strconv.FormatUint(id, 10), fmt.Sprintf("lt-%s-%d-%d", t.run, room, number),
		wire.ChatSend{Text: text(t.run, room, number, m.n, due.UnixNano(), t.size)})
}

// sendEvenly sends at the rate. The first message of each room is sent at
// once, so that every client knows where it stands.
func (t *talk) sendEvenly(ctx context.Context) {
	type job struct {
		m   *member
		id  uint64
		due time.Time
		b   []byte
	}
	var workers sync.WaitGroup
	var lane [lanes]chan job
	for i := range lane {
		lane[i] = make(chan job, maxPending)
		workers.Go(func() {
			for j := range lane[i] {
				in := t.win.has(j.due.UnixNano())
				if in && time.Since(j.due) > 5*time.Millisecond {
					t.late.Add(1)
				}
				if t.members[j.m.n].request(t.ctx, j.id, j.b) != nil {
					t.unsent.Add(1)
				}
			}
		})
	}
	defer workers.Wait()
	defer func() {
		for _, l := range lane {
			close(l)
		}
	}()
	began := time.Now()
	rooms := len(t.ledgers)
	for k := 0; ; k++ {
		room := k % rooms
		due := began.Add(time.Duration(float64(max(0, k-rooms+1)) / t.rate * float64(time.Second)))
		if wait := time.Until(due); wait > 0 && sleep(ctx, wait) != nil || ctx.Err() != nil {
			return
		}
		l := t.ledgers[room]
		m := t.members[room+rooms*((k/rooms)%l.people)]
		id, b := t.compose(room, m, due)
		select {
		case lane[m.n%lanes] <- job{m, id, due, b}:
		case <-ctx.Done():
			t.unsent.Add(1)
			return
		}
	}
}

func (t *talk) heard(m *member, e event) {
	if e.typ != wire.TypeChatMessage {
		return
	}
	l, seq, ok := readChat(e.raw)
	room := t.roomOf(m)
	if !ok || l.run != t.run || l.room != room || !t.ledgers[room].has(l.number) {
		return // somebody else's words
	}
	now := time.Now().UnixNano()
	if t.win.has(now) {
		t.delivered.Add(1)
	}
	book := t.ledgers[room]
	first, repeated, disordered, gap := t.views[m.n].take(l.number, seq)
	if first {
		book.delivered(l.number, seq, true)
		if t.win.has(l.due) {
			t.latency.add(time.Duration(now - l.due))
		}
	}
	if !first && book.own(l.number, m.n) {
		return // the answer to sending it again
	}
	t.gaps.Add(uint64(gap))
	switch {
	case repeated:
		t.duplicates.Add(1)
	case disordered:
		t.disorder.Add(1)
	}
}

func (t *talk) answered(m *member, id uint64, a wire.Nack) {
	if t.window > 0 {
		if a.Code == "" {
			defer t.sendNext(m)
		} else {
			wait := max(100*time.Millisecond, time.Duration(a.RetryAfterMs)*time.Millisecond)
			time.AfterFunc(wait, func() { t.sendNext(m) })
		}
	}
	if a.Code != "" {
		t.nacked.Add(1)
		s := fmt.Sprintf("%s: %s", a.Code, a.Message)
		t.refusal.Store(&s)
		return
	}
	due := t.ledgers[id>>40].ack(int(id & (1<<40 - 1)))
	now := time.Now().UnixNano()
	if t.win.has(now) {
		t.acked.Add(1)
	}
	if t.win.has(due) {
		t.ack.add(time.Duration(now - due))
	}
}

func (t *talk) resent(_ *member, id uint64) { t.ledgers[id>>40].resent(int(id & (1<<40 - 1))) }

func (t *talk) lost(m *member) { t.views[m.n].lost() }

// back catches up through history where the session was not resumed.
func (t *talk) back(m *member, resumed bool) {
	v := t.views[m.n]
	after, catchUp := v.back(resumed)
	if t.onBack != nil {
		t.onBack(m, resumed, !catchUp)
	}
	if !catchUp {
		return
	}
	t.running.Go(func() {
		err := t.catchUp(m, v, after)
		v.caughtUp(err == nil)
		if err != nil {
			t.failed(err)
		} else if t.onBack != nil {
			t.onBack(m, false, true)
		}
	})
}

func (t *talk) catchUp(m *member, v *view, after int64) error {
	room := t.roomOf(m)
	for {
		page, err := m.api.History(t.ctx, t.rooms[room], client.Page{Limit: 100, AfterSeq: after})
		if err != nil {
			return fmt.Errorf("loadtest: catching up: %w", err)
		}
		for _, msg := range page.Messages {
			after = max(after, msg.RoomSeq)
			if l, ok := readText([]byte(msg.Text)); ok && l.run == t.run && t.ledgers[room].has(l.number) && v.fill(l.number, msg.RoomSeq) {
				t.ledgers[room].delivered(l.number, msg.RoomSeq, false)
			}
		}
		if len(page.Messages) == 0 || !page.Pagination.HasMore {
			return nil
		}
	}
}

// drain waits until all that was acked has arrived, or for as long as it may
// take.
func (t *talk) drain(ctx context.Context, most time.Duration) error {
	for until := time.Now().Add(most); time.Now().Before(until); {
		if t.settled() {
			return nil
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (t *talk) settled() bool {
	var d Deliveries
	for _, l := range t.ledgers {
		l.account(&t.win, &d)
	}
	return d.Lost <= 0 && d.Unacked == 0
}

func (t *talk) deliveries(seconds float64) Deliveries {
	d := Deliveries{
		Latency: t.latency.quantiles(), Ack: t.ack.quantiles(), Nacked: t.nacked.Load(), Unsent: t.unsent.Load(),
		Delivered: t.delivered.Load(), Duplicates: t.duplicates.Load(), Disorder: t.disorder.Load(), Gaps: t.gaps.Load(), LateSends: t.late.Load(),
	}
	d.AckedPPS = round(float64(t.acked.Load())/seconds, 1)
	d.DeliveredPPS = round(float64(d.Delivered)/seconds, 1)
	for _, l := range t.ledgers {
		l.account(&t.win, &d)
	}
	if s := t.refusal.Load(); s != nil {
		t.target.Log("one of %d refusals: %s", d.Nacked, *s)
	}
	return d
}

// together waits until every client has seen its room's first message.
func (t *talk) together(ctx context.Context) error {
	for until := time.Now().Add(15 * time.Second); ; {
		there := 0
		for _, v := range t.views {
			v.mu.Lock()
			if v.last > 0 {
				there++
			}
			v.mu.Unlock()
		}
		if there == len(t.views) {
			return nil
		}
		if time.Now().After(until) {
			reason := ""
			if s := t.refusal.Load(); s != nil {
				reason = ": " + *s
			}
			return fmt.Errorf("loadtest: only %d of %d clients got the first message%s", there, len(t.views), reason)
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}
