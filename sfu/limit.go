package sfu

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

const (
	// burstUs is how far ahead of its rate a publisher may be: what a stalled
	// network kept back for a second arrives at once.
	burstUs = 1_000_000
	// controlPerSec bounds the RTCP packets of one client: browsers send about
	// two a second of each stream, and feedback every 50 to 100 ms.
	controlPerSec = 100
	// strangersPerSec bounds the tries to decrypt packets of SSRCs that were
	// neither announced nor heard before: anybody who knows a client's address
	// can invent them. How many of them there may be is the transport's to say.
	strangersPerSec = 50
	// maxTests bounds the participants in rooms that are tests. They take no place
	// of MaxPeers and MaxRooms: who tries his connection keeps nobody from talking.
	maxTests = 256
)

// LimitError is a refusal to join: the server has as many of What as its
// operator allows.
type LimitError struct {
	What string // "rooms", "participants" or "connection tests"
	Max  int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("this server takes %d %s in voice at most", e.Max, e.What)
}

// full says what the server has no place for: one more participant, or one in
// a new room. One who is here with one session has a place for the next, which
// replaces it. The caller holds s.mu.
func (s *SFU) full(j Join, newRoom bool) error {
	switch {
	case j.Test && s.tests >= maxTests:
		return &LimitError{What: "connection tests", Max: maxTests}
	case j.Test:
		return nil
	case s.cfg.MaxPeers > 0 && s.peers >= s.cfg.MaxPeers && (j.Label == "" || s.labels[j.Label] != 1):
		return &LimitError{What: "participants", Max: s.cfg.MaxPeers}
	case newRoom && s.cfg.MaxRooms > 0 && len(s.rooms)-s.testRooms >= s.cfg.MaxRooms:
		return &LimitError{What: "rooms", Max: s.cfg.MaxRooms}
	}
	return nil
}

// errRefused is a packet that was counted and not opened.
var errRefused = errors.New("sfu: over a limit")

// bucket is a rate limit by the generic cell rate algorithm (ITU-T I.371 annex
// A): its value is when the allowance will be whole again, in microseconds.
type bucket int64

func (b bucket) over(now int64) bool { return int64(b)-now > burstUs }

// take uses n of perSec.
func (b *bucket) take(now, n, perSec int64) {
	*b = bucket(max(int64(*b), now) + n*1_000_000/perSec)
}

// guard is what one link's client may still send. Only authentic packets use
// up its rates, so that nobody can use them up for it by forging its address.
type guard struct {
	packets, bytes, control bucket
	// strangers of RTP and of RTCP have to be opened to be known for what they
	// are, so forged ones do use up these two.
	strangers, controlStrangers bucket
}

// admits says whether to open a packet of an SSRC: known is one that was opened
// before or that an offer names.
func admits(now int64, known bool, strangers *bucket) bool {
	if known {
		return true
	}
	if strangers.over(now) {
		return false
	}
	strangers.take(now, 1, strangersPerSec)
	return true
}

// announced says whether an offer named the SSRC.
func (l *link) announced(ssrc uint32) bool {
	for _, t := range l.tracks {
		if slices.Contains(t.ssrcs, ssrc) {
			return true
		}
	}
	return false
}

// openRTP is Session.OpenRTP within the client's limits: what is over them is
// counted and costs no decryption. The caller holds the room's mutex.
func (l *link) openRTP(s *transport.Session, now int64, b []byte, w *transport.Batch) (*rtp.Header, []byte, error) {
	g, cfg, m := &l.guard, &l.peer.sfu.cfg, &l.peer.room.metrics
	if g.packets.over(now) || g.bytes.over(now) {
		m.dropped[dropRate].Add(1)
		return nil, nil, errRefused
	}
	ssrc := binary.BigEndian.Uint32(b[8:])
	if !admits(now, s.Heard(ssrc) || l.announced(ssrc), &g.strangers) {
		m.dropped[dropUnknownStream].Add(1)
		return nil, nil, errRefused
	}
	size := int64(len(b))
	h, plain, err := s.OpenRTP(now, b, w)
	if err != nil {
		return nil, nil, err
	}
	if n := int64(cfg.MaxPacketsPerSec); n > 0 {
		g.packets.take(now, 1, n)
	}
	if n := int64(cfg.MaxBytesPerSec); n > 0 {
		g.bytes.take(now, size, n)
	}
	return h, plain, nil
}

// openRTCP is the same for Session.OpenRTCP.
func (l *link) openRTCP(s *transport.Session, now int64, b []byte, w *transport.Batch) ([]byte, error) {
	g, m := &l.guard, &l.peer.room.metrics
	ssrc := binary.BigEndian.Uint32(b[4:])
	if g.control.over(now) || !admits(now, s.HeardControl(ssrc) || l.announced(ssrc), &g.controlStrangers) {
		m.dropped[dropControlRate].Add(1)
		return nil, errRefused
	}
	plain, err := s.OpenRTCP(now, b, w)
	if err != nil {
		return nil, err
	}
	g.control.take(now, 1, controlPerSec)
	return plain, nil
}
