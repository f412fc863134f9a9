package sfu

import "math"

// AnyRTT lets NACK work at round trips that a busy machine makes.
func (s *SFU) AnyRTT() { s.nackRTTUs = 60_000_000 }

// Steady keeps the ladder from judging the path that p has now: to a machine
// that is starved of CPU every path looks thin.
func (p *Peer) Steady() {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.active.judge.next, p.active.judge.alarm = math.MaxInt64, math.MaxInt64
}
