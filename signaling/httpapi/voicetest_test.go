package httpapi

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// plainMedia answers every offer but "bad".
type plainMedia struct{}

type plainSession struct{ signaling.MediaSession }

func (plainMedia) AudioSlots() int { return 4 }

func (plainMedia) Join(signaling.MediaJoin) (signaling.MediaSession, error) {
	return plainSession{}, nil
}

func (plainSession) Offer(_ context.Context, sdp string, _ []wire.Track) (string, error) {
	if sdp == "bad" {
		return "", wire.E(wire.CodeNegotiationFailed, "no offer")
	}
	return "answer", nil
}

func (plainSession) Close() {}

type hostCredentials struct{}

func (hostCredentials) Issue(_, _, host string) []wire.ICEServer {
	return []wire.ICEServer{{URLs: []string{"stun:" + host}}}
}
func (hostCredentials) Revoke(_, _ string) {}

func TestVoiceTestCalls(t *testing.T) {
	tests := signaling.NewVoiceTests(signaling.VoiceConfig{P2PMax: 2}, plainMedia{}, hostCredentials{})
	defer tests.Close()
	m := &countingMetrics{}
	s := newStand(t, options{config: func(c *Config) { c.Rate = 1 }, deps: func(d *Deps) { d.VoiceTests, d.Metrics = tests, m }})
	owner := s.owner()
	guest := s.guest(owner, "Gast").Token
	begin := request{method: "POST", path: "/v1/voice/tests", token: guest}
	s.refused(401, wire.CodeUnauthorized, "", request{method: "POST", path: begin.path})
	test := into[wire.VoiceTest](s, 201, begin)
	if test.ICEServers[0].URLs[0] != "stun:127.0.0.1" {
		t.Errorf("the test is %+v", test)
	}
	offer := request{method: "POST", path: "/v1/voice/tests/" + test.ID + "/offer", token: guest, body: wire.VoiceTestOffer{SDP: "v=0"}}
	if a := into[wire.VoiceTestAnswer](s, 200, offer); a.SDP != "answer" {
		t.Errorf("the answer is %+v", a)
	}
	for _, c := range []struct {
		body  any
		code  wire.Code
		field string
	}{
		{`{"sdp":""}`, wire.CodeValidation, "sdp"},
		{`{}`, wire.CodeValidation, "sdp"},
		{`{"sdp":7}`, wire.CodeValidation, "sdp"},
		{"", wire.CodeValidation, "body"},
		{`{"sdp":"bad"}`, wire.CodeNegotiationFailed, ""},
	} {
		r := offer
		r.body = c.body
		s.refused(400, c.code, c.field, r)
	}
	large := offer
	large.body = wire.VoiceTestOffer{SDP: strings.Repeat("x", maxBody)}
	s.refused(413, wire.CodeTooLarge, "", large)
	into[wire.VoiceTestAnswer](s, 200, offer)
	s.refused(409, wire.CodeConflict, "", offer)
	others := offer
	others.token = owner
	s.refused(404, wire.CodeNotFound, "", others)
	end := request{method: "DELETE", path: "/v1/voice/tests/" + test.ID, token: guest}
	into[wire.OK](s, 200, end)
	s.refused(404, wire.CodeNotFound, "", end)
	s.refused(404, wire.CodeNotFound, "", request{method: "DELETE", path: "/v1/voice/tests/nonsense", token: guest})
	// Another site's page cannot begin one with somebody's cookie.
	s.refused(403, wire.CodeForbidden, "", request{method: "POST", path: begin.path, header: map[string]string{"Cookie": cookieName + "=" + guest, "Origin": "https://elsewhere.example"}})
	for i := 1; ; i++ {
		a := s.do(begin)
		if a.StatusCode == http.StatusTooManyRequests {
			if i < 20 || a.Header.Get("Retry-After") == "" {
				t.Errorf("refused after %d, Retry-After %q", i, a.Header.Get("Retry-After"))
			}
			break
		}
		if i > 100 {
			t.Fatal("never refused")
		}
	}
	into[wire.VoiceTest](s, 201, request{method: "POST", path: begin.path, token: owner}) // others may go on
}

func TestServerWithoutVoiceTests(t *testing.T) {
	s := newStand(t, options{})
	s.refused(404, wire.CodeNotFound, "", request{method: "POST", path: "/v1/voice/tests", token: s.owner()})
}

// A failure of voice is counted by its class, which a client names in meta.
func TestVoiceFailuresAreCounted(t *testing.T) {
	m := &countingMetrics{}
	s := newStand(t, options{deps: func(d *Deps) { d.Metrics = m }})
	for _, body := range []string{
		`{"event":"voice_failed","level":"warn","meta":{"code":"ice_failed"}}`,
		`{"event":"voice_failed","meta":{"code":7}}`,
		`{"event":"other","meta":{"code":"ice_failed"}}`,
	} {
		into[wire.OK](s, 200, request{method: "POST", path: "/v1/telemetry/web", body: body, header: map[string]string{"User-Agent": "Mozilla/5.0"}})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.failures) != 1 || m.failures[0] != "ice_failed web" {
		t.Errorf("counted %v", m.failures)
	}
}
