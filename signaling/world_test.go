package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/boltorezka/boltorezka/docs/api/apitest"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a hub with fakes around it.
type world struct {
	t       testing.TB
	hub     *Hub
	history *fakeHistory
	rooms   *fakeRooms
	media   *fakeMedia
	creds   *fakeCredentials
}

func room1(slug string, change ...func(*wire.Room)) wire.Room {
	r := wire.Room{ID: "id-" + slug, Slug: slug, Title: "Room " + slug, IsPublic: true, TopologyPolicy: wire.PolicyAuto, MaxParticipants: 50}
	for _, c := range change {
		c(&r)
	}
	return r
}

func newWorld(t testing.TB, change ...func(*Config)) *world {
	cfg := Defaults()
	cfg.Limits.Rate = 0
	for _, c := range change {
		c(&cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, history: newHistory(), media: &fakeMedia{},
		creds: &fakeCredentials{live: map[string]int{}},
		rooms: &fakeRooms{list: []wire.Room{
			room1("general"), room1("other"),
			room1("staff", func(r *wire.Room) { r.IsPublic = false }),
			room1("tiny", func(r *wire.Room) { r.MaxParticipants = 2 }),
		}},
	}
	w.hub = New(cfg, Deps{
		History: w.history, Reading: w.history, Rooms: w.rooms, Media: w.media, Credentials: w.creds,
		Log: slog.New(slog.DiscardHandler),
	})
	return w
}

// close drains the hub and checks that nothing is left.
func (w *world) close() {
	w.t.Helper()
	if err := w.hub.Close(context.Background()); err != nil {
		w.t.Errorf("Close: %v", err)
	}
	if st := w.hub.Stats(); st.Sessions != 0 || st.Users != 0 || st.Rooms != 0 || st.VoiceMembers != 0 || st.P2PRooms != 0 {
		w.t.Errorf("left after Close: %+v", st)
	}
	if n := w.creds.count(); n != 0 {
		w.t.Errorf("%d credentials were not revoked", n)
	}
	if n := w.media.open(); n != 0 {
		w.t.Errorf("%d media sessions were not closed", n)
	}
}

// inWorld runs a test in virtual time.
func inWorld(t *testing.T, test func(t *testing.T, w *world), change ...func(*Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, change...)
		defer w.close() // also after a Fatal, for the sake of the report
		test(t, w)
	})
}

// peer is a client. Its methods wait until the hub has nothing more to do.
type peer struct {
	*pipe
	w    *world
	t    testing.TB
	user wire.User
	n    int
	seen int // frames looked at
	err  chan error
}

func (w *world) connect(id string, role wire.Role) *peer {
	w.t.Helper()
	p := &peer{pipe: newPipe(), w: w, t: w.t, user: wire.User{ID: id, Name: "Name of " + id, Role: role}, err: make(chan error, 1)}
	p.contract = apitest.New(w.t)
	go func() {
		p.err <- w.hub.Serve(context.Background(), p, Caller{User: p.user, AuthSessionID: "auth-" + id, Host: "host"})
	}()
	synctest.Wait()
	return p
}

func (w *world) member(id string) *peer { w.t.Helper(); return w.connect(id, wire.RoleMember) }

// write sends raw bytes.
func (p *peer) write(raw string) {
	p.t.Helper()
	select {
	case p.in <- []byte(raw):
	case <-p.closed:
		p.t.Fatalf("%s: the socket is closed", p.user.ID)
	}
	synctest.Wait()
}

// send sends a request and returns its id.
func (p *peer) send(typ string, payload any, key ...string) string {
	p.t.Helper()
	p.n++
	req := wire.Request{Type: typ, RequestID: fmt.Sprintf("%s-%d", p.user.ID, p.n)}
	if len(key) > 0 {
		req.IdempotencyKey = key[0]
	}
	var err error
	if req.Payload, err = json.Marshal(payload); err != nil {
		p.t.Fatal(err)
	}
	b, _ := json.Marshal(req)
	p.write(string(b))
	return req.RequestID
}

// reply finds the one answer to a request.
func (p *peer) reply(id string) (ack *wire.Ack, nack *wire.Nack) {
	p.t.Helper()
	for _, f := range p.all() {
		var a wire.Ack
		if (f.Type != wire.TypeAck && f.Type != wire.TypeNack) || json.Unmarshal(f.Payload, &a) != nil || a.RequestID != id {
			continue
		}
		if ack != nil || nack != nil {
			p.t.Fatalf("request %s was answered twice", id)
		}
		if f.Type == wire.TypeAck {
			ack = &a
		} else {
			nack = new(wire.Nack)
			if err := json.Unmarshal(f.Payload, nack); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	return ack, nack
}

// ok sends a request that must be acked.
func (p *peer) ok(typ string, payload any, key ...string) *wire.Ack {
	p.t.Helper()
	ack, nack := p.reply(p.send(typ, payload, key...))
	if ack == nil {
		p.t.Fatalf("%s %s: no ack, nack %+v", p.user.ID, typ, nack)
	}
	return ack
}

// refused sends a request that must be refused with code.
func (p *peer) refused(code wire.Code, typ string, payload any) *wire.Nack {
	p.t.Helper()
	ack, nack := p.reply(p.send(typ, payload))
	if ack != nil || nack == nil || nack.Code != code {
		p.t.Fatalf("%s %s: want %s, got ack %+v, nack %+v", p.user.ID, typ, code, ack, nack)
	}
	return nack
}

func (p *peer) all() []wire.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.frames)
}

// fresh are the frames since the last call.
func (p *peer) fresh() []wire.Event {
	synctest.Wait()
	all := p.all()
	f := all[p.seen:]
	p.seen = len(all)
	return f
}

// types are the types of the fresh frames.
func (p *peer) types() []string {
	var types []string
	for _, f := range p.fresh() {
		types = append(types, f.Type)
	}
	return types
}

// last decodes the newest event of a type.
func last[T any](p *peer, typ string) T {
	p.t.Helper()
	var v T
	for _, f := range slices.Backward(p.all()) {
		if f.Type == typ {
			if err := json.Unmarshal(f.Payload, &v); err != nil {
				p.t.Fatal(err)
			}
			return v
		}
	}
	p.t.Fatalf("%s has got no %s", p.user.ID, typ)
	return v
}

// count counts events of a type.
func (p *peer) count(typ string) (n int) {
	for _, f := range p.all() {
		if f.Type == typ {
			n++
		}
	}
	return n
}

// drop loses the socket, and waits for Serve.
func (p *peer) drop() {
	p.t.Helper()
	_ = p.Close(1006, "")
	if err := <-p.err; err != nil && !errors.Is(err, ErrClosed) {
		p.t.Errorf("Serve: %v", err)
	}
	synctest.Wait()
}

func (p *peer) wantTypes(want ...string) {
	p.t.Helper()
	if got := p.types(); !slices.Equal(got, want) {
		p.t.Errorf("%s got %v, want %v", p.user.ID, got, want)
	}
}

// checkSeq verifies that seq rises by one.
func (p *peer) checkSeq() {
	p.t.Helper()
	want := uint64(1)
	for _, f := range p.all() {
		switch f.Type {
		case wire.TypeAck, wire.TypeNack, wire.TypePong, wire.TypeError:
			if f.Seq != 0 {
				p.t.Errorf("%s carries seq %d", f.Type, f.Seq)
			}
		default:
			if f.Seq != want {
				p.t.Errorf("%s: seq %d, want %d", f.Type, f.Seq, want)
			}
			want++
		}
	}
}
