package client

import (
	"fmt"
	"net"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/webrtc/v4"
)

// transportURI names the header extension of transport-wide sequence numbers
// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
const transportURI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

// opusCodec is what a voice session speaks, redCodec how it may repeat itself:
// Opus in Opus (RFC 2198 section 5), in microphones' lines only.
var (
	opusCodec = webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: opusRate, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
		RTCPFeedback: []webrtc.RTCPFeedback{{Type: webrtc.TypeRTCPFBNACK}, {Type: webrtc.TypeRTCPFBTransportCC}},
	}
	redCodec = webrtc.RTPCodecCapability{MimeType: "audio/red", ClockRate: opusRate, Channels: 2, SDPFmtpLine: "111/111"}
)

// The payload types that are offered: Chromium's.
const opusType, redOffered = 111, 63

// mediaAPI makes Pion's API as this client wants it: Opus, audio levels, and
// redundancy, reports, transport-wide feedback and retransmission unless the
// program carries RTP itself. relayed: the path will go by TURN, whatever there is.
func (c *Client) mediaAPI(relayed bool) (*webrtc.API, error) {
	m := &webrtc.MediaEngine{}
	if err := m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: opusCodec, PayloadType: opusType}, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, fmt.Errorf("client: voice: %w", err)
	}
	if !c.bare {
		if err := m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: redCodec, PayloadType: redOffered}, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, fmt.Errorf("client: voice: %w", err)
		}
	}
	for _, uri := range []string{audioLevelURI, transportURI} {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, fmt.Errorf("client: voice: %w", err)
		}
	}
	reg := &interceptor.Registry{}
	if !c.bare {
		if err := addReports(reg); err != nil {
			return nil, fmt.Errorf("client: voice: %w", err)
		}
	}
	var s webrtc.SettingEngine
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	if !relayed {
		// TCP too, towards servers that take it, for networks that pass no UDP. Of
		// who is relayed only Pion would connect to them all the same, from his own address.
		networks = append(networks, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
	}
	s.SetNetworkTypes(networks)
	s.SetICETimeouts(2*time.Second, 6*time.Second, time.Second)
	s.SetIncludeLoopbackCandidate(c.loopback || c.local)
	if c.loopback {
		s.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	}
	if relayed {
		s.SetRelayAcceptanceMinWait(0) // there is nothing better to wait for
	}
	if c.settings != nil {
		c.settings(&s)
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(reg), webrtc.WithSettingEngine(s)), nil
}

// addReports has Pion do what RTCP wants of both ends. Each part acts only on
// streams for which the answer has agreed to it.
func addReports(reg *interceptor.Registry) error {
	for _, make := range []func() (interceptor.Factory, error){
		func() (interceptor.Factory, error) { return report.NewReceiverInterceptor() },
		func() (interceptor.Factory, error) { return report.NewSenderInterceptor() },
		func() (interceptor.Factory, error) { return nack.NewGeneratorInterceptor() },
		func() (interceptor.Factory, error) { return nack.NewResponderInterceptor() },
		func() (interceptor.Factory, error) { return twcc.NewHeaderExtensionInterceptor() },
		func() (interceptor.Factory, error) { return twcc.NewSenderInterceptor() },
	} {
		f, err := make()
		if err != nil {
			return err
		}
		reg.Add(f)
	}
	return nil
}
