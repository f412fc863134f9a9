package edge

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOnePort(t *testing.T) {
	b := newBed(t, bedOptions{})
	body, err := b.get("")
	if err != nil || !strings.HasPrefix(body, "127.0.0.1:") || !strings.HasSuffix(body, " true") {
		t.Errorf("HTTPS: %q, %v", body, err)
	}
	for _, protocols := range [][]string{nil, {"stun.turn"}, {"webrtc", "c-webrtc"}, {"h2", "http/1.1"}} {
		if _, err := b.turn(protocols...); err != nil {
			t.Errorf("TURN with ALPN %q: %v", protocols, err)
		}
	}
	res, err := http.Get("http://" + b.plain)
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if !strings.HasSuffix(string(plain), " false") {
		t.Errorf("plain HTTP: %q", plain)
	}
	if st := b.Stats(); st.HTTP != 1 || st.TURN != 4 {
		t.Errorf("counted %+v", st)
	}
}

// TestOtherProtocols holds that what is neither HTTP nor TURN is closed and
// counted, in pieces too.
func TestOtherProtocols(t *testing.T) {
	b := newBed(t, bedOptions{})
	impatient := newBed(t, bedOptions{options: func(o *Options) { o.firstTime, o.handshakeTime = 300*time.Millisecond, 20*time.Second }})
	say := func(b *bed, text string, protocols ...string) {
		t.Helper()
		conn, err := tls.Dial("tcp", b.tls, b.config(protocols...))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for i := range len(text) {
			if _, err := conn.Write([]byte{text[i]}); err != nil {
				break
			}
		}
		closed(t, conn)
	}
	say(b, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	say(b, "SSH-2.0-x\r\n")
	say(b, "\x40\x00\x00\x04abcd")
	say(b, "GET / HTTP/1.1\r\n\r\n", "stun.turn")
	b.refused(CauseProtocol, 4)
	say(impatient, "")
	say(impatient, "GE")
	say(impatient, "\x00\x01\x00")
	impatient.refused(CauseSilent, 3)
	conn, err := tls.Dial("tcp", b.tls, b.config())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	b.refused(CauseGone, 1)
}

// TestNotTLS says other things to the TLS port than a handshake.
func TestNotTLS(t *testing.T) {
	b := newBed(t, bedOptions{})
	say := func(text string) string {
		t.Helper()
		conn, err := net.Dial("tcp", b.tls)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		return closed(t, conn)
	}
	say(string(stunBinding))
	say("SSH-2.0-x\r\n")
	say("\xff\xff\xff\xff")
	b.refused(CauseNotTLS, 3)
	if got := say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.Contains(got, "400") || !strings.HasSuffix(got, "begin with https://.\n") {
		t.Errorf("plain HTTP is answered %q", got)
	}
	b.refused(CausePlainHTTP, 1)
	say("PROXY TCP4 192.0.2.7 192.0.2.1 4000 443\r\n")
	say(proxyV2 + "\x21\x11\x00\x0c")
	b.refused(CauseProxyUntrusted, 2)
	junk := make([]byte, 600)
	_, _ = rand.Read(junk)
	copy(junk, []byte{tlsRecord, 3, 1, 2, 0})
	say(string(junk))
	b.refused(CauseHandshake, 1)
	conn, err := tls.Dial("tcp", b.tls, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	if err == nil {
		t.Error("TLS 1.1 was spoken")
		_ = conn.Close()
	}
	b.refused(CauseHandshake, 2)
}

func TestPortOfTURNAlone(t *testing.T) {
	b := newBed(t, bedOptions{options: func(o *Options) { o.TLS[0].OnlyTURN = true }})
	if _, err := b.turn(); err != nil {
		t.Error(err)
	}
	if body, err := b.get(""); err == nil {
		t.Errorf("HTTP is answered %q", body)
	}
	b.refused(CauseNoHTTP, 1)

	b = newBed(t, bedOptions{options: func(o *Options) { o.TURN = false }})
	if from, err := b.turn(); err == nil {
		t.Errorf("TURN is answered, as to %s", from)
	}
	b.refused(CauseNoTURN, 1)
}

func TestProxyProtocol(t *testing.T) {
	v2 := proxyV2 + "\x21\x11\x00\x0c" + "\xc0\x00\x02\x07" + "\xc0\x00\x02\x01" + "\x0f\xa0" + "\x01\xbb"
	six := proxyV2 + "\x21\x21\x00\x24" + "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x07" + "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01" + "\x0f\xa0" + "\x01\xbb"
	local := proxyV2 + "\x20\x00\x00\x00"
	on := func(o *Options) { o.ProxyProtocol, o.Trusted = true, loopback }
	b := newBed(t, bedOptions{options: on})
	for header, want := range map[string]string{
		"PROXY TCP4 192.0.2.7 192.0.2.1 4000 443\r\n": "192.0.2.7:4000", v2: "192.0.2.7:4000", six: "[2001:db8::7]:4000",
		local: "127.0.0.1:", "PROXY UNKNOWN\r\n": "127.0.0.1:",
	} {
		if body, err := b.get(header); err != nil || !strings.HasPrefix(body, want) || !strings.HasSuffix(body, " true") {
			t.Errorf("https after %q: %q, %v", header, body, err)
		}
		if body := b.plainGet(header); !strings.Contains(body, "\r\n\r\n"+want) {
			t.Errorf("http after %q: %q", header, body)
		}
	}
	if n := b.Stats().Proxied; n != 10 {
		t.Errorf("%d counted", n)
	}
	for _, bad := range []string{
		"PROXY TCP4 192.0.2.7 192.0.2.1 4000\r\n", "PROXY TCP4 x y 1 2\r\n", "PROXY " + strings.Repeat("x", 300), proxyV2 + "\x21\x11\x00\x01\x00",
		proxyV2 + "\x21\x11\xff\xff" + strings.Repeat("x", 300), proxyV2 + "\x21\x12\x00\x0c" + strings.Repeat("x", 12), "PROXY TCP4 0.0.0.0 192.0.2.1 1 2\r\n",
	} {
		if body := b.plainGet(bad); body != "" {
			t.Errorf("after %.40q: %q", bad, body)
		}
	}
	b.refused(CauseProxyBad, 7)
	if body := b.plainGet(""); body != "" {
		t.Errorf("without a header: %q", body)
	}
	if body, err := b.get(""); err == nil {
		t.Errorf("without a header: %q", body)
	}
	b.refused(CauseProxyMissing, 2)

	// Nobody else may say who he is.
	b = newBed(t, bedOptions{options: func(o *Options) {
		o.ProxyProtocol, o.Trusted = true, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	}})
	for i, header := range []string{"PROXY TCP4 192.0.2.7 192.0.2.1 4000 443\r\n", v2} {
		if body := b.plainGet(header); body != "" {
			t.Errorf("from elsewhere: %q", body)
		}
		b.refused(CauseProxyUntrusted, uint64(2*i+1))
		if body, err := b.get(header); err == nil {
			t.Errorf("from elsewhere: %q", body)
		}
		b.refused(CauseProxyUntrusted, uint64(2*i+2))
	}
	if body := b.plainGet(""); !strings.Contains(body, "127.0.0.1:") {
		t.Errorf("without a header: %q", body)
	}
	if _, err := b.get(""); err != nil {
		t.Error(err)
	}
}

// plainGet asks the plain port for a page after a header, and returns all that
// comes back.
func (b *bed) plainGet(header string) string {
	b.t.Helper()
	conn, err := net.Dial("tcp", b.plain)
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, header+"GET / HTTP/1.0\r\nHost: x\r\n\r\n"); err != nil {
		return ""
	}
	return closed(b.t, conn)
}

// TestHostile keeps requests and TURN going on while others leave handshakes
// half open, send them byte by byte, send garbage, and come in floods.
func TestHostile(t *testing.T) {
	b := newBed(t, bedOptions{options: func(o *Options) { o.handshakeTime, o.firstTime = 8*time.Second, 5*time.Second }})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	end := sync.OnceFunc(func() {
		close(stop)
		wg.Wait()
	})
	defer end()
	// Each kind comes from an address of its own, and together they are more
	// than one address may have under way.
	kinds := byte(0)
	attack := func(n int, one func(net.Conn)) {
		kinds++
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, kinds)}}
		for range n {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(10 * time.Millisecond): // the attackers' CPU is ours too
					}
					conn, err := dialer.Dial("tcp", b.tls)
					if err != nil {
						continue
					}
					_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
					one(conn)
					_ = conn.Close()
				}
			})
		}
	}
	hello := helloRecord(t)
	wait := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	attack(maxOfAddress+20, wait)                                                      // nothing said
	attack(20, func(c net.Conn) { _, _ = c.Write(hello[:40]); wait(c) })               // half a hello
	attack(10, func(c net.Conn) { _, _ = c.Write(hello); wait(c) })                    // half a handshake
	attack(2, func(c net.Conn) { _, _ = c.Write(hello) })                              // and gone, as fast as it goes
	attack(10, func(c net.Conn) { slowly(c, hello) })                                  // a byte at a time
	attack(2, func(c net.Conn) { _, _ = c.Write(make([]byte, 900)); wait(c) })         // no TLS
	attack(4, func(c net.Conn) { _ = tls.Client(c, b.config()).Handshake(); wait(c) }) // nothing after
	var slowest time.Duration
	for i := range 12 {
		began := time.Now()
		if _, err := b.get(""); err != nil {
			t.Errorf("request %d: %v", i, err)
		}
		if _, err := b.turn("stun.turn"); err != nil {
			t.Errorf("TURN %d: %v", i, err)
		}
		slowest = max(slowest, time.Since(began))
	}
	b.waitRefused(CauseHandshakeSlow, CauseHandshakeGone, CauseNotTLS, CauseSilent, CauseAddress)
	end()
	waitFor(t, "nothing is under way any more", func() bool { return b.Stats().Handshakes == 0 })
	t.Logf("the slowest pair of connections took %s; refused: %v", slowest, b.Stats().Refused)
}

func (b *bed) waitRefused(causes ...Cause) {
	b.t.Helper()
	for _, cause := range causes {
		waitFor(b.t, "some are refused as "+string(cause), func() bool { return b.Stats().Refused[cause] > 0 })
	}
}

func slowly(c net.Conn, text []byte) {
	for _, one := range text {
		if _, err := c.Write([]byte{one}); err != nil {
			return
		}
		time.Sleep(50 * time.Millisecond) // it is what this is about
	}
}

// helloRecord is a whole ClientHello.
func helloRecord(t testing.TB) []byte {
	t.Helper()
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Client(here, &tls.Config{ServerName: "localhost"}).Handshake()
	}()
	head := make([]byte, 5)
	if _, err := io.ReadFull(there, head); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, int(head[3])<<8|int(head[4]))
	if _, err := io.ReadFull(there, body); err != nil {
		t.Fatal(err)
	}
	_ = there.Close()
	<-done
	return append(head, body...)
}

// TestGate holds the bounds, on a clock of its own.
func TestGate(t *testing.T) {
	now := time.Now()
	g := newGate(1, func() time.Time { return now })
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	enter := func(addr string) (*visit, Cause) {
		return g.enter(here, netip.MustParseAddr(addr))
	}
	var of []*visit
	for i := range maxOfAddress {
		v, cause := enter("192.0.2.1")
		if cause != "" {
			t.Fatalf("%d: %s", i, cause)
		}
		of = append(of, v)
	}
	if _, cause := enter("::ffff:192.0.2.1"); cause != CauseAddress {
		t.Errorf("one more of an address: %q", cause)
	}
	if _, cause := enter("192.0.2.2"); cause != "" {
		t.Errorf("one of another: %q", cause)
	}
	for _, v := range of {
		g.leave(v)
	}
	for i := range burst - maxOfAddress {
		v, cause := enter("192.0.2.1")
		if cause != "" {
			t.Fatalf("%d of the burst: %s", i, cause)
		}
		g.leave(v)
	}
	if _, cause := enter("192.0.2.1"); cause != CauseRate {
		t.Errorf("one more than the burst: %q", cause)
	}
	now = now.Add(time.Second)
	if _, cause := enter("192.0.2.1"); cause != "" {
		t.Errorf("a second later: %q", cause)
	}

	g = newGate(1, func() time.Time { return now })
	var first *visit
	for i := range maxUnderway {
		v, cause := enter(fmt.Sprintf("2001:db8:%x::1", i))
		if cause != "" {
			t.Fatalf("%d: %s", i, cause)
		}
		if first == nil {
			first = v
		}
	}
	if _, cause := enter("192.0.2.1"); cause != CauseFull {
		t.Errorf("one more than there are places: %q", cause)
	}
	now = now.Add(slowAfter)
	if _, cause := enter("192.0.2.1"); cause != "" || !g.leave(first) {
		t.Errorf("the slowest did not make room: %q", cause)
	}
	if g.len() != maxUnderway {
		t.Errorf("%d are under way", g.len())
	}
	for i := range 3 * maxVisitors {
		if v, cause := enter(fmt.Sprintf("10.%d.%d.1", i>>8, i&0xff)); cause == "" {
			g.leave(v)
		}
		now = now.Add(slowAfter)
	}
	if n := len(g.visitors); n > maxVisitors {
		t.Errorf("%d addresses are remembered", n)
	}
}

// TestRateByAddress floods from one address and asks from another.
func TestRateByAddress(t *testing.T) {
	b := newBed(t, bedOptions{options: func(o *Options) { o.Rate = 0.05 }}) // 20 at once
	for range 40 {
		conn, err := net.Dial("tcp", b.tls)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	waitFor(t, "some are refused", func() bool {
		st := b.Stats()
		return st.Refused[CauseRate]+st.Refused[CauseAddress] > 0
	})
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	conn, err := tls.DialWithDialer(&dialer, "tcp", b.tls, b.config())
	if err != nil {
		t.Fatalf("from another address: %v", err)
	}
	_ = conn.Close()
}
