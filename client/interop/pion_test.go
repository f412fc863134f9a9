package interop

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// pionParticipant is pion/webrtc as its own examples use it: all of the default
// codecs and interceptors, a microphone that is sendrecv because nothing else
// was said, a video line, and an offer that waits for its candidates.
type pionParticipant struct {
	conn *client.Conn
	pc   *webrtc.PeerConnection
	ear  *ear
	stop func()
}

func plainPion(t *testing.T, ctx context.Context, s *server) participant {
	t.Helper()
	c, err := client.New(s.url())
	must(t, err)
	_, err = c.Guest(ctx, "pion", "")
	must(t, err)
	conn, err := c.Connect(ctx)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.Request(ctx, wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"})
	must(t, err)
	joined := next[wire.VoiceJoined](t, ctx, conn)

	p := &pionParticipant{conn: conn, ear: newEar()}
	p.pc, err = webrtc.NewPeerConnection(webrtc.Configuration{})
	must(t, err)
	t.Cleanup(func() { _ = p.pc.GracefulClose() })
	connected := make(chan struct{})
	p.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	p.pc.OnTrack(func(track *webrtc.TrackRemote, r *webrtc.RTPReceiver) { p.listen(t, track, r) })

	mic, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "audio", "pion")
	must(t, err)
	_, err = p.pc.AddTrack(mic)
	must(t, err)
	only := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
	_, err = p.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, only)
	must(t, err)
	for range joined.SFU.AudioSlots {
		_, err = p.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, only)
		must(t, err)
	}
	offer, err := p.pc.CreateOffer(nil)
	must(t, err)
	gathered := webrtc.GatheringCompletePromise(p.pc)
	must(t, p.pc.SetLocalDescription(offer))
	<-gathered
	_, err = conn.Request(ctx, wire.TypeSFUOffer, wire.SFUOffer{Epoch: joined.Epoch, SDP: p.pc.LocalDescription().SDP})
	must(t, err)
	answer := next[wire.SFUAnswer](t, ctx, conn)
	must(t, p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}))
	select {
	case <-connected:
	case <-ctx.Done():
		t.Fatalf("pion: %s", p.pc.ICEConnectionState())
	}
	p.stop = play(t, 550, func(packet []byte) { _ = mic.WriteSample(media.Sample{Data: packet, Duration: frame}) })
	t.Cleanup(p.stop)
	return p
}

// next waits for an event with a payload of one type.
func next[T any](t *testing.T, ctx context.Context, conn *client.Conn) *T {
	t.Helper()
	for {
		select {
		case e := <-conn.Events():
			if payload, ok := e.Payload.(*T); ok {
				return payload
			}
		case <-ctx.Done():
			t.Fatalf("no %T comes", *new(T))
		}
	}
}

// listen reads a slot until the connection is closed.
func (p *pionParticipant) listen(t *testing.T, track *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	slot := int(track.SSRC())
	clock := make(chan *rtcp.SenderReport, 1)
	go func() {
		defer close(clock)
		for {
			packets, _, err := r.ReadRTCP()
			if err != nil {
				return
			}
			for _, packet := range packets {
				if sr, ok := packet.(*rtcp.SenderReport); ok {
					select {
					case clock <- sr:
					default:
					}
				}
			}
		}
	}()
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			break
		}
		if len(packet.Payload) > 0 {
			p.ear.take(slot, packet.Payload)
		}
		select {
		case sr := <-clock:
			if sr != nil && sr.SSRC == uint32(track.SSRC()) {
				if err := agree(sr, packet.Timestamp, time.Now()); err != nil {
					t.Error(err)
				}
			}
		default:
		}
	}
	for range clock {
	}
}

// agree checks that a sender report's two clocks (RFC 3550 section 6.4.1) say
// of a packet with an RTP time that it is of about now.
func agree(sr *rtcp.SenderReport, rtpTime uint32, now time.Time) error {
	const since1900 = 2208988800
	reported := time.Unix(int64(sr.NTPTime>>32)-since1900, int64(sr.NTPTime&0xffffffff)*int64(time.Second)>>32)
	at := reported.Add(time.Duration(int32(rtpTime-sr.RTPTime)) * time.Second / 48000)
	// Coarse: a busy machine reads late. A wrong clock is off by hours or years.
	if d := now.Sub(at).Abs(); d > 20*time.Second {
		return fmt.Errorf("a packet of now is %v off by the clock of slot %d's sender report", d, sr.SSRC)
	}
	return nil
}

func (p *pionParticipant) name() string            { return "pion" }
func (p *pionParticipant) tone() float64           { return 550 }
func (p *pionParticipant) heard() ([]float64, int) { return p.ear.tones() }

func (p *pionParticipant) leave(t *testing.T) {
	t.Helper()
	p.stop()
	must(t, p.pc.GracefulClose())
	must(t, p.conn.Close())
}
