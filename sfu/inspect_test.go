package sfu_test

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu"
)

// TestCountersOfACall holds the room's counters, the node's and the state of
// everybody to what a small call is known to be.
func TestCountersOfACall(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	b := join(t, s, "room", 22, joinOptions{muted: true})
	c := join(t, s, "room", 33, joinOptions{deafened: true})
	d := join(t, s, "room", 44, joinOptions{slots: 1})
	other := join(t, s, "elsewhere", 55, joinOptions{})
	d.peer.Ignore([]uint32{22, 33})
	b.speak(5, 20, frame)
	a.speak(30, 20, frame)
	eventually(t, "b and d hear a", func() bool { return len(b.from(11)) == 30 && len(d.from(11)) == 30 })

	st, ok := s.Inspect("room")
	if !ok || len(st.Peers) != 4 || len(st.Slots) != s.AudioSlots() || st.At.IsZero() {
		t.Fatalf("the room is %+v, %v", st, ok)
	}
	if st.Peers[0].CSRC != 11 || st.Slots[0].CSRC != 11 || st.Slots[0].Since.Before(st.Peers[0].Joined) {
		t.Errorf("the speaker is %d, in slot 0 is %+v", st.Peers[0].CSRC, st.Slots[0])
	}
	if st.PacketsIn != 35 || st.PacketsOut != 60 || st.Dropped["muted"] != 5 || st.Joins != 4 || st.Listeners != 3 || st.Connected != 4 || st.SlotsUsed != 1 || st.SlotChanges != 1 {
		t.Errorf("the room counted %+v", st.RoomStats)
	}
	who := map[uint32]sfu.PeerState{}
	for _, p := range st.Peers {
		who[p.CSRC] = p
		if p.Path != sfu.PathConnected || !p.Address.Addr().IsLoopback() || p.Connected.Before(p.Joined) || p.Replacing {
			t.Errorf("peer %d: path %s from %s since %s", p.CSRC, p.Path, p.Address, p.Connected)
		}
	}
	if p := who[11]; p.PacketsIn != 30 || p.LostIn != 0 || p.PacketsOut != 0 || math.Abs(p.Level+20) > 1 || p.LastVoice.IsZero() || p.Slots[0].CSRC != 0 {
		t.Errorf("the speaker is %+v", p)
	}
	if p := who[22]; !p.Muted || p.PacketsIn != 5 || p.PacketsOut != 30 || !p.LastVoice.IsZero() {
		t.Errorf("the muted one is %+v", p)
	}
	if p := who[33]; !p.Deafened || p.PacketsOut != 0 || p.PacketsIn != 0 {
		t.Errorf("the deafened one is %+v", p)
	}
	last := b.from(11)[29]
	if x := who[22].Slots[last.slot]; x.CSRC != 11 || x.SSRC != last.SSRC || x.Seq != last.SequenceNumber || x.Timestamp != last.Timestamp || x.Packets != 30 {
		t.Errorf("b's slot is %+v, its last packet %v", x, last.Header)
	}
	last = d.from(11)[29]
	if p := who[44]; p.Ignored != 2 || len(p.Slots) != 1 || p.Slots[0].CSRC != 11 || p.Slots[0].Seq != last.SequenceNumber || p.Slots[0].Timestamp != last.Timestamp {
		t.Errorf("the listener with a slot of his own is %+v, his last packet %v", p, last.Header)
	}
	if _, ok := s.Inspect("nowhere"); ok {
		t.Error("there is a room that nobody is in")
	}

	m := s.Metrics()
	if m.Rooms != 2 || m.Peers != 5 || m.Connected != 5 || m.Joins != 5 || m.PacketsIn != 35 || m.PacketsOut != 60 || m.Dropped["muted"] != 5 ||
		m.Handshakes != 5 || m.SlotsUsed != 1 || m.Listeners != 4 {
		t.Errorf("the node counted %+v", m)
	}
	if rooms := s.Rooms(); len(rooms) != 2 || rooms[0].Peers+rooms[1].Peers != 5 || rooms[0].PacketsOut+rooms[1].PacketsOut != 60 {
		t.Errorf("the rooms are %+v", rooms)
	}
	for _, p := range []*testPeer{a, b, c, d, other} {
		p.leave()
	}
	after := s.Metrics()
	if after.Rooms != 0 || after.Peers != 0 || after.PacketsIn != 35 || after.PacketsOut < 60 || (after.PacketsOut-60)%3 != 0 || after.Dropped["muted"] != 5 || after.Joins != 5 || after.SlotChanges < 2 {
		t.Errorf("with everybody gone the node counted %+v", after)
	}
	if rooms := s.Rooms(); len(rooms) != 0 {
		t.Errorf("rooms that nobody is in: %+v", rooms)
	}
}

// TestRoundTripsAreCounted holds that what listeners report comes to the
// histograms and to who they are.
func TestRoundTripsAreCounted(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	join(t, s, "room", 22, joinOptions{})
	stop := make(chan struct{})
	var talking sync.WaitGroup
	talking.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				a.speak(10, 20, frame)
			}
		}
	})
	defer talking.Wait()
	defer close(stop)
	eventually(t, "a round trip of a report", func() bool { return s.Metrics().RTT.Count > 0 })
	m := s.Metrics()
	if m.PathRTT.Upto[2] != m.PathRTT.Count || m.Loss.Count == 0 || m.RTT.Upto[2] != m.RTT.Count || m.Loss.Upto[50] != m.Loss.Count || m.RTT.Mean() < 0 || m.RTT.Mean() > 2 {
		t.Errorf("the histograms are %+v and %+v", m.RTT, m.Loss)
	}
	st, _ := s.Inspect("room")
	for _, p := range st.Peers {
		if p.CSRC == 22 && (!p.Reported || p.RTT > 2*time.Second) {
			t.Errorf("the listener is %+v", p)
		}
	}
	eventually(t, "packets a second", func() bool {
		st, _ := s.Inspect("room")
		return st.InRate > 0 && st.OutRate > 0
	})
	eventually(t, "a round trip of a connectivity check", func() bool {
		st, _ := s.Inspect("room")
		return len(st.Peers) == 2 && st.Peers[0].PathRTT > 0 && st.Peers[1].PathRTT > 0 && s.Metrics().PathRTT.Count > 0
	})
}

// TestAFailedHandshakeIsSeen offers another certificate than the client has.
func TestAFailedHandshakeIsSeen(t *testing.T) {
	s := newSFU(t)
	p, err := s.Join(sfu.Join{Room: "room", CSRC: 1, Label: "mallory"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	state := func() sfu.PeerState {
		st, ok := s.Inspect("room")
		if !ok || len(st.Peers) != 1 || st.Peers[0].Label != "mallory" {
			t.Fatalf("the room is %+v, %v", st, ok)
		}
		return st.Peers[0]
	}
	if x := state(); x.Path != sfu.PathNone || x.Address.IsValid() || x.Reported || x.RTT != 0 {
		t.Errorf("before an offer the peer is %+v", x)
	}
	connect := anotherCertificate(t, p)
	if x := state(); x.Path != sfu.PathConnecting || !x.Connected.IsZero() || len(x.Slots) != 1 {
		t.Errorf("after the offer the peer is %+v", x)
	}
	connect()
	eventually(t, "the peer's path has failed", func() bool { return state().Path == sfu.PathFailed })
	rooms, m := s.Rooms(), s.Metrics()
	if len(rooms) != 1 || rooms[0].HandshakesFailed != 1 || rooms[0].HandshakeFailures["fingerprint"] != 1 || rooms[0].Connected != 0 || m.HandshakeFailures["fingerprint"] == 0 {
		t.Errorf("the rooms are %+v, the node's failures %v", rooms, m.HandshakeFailures)
	}
}

// TestLossOfAPublisherIsCounted loses every second packet of a microphone on
// its way to the server.
func TestLossOfAPublisherIsCounted(t *testing.T) {
	s := newSFU(t)
	h := rawJoin(t, s, "room", 1)
	quiet := join(t, s, "room", 22, joinOptions{}) // has nothing to lose
	for i := range uint16(10) {
		h.rtp(new(uint8), func(r *rtp.Header) { r.SequenceNumber = 7000 + 2*i }, speech)
	}
	// Wherever a report divides them, one has nine of 19 or more missing.
	eventually(t, "the loss is counted", func() bool { return s.Metrics().UplinkLoss.Sum > 45 })
	m, room := s.Metrics().UplinkLoss, s.Rooms()[0].UplinkLoss
	if m.Upto[35] == m.Count || m.Upto[50] != m.Count || m.Count > 10 || room.Count == 0 || room.Sum < 45 {
		t.Errorf("the losses are %+v, of the room %+v", m, room)
	}
	h.leave()
	quiet.leave()
	if after := s.Metrics().UplinkLoss; after.Sum < m.Sum {
		t.Errorf("with everybody gone they are %+v", after)
	}
}

// TestFeedbackOfAListenerIsSeen has listeners with transport-wide numbers, and
// one without.
func TestFeedbackOfAListenerIsSeen(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	join(t, s, "room", 22, joinOptions{})
	rawJoin(t, s, "room", 33)
	a.speak(50, 20, frame)
	peers := map[uint32]sfu.FeedbackState{}
	eventually(t, "the listener has told", func() bool {
		st, _ := s.Inspect("room")
		for _, p := range st.Peers {
			peers[p.CSRC] = p.Feedback
		}
		return peers[22].Acked > 40
	})
	if x := peers[22]; x.Acked > 50 || x.Loss < 0 || x.Loss > 100 || x.Queue < 0 {
		t.Errorf("the listener's feedback is %+v", x)
	}
	for _, csrc := range []uint32{11, 33} {
		if peers[csrc] != (sfu.FeedbackState{}) {
			t.Errorf("the feedback of %d, who gives none, is %+v", csrc, peers[csrc])
		}
	}
}

// TestInspectDuringChurn looks at a room all the time while people come, talk
// and go, for the race detector.
func TestInspectDuringChurn(t *testing.T) {
	s := newSFU(t)
	join(t, s, "room", 1, joinOptions{})
	stop := make(chan struct{})
	var watching, talking sync.WaitGroup
	var most uint64
	watching.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			st, ok := s.Inspect("room")
			if !ok || st.RoomStats.Peers != len(st.Peers) || len(st.Peers) == 0 || st.Peers[0].CSRC != 1 {
				t.Errorf("the room with one who stays is %+v, %v", st, ok)
				return
			}
			for _, p := range st.Peers {
				for _, x := range p.Slots {
					if x.CSRC == p.CSRC {
						t.Errorf("peer %d hears himself", p.CSRC)
					}
				}
			}
			s.Rooms()
			m := s.Metrics()
			if m.PacketsIn+m.PacketsOut+m.Joins < most {
				t.Errorf("counters went back: %+v", m)
			}
			most = m.PacketsIn + m.PacketsOut + m.Joins
		}
	})
	for i := range 4 {
		talking.Go(func() {
			for j := range 3 {
				room := "room"
				if i == 0 {
					room = "comes and goes"
				}
				p := join(t, s, room, uint32(100+10*i+j), joinOptions{slots: 1 + i})
				p.speak(10, uint8(20+5*i), 5*time.Millisecond)
				p.peer.SetMuted(true)
				p.leave()
			}
		})
	}
	talking.Wait()
	close(stop)
	watching.Wait()
	if m := s.Metrics(); m.Joins != 13 {
		t.Errorf("%d joins, want 13", m.Joins)
	}
}
