package client

import (
	"context"
	"net/http"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// AuthMode says how one may sign in here.
func (c *Client) AuthMode(ctx context.Context) (wire.AuthMode, error) {
	var m wire.AuthMode
	err := c.call(ctx, http.MethodGet, "/v1/auth/mode", nil, nil, &m)
	return m, err
}

// Register makes an account and signs in with it. The very first account of a
// server becomes its owner.
func (c *Client) Register(ctx context.Context, r wire.Register) (wire.User, error) {
	return c.signIn(ctx, "/v1/auth/register", r)
}

// Login signs in.
func (c *Client) Login(ctx context.Context, name, password string) (wire.User, error) {
	return c.signIn(ctx, "/v1/auth/login", wire.Login{Name: name, Password: password})
}

// Guest signs in without an account; inviteCode may be empty where the
// server's guests are open. Forbidden where there are none.
func (c *Client) Guest(ctx context.Context, name, inviteCode string) (wire.User, error) {
	return c.signIn(ctx, "/v1/auth/guest", wire.Guest{Name: name, InviteCode: inviteCode})
}

// Refresh exchanges the session's token for a new one.
func (c *Client) Refresh(ctx context.Context) (wire.User, error) {
	return c.signIn(ctx, "/v1/auth/refresh", nil)
}

func (c *Client) signIn(ctx context.Context, path string, in any) (wire.User, error) {
	var s wire.SignedIn
	if err := c.call(ctx, http.MethodPost, path, nil, in, &s); err != nil {
		return wire.User{}, err
	}
	if s.Token != "" {
		c.setToken(s.Token)
	}
	return s.User, nil
}

// Logout ends the session. The token is forgotten even when the server cannot
// be told.
func (c *Client) Logout(ctx context.Context) error {
	err := c.call(ctx, http.MethodPost, "/v1/auth/logout", nil, nil, nil)
	c.setToken("")
	return err
}

// Me returns who is signed in.
func (c *Client) Me(ctx context.Context) (wire.User, error) {
	var m wire.Me
	err := c.call(ctx, http.MethodGet, "/v1/auth/me", nil, nil, &m)
	return m.User, err
}

// Ticket returns a ticket that opens one WebSocket; Connect takes its own.
func (c *Client) Ticket(ctx context.Context) (wire.Ticket, error) {
	var t wire.Ticket
	err := c.call(ctx, http.MethodGet, "/v1/auth/ws-ticket", nil, nil, &t)
	return t, err
}
