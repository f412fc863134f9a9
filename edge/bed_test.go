package edge

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The test's ACME server ends with its process, and so does certmagic's
		// limiter of requests to one server. That a lock is given up its
		// keeper sees within five seconds.
		goleak.IgnoreAnyFunction("github.com/letsencrypt/pebble/v2/va.VAImpl.processTasks"),
		goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.(*RingBufferRateLimiter).loop"),
		goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"))
}

// bed is a server on loopback. Its HTTP answers with the client's address, its
// TURN sends back what it reads.
type bed struct {
	*Server
	t     testing.TB
	certs *Certificates
	tls   string // host:port
	plain string
	log   *lockedBuffer
}

type bedOptions struct {
	cfg     Config // no source: a self-signed certificate
	options func(*Options)
	certs   func(*CertificateOptions)
	// secure and plain are the ports; nil: any.
	secure, plain net.Listener
}

func newBed(t testing.TB, o bedOptions) *bed {
	t.Helper()
	b := &bed{t: t, log: &lockedBuffer{}}
	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	secure, plain := o.secure, o.plain
	if secure == nil {
		secure, plain = listen(t), listen(t)
	}
	if o.cfg.Source() == SourceNone {
		o.cfg.SelfSigned = "on"
	}
	co := CertificateOptions{Dir: t.TempDir(), TLSAddr: secure.Addr().String(), HTTPAddr: plain.Addr().String(), Log: log}
	if o.certs != nil {
		o.certs(&co)
	}
	var err error
	if b.certs, err = OpenCertificates(o.cfg, co); err != nil {
		t.Fatal(err)
	}
	opt := Options{TLS: []Port{{Listener: secure}}, Plain: plain, Certificates: b.certs, TURN: true, Rate: 1, Log: log}
	if o.options != nil {
		o.options(&opt)
	}
	b.tls, b.plain = secure.Addr().String(), plain.Addr().String()
	b.Server = New(opt)
	ctx, cancel := context.WithCancel(context.Background())
	web := &http.Server{Handler: http.HandlerFunc(b.answer)}
	var wg sync.WaitGroup
	wg.Go(func() { b.certs.Run(ctx) })
	wg.Go(func() { _ = web.Serve(b.HTTP()) })
	wg.Go(func() { echo(b.TURN(), &wg) })
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		_ = web.Close()
		cancel()
		wg.Wait()
		b.certs.Close()
		if n := b.Stats().Handshakes; n != 0 {
			t.Errorf("%d handshakes are left", n)
		}
	})
	return b
}

func (b *bed) answer(w http.ResponseWriter, r *http.Request) {
	if body, ok := b.certs.Answer(hostOf(r.Host), r.URL.Path); ok {
		_, _ = io.WriteString(w, body)
		return
	}
	fmt.Fprintf(w, "%s %v", r.RemoteAddr, r.TLS != nil)
}

func hostOf(s string) string {
	if host, _, err := net.SplitHostPort(s); err == nil {
		return host
	}
	return s
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// echo sends back what comes, each connection's remote address first.
func echo(ln net.Listener, wg *sync.WaitGroup) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			buf := make([]byte, len(stunBinding))
			if _, err := io.ReadFull(conn, buf); err == nil {
				_, _ = conn.Write(append([]byte(conn.RemoteAddr().String()+"\n"), buf...))
			}
		})
	}
}

// roots trust the bed's certificate.
func (b *bed) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(b.certs.leaf(""))
	return pool
}

func (b *bed) config(protocols ...string) *tls.Config {
	return &tls.Config{RootCAs: b.roots(), ServerName: "localhost", NextProtos: protocols}
}

// get asks the TLS port for a page over conn's dialer.
func (b *bed) get(header string) (string, error) {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
			conn, err := net.Dial("tcp", b.tls)
			if err != nil {
				return nil, err
			}
			if _, err := io.WriteString(conn, header); err != nil {
				return nil, err
			}
			return tls.Client(conn, b.config("h2", "http/1.1")), nil
		},
	}}
	res, err := client.Get("https://localhost/")
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

// turn says STUN to the TLS port and returns the address that was seen there.
func (b *bed) turn(protocols ...string) (string, error) {
	conn, err := tls.Dial("tcp", b.tls, b.config(protocols...))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Write(stunBinding); err != nil {
		return "", err
	}
	var got []byte
	buf := make([]byte, 2048)
	for !bytes.HasSuffix(got, stunBinding) {
		n, err := conn.Read(buf)
		if err != nil {
			return "", err
		}
		got = append(got, buf[:n]...)
	}
	from, _, _ := strings.Cut(string(got), "\n")
	if from != conn.LocalAddr().String() {
		return from, fmt.Errorf("seen as %s, and is %s", from, conn.LocalAddr())
	}
	return from, nil
}

// closed waits until the other side closes conn, and returns what it said
// before.
func closed(t testing.TB, conn net.Conn) string {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	said, err := io.ReadAll(conn)
	if err != nil && strings.Contains(err.Error(), "timeout") {
		t.Errorf("the connection stayed open")
	}
	return string(said)
}

// waitFor waits for what other goroutines do.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatal("never: " + what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (b *bed) refused(cause Cause, n uint64) {
	b.t.Helper()
	waitFor(b.t, fmt.Sprintf("%d are refused as %s", n, cause), func() bool { return b.Stats().Refused[cause] >= n })
	if got := b.Stats().Refused[cause]; got != n {
		b.t.Errorf("%d are refused as %s, want %d", got, cause, n)
	}
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
