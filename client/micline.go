package client

import (
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// micLine is one m-line that sends a layer of the microphone. It is Pion's
// track too, since Pion's own always sends one payload type, and redundancy is
// another than Opus.
type micLine struct {
	layer wire.Layer
	line  *webrtc.RTPTransceiver
	bound atomic.Pointer[binding]

	// What the answer has agreed to, 0: not negotiated.
	levelID atomic.Uint32 // the audio level extension
	redType atomic.Uint32 // the payload type of red/48000/2
}

// binding is where a line's packets go.
type binding struct {
	id   string
	ssrc uint32
	opus uint8 // the payload type
	out  webrtc.TrackLocalWriter
}

// write sends a packet whose header has all but the SSRC and the payload type;
// nothing before the line is negotiated.
func (m *micLine) write(h *rtp.Header, payloadType uint8, payload []byte) error {
	b := m.bound.Load()
	if b == nil {
		return nil
	}
	h.SSRC, h.PayloadType = b.ssrc, payloadType
	_, err := b.out.WriteRTP(h, payload)
	return err
}

// opusType is Opus' payload type, 0 before the line is negotiated.
func (m *micLine) opusType() uint8 {
	if b := m.bound.Load(); b != nil {
		return b.opus
	}
	return 0
}

// agreed takes what an answer says of the line.
func (m *micLine) agreed(answer *sdp.SessionDescription) {
	for _, e := range m.line.Sender().GetParameters().HeaderExtensions {
		if e.URI == audioLevelURI {
			m.levelID.Store(uint32(e.ID))
		}
	}
	m.redType.Store(uint32(redType(answer, m.line.Mid())))
}

// redType returns the payload type of red/48000/2 on the line mid of an answer,
// 0 when it is not there. It is read here because Pion knows the codecs of a
// whole connection, not of its lines.
func redType(answer *sdp.SessionDescription, mid string) uint8 {
	for _, line := range answer.MediaDescriptions {
		if got, _ := line.Attribute("mid"); got != mid || mid == "" {
			continue
		}
		for _, a := range line.Attributes {
			pt, codec, _ := strings.Cut(a.Value, " ")
			if a.Key != "rtpmap" || !strings.EqualFold(strings.TrimSpace(codec), "red/48000/2") {
				continue
			}
			n, err := strconv.ParseUint(pt, 10, 7)
			if err == nil && (n < 64 || n > 95) { // those would be RTCP (RFC 5761 section 4)
				return uint8(n)
			}
		}
	}
	return 0
}

// Bind is called by Pion when the line is negotiated.
func (m *micLine) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, codec := range c.CodecParameters() {
		if strings.EqualFold(codec.MimeType, webrtc.MimeTypeOpus) {
			m.bound.Store(&binding{id: c.ID(), ssrc: uint32(c.SSRC()), opus: uint8(codec.PayloadType), out: c.WriteStream()})
			return codec, nil
		}
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind is called by Pion when the line ends.
func (m *micLine) Unbind(c webrtc.TrackLocalContext) error {
	b := m.bound.Load()
	if b == nil || b.id != c.ID() {
		return webrtc.ErrUnbindFailed
	}
	m.bound.Store(nil)
	return nil
}

// ID names the track in the offer.
func (m *micLine) ID() string {
	if m.layer == wire.LayerLow {
		return "mic-low"
	}
	return "mic"
}

// StreamID is one for both layers.
func (m *micLine) StreamID() string { return "mic" }

// RID is empty: a layer is a line, not an encoding of one.
func (m *micLine) RID() string { return "" }

// Kind is audio.
func (m *micLine) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }
