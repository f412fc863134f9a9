package sfu

import (
	"testing"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// Workers that share the fan-out of a talker with two layers only read what is
// his; the race detector looks on.
func TestASharedFanoutOfLayers(t *testing.T) {
	r, talker := sinkRoom(t, 40)
	f := &fanouts{jobs: make(chan *fanJob), n: 3, from: 10}
	f.start(transport.NullBatch)
	defer f.close()
	r.sfu.fanouts = f
	talker.layers = &layers{}
	for i, l := range r.listeners {
		for _, s := range l.slots {
			s.redPT = 63
		}
		l.reshape(1, ladder.Plan{Layer: ladder.Layer(i % 2), Redundancy: i % 3, Distance: 1, FrameMs: 20 * (1 + i%3), Slots: 2})
	}
	_, h, payload := voiceOf(t)
	w := transport.NullBatch()
	var in [2]*inbound
	for i := range in {
		in[i] = &inbound{id: uint32(i + 1), ssrc: uint32(9 + i), track: &track{relayed: true, low: i == 1, opusPT: 111, levelID: 1}}
	}
	for n := range 200 {
		for i := range 2 {
			first := (n/50 + i) % 2 // either layer comes first for a while
			h.SequenceNumber, h.Timestamp = uint16(n), uint32(n)*960
			r.mu.Lock()
			r.voice(int64(n)*20_000+int64(i)*1000+1_000_000, talker, in[first], h, payload, w)
			r.mu.Unlock()
			w.Flush()
		}
	}
	if r.metrics.packetsOut == 0 {
		t.Error("nothing was sent")
	}
}
