package edge

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

const acmeName = "talk.example.org"

// acmeServer is a real one, in this process.
type acmeServer struct {
	directory string
	rootsFile string         // of its own certificate
	issued    *x509.CertPool // roots of what it issues
}

// startACME starts an ACME server that validates by the given ports of
// loopback and issues certificates that are good for life.
func startACME(t *testing.T, httpPort, tlsPort int, life time.Duration) acmeServer {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	authority := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {ValidityPeriod: uint64(life / time.Second)}})
	validator := va.New(quiet, httpPort, tlsPort, false, resolver(t), store)
	front := wfe.New(quiet, store, validator, authority, []string{"pebble.example"}, false, false, 1, 1)
	web := httptest.NewUnstartedServer(front.Handler())
	web.Config.ErrorLog = quiet
	web.StartTLS()
	t.Cleanup(web.Close)
	s := acmeServer{directory: web.URL + wfe.DirectoryPath, rootsFile: filepath.Join(t.TempDir(), "roots.pem"), issued: x509.NewCertPool()}
	if err := os.WriteFile(s.rootsFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s.issued.AddCert(authority.GetRootCert(0).Cert)
	return s
}

// resolver answers that every name is 127.0.0.1; it returns its address.
func resolver(t *testing.T) string {
	t.Helper()
	ln := listen(t)
	server := &dns.Server{Listener: ln, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			a.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(a)
	})}
	done := make(chan struct{})
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() {
		defer close(done)
		_ = server.ActivateAndServe()
	}()
	<-started
	t.Cleanup(func() {
		_ = server.Shutdown()
		<-done
	})
	return ln.Addr().String()
}

// closedPort is one of loopback that nobody listens on.
func closedPort(t *testing.T) int {
	t.Helper()
	ln := listen(t)
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

func portOf(t *testing.T, addr string) int {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return a.Port
}

// acmeBed is a server that gets its certificate from s once it runs.
func acmeBed(t *testing.T, secure, plain net.Listener, s acmeServer, more func(*CertificateOptions)) *bed {
	t.Helper()
	cfg := Defaults()
	cfg.Names, cfg.Email, cfg.ACMEDirectory, cfg.ACMERoots = []string{acmeName}, "admin@example.org", s.directory, s.rootsFile
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	return newBed(t, bedOptions{cfg: cfg, secure: secure, plain: plain, certs: more})
}

// checked opens a connection to the TLS port as a client that trusts the ACME
// server's roots does, and returns the certificate.
func (b *bed) checked(roots *x509.CertPool) (*x509.Certificate, error) {
	conn, err := tls.Dial("tcp", b.tls, &tls.Config{RootCAs: roots, ServerName: acmeName})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// TestACME gets a certificate by each challenge, the other one's port being
// closed, keeps it over a new start, and renews it while it serves.
func TestACME(t *testing.T) {
	for _, challenge := range []string{"http-01", "tls-alpn-01"} {
		t.Run(challenge, func(t *testing.T) {
			secure, plain := listen(t), listen(t)
			httpPort, tlsPort := portOf(t, plain.Addr().String()), portOf(t, secure.Addr().String())
			if challenge == "http-01" {
				tlsPort = closedPort(t)
			} else {
				httpPort = closedPort(t)
			}
			s := startACME(t, httpPort, tlsPort, time.Hour)
			b := acmeBed(t, secure, plain, s, func(o *CertificateOptions) {
				if challenge == "http-01" { // as if the ACME server were a public one
					o.roots = s.issued
				}
			})
			waitFor(t, "there is a certificate", func() bool { return b.certs.Ready(acmeName) })
			if got := b.certs.Strict(acmeName); got != (challenge == "http-01") {
				t.Errorf("browsers are bound to https: %v", got)
			}
			leaf, err := b.checked(s.issued)
			if err != nil {
				t.Fatalf("%v\n%s", err, b.log)
			}
			if left := time.Until(leaf.NotAfter); left > time.Hour || left < 50*time.Minute || !b.certs.Expires().Equal(leaf.NotAfter) {
				t.Errorf("it ends in %s", left)
			}
			if got := b.Stats().ACME > 0; got != (challenge == "tls-alpn-01") {
				t.Errorf("the ACME server looked at the TLS port: %v", got)
			}
			// Who asks for nobody, or for another, gets it too.
			for _, name := range []string{"", "elsewhere.example"} {
				conn, err := tls.Dial("tcp", b.tls, &tls.Config{InsecureSkipVerify: true, ServerName: name})
				if err != nil {
					t.Errorf("asking for %q: %v", name, err)
					continue
				}
				_ = conn.Close()
			}
		})
	}
}

// TestACMERenews has certificates that are good for a minute and renewed after
// three seconds, by a server that looks after them every 200 ms.
func TestACMERenews(t *testing.T) {
	secure, plain := listen(t), listen(t)
	s := startACME(t, portOf(t, plain.Addr().String()), portOf(t, secure.Addr().String()), time.Minute)
	b := acmeBed(t, secure, plain, s, func(o *CertificateOptions) { o.every, o.renewAt = 200*time.Millisecond, 0.95 })
	waitFor(t, "there is a certificate", func() bool { return b.certs.Ready(acmeName) })
	first, err := b.checked(s.issued)
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "another is in use", func() bool {
		now, err := b.checked(s.issued)
		return err == nil && now.SerialNumber.Cmp(first.SerialNumber) != 0
	})
	if !strings.Contains(b.log.String(), "renewal=true") {
		t.Errorf("the log does not tell of it:\n%s", b.log)
	}
}

// TestACMETrouble holds that a server whose ACME server cannot be reached, or
// cannot reach it, serves plain HTTP, says what is the matter, and gets its
// certificate when that is over.
func TestACMETrouble(t *testing.T) {
	secure, plain := listen(t), listen(t)
	s := startACME(t, closedPort(t), closedPort(t), time.Hour)
	b := acmeBed(t, secure, plain, s, nil)
	waitFor(t, "the log tells", func() bool { return strings.Contains(b.log.String(), "no certificate could be got") })
	res, err := http.Get("http://" + b.plain)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if _, err := b.checked(s.issued); err == nil {
		t.Error("there is a certificate")
	}
	b.waitRefused(CauseNoCertificate)
	if b.certs.NameFor(acmeName) != "" || b.certs.Ready(acmeName) || !b.certs.Expires().IsZero() || b.certs.Fingerprint() != "" {
		t.Error("clients are sent to a certificate that is not there")
	}
}
