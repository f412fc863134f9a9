package sfu

import (
	"bytes"
	"testing"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// TestSentAgainIsTheSameByteForByte: whatever a retransmission is made of, it
// is the packet that was sent, or none. Anything else under its SRTP index
// would reuse a nonce.
func TestSentAgainIsTheSameByteForByte(t *testing.T) {
	r, talker := sinkRoom(t, 1)
	l, w := r.listeners[0], transport.NullBatch()
	s := l.slots[0]
	in, h, payload := voiceOf(t)
	plain := map[uint16][]byte{} // what was sent, by the listener's numbers
	send := func(i int) {
		h.SequenceNumber, h.Timestamp, h.Marker = uint16(i), uint32(i)*960, i%7 == 0
		payload = append(payload[:1], make([]byte, 20+i%60)...)
		payload[1] = byte(i)
		if err := h.SetExtension(1, []byte{byte(20 + i%20)}); err != nil {
			t.Fatal(err)
		}
		r.relay(int64(i)*20_000, talker, in, h, payload, w)
		p := s.recent[(s.offset.Position())%historySize]
		k := r.history[p.slot].find(p.id)
		copy(w.Plain[payloadAt:], k.payload)
		plain[p.seq] = bytes.Clone(k.write(w.Plain[:], s, p.numbers))
	}
	found := 0
	check := func() {
		for seq, want := range plain {
			p := s.recent[seq%historySize]
			if !p.sent || p.seq != seq {
				continue
			}
			k := r.history[p.slot].find(p.id)
			if k == nil {
				continue
			}
			found++
			copy(w.Plain[payloadAt:], k.payload)
			if got := k.write(w.Plain[:], s, p.numbers); !bytes.Equal(got, want) {
				t.Fatalf("packet %d would be sent again as another", seq)
			}
		}
	}
	for i := range 40 {
		send(i)
	}
	check()
	if found != historySize {
		t.Errorf("%d packets can be sent again, want %d", found, historySize)
	}
	// He hears nothing while the slot's numbers come all the way round.
	l.peer.deafened = true
	r.rebuild()
	for i := 40; i < 40+1<<16; i++ {
		h.SequenceNumber, h.Timestamp = uint16(i), uint32(i)*960
		r.relay(int64(i)*20_000, talker, in, h, payload, w)
	}
	found = 0
	check()
	if found != 0 {
		t.Errorf("%d packets of a cycle ago would be sent again", found)
	}
}
