package smoke

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// line is a client's network, whose connections can be cut.
type line struct {
	transport *http.Transport

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func newLine() *line {
	l := &line{open: map[net.Conn]struct{}{}}
	l.transport = http.DefaultTransport.(*http.Transport).Clone()
	dial := (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	l.transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		l.open[c] = struct{}{}
		l.mu.Unlock()
		return &strand{Conn: c, line: l}, nil
	}
	return l
}

func (l *line) client() *http.Client {
	return &http.Client{Transport: l.transport, Timeout: 30 * time.Second}
}

// cut ends every connection there is, as a lost network does; new ones may be
// made at once.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Close()
	}
}

func (l *line) close() { l.transport.CloseIdleConnections() }

// strand is one connection of a line.
type strand struct {
	net.Conn
	line *line
}

// Close ends the connection.
func (w *strand) Close() error {
	w.line.mu.Lock()
	delete(w.line.open, w.Conn)
	w.line.mu.Unlock()
	return w.Conn.Close()
}

// loopback lets media use loopback addresses where the server is reached by
// one; elsewhere they lead nowhere.
func loopback(rawURL string) []client.Option {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil
	}
	ip := net.ParseIP(u.Hostname())
	if u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil
	}
	return []client.Option{client.WithLoopbackToo()}
}
