package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// TestAnyCourse lets clients do what they like, in any order and several at
// once, over sockets that break, a store that fails now and then and readers
// that do not read, and holds what each of them heard to the promises of the
// contract. A failure names its seed.
func TestAnyCourse(t *testing.T) {
	for seed := range uint64(25) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				c := &course{world: w, t: t, rand: rand.New(rand.NewPCG(seed, 7)), acked: map[string]string{}, said: map[string]int{}}
				moments := rand.New(rand.NewPCG(seed, 11)) // asked under the history's lock
				w.history.fault = func() error {
					if !c.calm.Load() && moments.IntN(20) == 0 {
						return errors.New("the store has a bad moment")
					}
					return nil
				}
				for i := range 6 {
					c.come(fmt.Sprintf("u%d", i%4), wire.RoleMember) // two of them have two tabs
				}
				c.come("u4", wire.RoleGuest)
				for range 300 {
					c.step()
				}
				c.finish()
			}, func(cfg *Config) { cfg.Realtime.QueueFrames, cfg.Realtime.HeartbeatSec = 64, 120 })
		})
	}
}

// course is one random course of events.
type course struct {
	*world
	t       *testing.T
	rand    *rand.Rand
	walkers []*walker
	keys    int
	calm    atomic.Bool       // the store does not fail any more
	acked   map[string]string // messageId by user and idempotency key
	said    map[string]int    // how often each was sent
}

// walker is one tab of a user's: what it got in its present session, over all
// the sockets of it.
type walker struct {
	*peer
	before  []wire.Event      // of the session's earlier sockets
	asked   []string          // request ids of the present socket
	keyOf   map[string]string // idempotency keys by request id
	pending map[string]string // texts by key, not acked yet
}

func (c *course) come(id string, role wire.Role) {
	c.walkers = append(c.walkers, &walker{peer: c.connect(id, role), keyOf: map[string]string{}, pending: map[string]string{}})
}

func (c *course) step() {
	v := c.walkers[c.rand.IntN(len(c.walkers))]
	if v.closeCode() != 0 { // too slow, or just lost
		c.returns(v)
		return
	}
	switch n := c.rand.IntN(100); {
	case n < 35:
		for range 1 + c.rand.IntN(4) {
			c.keys++
			c.say(v, fmt.Sprint("k", c.keys), fmt.Sprintf("text %d for @u%d", c.keys, c.rand.IntN(5)))
		}
	case n < 40: // again, whatever happened to it
		if len(v.keyOf) > 0 {
			keys := slices.Sorted(maps.Values(v.keyOf))
			c.say(v, keys[c.rand.IntN(len(keys))], "another text")
		}
	case n < 52:
		c.ask(v, wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: c.slug()}, "")
	case n < 54:
		c.ask(v, wire.TypeRoomLeave, struct{}{}, "")
	case n < 60:
		c.ask(v, wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: c.slug(), Muted: c.coin()}, "")
	case n < 63:
		c.ask(v, wire.TypeVoiceLeave, struct{}{}, "")
	case n < 67:
		c.ask(v, wire.TypeCallMicState, wire.MicState{Muted: c.coin(), AudioMuted: c.coin()}, "")
	case n < 70:
		c.ask(v, wire.TypePresenceStatus, wire.SetStatus{Status: []wire.PresenceStatus{wire.StatusOnline, wire.StatusIdle, wire.StatusDND}[c.rand.IntN(3)]}, "")
	case n < 80:
		c.touch(v)
	case n < 84:
		v.lose()
	case n < 86:
		v.pause()
	case n < 88:
		v.resumeReading()
	default:
		time.Sleep(time.Duration(c.rand.IntN(800)) * time.Millisecond)
	}
	if c.rand.IntN(3) == 0 {
		synctest.Wait()
	}
}

func (c *course) coin() bool { return c.rand.IntN(2) == 0 }

func (c *course) slug() string { return []string{"general", "other", "staff", "tiny"}[c.rand.IntN(4)] }

// touch does something to a message that is there.
func (c *course) touch(v *walker) {
	c.history.mu.Lock()
	ids := slices.Sorted(maps.Keys(c.history.messages))
	c.history.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	id := ids[c.rand.IntN(len(ids))]
	switch c.rand.IntN(4) {
	case 0:
		c.ask(v, wire.TypeChatEdit, wire.ChatEdit{MessageID: id, Text: "edited"}, "")
	case 1:
		c.ask(v, wire.TypeChatDelete, wire.ChatDelete{MessageID: id}, "")
	case 2:
		c.ask(v, wire.TypeChatReact, wire.ChatReact{MessageID: id, Emoji: "👍", On: c.coin()}, "")
	default:
		c.ask(v, wire.TypeChatRead, wire.ChatRead{MessageID: id}, "")
	}
}

func (c *course) say(v *walker, key, text string) {
	v.pending[key] = text
	c.said[v.user.ID+"\x00"+key]++
	c.ask(v, wire.TypeChatSend, wire.ChatSend{Text: text}, key)
}

// ask sends a request without waiting for anything.
func (c *course) ask(v *walker, typ string, payload any, key string) {
	raw, err := json.Marshal(payload)
	if err != nil {
		c.t.Fatal(err)
	}
	v.n++
	req := wire.Request{Type: typ, RequestID: fmt.Sprintf("%s-%d-%d", v.user.ID, slices.Index(c.walkers, v), v.n), IdempotencyKey: key, Payload: raw}
	b, err := json.Marshal(req)
	if err != nil {
		c.t.Fatal(err)
	}
	if key != "" {
		v.keyOf[req.RequestID] = key
	}
	select {
	case v.in <- b:
		v.asked = append(v.asked, req.RequestID)
	case <-v.closed:
	}
}

// pause stops reading; resumeReading goes on.
func (p *peer) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stuck == nil {
		p.stuck = make(chan struct{})
	}
}

func (p *peer) resumeReading() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stuck != nil {
		close(p.stuck)
		p.stuck = nil
	}
}

// returns brings a walker back, in time or too late, having got less than was
// sent to it.
func (c *course) returns(v *walker) {
	v.resumeReading()
	if err := <-v.err; err != nil && !errors.Is(err, ErrClosed) && v.closeCode() == 0 {
		c.t.Errorf("Serve: %v", err)
	}
	synctest.Wait()
	had := v.all()
	if len(had) == 0 {
		c.t.Fatal("a socket got nothing")
	}
	had = had[:max(1, len(had)-c.rand.IntN(6))]
	c.note(v, had)
	if !c.calm.Load() && c.rand.IntN(4) == 0 {
		time.Sleep(c.hub.cfg.Realtime.resumeWindow() + time.Second)
	} else {
		time.Sleep(time.Duration(c.rand.IntN(5000)) * time.Millisecond)
	}
	all := append(v.before, had...)
	after := uint64(0)
	for _, f := range all {
		after = max(after, f.Seq)
	}
	// Who has nothing of a session but server.resumed still knows whose it is.
	next := &peer{pipe: newPipe(), w: c.world, t: c.t, user: v.user, n: v.n, err: make(chan error, 1)}
	next.contract = v.contract
	var ready wire.Ready
	if err := json.Unmarshal(had[0].Payload, &ready); err != nil {
		c.t.Fatal(err)
	}
	caller := Caller{User: v.user, AuthSessionID: "auth-" + v.user.ID, Host: "host", Resume: ready.SessionID, After: after}
	go func() { next.err <- c.hub.Serve(context.Background(), next, caller) }()
	synctest.Wait()
	v.peer, v.asked = next, nil
	if first := next.all()[0]; first.Type == wire.TypeServerResumed {
		v.before = all
	} else {
		c.judge(v.user.ID, all)
		v.before = nil
		c.ask(v, wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: c.slug()}, "")
	}
	// What was not acked is sent again under its key.
	for _, key := range slices.Sorted(maps.Keys(v.pending)) {
		c.say(v, key, v.pending[key])
	}
}

// note takes the answers to what a walker said.
func (c *course) note(v *walker, frames []wire.Event) {
	answers := map[string]int{}
	for _, f := range frames {
		if f.Type != wire.TypeAck && f.Type != wire.TypeNack {
			continue
		}
		var a wire.Ack
		if err := json.Unmarshal(f.Payload, &a); err != nil {
			c.t.Fatal(err)
		}
		if answers[a.RequestID]++; answers[a.RequestID] > 1 {
			c.t.Errorf("request %s was answered twice", a.RequestID)
		}
		key := v.keyOf[a.RequestID]
		if f.Type != wire.TypeAck || key == "" {
			continue
		}
		delete(v.pending, key)
		if first := c.acked[v.user.ID+"\x00"+key]; first != "" && first != a.MessageID {
			c.t.Errorf("key %s was acked as %s and as %s", key, first, a.MessageID)
		}
		c.acked[v.user.ID+"\x00"+key] = a.MessageID
	}
}

// finish lets all come to rest, and holds everything to its promise.
func (c *course) finish() {
	c.calm.Store(true)
	for _, v := range c.walkers {
		v.resumeReading()
	}
	synctest.Wait()
	for back := true; back; {
		back = false
		for _, v := range c.walkers {
			if v.closeCode() != 0 {
				c.returns(v)
				back = true
			}
		}
		synctest.Wait()
	}
	// Long enough to ask the database again, too short for a heartbeat.
	time.Sleep(2 * readAgainMost)
	synctest.Wait()
	truth := map[wire.Role]map[string]map[string]wire.PresentUser{}
	for _, role := range []wire.Role{wire.RoleMember, wire.RoleGuest} {
		truth[role] = folded(c.t, c.connect("observer "+string(role), role).all())
	}
	for _, v := range c.walkers {
		if v.closeCode() != 0 {
			c.t.Errorf("%s was closed in the calm: %d", v.user.ID, v.closeCode())
		}
		got := v.all()
		c.note(v, got)
		for _, id := range v.asked {
			if ack, nack := v.reply(id); ack == nil && nack == nil {
				c.t.Errorf("request %s was not answered", id)
			}
		}
		all := append(v.before, got...)
		c.judge(v.user.ID, all)
		if have, want := folded(c.t, all), truth[v.user.Role]; !maps.EqualFunc(have, want, func(a, b map[string]wire.PresentUser) bool { return maps.Equal(a, b) }) {
			c.t.Errorf("%s sees %v, who comes now sees %v", v.user.ID, have, want)
		}
		c.judgeBadges(v.user.ID, all)
	}
	stored := map[string]string{}
	for key, st := range c.history.keys {
		stored[key] = st.Message.ID
	}
	for key, id := range c.acked {
		if stored[key] != id {
			c.t.Errorf("%q was acked as %s and is stored as %s", key, id, stored[key])
		}
	}
}
