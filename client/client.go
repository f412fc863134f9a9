package client

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// Client is a server's address and, once signed in, a session on it.
type Client struct {
	base      *url.URL
	http      *http.Client
	log       *slog.Logger
	userAgent string
	loopback  bool // loopback addresses alone
	local     bool // loopback addresses as well
	settings  func(*webrtc.SettingEngine)
	bare      bool
	backoff   Backoff
	pace      int // stretches the steps of repairs, for tests

	mu    sync.Mutex // guards token
	token string
}

// Option changes what New makes.
type Option func(*Client)

// WithToken signs the client in with a session token from earlier.
func WithToken(token string) Option { return func(c *Client) { c.token = token } }

// WithHTTPClient replaces the HTTP client, which also dials the WebSocket. A
// Timeout set on it bounds HTTP calls only.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithLogger says where reconnections and repairs of the media path are told;
// the default is to say nothing.
func WithLogger(l *slog.Logger) Option { return func(c *Client) { c.log = l } }

// WithUserAgent names the program in the server's list of sessions.
func WithUserAgent(s string) Option { return func(c *Client) { c.userAgent = s } }

// WithLoopback gathers media candidates on loopback addresses and on no
// others: for tests and load tests on the server's own machine.
func WithLoopback() Option { return func(c *Client) { c.loopback = true } }

// WithLoopbackToo gathers media candidates on loopback addresses beside all
// others: for programs that may run on the server's own machine.
func WithLoopbackToo() Option { return func(c *Client) { c.local = true } }

// WithMediaSettings changes the settings of every PeerConnection before it is
// made, after the client's own.
func WithMediaSettings(f func(*webrtc.SettingEngine)) Option {
	return func(c *Client) { c.settings = f }
}

// WithoutReports leaves RTCP, what is read of it and redundancy (RFC 2198) out
// of PeerConnections: for programs that carry RTP themselves, beside Pion, by way of WithMediaSettings
// and VoiceOptions.OnAgreed.
func WithoutReports() Option { return func(c *Client) { c.bare = true } }

// WithBackoff replaces the waits between reconnection attempts.
func WithBackoff(b Backoff) Option { return func(c *Client) { c.backoff = b } }

// New makes a client of the server at baseURL (http or https, with or without
// a path in front of /v1). It does not contact the server.
func New(baseURL string, opts ...Option) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(baseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("client: server address: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("client: server address %q: want http://host or https://host", baseURL)
	}
	c := &Client{
		base:      u,
		http:      &http.Client{Timeout: 30 * time.Second},
		log:       slog.New(slog.DiscardHandler),
		userAgent: "boltorezka-go",
		backoff:   DefaultBackoff,
	}
	for _, o := range opts {
		o(c)
	}
	return c, nil
}

// Token returns the session token, empty when signed out. It is a secret.
func (c *Client) Token() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

func (c *Client) setToken(t string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = t
}
