package transport

import (
	"net/netip"

	"github.com/pion/srtp/v3"
)

// Sink is a session that encrypts and sends nowhere, for benchmarks and fuzz
// targets of what stands above the transport. Its keys and salts are zero both
// ways.
func Sink() *Session {
	key, salt := make([]byte, 16), make([]byte, 12)
	tx, err := srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm)
	if err != nil {
		panic(err) // the key and salt have the profile's lengths
	}
	rx, err := srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		panic(err)
	}
	s := &Session{t: &Transport{}, rx: rx, tx: tx, done: make(chan struct{})}
	s.dst.Store(&route{place: place{addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 9)}})
	s.ready.Store(true)
	return s
}

// Cut takes a Sink's path away until back is called.
func (s *Session) Cut() (back func()) {
	was := s.dst.Swap(nil)
	return func() { s.dst.Store(was) }
}

// NullBatch is a batch whose datagrams are forgotten, for a Sink.
func NullBatch() *Batch {
	b := newBatch([]*socket{{counters: &Counters{}}})
	b.queues[0].discard = true
	return b
}

// Drain forgets what is queued in a NullBatch and returns it, 64 datagrams at
// most, valid until the batch is used again.
func (b *Batch) Drain() [][]byte {
	q := &b.queues[0]
	out := q.bufs[:q.n]
	q.n = 0
	return out
}
