package light

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tap is a client's socket whose incoming datagrams are looked at.
type tap struct {
	net.PacketConn
	seen func([]byte)
}

func (t tap) ReadFrom(b []byte) (int, net.Addr, error) {
	n, a, err := t.PacketConn.ReadFrom(b)
	if err == nil {
		t.seen(b[:n])
	}
	return n, a, err
}

func listen(t *testing.T) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// handshake does DTLS over loopback and returns the server's end with what was
// seen of it at the client's.
func handshake(t *testing.T, mtu int, suites []dtls.CipherSuiteID, profiles ...dtls.SRTPProtectionProfile) (*dtls.Conn, secrets, hello) {
	t.Helper()
	cert, err := selfsign.GenerateSelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	a, b := listen(t), listen(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	server, err := dtls.Server(b, a.LocalAddr(), &dtls.Config{ //nolint:staticcheck // the short form
		Certificates: []tls.Certificate{cert}, SRTPProtectionProfiles: profiles, CipherSuites: suites, MTU: mtu,
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.HandshakeContext(ctx) }()
	var read helloReader
	var log bytes.Buffer
	client, err := dtls.Client(tap{a, func(b []byte) { read.read(b) }}, b.LocalAddr(), &dtls.Config{ //nolint:staticcheck // the short form
		InsecureSkipVerify: true, SRTPProtectionProfiles: profiles, CipherSuites: suites, KeyLogWriter: &log,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(client.HandshakeContext(ctx), <-done); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(); _ = server.Close() })
	s, err := parseKeyLog(log.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if read.got == nil {
		t.Fatal("no ServerHello was seen")
	}
	return server, s, *read.got
}

func TestKeysAreThoseOfTheHandshake(t *testing.T) {
	for _, c := range []struct {
		name    string
		mtu     int
		suite   dtls.CipherSuiteID
		profile dtls.SRTPProtectionProfile
	}{
		{"as browsers do", 1200, dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, dtls.SRTP_AEAD_AES_128_GCM},
		{"a hello in fragments", 60, dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, dtls.SRTP_AES128_CM_HMAC_SHA1_80},
		{"the other hash", 1200, dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, dtls.SRTP_AEAD_AES_256_GCM},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, s, h := handshake(t, c.mtu, []dtls.CipherSuiteID{c.suite}, c.profile)
			k, err := deriveKeys(s, h, true)
			if err != nil {
				t.Fatal(err)
			}
			state, _ := server.ConnectionState()
			theirs := srtp.Config{Profile: srtp.ProtectionProfile(c.profile)}
			if err := theirs.ExtractSessionKeysFromDTLS(&state, false); err != nil {
				t.Fatal(err)
			}
			out, err := srtp.CreateContext(theirs.Keys.LocalMasterKey, theirs.Keys.LocalMasterSalt, theirs.Profile)
			if err != nil {
				t.Fatal(err)
			}
			p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 5, SequenceNumber: 6}, Payload: []byte("hello")}
			plain, err := p.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			b, err := out.EncryptRTP(nil, plain, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := k.in.DecryptRTP(nil, b, nil); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%x %v", got, err)
			}
			in, err := srtp.CreateContext(theirs.Keys.RemoteMasterKey, theirs.Keys.RemoteMasterSalt, theirs.Profile)
			if err != nil {
				t.Fatal(err)
			}
			if b, err = k.out.EncryptRTP(nil, plain, nil); err != nil {
				t.Fatal(err)
			}
			if got, err := in.DecryptRTP(nil, b, nil); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%x %v", got, err)
			}
		})
	}
}

// serverHello makes a ServerHello in fragments of at most size bytes.
func serverHello(size int) (datagrams [][]byte) {
	body := append([]byte{0xfe, 0xfd}, bytes.Repeat([]byte{7}, 32)...)
	body = append(body, 2, 1, 1)                                    // session
	body = append(body, 0xc0, 0x2b, 0)                              // suite, compression
	body = append(body, 0, 14)                                      // length of the extensions
	body = append(body, 0, 23, 0, 0, 0, 14, 0, 6, 0, 2, 0, 7, 0, 0) // extended master secret, use_srtp with room for an MKI
	for at := 0; at < len(body); at += size {
		part := body[at:min(at+size, len(body))]
		n := len(part)
		d := []byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, byte(at), 0, byte(n + 12), 2, 0, 0, byte(len(body)), 0, 1, 0, 0, byte(at), 0, 0, byte(n)}
		datagrams = append(datagrams, append(d, part...))
	}
	return datagrams
}

func TestHelloComesInAnyOrderAndTwice(t *testing.T) {
	parts := serverHello(20)
	if len(parts) < 3 {
		t.Fatalf("%d parts", len(parts))
	}
	var r helloReader
	for i := len(parts) - 1; i >= 0; i-- {
		if r.got != nil {
			t.Fatal("a part is missing, and there is a hello")
		}
		r.read(parts[i])
		if i > 0 {
			r.read(parts[i])
		}
	}
	if r.got == nil || r.got.profile != 7 || r.got.suite != 0xc02b || r.got.random[31] != 7 {
		t.Fatalf("%+v", r.got)
	}
	encrypted := append([]byte(nil), serverHello(200)[0]...)
	encrypted[4] = 1 // epoch
	var other helloReader
	if other.read(encrypted) != nil || other.read(encrypted[:20]) != nil {
		t.Error("a hello from what is none")
	}
}

func TestKeyLogsThatAreNone(t *testing.T) {
	good := "CLIENT_RANDOM " + strings.Repeat("ab", 32) + " " + strings.Repeat("cd", 48)
	if s, err := parseKeyLog([]byte(good + "\n")); err != nil || s.random[0] != 0xab || hex.EncodeToString(s.master[:1]) != "cd" {
		t.Errorf("%+v %v", s, err)
	}
	for _, bad := range []string{"", "CLIENT_RANDOM", "CLIENT_RANDOM x y", good[:len(good)-2], "X" + good, strings.Replace(good, "ab", "zz", 1), good + "zz"} {
		if _, err := parseKeyLog([]byte(bad)); err == nil {
			t.Errorf("%q", bad)
		}
	}
	if _, err := deriveKeys(secrets{}, hello{profile: 0x4711}, true); err == nil {
		t.Error("keys for a profile that does not exist")
	}
}

func FuzzHello(f *testing.F) {
	for _, size := range []int{20, 200} {
		for _, d := range serverHello(size) {
			f.Add(d)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r helloReader
		for i := range 2 {
			r.read(b[i*len(b)/2:])
		}
		if len(r.body) > maxHello {
			t.Errorf("%d bytes are kept", len(r.body))
		}
		if h, ok := parseHello(b); ok && h.profile == 0 {
			t.Error("a hello without a profile")
		}
	})
}

func FuzzTerms(f *testing.F) {
	offer := "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ssrc:77 cname:x\r\na=sendonly\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\na=recvonly\r\n"
	f.Add(offer, testAnswer)
	f.Add("", "")
	f.Fuzz(func(t *testing.T, offer, answer string) {
		if terms, err := agree(offer, answer); err == nil && (terms.micSSRC == 0 || terms.levelID > 14) {
			t.Errorf("%+v", terms)
		}
	})
}

const testAnswer = "v=0\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=recvonly\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n" +
	"a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:4 " + transportURI + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\na=sendonly\r\na=ssrc:88 cname:y\r\n" +
	"a=rtcp-fb:111 nack\r\na=rtcp-fb:111 transport-cc\r\na=extmap:4 " + transportURI + "\r\n"

func TestTermsAreWhatBothSay(t *testing.T) {
	offer := "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ssrc:77 cname:x\r\na=ssrc:77 msid:a b\r\na=sendonly\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\na=recvonly\r\n"
	got, err := agree(offer, testAnswer)
	if err != nil {
		t.Fatal(err)
	}
	want := terms{micSSRC: 77, mid: "0", payload: 111, levelID: 1, midID: 3, transportID: 4, slots: []slotTerms{{ssrc: 88, transportID: 4, feedback: true, nack: true}}}
	if fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%+v", *got)
	}
	if _, err := agree(strings.Replace(offer, "a=recvonly", "a=recvonly\r\na=rtpmap:63 RED/48000/2", 1), testAnswer); err == nil {
		t.Error("agreed on an offer of redundancy")
	}
	for _, answer := range []string{"", "v=0\r\nm=audio 9 X 111\r\n", strings.Replace(testAnswer, "a=ssrc:88", "a=ssrx:88", 1), strings.ReplaceAll(testAnswer, "recvonly", "inactive")} {
		if _, err := agree(offer, answer); err == nil {
			t.Errorf("agreed on %q", answer)
		}
	}
}
