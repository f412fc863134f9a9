package sfu_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"

	"github.com/boltorezka/boltorezka/sfu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const frame = 20 * time.Millisecond

// checkStream fails the test unless the packets of one slot are one RTP
// stream: sequence numbers without gap or repetition, time that never stands.
func checkStream(t testing.TB, packets []heard) {
	t.Helper()
	for i := 1; i < len(packets); i++ {
		a, b := packets[i-1], packets[i]
		if a.SSRC != b.SSRC {
			t.Fatalf("packet %d: SSRC %d after %d", i, b.SSRC, a.SSRC)
		}
		if b.SequenceNumber != a.SequenceNumber+1 {
			t.Fatalf("packet %d: sequence number %d after %d", i, b.SequenceNumber, a.SequenceNumber)
		}
		if d := int32(b.Timestamp - a.Timestamp); d < 960 {
			t.Fatalf("packet %d: timestamp goes on by %d, want a frame at least", i, d)
		}
	}
}

func TestEverybodyHearsTheOthers(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	b := join(t, s, "room", 22, joinOptions{})
	c := join(t, s, "room", 33, joinOptions{})
	other := join(t, s, "elsewhere", 44, joinOptions{})
	done := make(chan struct{})
	for _, p := range []*testPeer{a, b} {
		go func() { p.speak(50, 20, frame); done <- struct{}{} }()
	}
	<-done
	<-done
	eventually(t, "all packets arrive", func() bool {
		return len(c.from(11)) == 50 && len(c.from(22)) == 50 && len(a.from(22)) == 50 && len(b.from(11)) == 50
	})
	checkStream(t, c.from(11))
	checkStream(t, c.from(22))
	checkStream(t, a.from(22))
	if n := len(a.from(11)); n != 0 {
		t.Errorf("the speaker heard %d packets of himself", n)
	}
	if n := len(other.from(11)) + len(other.from(22)); n != 0 {
		t.Errorf("another room heard %d packets", n)
	}
	if k := c.from(11)[0]; k.GetExtension(a.levelID)[0] != 20 {
		t.Errorf("audio level %v, want 20", k.GetExtension(a.levelID))
	}
	if x, y := c.from(11)[0].slot, c.from(22)[0].slot; x == y {
		t.Errorf("two speakers in slot %d", x)
	}
}

func TestMuteDeafenIgnore(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	b := join(t, s, "room", 22, joinOptions{})
	c := join(t, s, "room", 33, joinOptions{})
	d := join(t, s, "room", 44, joinOptions{deafened: true})
	c.peer.Ignore([]uint32{11})
	a.speak(10, 20, frame)
	eventually(t, "b hears a", func() bool { return len(b.from(11)) == 10 })
	a.peer.SetMuted(true)
	a.speak(10, 20, frame)
	eventually(t, "the muted packets are held back", func() bool { return s.Metrics().Dropped["muted"] == 10 })
	a.peer.SetMuted(false)
	c.peer.Ignore(nil)
	d.peer.SetDeafened(false)
	a.speak(10, 20, frame)
	eventually(t, "c and d hear a", func() bool { return len(c.from(11)) == 10 && len(d.from(11)) == 10 })
	if n := len(b.from(11)); n != 20 {
		t.Errorf("b heard %d packets, want 20: the muted ones are not sent", n)
	}
	checkStream(t, b.stream(11))
	checkStream(t, c.from(11))
	checkStream(t, d.from(11))
}

func TestAnotherSpeakerInASlot(t *testing.T) {
	s := newSFU(t, func(c *sfu.Config) { c.AudioSlots = 1 })
	a := join(t, s, "room", 11, joinOptions{})
	b := join(t, s, "room", 22, joinOptions{})
	l := join(t, s, "room", 33, joinOptions{})
	for range 3 {
		a.speak(20, 20, frame)
		time.Sleep(600 * time.Millisecond)
		b.speak(20, 20, frame)
		time.Sleep(600 * time.Millisecond)
	}
	eventually(t, "both are heard", func() bool { return len(l.from(11)) >= 57 && len(l.from(22)) >= 57 })
	l.mu.Lock()
	defer l.mu.Unlock()
	checkStream(t, l.heard)
}

func TestFewerSlotsThanTheRoom(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	b := join(t, s, "room", 22, joinOptions{})
	l := join(t, s, "room", 33, joinOptions{slots: 1})
	a.speak(20, 20, frame)
	time.Sleep(600 * time.Millisecond)
	b.speak(20, 20, frame)
	eventually(t, "the one slot carries both in turn", func() bool { return len(l.from(11)) == 20 && len(l.from(22)) >= 19 })
	l.mu.Lock()
	defer l.mu.Unlock()
	checkStream(t, l.heard)
}

func TestSpeakingAndSlotsAreTold(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	l := join(t, s, "room", 22, joinOptions{})
	a.speak(10, 20, frame)
	if on := <-a.speaking; !on {
		t.Error("want speaking first")
	}
	if on := <-a.speaking; on {
		t.Error("want silence after it")
	}
	eventually(t, "the slot names the speaker", func() bool {
		for {
			select {
			case x := <-l.slots:
				if x[0].CSRC == 11 && x[0].MID != "" {
					return true
				}
			default:
				return false
			}
		}
	})
	a.peer.Close()
	eventually(t, "the slot is nobody's", func() bool {
		select {
		case x := <-l.slots:
			return x[0].CSRC == 0
		default:
			return false
		}
	})
}

func TestICERestartGoesOn(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	l := join(t, s, "room", 22, joinOptions{})
	var speaking sync.WaitGroup
	speaking.Go(func() { a.speak(200, 20, frame) })
	defer speaking.Wait()
	eventually(t, "l hears a", func() bool { return len(l.from(11)) > 20 })
	l.negotiate(&webrtc.OfferOptions{ICERestart: true})
	a2 := len(l.from(11))
	eventually(t, "l hears a after his restart", func() bool { return len(l.from(11)) > a2+100 })
	// What was under way to the old path's port may be lost, and comes again.
	if n := gaps(l.from(11)); n > 5 {
		t.Errorf("%d packets were lost over it", n)
	}
}

func TestNewPeerConnectionInTheSameSession(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	l := join(t, s, "room", 22, joinOptions{})
	a.speak(20, 20, frame)
	eventually(t, "l hears a", func() bool { return len(l.from(11)) == 20 })
	old := a.pc
	a.connect(4)
	eventually(t, "the new connection is up", func() bool { return a.pc.ConnectionState() == webrtc.PeerConnectionStateConnected })
	eventually(t, "the old session is closed", func() bool { return s.Metrics().Sessions == 2 })
	if old == a.pc {
		t.Fatal("no new PeerConnection")
	}
	a.seq += 20000
	a.ts += 777777
	a.speak(20, 20, frame)
	eventually(t, "l hears a on", func() bool { return len(l.from(11)) >= 39 })
	checkStream(t, l.from(11))
}

func TestIPv6(t *testing.T) {
	s := newSFU(t, func(c *sfu.Config) { c.UDPAddr = ":0"; c.AdvertiseIPs = []string{"127.0.0.1", "::1"} })
	a := join(t, s, "room", 11, joinOptions{})
	l := join(t, s, "room", 22, joinOptions{})
	a.speak(20, 20, frame)
	eventually(t, "heard", func() bool { return len(l.from(11)) == 20 })
}

func TestReports(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	l := join(t, s, "room", 22, joinOptions{})
	done := make(chan struct{})
	go func() { a.speak(400, 20, frame); close(done) }()
	defer func() { <-done }()
	eventually(t, "the listener gets sender reports", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.reports) >= 2
	})
	l.mu.Lock()
	heard, r := slices.Clone(l.heard), l.reports[len(l.reports)-1]
	l.mu.Unlock()
	if r.SSRC != heard[0].SSRC || r.PacketCount == 0 {
		t.Errorf("report of SSRC %d with %d packets, want SSRC %d", r.SSRC, r.PacketCount, heard[0].SSRC)
	}
	// The report's clock is the packets': at its NTP time the stream is where
	// the packets that arrived soonest say.
	ticks := func(us int64) uint32 { return uint32(us * 48 / 1000) }
	lead := int32(heard[0].Timestamp - ticks(heard[0].at.UnixMicro()))
	for _, k := range heard {
		if v := int32(k.Timestamp - ticks(k.at.UnixMicro())); v-lead > 0 {
			lead = v
		}
	}
	at := int64(r.NTPTime>>32-2208988800)*1_000_000 + int64(r.NTPTime&0xffffffff*1_000_000>>32)
	if d := int32(r.RTPTime - ticks(at) - uint32(lead)); d < -4800 || d > 4800 {
		t.Errorf("the report's RTP time is %d ticks from the packets'", d)
	}
	eventually(t, "the talker gets receiver reports that answer his own", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, r := range a.received {
			if r.LastSenderReport != 0 && r.TotalLost == 0 && r.LastSequenceNumber > 0 {
				return true
			}
		}
		return false
	})
}
