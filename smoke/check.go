package smoke

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// check is one run: two users and what they have in common.
type check struct {
	opts          Options
	serverVersion string

	users [2]*user
	slug  string // the room
	// What is to be taken away in the end.
	invite    string // that we made
	messageID string // of what we sent, until it is deleted
	key       string // its idempotency key
}

// user is one of the two.
type user struct {
	api  *client.Client
	line *line // what can be cut
	me   wire.User
	// own says that the session was made by this run, which ends it.
	own  bool
	conn *client.Conn
	seen *inbox
}

// anonymous is a client that is nobody yet.
func (c *check) anonymous(options ...client.Option) (*user, error) {
	u := &user{line: newLine()}
	options = append(options, client.WithHTTPClient(u.line.client()), client.WithUserAgent("boltorezka-smoke"), client.WithLogger(slog.New(slog.DiscardHandler)))
	options = append(options, loopback(c.opts.URL)...)
	var err error
	u.api, err = client.New(c.opts.URL, options...)
	return u, err
}

func (c *check) health(ctx context.Context) (string, error) {
	u, err := c.anonymous()
	if err != nil {
		return "", err
	}
	defer u.line.close()
	h, err := u.api.Health(ctx)
	if err != nil {
		return "", err
	}
	if h.Status != "ok" {
		return "", fmt.Errorf("the server says %s: %v", h.Status, h.Checks)
	}
	return h.Status, nil
}

func (c *check) version(ctx context.Context) (string, error) {
	u, err := c.anonymous()
	if err != nil {
		return "", err
	}
	defer u.line.close()
	v, err := u.api.Version(ctx)
	if err != nil {
		return "", err
	}
	c.serverVersion = v.Version
	return v.Version, nil
}

func (c *check) ticket(ctx context.Context) (string, error) {
	t, err := c.users[0].api.Ticket(ctx)
	if err != nil {
		return "", err
	}
	if t.Ticket == "" || t.ExpiresInSec <= 0 {
		return "", fmt.Errorf("the ticket is %+v", t)
	}
	return fmt.Sprintf("good for %d s", t.ExpiresInSec), nil
}

func (c *check) connect(ctx context.Context) (string, error) {
	for _, u := range c.users {
		var err error
		if u.conn, err = u.api.Connect(ctx); err != nil {
			return "", err
		}
		u.seen = newInbox(u.conn.Events())
	}
	r := c.users[0].conn.Session()
	return fmt.Sprintf("heartbeat %d s, resume window %d s", r.HeartbeatSec, r.ResumeWindowSec), nil
}

// cleanUp takes away what the run has made, whatever became of it.
func (c *check) cleanUp(ctx context.Context) (string, error) {
	var errs []error
	if c.messageID != "" && c.users[0] != nil && c.users[0].conn != nil {
		_, err := c.users[0].conn.DeleteChat(ctx, c.messageID)
		errs = append(errs, err)
	}
	for _, u := range c.users {
		if u != nil && u.conn != nil {
			_ = u.conn.Close()
			u.seen.wait()
		}
	}
	if c.invite != "" {
		errs = append(errs, c.users[0].api.DeleteInvite(ctx, c.invite))
	}
	signedOut := 0
	for _, u := range c.users {
		if u == nil {
			continue
		}
		if u.own {
			errs = append(errs, u.api.Logout(ctx))
			signedOut++
		}
		u.line.close()
	}
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d sessions ended", signedOut), nil
}

// guestName is a name that tells people who it is, and no two runs share.
func guestName(n int) string {
	return fmt.Sprintf("smoke %d %s", n+1, time.Now().UTC().Format("150405.000"))
}
