package client

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// twoLayers joins with two lines, both answered, and has what arrives told.
func twoLayers(t *testing.T, red bool) (*Conn, *fakeSocket, *Voice, *answerer) {
	t.Helper()
	c, s := newFake(t).connect(WithLoopback())
	t.Cleanup(func() { _ = c.Close() })
	v := joinVoice(t, c, s, VoiceOptions{LowLayer: true})
	a := newAnswerer(t, s)
	a.red, a.took = red, make(chan taken, 64)
	o := a.answer(a.wantOffer(), true)
	if len(o.Tracks) != 2 || o.Tracks[0].Layer != wire.LayerHigh || o.Tracks[1].Layer != wire.LayerLow ||
		o.Tracks[0].MID == o.Tracks[1].MID || o.Tracks[1].Source != wire.SourceMic {
		t.Errorf("tracks %+v", o.Tracks)
	}
	if strings.Count(o.SDP, "a=sendonly") != 2 || strings.Count(o.SDP, "red/48000/2") != 2 || strings.Count(o.SDP, "a=recvonly") != 2 {
		t.Errorf("offered\n%s", o.SDP)
	}
	must(t, v.Connected(t.Context()))
	return c, s, v, a
}

// tell says voice.quality and waits until the client has told the program.
func tell(t *testing.T, c *Conn, s *fakeSocket, u wire.UplinkQuality) *wire.VoiceQuality {
	t.Helper()
	s.event(wire.TypeVoiceQuality, wire.VoiceQuality{Downlink: wire.DownlinkQuality{State: wire.DownlinkFair, Reason: "loss"}, Uplink: u})
	timeout := time.After(time.Minute)
	for {
		select {
		case e := <-c.Events():
			if q, ok := e.Payload.(*wire.VoiceQuality); ok {
				return q
			}
		case <-timeout:
			t.Fatal("no voice.quality")
		}
	}
}

// both writes a packet of each layer and returns what was sent, by the
// client's own account.
func both(t *testing.T, v *Voice) (high, low uint64) {
	t.Helper()
	before := v.Stats()
	must(t, v.WriteOpus(spoken, 20*time.Millisecond, 30))
	must(t, v.WriteOpusLow(spoken[:3], 20*time.Millisecond, 30))
	after := v.Stats()
	low = after.LowPacketsSent - before.LowPacketsSent
	return after.PacketsSent - before.PacketsSent - low, low
}

func (a *answerer) wantTaken(track string) taken {
	a.t.Helper()
	select {
	case p := <-a.took:
		if p.track != track {
			a.t.Errorf("a packet of %s, want one of %s", p.track, track)
		}
		return p
	case <-time.After(15 * time.Second):
		a.t.Fatalf("no packet of %s", track)
		return taken{}
	}
}

func TestLayersFollowTheServersWord(t *testing.T) {
	c, s, v, a := twoLayers(t, false)
	if w := v.Uplink(); layersOf(w) != "high" || w.MaxBitrate != 48000 || w.FrameMs != 20 || w.Redundancy != 0 {
		t.Errorf("without a word: %+v", w)
	}
	if high, low := both(t, v); high != 1 || low != 0 {
		t.Errorf("without a word %d high and %d low", high, low)
	}
	first := a.wantTaken("mic")

	q := tell(t, c, s, wire.UplinkQuality{MaxBitrate: 32000, Layers: []wire.Layer{wire.LayerHigh, wire.LayerLow}, Redundancy: 2, FrameMs: 20, LossPct: 4})
	if q.Downlink.Reason != "loss" || q.Uplink.MaxBitrate != 32000 {
		t.Errorf("told %+v", q)
	}
	if w := v.Uplink(); layersOf(w) != "high+low" || w.MaxBitrate != 32000 || w.Redundancy != 2 || w.LossPct != 4 {
		t.Errorf("the word is %+v", w)
	}
	if high, low := both(t, v); high != 1 || low != 1 {
		t.Errorf("both wanted: %d high and %d low", high, low)
	}
	// The two lines arrive in no order of their own.
	var second, begun taken
	for range 2 {
		p := <-a.took
		if p.track == "mic" {
			second = p
		} else {
			begun = p
		}
	}
	if second.Timestamp-first.Timestamp != 960 || second.PayloadType != 111 || begun.track != "mic-low" || !bytes.Equal(begun.Payload, spoken[:3]) {
		t.Errorf("high %v after %v, low %v", second, first, begun)
	}

	tell(t, c, s, wire.UplinkQuality{MaxBitrate: 16000, Layers: []wire.Layer{wire.LayerLow}, FrameMs: 20})
	if high, low := both(t, v); high != 0 || low != 1 {
		t.Errorf("low wanted: %d high and %d low", high, low)
	}
	a.wantTaken("mic-low")
	tell(t, c, s, wire.UplinkQuality{Layers: []wire.Layer{}})
	if high, low := both(t, v); high+low != 0 {
		t.Errorf("nothing wanted: %d high and %d low", high, low)
	}
	tell(t, c, s, wire.UplinkQuality{Layers: []wire.Layer{"ultra"}, MaxBitrate: 1e12, Redundancy: -7, FrameMs: -1, LossPct: -1})
	if high, low := both(t, v); high+low != 0 || v.Uplink().MaxBitrate != 510000 {
		t.Errorf("nonsense: %d high and %d low, %+v", high, low, v.Uplink())
	}
	tell(t, c, s, wire.UplinkQuality{Layers: []wire.Layer{wire.LayerHigh}})
	if high, low := both(t, v); high != 1 || low != 0 {
		t.Errorf("high wanted: %d high and %d low", high, low)
	}
	if p := a.wantTaken("mic"); p.Timestamp-second.Timestamp != 960 || p.SequenceNumber != second.SequenceNumber+1 {
		t.Errorf("the high layer goes on %d later", p.Timestamp-second.Timestamp)
	}
	if n := v.Stats().RedundantSent; n != 0 {
		t.Errorf("%d packets with redundancy that nobody answered", n)
	}
	leave(t, v, s)
}

func TestRedundancyIsSentWhereItWasAnswered(t *testing.T) {
	c, s, v, a := twoLayers(t, true)
	write := func(n byte) taken {
		must(t, v.WriteOpus([]byte{0xf8, n}, 20*time.Millisecond, 30))
		return a.wantTaken("mic")
	}
	if p := write(1); p.PayloadType != 111 {
		t.Errorf("type %d before it was asked for", p.PayloadType)
	}
	tell(t, c, s, wire.UplinkQuality{Redundancy: 2})
	if b := unpack(write(2).Payload); len(b) != 2 {
		t.Errorf("%d blocks", len(b))
	}
	p := write(3)
	b := unpack(p.Payload)
	if p.PayloadType != 63 || len(b) != 3 || b[0].back != 1920 || b[0].data[1] != 1 || b[1].back != 960 || b[1].data[1] != 2 || b[2].data[1] != 3 {
		t.Errorf("type %d, blocks %v", p.PayloadType, b)
	}
	if n := v.Stats().RedundantSent; n != 2 {
		t.Errorf("%d counted", n)
	}
	tell(t, c, s, wire.UplinkQuality{Redundancy: 0})
	if p := write(4); p.PayloadType != 111 || !bytes.Equal(p.Payload, []byte{0xf8, 4}) {
		t.Errorf("taken off: type %d, %v", p.PayloadType, p.Payload)
	}
	leave(t, v, s)
}

func TestRedundancyIsNotOfferedByWhoCarriesRTPItself(t *testing.T) {
	c, s := newFake(t).connect(WithLoopback(), WithoutReports())
	defer c.Close()
	v := joinVoice(t, c, s, VoiceOptions{})
	a := newAnswerer(t, s)
	a.red = true
	if o := a.answer(a.wantOffer(), true); strings.Contains(o.SDP, "red/") || strings.Count(o.SDP, "a=sendonly") != 1 {
		t.Errorf("offered\n%s", o.SDP)
	}
	if err := v.WriteOpusLow(spoken, 20*time.Millisecond, 30); !errors.Is(err, ErrNoLowLayer) {
		t.Errorf("a low layer without its line: %v", err)
	}
	leave(t, v, s)
}

func TestTheWordEndsWithItsSession(t *testing.T) {
	srv := newFake(t)
	c, s := srv.connect(WithLoopback())
	defer c.Close()
	v := joinVoice(t, c, s, VoiceOptions{LowLayer: true})
	tell(t, c, s, wire.UplinkQuality{MaxBitrate: 16000, Layers: []wire.Layer{wire.LayerLow}, Redundancy: 3, FrameMs: 60})
	if w := v.Uplink(); layersOf(w) != "low" || w.FrameMs != 60 {
		t.Errorf("the word is %+v", w)
	}
	s.lose()
	n := srv.next()
	n.ready("s2")
	letIn(t, n, 9)
	a := newAnswerer(t, n)
	a.wantOffer() // which voice.joined brings
	if w := v.Uplink(); layersOf(w) != "high" || w.Redundancy != 0 || w.FrameMs != 20 || w.MaxBitrate != 48000 {
		t.Errorf("in a new session it is still %+v", w)
	}
	leave(t, v, n)
}
