package sfu_test

import (
	"bytes"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu"
)

// call is a conversation of two honest people that goes on while something is
// done to the server; both speak all the time.
type call struct {
	t    testing.TB
	a, b *testPeer
	stop chan struct{}
	wg   sync.WaitGroup
	sent [2]int
}

// newCall begins one in a room. It goes on until end.
func newCall(t testing.TB, s *sfu.SFU, room string) *call {
	t.Helper()
	c := &call{t: t, stop: make(chan struct{}), a: join(t, s, room, 901, joinOptions{}), b: join(t, s, room, 902, joinOptions{})}
	for i, p := range []*testPeer{c.a, c.b} {
		p.peer.Steady()
		c.wg.Go(func() { c.sent[i] = p.talk(c.stop) })
	}
	eventually(t, "the call is up", func() bool { return len(c.a.from(902)) > 5 && len(c.b.from(901)) > 5 })
	return c
}

// talk sends a packet every 20 ms, loud and quiet in turn as syllables are,
// until stop; it returns how many. Each has its number within.
func (p *testPeer) talk(stop <-chan struct{}) (n int) {
	tick := time.NewTicker(frame)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return n
		case <-tick.C:
		}
		level := uint8(20)
		if n%10 >= 7 {
			level = 45
		}
		k := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: p.seq, Timestamp: p.ts}, Payload: bytes.Clone(speech)}
		binary.BigEndian.PutUint32(k.Payload[1:], uint32(n))
		p.seq++
		p.ts += 960
		if err := k.SetExtension(p.levelID, []byte{level}); err != nil {
			p.t.Error(err)
		}
		if err := p.mic.WriteRTP(k); err != nil {
			p.t.Error(err)
		}
		n++
	}
}

// number is which of its sender's packets one of a call is.
func number(h heard) int { return int(binary.BigEndian.Uint32(h.Payload[1:])) }

// end ends the call and fails the test if anybody in it missed a packet after
// the first that he heard, heard one twice or in another order, or was moved to
// another slot. The longest pause between two packets is printed.
func (c *call) end(what string) {
	c.t.Helper()
	close(c.stop)
	c.wg.Wait()
	for i, x := range []struct {
		hears *testPeer
		csrc  uint32
	}{{c.b, 901}, {c.a, 902}} {
		var got []heard
		eventually(c.t, "the call's last packet arrives", func() bool {
			got = x.hears.from(x.csrc)
			return number(got[len(got)-1]) == c.sent[i]-1
		})
		checkStream(c.t, got)
		worst := time.Duration(0)
		for k := 1; k < len(got); k++ {
			if a, b := number(got[k-1]), number(got[k]); b != a+1 {
				c.t.Errorf("%s: packet %d of speaker %d came after %d", what, b, x.csrc, a)
			}
			worst = max(worst, got[k].at.Sub(got[k-1].at))
		}
		c.t.Logf("%s: %d packets of speaker %d, none lost, longest pause %v", what, len(got), x.csrc, worst.Round(time.Millisecond/10))
	}
}
