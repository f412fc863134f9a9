package sfu_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"

	"github.com/boltorezka/boltorezka/sfu"
)

const (
	rawUfrag = "rawu"
	rawPwd   = "a-password-of-a-raw-client"
	rawMic   = 1000 // the SSRC that its offer names for the microphone
	rawLow   = 2000 // and for the low layer
)

// rawPeer is a client made by hand from ICE, DTLS and SRTP, which sends any
// bytes under its keys.
type rawPeer struct {
	t      testing.TB
	csrc   uint32
	peer   *sfu.Peer
	answer string
	conn   *net.UDPConn
	dtls   *dtls.Conn
	tx     *srtp.Context
	seq    uint16
	ts     uint32
}

// rawJoin joins a room and returns when its keys are there.
func rawJoin(t testing.TB, s *sfu.SFU, room string, csrc uint32) *rawPeer {
	t.Helper()
	p := &rawPeer{t: t, csrc: csrc}
	var err error
	if p.peer, err = s.Join(sfu.Join{Room: room, CSRC: csrc}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.leave)
	cert, err := selfsign.GenerateSelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	if p.answer, err = p.peer.Offer(rawOffer(cert.Certificate[0]), []sfu.Track{{MID: "0", Mic: true}, {MID: "1", Mic: true, Low: true}}); err != nil {
		t.Fatal(err)
	}
	addr, err := net.ResolveUDPAddr("udp4", s.Candidates()[0])
	if err != nil {
		t.Fatal(err)
	}
	if p.conn, err = net.DialUDP("udp4", nil, addr); err != nil {
		t.Fatal(err)
	}
	p.check()
	p.dtls, err = dtls.ClientWithOptions(rawConn{p}, addr, dtls.WithCertificates(cert), dtls.WithInsecureSkipVerify(true),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM), dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithFlightInterval(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := p.dtls.HandshakeContext(ctx); err != nil {
		t.Fatal(err)
	}
	state, _ := p.dtls.ConnectionState()
	cfg := &srtp.Config{Profile: srtp.ProtectionProfileAeadAes128Gcm}
	if err := cfg.ExtractSessionKeysFromDTLS(&state, true); err != nil {
		t.Fatal(err)
	}
	if p.tx, err = srtp.CreateContext(cfg.Keys.LocalMasterKey, cfg.Keys.LocalMasterSalt, cfg.Profile); err != nil {
		t.Fatal(err)
	}
	// The server has its keys a moment after the client: until then it drops.
	before := s.Metrics().Dropped["not_relayed"]
	eventually(t, "the raw client's packets are opened", func() bool {
		p.rtp(nil, func(h *rtp.Header) { h.SSRC = rawLow }, speech)
		return s.Metrics().Dropped["not_relayed"] > before
	})
	return p
}

func (p *rawPeer) leave() {
	p.peer.Close()
	if p.dtls != nil {
		_ = p.dtls.Close()
	}
	if p.conn != nil {
		_ = p.conn.Close()
	}
}

// rawOffer has a microphone of two layers and two slots.
func rawOffer(cert []byte) string {
	var fp []string
	for _, v := range sha256.Sum256(cert) {
		fp = append(fp, fmt.Sprintf("%02X", v))
	}
	o := sfu.OfferSDP{Ufrag: rawUfrag, Pwd: rawPwd, Fingerprint: "sha-256 " + strings.Join(fp, ":")}
	return o.Head(4) + o.Line("0", "sendonly", rawMic) + o.Line("1", "sendonly", rawLow) + o.Line("2", "recvonly") + o.Line("3", "recvonly")
}

// check nominates the path; rawConn answers the server's own check.
func (p *rawPeer) check() {
	p.t.Helper()
	field := func(name string) string {
		m := regexp.MustCompile("a=" + name + ":(.*)\r\n").FindStringSubmatch(p.answer)
		if m == nil {
			p.t.Fatalf("no %s in\n%s", name, p.answer)
		}
		return m[1]
	}
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(field("ice-ufrag")+":"+rawUfrag),
		rawAttr{stun.AttrUseCandidate, nil}, rawAttr{stun.AttrPriority, []byte{110, 0, 0, 1}}, rawAttr{stun.AttrICEControlling, make([]byte, 8)},
		stun.NewShortTermIntegrity(field("ice-pwd")), stun.Fingerprint)
	if err != nil {
		p.t.Fatal(err)
	}
	p.raw(m.Raw)
}

type rawAttr struct {
	t stun.AttrType
	v []byte
}

func (a rawAttr) AddTo(m *stun.Message) error { m.Add(a.t, a.v); return nil }

// rawConn is the raw client's socket beneath DTLS, whose read loop also
// answers the server's checks and throws the voice away.
type rawConn struct{ p *rawPeer }

func (c rawConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, err := c.p.conn.Read(b)
		if err != nil || n > 0 && b[0] >= 20 && b[0] <= 63 {
			return n, c.p.conn.RemoteAddr(), err
		}
		m := &stun.Message{Raw: append([]byte(nil), b[:n]...)}
		if n == 0 || b[0] > 3 || m.Decode() != nil || m.Type != stun.BindingRequest {
			continue
		}
		r, err := stun.Build(stun.NewTransactionIDSetter(m.TransactionID), stun.BindingSuccess,
			&stun.XORMappedAddress{IP: net.IPv4(127, 0, 0, 1), Port: 9}, stun.NewShortTermIntegrity(rawPwd), stun.Fingerprint)
		if err == nil {
			_, _ = c.p.conn.Write(r.Raw)
		}
	}
}

func (c rawConn) WriteTo(b []byte, _ net.Addr) (int, error) { return c.p.conn.Write(b) }
func (c rawConn) Close() error                              { return c.p.conn.Close() }
func (c rawConn) LocalAddr() net.Addr                       { return c.p.conn.LocalAddr() }
func (c rawConn) SetDeadline(t time.Time) error             { return c.p.conn.SetDeadline(t) }
func (c rawConn) SetReadDeadline(t time.Time) error         { return c.p.conn.SetReadDeadline(t) }
func (c rawConn) SetWriteDeadline(t time.Time) error        { return c.p.conn.SetWriteDeadline(t) }

// raw sends a datagram as it is.
func (p *rawPeer) raw(b []byte) {
	if _, err := p.conn.Write(b); err != nil {
		p.t.Error(err)
	}
}

// plain encrypts a whole RTP packet and sends it; it returns the datagram.
func (p *rawPeer) plain(b []byte) []byte {
	out, err := p.tx.EncryptRTP(nil, b, nil)
	if err != nil {
		p.t.Error(err)
		return nil
	}
	p.raw(out)
	return out
}

// speech is a payload like a frame of speech, hush what Opus sends in silence.
var (
	speech = append([]byte{0xF8}, make([]byte, 79)...)
	hush   = []byte{0xF8, 0xFF, 0xFE}
)

// rtp sends the next packet of the microphone, changed by change; level is the
// audio level, nil for none.
func (p *rawPeer) rtp(level *uint8, change func(*rtp.Header), payload []byte) []byte {
	h := rtp.Header{Version: 2, PayloadType: 111, SSRC: rawMic, SequenceNumber: p.seq, Timestamp: p.ts}
	p.seq++
	p.ts += 960
	if level != nil {
		if err := h.SetExtension(1, []byte{*level}); err != nil {
			p.t.Error(err)
		}
	}
	if change != nil {
		change(&h)
	}
	b, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err != nil {
		p.t.Error(err)
		return nil
	}
	return p.plain(b)
}

// rtcp encrypts a compound packet as it is and sends it.
func (p *rawPeer) rtcp(b []byte) []byte {
	out, err := p.tx.EncryptRTCP(nil, b, nil)
	if err != nil {
		p.t.Error(err)
		return nil
	}
	p.raw(out)
	return out
}

// control is one RTCP packet with a header of its kind, padded to whole words.
func control(format, kind byte, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := []byte{2<<6 | format, kind, 0, 0}
	binary.BigEndian.PutUint16(b[2:], uint16(len(body)/4))
	return append(b, body...)
}

func words(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}
