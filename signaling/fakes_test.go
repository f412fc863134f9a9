package signaling

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/boltorezka/boltorezka/docs/api/apitest"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// pipe is a Conn in memory.
type pipe struct {
	in     chan []byte
	closed chan struct{}
	writes atomic.Int64
	heard  atomic.Uint64
	deaf   atomic.Bool // pings are not answered

	mu     sync.Mutex
	code   int
	frames []wire.Event
	raw    [][]byte
	stuck  chan struct{} // Write waits for it
	keep   bool
	lost   bool // the client did not close in order
	// contract checks what is written; nil: nothing does.
	contract *apitest.Validator
}

func newPipe() *pipe {
	return &pipe{in: make(chan []byte), closed: make(chan struct{}), keep: true}
}

func (p *pipe) Read() ([]byte, error) {
	select {
	case b := <-p.in:
		return b, nil
	case <-p.closed:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost {
		return nil, io.ErrUnexpectedEOF
	}
	return nil, io.EOF
}

// lose breaks the connection without a close frame.
func (p *pipe) lose() {
	p.mu.Lock()
	p.lost = true
	p.mu.Unlock()
	_ = p.Close(1006, "")
}

func (p *pipe) Write(messages [][]byte) error {
	p.writes.Add(1)
	p.mu.Lock()
	stuck := p.stuck
	p.mu.Unlock()
	if stuck != nil {
		select {
		case <-stuck:
		case <-p.closed:
		}
	}
	select {
	case <-p.closed:
		return io.ErrClosedPipe
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.keep {
		return nil
	}
	for _, b := range messages {
		if p.contract != nil {
			if err := p.contract.Event(b); err != nil {
				panic(fmt.Sprint("the contract is broken: ", err))
			}
		}
		var e wire.Event
		if err := json.Unmarshal(b, &e); err != nil {
			panic(fmt.Sprintf("not JSON: %s: %v", b, err))
		}
		p.frames = append(p.frames, e)
		p.raw = append(p.raw, slices.Clone(b))
	}
	return nil
}

func (p *pipe) Close(code int, _ string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.code == 0 {
		p.code = code
		close(p.closed)
	}
	return nil
}

// Ping is answered at once, unless the client is deaf.
func (p *pipe) Ping() error {
	if !p.deaf.Load() {
		p.heard.Add(1)
	}
	return nil
}

func (p *pipe) Heard() uint64 { return p.heard.Load() }

func (p *pipe) closeCode() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.code
}

// fakeRooms is a list of rooms.
type fakeRooms struct {
	mu   sync.Mutex
	list []wire.Room
}

func (f *fakeRooms) RoomBySlug(_ context.Context, slug string) (wire.Room, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.list {
		if r.Slug == slug {
			return r, nil
		}
	}
	return wire.Room{}, wire.E(wire.CodeRoomNotFound, "no such room")
}

func (f *fakeRooms) ListRooms(context.Context) ([]wire.Room, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.list), nil
}

func (f *fakeRooms) put(r wire.Room) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(slices.DeleteFunc(f.list, func(o wire.Room) bool { return o.ID == r.ID }), r)
}

// fakeMedia remembers its sessions.
type fakeMedia struct {
	mu       sync.Mutex
	sessions []*fakeSession
}

type fakeSession struct {
	MediaJoin
	mu       sync.Mutex
	closed   int
	reported *wire.VoiceStats
	ignored  []uint32
	offered  bool
	muted    bool
	deafened bool
	priority bool
}

func (f *fakeMedia) AudioSlots() int { return 4 }

func (f *fakeMedia) Join(j MediaJoin) (MediaSession, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &fakeSession{MediaJoin: j, muted: j.Muted, deafened: j.Deafened, priority: j.Priority}
	f.sessions = append(f.sessions, s)
	return s, nil
}

// of returns the newest session of a user.
func (f *fakeMedia) of(userID string) *fakeSession {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range slices.Backward(f.sessions) {
		if s.UserID == userID {
			return s
		}
	}
	return nil
}

func (f *fakeMedia) open() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sessions {
		s.mu.Lock()
		if s.closed == 0 {
			n++
		}
		s.mu.Unlock()
	}
	return n
}

func (s *fakeSession) Offer(_ context.Context, sdp string, _ []wire.Track) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sdp == "bad" {
		return "", wire.E(wire.CodeNegotiationFailed, "sdp: not an offer")
	}
	s.offered = true
	return "answer to " + sdp, nil
}

func (s *fakeSession) Candidate(*wire.ICECandidate) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.offered {
		return wire.E(wire.CodeNegotiationFailed, "candidate before the offer")
	}
	return nil
}

func (s *fakeSession) set(fn func())            { s.mu.Lock(); defer s.mu.Unlock(); fn() }
func (s *fakeSession) SetMuted(on bool)         { s.set(func() { s.muted = on }) }
func (s *fakeSession) SetDeafened(on bool)      { s.set(func() { s.deafened = on }) }
func (s *fakeSession) SetPriority(on bool)      { s.set(func() { s.priority = on }) }
func (s *fakeSession) staged() (on bool)        { s.set(func() { on = s.priority }); return on }
func (s *fakeSession) Report(v wire.VoiceStats) { s.set(func() { s.reported = &v }) }
func (s *fakeSession) Ignore(csrcs []uint32)    { s.set(func() { s.ignored = slices.Clone(csrcs) }) }
func (s *fakeSession) Close()                   { s.set(func() { s.closed++ }) }

// fakeCredentials counts what is in force.
type fakeCredentials struct {
	mu   sync.Mutex
	live map[string]int
	urls []string // nil: a TURN server at the host
}

func (f *fakeCredentials) Issue(userID, id, host string) []wire.ICEServer {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live[userID+id]++
	urls := f.urls
	if urls == nil {
		urls = []string{"turn:" + host}
	}
	return []wire.ICEServer{{URLs: urls, Username: userID, Credential: id}}
}

func (f *fakeCredentials) Revoke(userID, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.live[userID+id]--; f.live[userID+id] == 0 {
		delete(f.live, userID+id)
	}
}

func (f *fakeCredentials) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.live)
}
