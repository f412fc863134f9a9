package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

var spoken = []byte{0xf8, 1, 2, 3, 4, 5, 6, 7}

// joinVoice plays the server's side of voice.join with two slots.
func joinVoice(t *testing.T, c *Conn, s *fakeSocket, o VoiceOptions) *Voice {
	t.Helper()
	type got struct {
		v   *Voice
		err error
	}
	ch := make(chan got, 1)
	go func() {
		v, err := c.JoinVoice(context.Background(), "general", o)
		ch <- got{v, err}
	}()
	letIn(t, s, 5)
	g := <-ch
	must(t, g.err)
	return g.v
}

func letIn(t *testing.T, s *fakeSocket, epoch uint32) wire.VoiceJoin {
	t.Helper()
	q := s.want(wire.TypeVoiceJoin)
	var j wire.VoiceJoin
	must(t, json.Unmarshal(q.Payload, &j))
	s.ack(q, wire.Ack{})
	s.event(wire.TypeVoiceJoined, wire.VoiceJoined{
		RoomSlug: j.RoomSlug, Topology: wire.TopologySFU, Epoch: epoch, CSRC: 77, SFU: wire.SFUInfo{AudioSlots: 2},
		ICETransportPolicy: wire.ICEAll, Participants: []wire.Participant{{UserID: "u1", CSRC: 77}},
	})
	return j
}

// speak writes a packet every 20 ms until stop is called.
func speak(v *Voice) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(20 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				_ = v.WriteOpus(spoken, 20*time.Millisecond, 30)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

func hearing(frames chan Frame) func(Frame) {
	return func(f Frame) {
		f.Payload = bytes.Clone(f.Payload)
		select {
		case frames <- f:
		default:
		}
	}
}

func wantFrame(t *testing.T, frames chan Frame) Frame {
	t.Helper()
	for len(frames) > 0 {
		<-frames
	}
	select {
	case f := <-frames:
		return f
	case <-time.After(15 * time.Second):
		t.Fatal("nothing is heard")
		return Frame{}
	}
}

func leave(t *testing.T, v *Voice, s *fakeSocket) {
	t.Helper()
	go func() {
		for q := range s.in {
			if q.Type == wire.TypeVoiceLeave {
				s.ack(q, wire.Ack{})
				return
			}
		}
	}()
	if err := v.Leave(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestVoiceIsHeardAsItWasSpoken(t *testing.T) {
	c, s := newFake(t).connect(WithLoopback())
	defer c.Close()
	frames := make(chan Frame, 64)
	v := joinVoice(t, c, s, VoiceOptions{OnAudio: hearing(frames)})
	a := newAnswerer(t, s)
	o := a.answer(a.wantOffer(), true)
	if n := strings.Count(o.SDP, "m=audio"); n != 3 {
		t.Errorf("%d lines offered, want the microphone and 2 slots", n)
	}
	if first := o.SDP[strings.Index(o.SDP, "m=audio"):]; strings.Index(first, "a=sendonly") > strings.Index(first, "a=recvonly") {
		t.Error("the microphone is not the first line")
	}
	if len(o.Tracks) != 1 || o.Tracks[0].Source != wire.SourceMic || o.Epoch != 5 {
		t.Errorf("tracks %+v, epoch %d", o.Tracks, o.Epoch)
	}
	must(t, v.Connected(t.Context()))
	stop := speak(v)
	f := wantFrame(t, frames)
	if f.UserID != "u1" || f.CSRC != 77 || f.Slot != 0 || f.Level != 30 || !bytes.Equal(f.Payload, spoken) {
		t.Errorf("heard %+v", f)
	}
	g := wantFrame(t, frames)
	if n := g.Timestamp - f.Timestamp; n != uint32(g.Seq-f.Seq)*960 {
		t.Errorf("%d packets later the timestamp is %d on", g.Seq-f.Seq, n)
	}
	if st := v.Stats(); st.PacketsSent == 0 || st.Slots[0].Packets == 0 || st.Slots[0].Lost != 0 || st.Candidate != "host" {
		t.Errorf("stats %+v", st)
	}

	go func() {
		for q := range s.in {
			if q.Type == wire.TypeCallMicState {
				s.ack(q, wire.Ack{})
				return
			}
		}
	}()
	must(t, v.SetMuted(t.Context(), true))
	time.Sleep(50 * time.Millisecond)
	sent := v.Stats().PacketsSent
	time.Sleep(100 * time.Millisecond)
	if n := v.Stats().PacketsSent - sent; n != 0 {
		t.Errorf("%d packets sent while muted", n)
	}
	stop()
	leave(t, v, s)
	if !errors.Is(v.Err(), ErrClosed) || v.WriteOpus(spoken, 20*time.Millisecond, 0) == nil {
		t.Errorf("after leaving: %v", v.Err())
	}
}

func TestLostPathIsMendedByICERestart(t *testing.T) {
	// However slow the machine is, no step after the restart is to be taken.
	c, s := newFake(t).connect(WithLoopback(), func(c *Client) { c.pace = 30 })
	defer c.Close()
	frames := make(chan Frame, 64)
	v := joinVoice(t, c, s, VoiceOptions{OnAudio: hearing(frames)})
	a := newAnswerer(t, s)
	first := a.answer(a.wantOffer(), true)
	must(t, v.Connected(t.Context()))
	defer speak(v)()
	before := wantFrame(t, frames)

	a.pipe.cut.Store(true)
	q := a.wantOffer()
	a.pipe.cut.Store(false)
	second := a.answer(q, false)
	if line(first.SDP, "a=ice-ufrag") == line(second.SDP, "a=ice-ufrag") {
		t.Error("not an ICE restart")
	}
	if line(first.SDP, "a=fingerprint") != line(second.SDP, "a=fingerprint") {
		t.Error("a new PeerConnection where a restart would do")
	}
	if after := wantFrame(t, frames); after.Session != before.Session {
		t.Errorf("session %d after %d", after.Session, before.Session)
	}
	leave(t, v, s)
}

func TestDeadPeerIsReplaced(t *testing.T) {
	c, s := newFake(t).connect(WithLoopback())
	defer c.Close()
	frames := make(chan Frame, 64)
	v := joinVoice(t, c, s, VoiceOptions{OnAudio: hearing(frames)})
	a := newAnswerer(t, s)
	first := a.answer(a.wantOffer(), true)
	must(t, v.Connected(t.Context()))
	defer speak(v)()
	wantFrame(t, frames)

	a.drop() // says goodbye by DTLS
	second := a.answer(a.wantOffer(), true)
	if line(first.SDP, "a=fingerprint") == line(second.SDP, "a=fingerprint") {
		t.Error("not a new PeerConnection")
	}
	if f := wantFrame(t, frames); f.Session != 2 || f.UserID != "u1" {
		t.Errorf("heard %+v", f)
	}
	leave(t, v, s)
}

func TestVoiceComesBackInANewSession(t *testing.T) {
	srv := newFake(t)
	c, s := srv.connect(WithLoopback())
	defer c.Close()
	frames := make(chan Frame, 64)
	v := joinVoice(t, c, s, VoiceOptions{OnAudio: hearing(frames), Muted: true})
	a := newAnswerer(t, s)
	a.answer(a.wantOffer(), true)
	must(t, v.Connected(t.Context()))
	s.lose()

	n := srv.next()
	n.ready("s2")
	if j := letIn(t, n, 9); !j.Muted || j.RoomSlug != "general" || j.P2P {
		t.Errorf("joined again with %+v", j)
	}
	a.s = n
	if o := a.answer(a.wantOffer(), true); o.Epoch != 9 {
		t.Errorf("epoch %d, want the new one", o.Epoch)
	}
	v.up.muted.Store(false)
	defer speak(v)()
	wantFrame(t, frames)
	leave(t, v, n)
}

func TestVoiceRefusals(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		defer c.Close()
		go func() { s.nack(s.want(wire.TypeVoiceJoin), wire.CodeRoomFull) }()
		_, err := c.JoinVoice(t.Context(), "general", VoiceOptions{})
		var coded *wire.Error
		if !errors.As(err, &coded) || coded.Code != wire.CodeRoomFull {
			t.Fatalf("got %v", err)
		}
		// The refused one does not stand in the way of another.
		go func() { s.nack(s.want(wire.TypeVoiceJoin), wire.CodeForbidden) }()
		if _, err = c.JoinVoice(t.Context(), "general", VoiceOptions{}); !errors.As(err, &coded) || coded.Code != wire.CodeForbidden {
			t.Fatalf("got %v", err)
		}
	})
}

func TestServerEndsVoice(t *testing.T) {
	c, s := newFake(t).connect(WithLoopback())
	defer c.Close()
	v := joinVoice(t, c, s, VoiceOptions{})
	if _, err := c.JoinVoice(t.Context(), "other", VoiceOptions{}); !errors.Is(err, ErrInVoice) {
		t.Errorf("second voice: %v", err)
	}
	s.event(wire.TypeVoiceParticipantJoined, wire.VoiceParticipantJoined{RoomSlug: "general", Participant: wire.Participant{UserID: "u2", CSRC: 9}})
	s.event(wire.TypeVoiceLeft, wire.VoiceLeft{RoomSlug: "general", Reason: wire.LeaveMoved})
	<-v.Done()
	var left *LeftError
	if !errors.As(v.Err(), &left) || left.Reason != wire.LeaveMoved {
		t.Errorf("got %v", v.Err())
	}
	if c.Err() != nil {
		t.Errorf("the connection ended too: %v", c.Err())
	}
}

func TestOfferThatIsRefusedEndsVoice(t *testing.T) {
	c, s := newFake(t).connect(WithLoopback())
	defer c.Close()
	v := joinVoice(t, c, s, VoiceOptions{})
	a := newAnswerer(t, s)
	s.nack(a.wantOffer(), wire.CodeNegotiationFailed)
	var coded *wire.Error
	if err := v.Connected(t.Context()); !errors.As(err, &coded) || coded.Code != wire.CodeNegotiationFailed {
		t.Errorf("got %v", err)
	}
}

// line returns the first line of an SDP that begins so.
func line(sdp, prefix string) string {
	for l := range strings.Lines(sdp) {
		if strings.HasPrefix(l, prefix) {
			return l
		}
	}
	return ""
}
