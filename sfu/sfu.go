package sfu

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// ErrClosed is returned by calls on a closed SFU or peer.
var ErrClosed = errors.New("sfu: closed")

// SFU relays voice between the peers of its rooms.
type SFU struct {
	cfg Config
	log *slog.Logger
	tr  *transport.Transport

	fanouts   *fanouts
	nackRTTUs int64
	farewells farewells

	mu     sync.Mutex
	rooms  map[string]*room
	peers  int
	labels map[string]int // how many of the peers have each
	// tests and testRooms are the peers and rooms of tests, whom peers leaves out.
	tests, testRooms int

	closed bool
	past   metrics // of the rooms that are gone
}

// Join describes a participant who joins a room's voice.
type Join struct {
	Room string
	// CSRC is what listeners know the participant by (RFC 3550 section 5.1):
	// nonzero and unique in the room.
	CSRC uint32
	// Label is what operators know the participant by: the same in all his
	// sessions and nobody else's, "" without a name. Where the server is full of
	// participants, who is here with one session may still begin another, to
	// leave the first when he has it.
	Label    string
	Muted    bool
	Deafened bool
	// Priority says that he is on the stage; see Peer.SetPriority.
	Priority bool
	// Test says that the room is no conversation: Rooms and Metrics leave it out.
	// Whoever joins a room joins it with the same.
	Test   bool
	Events Events
}

// Events are called one at a time for one peer, from the SFU's timer: they
// must not block. A nil one is not called; none is called after Peer.Close has
// returned.
type Events struct {
	// Connected tells whether media can flow between the peer and the SFU.
	Connected func(bool)
	// Slots tells who is in this listener's slots, at most four times a second.
	Slots func([]Slot)
	// Speaking tells whether this participant is heard speaking.
	Speaking func(bool)
	// Quality tells what this participant is sent and should send, on change and
	// every few seconds while it is not good.
	Quality func(Quality)
	// FirstMedia is called once, when the first packet of voice went to or
	// came from this peer.
	FirstMedia func()
}

// Slot says whose voice a listener's slot carries; CSRC 0 means nobody's.
type Slot struct {
	Index int
	MID   string
	CSRC  uint32
}

// ListenError is an address that could not be listened on: its key within sfu,
// "udpAddr" or "tcpAddr", and what it is.
type ListenError struct {
	Key, Addr string
	Err       error
}

// Error implements error.
func (e *ListenError) Error() string { return fmt.Sprintf("sfu.%s: %q: %v", e.Key, e.Addr, e.Err) }

// Unwrap is the cause.
func (e *ListenError) Unwrap() error { return e.Err }

func listenError(err error) error {
	var at *transport.ListenError
	if !errors.As(err, &at) {
		return err
	}
	key := "udpAddr"
	if at.TCP {
		key = "tcpAddr"
	}
	return &ListenError{Key: key, Addr: at.Addr, Err: at.Err}
}

// New opens the media sockets and starts the SFU. It is a *ListenError when one
// of them cannot be opened. With Config.STUN it waits some seconds for an answer.
func New(cfg Config, log *slog.Logger) (*SFU, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	advertise, err := cfg.advertise()
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &SFU{cfg: cfg, log: log, nackRTTUs: nackRTTUs, rooms: make(map[string]*room), labels: make(map[string]int)}
	tcp := cfg.TCPAddr
	if cfg.tcpOff() {
		tcp = ""
	}
	s.tr, err = transport.Listen(transport.Config{Addr: cfg.UDPAddr, TCPAddr: tcp, Advertise: advertise, STUN: cfg.STUN, Log: log, Tick: s.tick})
	if err != nil {
		return nil, listenError(err)
	}
	s.farewells.batches.New = func() any { return s.tr.NewBatch() }
	s.fanouts = startFanouts(s.tr.NewBatch)
	return s, nil
}

// AudioSlots is how many audio slots a client should offer.
func (s *SFU) AudioSlots() int { return s.cfg.AudioSlots }

// Candidates are the "address:port"s that clients reach the SFU at over UDP, as
// they are now; the first is the one that reaches furthest.
func (s *SFU) Candidates() []string {
	var out []string
	for _, c := range s.tr.Candidates() {
		out = append(out, c.String())
	}
	return out
}

// TCPCandidates are those over TCP, none when it is off.
func (s *SFU) TCPCandidates() []string {
	var out []string
	for _, c := range s.tr.Advertised() {
		if c.TCP {
			out = append(out, c.Addr.String())
		}
	}
	return out
}

// Join adds a participant to a room. It costs nothing but memory until the
// peer's first Offer. It is a *LimitError when the server is full.
func (s *SFU) Join(j Join) (*Peer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	r := s.rooms[j.Room]
	if err := s.full(j, r == nil); err != nil {
		return nil, err
	}
	if r == nil {
		r = newRoom(s, j.Room)
		r.test = j.Test
		s.rooms[j.Room] = r
		if r.test {
			s.testRooms++
		}
	}
	p := &Peer{sfu: s, room: r, csrc: j.CSRC, label: j.Label, joined: s.tr.Now(), events: j.Events, muted: j.Muted, deafened: j.Deafened}
	p.speaker.csrc, p.speaker.priority = j.CSRC, j.Priority
	if j.Muted {
		p.speaker.hush()
	}
	r.mu.Lock()
	r.peers = append(r.peers, p)
	r.metrics.joins.Add(1)
	r.mu.Unlock()
	if r.test {
		s.tests++
		return p, nil
	}
	s.peers++
	s.labels[j.Label]++
	return p, nil
}

// leave takes a closed peer out of its room, and the room away with its last.
func (s *SFU) leave(p *Peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case p.left:
	case p.room.test:
		s.tests--
	default:
		s.peers--
		if s.labels[p.label]--; s.labels[p.label] == 0 {
			delete(s.labels, p.label)
		}
	}
	p.left = true
	if p.room.remove(p) && s.rooms[p.room.id] == p.room {
		delete(s.rooms, p.room.id)
		if p.room.test {
			s.testRooms--
		}
		s.keep(p.room)
	}
}

// Close ends all peers and returns when every goroutine has ended.
func (s *SFU) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	rooms := s.rooms
	s.rooms = make(map[string]*room)
	s.mu.Unlock()
	for _, r := range rooms {
		r.mu.Lock()
		peers := append([]*Peer(nil), r.peers...)
		r.mu.Unlock()
		for _, p := range peers {
			p.Close()
		}
	}
	s.tr.Close()
	s.fanouts.close()
}

// tick runs on the transport's timer: what rooms do by time.
func (s *SFU) tick(now int64, w *transport.Batch) {
	s.mu.Lock()
	rooms := make([]*room, 0, len(s.rooms))
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	s.mu.Unlock()
	var due []*Peer
	for _, r := range rooms {
		due = r.tick(now, w, due[:0])
		for _, p := range due {
			p.tell()
		}
	}
}
