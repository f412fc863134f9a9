package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// secureServer is a server in this process with a certificate of files.
type secureServer struct {
	*app
	t     *testing.T
	port  string // of TLS
	roots *x509.CertPool
}

// testCertificate is one, signed by itself, and its key: PEM. There is one for
// all tests, since a process reads its system's roots once.
var testCertificate = sync.OnceValues(func() (cert, key []byte) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"talk.example.org", "localhost"},
		IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		panic(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
})

// certificateFiles writes the certificate and its key. This process believes
// it where it asks the system.
func certificateFiles(t *testing.T) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	certPEM, keyPEM := testCertificate()
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, text := range map[string][]byte{cert: certPEM, key: keyPEM} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	t.Setenv("SSL_CERT_FILE", cert)
	t.Setenv("SSL_CERT_DIR", dir)
	return cert, key, roots
}

func startSecure(t *testing.T, env map[string]string) *secureServer {
	t.Helper()
	s := &secureServer{t: t, port: freePort(t)}
	set := map[string]string{"BOLTOREZKA_DATA_DIR": t.TempDir(), "BOLTOREZKA_HTTP_ADDR": "127.0.0.1:0", "BOLTOREZKA_OPS_ADDR": "127.0.0.1:0",
		"BOLTOREZKA_SFU_UDP_ADDR": "127.0.0.1:0", "BOLTOREZKA_SFU_TCP_ADDR": "127.0.0.1:0", "BOLTOREZKA_TURN_ADDR": "127.0.0.1:0", "BOLTOREZKA_TLS_ADDR": "127.0.0.1:" + s.port}
	if env["BOLTOREZKA_TLS_SELF_SIGNED"] == "" {
		set["BOLTOREZKA_TLS_CERT"], set["BOLTOREZKA_TLS_KEY"], s.roots = certificateFiles(t)
		set["BOLTOREZKA_HTTP_PUBLIC_URL"] = "https://talk.example.org:" + s.port
	}
	for name, value := range env {
		set[name] = value
	}
	for name, value := range set {
		t.Setenv(name, value)
	}
	cfg, strange, err := new(settings).load()
	if err != nil || len(strange) > 0 {
		t.Fatal(err, strange)
	}
	if s.app, err = start(t.Context(), cfg, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// browser makes HTTP calls; every name leads to loopback.
func (s *secureServer) browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: s.roots},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(addr)
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// metric is a series of /metrics.
func (s *secureServer) metric(series string) float64 {
	s.t.Helper()
	_, text := get(s.t, "http://"+s.ops.Addr().String()+"/metrics")
	m := regexp.MustCompile(`(?m)^boltorezka_` + regexp.QuoteMeta(series) + ` (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		s.t.Fatalf("no %s", series)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func TestHTTPS(t *testing.T) {
	s := startSecure(t, nil)
	web := s.browser()
	ask := func(method, url string, header ...string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(within(t), method, url, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			if header[i] == "Host" {
				req.Host = header[i+1]
			}
			req.Header.Set(header[i], header[i+1])
		}
		res, err := web.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	secure, plain := "https://talk.example.org:"+s.port, "http://"+s.http.Addr().String()
	name := "talk.example.org"

	res := ask("GET", secure+"/health")
	if res.StatusCode != http.StatusOK || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("https: %d %v", res.StatusCode, res.Header)
	}
	if res := ask("GET", "https://localhost:"+s.port+"/health"); res.Header.Get("Strict-Transport-Security") != "" {
		t.Error("localhost is bound to https")
	}
	for _, c := range []struct {
		what, url string
		header    []string
		to        string
	}{
		{"a page by the public name", plain + "/r/general?x=1", []string{"Host", name}, secure + "/r/general?x=1"},
		{"a page by an address", plain + "/", []string{"Host", "192.0.2.1"}, secure + "/"},
		{"an odd path", plain + "//@elsewhere.example/", []string{"Host", name}, secure + "/@elsewhere.example/"},
		{"from this machine", plain + "/", []string{"Host", "localhost"}, ""},
		{"health", plain + "/health", []string{"Host", name}, ""},
		{"a call", plain + "/v1/auth/mode", []string{"Host", name}, ""},
		{"a challenge that is none", plain + "/.well-known/acme-challenge/x", []string{"Host", name}, secure + "/.well-known/acme-challenge/x"},
		{"through some proxy", plain + "/", []string{"Host", name, "X-Forwarded-Proto", "https"}, ""},
		{"over TLS", secure + "/", nil, ""},
	} {
		res := ask("GET", c.url, c.header...)
		if got := res.Header.Get("Location"); got != c.to || (c.to != "") != (res.StatusCode == http.StatusTemporaryRedirect) {
			t.Errorf("%s: %d to %q, want %q", c.what, res.StatusCode, got, c.to)
		}
		if res.Header.Get("Strict-Transport-Security") != "" && !strings.HasPrefix(c.url, "https:") {
			t.Errorf("%s: Strict-Transport-Security over plain HTTP", c.what)
		}
	}

	register := func(base, user string) *http.Cookie {
		t.Helper()
		req, _ := http.NewRequestWithContext(within(t), "POST", base+"/v1/auth/register", strings.NewReader(`{"name":"`+user+`","password":"a long password","inviteCode":"`+s.auth.SetupCode()+`"}`))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", base)
		res, err := web.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusCreated || len(res.Cookies()) != 1 {
			t.Fatalf("%d %v", res.StatusCode, res.Header)
		}
		return res.Cookies()[0]
	}
	if c := register("https://localhost:"+s.port, "ann"); !c.Secure || !c.HttpOnly {
		t.Errorf("the cookie over TLS is %v", c)
	}
	if s.metric(`tls_connections_total{speaks="http"}`) == 0 || s.metric("tls_certificate_expires_seconds") < float64(time.Now().Unix()) {
		t.Error("not counted")
	}
}

func TestSelfSignedServer(t *testing.T) {
	s := startSecure(t, map[string]string{"BOLTOREZKA_TLS_SELF_SIGNED": "on"})
	var said bytes.Buffer
	s.banner(&said)
	print := s.door.certs.Fingerprint()
	if out := said.String(); !strings.Contains(out, "https://127.0.0.1:"+s.port) || !strings.Contains(out, print[:20]) || !strings.Contains(out, print[len(print)-20:]) {
		t.Errorf("the banner is %s", out)
	}
	web := s.browser()
	web.Transport.(*http.Transport).TLSClientConfig.InsecureSkipVerify = true
	c, err := client.New("https://127.0.0.1:"+s.port, client.WithHTTPClient(web))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Register(within(t), wire.Register{Name: "ann", Password: "a long password", InviteCode: s.auth.SetupCode()}); err != nil {
		t.Fatal(err)
	}
	conn, err := c.Connect(within(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, server := range joinVoice(t, conn).ICEServers {
		for _, url := range server.URLs {
			if strings.HasPrefix(url, "turns:") {
				t.Errorf("%s is offered, and browsers would refuse the certificate", url)
			}
		}
	}
	res, err := web.Get("https://127.0.0.1:" + s.port + "/health")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.Header.Get("Strict-Transport-Security") != "" {
		t.Error("browsers are bound to a certificate that they do not believe")
	}
}

// TestProxyProtocolAddress has a load balancer on this machine bring somebody
// from elsewhere: he is not taken for one who sits at it.
func TestProxyProtocolAddress(t *testing.T) {
	s := startSecure(t, map[string]string{"BOLTOREZKA_HTTP_PROXY_PROTOCOL": "on", "BOLTOREZKA_HTTP_TRUSTED_PROXIES": "127.0.0.0/8"})
	body := `{"name":"ann","password":"a long password"}`
	for header, want := range map[string]int{"PROXY TCP4 192.0.2.7 192.0.2.1 4000 443\r\n": http.StatusForbidden, "": 0} {
		raw, err := net.Dial("tcp", "127.0.0.1:"+s.port)
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		_ = raw.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = io.WriteString(raw, header)
		over := tls.Client(raw, &tls.Config{RootCAs: s.roots, ServerName: "localhost"})
		_, _ = fmt.Fprintf(over, "POST /v1/auth/register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		got := 0
		if res, err := http.ReadResponse(bufio.NewReader(over), nil); err == nil {
			got = res.StatusCode
			_ = res.Body.Close()
		}
		if got != want {
			t.Errorf("after %q: %d, want %d", header, got, want)
		}
	}
	if s.metric("proxy_protocol_connections_total") != 1 || s.metric(`tls_refused_total{cause="proxy_missing"}`) != 1 {
		t.Error("not counted")
	}
}

func TestTLSSettings(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want []string
	}{
		{map[string]string{"BOLTOREZKA_HTTP_PROXY_PROTOCOL": "on"}, []string{"http.proxyProtocol", "http.trustedProxies"}},
		{map[string]string{"BOLTOREZKA_TLS_NAMES": "a.example", "BOLTOREZKA_TLS_SELF_SIGNED": "on"}, []string{"tls.names", "tls.selfSigned"}},
		{map[string]string{"BOLTOREZKA_TLS_CERT": "/nowhere/c.pem"}, []string{"tls.key"}},
		{map[string]string{"BOLTOREZKA_TLS_CERT": "/nowhere/c.pem", "BOLTOREZKA_TLS_KEY": "/nowhere/k.pem"}, []string{"tls.cert", "/nowhere/c.pem"}},
		{map[string]string{"BOLTOREZKA_TURN_TLS_ADDR": ":5349"}, []string{"turn.tlsAddr", "certificate"}},
		{map[string]string{"BOLTOREZKA_TLS_NAMES": "a.example", "BOLTOREZKA_HTTP_PUBLIC_URL": "http://a.example"}, []string{"http.publicUrl", "tls.names"}},
		{map[string]string{"BOLTOREZKA_TLS_NAMES": "a.example", "BOLTOREZKA_TLS_ACME_ROOTS": "/nowhere/r.pem"}, []string{"tls.acmeRoots", "/nowhere/r.pem"}},
		{map[string]string{"BOLTOREZKA_TLS_SELF_SIGNED": "on", "BOLTOREZKA_TLS_ADDR": "443"}, []string{"tls.addr", "host:port"}},
	} {
		env := map[string]string{"BOLTOREZKA_DATA_DIR": t.TempDir(), "BOLTOREZKA_HTTP_ADDR": "127.0.0.1:0", "BOLTOREZKA_OPS_ADDR": "off",
			"BOLTOREZKA_SFU_UDP_ADDR": "127.0.0.1:0", "BOLTOREZKA_SFU_TCP_ADDR": "127.0.0.1:0", "BOLTOREZKA_TURN_ADDR": "127.0.0.1:0", "BOLTOREZKA_TLS_ADDR": "127.0.0.1:0"}
		for name, value := range c.env {
			env[name] = value
		}
		t.Run(c.want[0], func(t *testing.T) {
			status, stdout, stderr := command(t, env, "", "serve")
			if status == 0 || stdout != "" || strings.Count(stderr, "\n") != 1 {
				t.Errorf("status %d, said %q, %q", status, stdout, stderr)
			}
			for _, part := range c.want {
				if !strings.Contains(stderr, part) {
					t.Errorf("%q does not name %q", stderr, part)
				}
			}
		})
	}
}
