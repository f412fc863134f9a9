package httpapi

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// Browsers open connections in advance; neither those nor requests that are
// never finished hold up a stop, and a call under way is answered.
func TestCloseDoesNotWaitForSilence(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	s := newStand(t, options{deps: func(d *Deps) {
		d.Checks["slow"] = func(context.Context) error {
			close(began)
			<-finish
			return nil
		}
	}})
	var open []net.Conn
	for _, said := range []string{"", "GET /version HT", "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
		"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, said); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	<-began
	time.AfterFunc(idleGrace+100*time.Millisecond, func() { close(finish) })
	start := time.Now()
	if err := s.server.Close(within(t)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("closing took %s", took)
	}
	for i, c := range open {
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if e, ok := err.(net.Error); ok && e.Timeout() {
			t.Errorf("connection %d is still open", i)
		}
		if i == 3 && !strings.Contains(string(answer), `"slow":"ok"`) {
			t.Errorf("the call under way got %q", answer)
		}
	}
}
