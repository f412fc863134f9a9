package sfu

import (
	"testing"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// TestASharedFanoutIsTheSame: each listener of a large room is sent what he is
// sent without workers, whoever does it, while listeners come, go, ignore and lose
// their paths.
func TestASharedFanoutIsTheSame(t *testing.T) {
	const n = 300
	var got [2][]outSlot
	var counted [2]metrics
	for i := range got {
		r, talker := sinkRoom(t, n)
		if i == 1 {
			f := &fanouts{jobs: make(chan *fanJob), n: 3, from: 100}
			f.start(transport.NullBatch)
			defer f.close()
			r.sfu.fanouts = f
		}
		in, h, payload := voiceOf(t)
		w := transport.NullBatch()
		cut := map[*Peer]func(){}
		for k := range 1000 {
			h.SequenceNumber, h.Timestamp = uint16(k), uint32(k)*960
			some := r.peers[1+k%n]
			switch k % 5 {
			case 0:
				some.SetDeafened(!some.deafened)
			case 1:
				some.Ignore([]uint32{talker.csrc})
			case 2:
				if back := cut[some]; back != nil {
					back()
					delete(cut, some)
				} else {
					cut[some] = some.active.session.Cut()
				}
			}
			r.mu.Lock()
			r.relay(int64(k)*20_000, talker, in, h, payload, w)
			r.mu.Unlock()
		}
		for _, p := range r.peers[1:] {
			s := *p.active.slots[0]
			s.ssrc, s.offset, s.recent = 0, r.peers[1].active.slots[0].offset, [historySize]sentPacket{} // what is drawn by chance
			s.offset.Seed(0, 0)
			got[i] = append(got[i], s)
		}
		counted[i] = r.metrics
	}
	for k := range got[0] {
		if a, b := got[0][k], got[1][k]; a.sent != b.sent || a.octets != b.octets || a.lastSent != b.lastSent {
			t.Fatalf("listener %d: %d packets until %d, shared %d until %d", k, a.sent, a.lastSent, b.sent, b.lastSent)
		}
	}
	if counted[0].packetsOut != counted[1].packetsOut || counted[0].packetsOut == 0 {
		t.Errorf("%d packets, shared %d", counted[0].packetsOut, counted[1].packetsOut)
	}
}

func TestCloseTwice(t *testing.T) {
	cfg := Defaults()
	cfg.UDPAddr, cfg.TCPAddr = "127.0.0.1:0", "off"
	s, err := New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s.Close()
}
