package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// CreateInvite makes an invite.
func (c *Client) CreateInvite(ctx context.Context, n wire.NewInvite) (wire.Invite, error) {
	var a wire.InviteAnswer
	err := c.call(ctx, http.MethodPost, "/v1/invites", nil, n, &a)
	return a.Invite, err
}

// Invites lists the caller's own invites, an admin's all.
func (c *Client) Invites(ctx context.Context) ([]wire.Invite, error) {
	var a wire.Invites
	err := c.call(ctx, http.MethodGet, "/v1/invites", nil, nil, &a)
	return a.Invites, err
}

// DeleteInvite ends an invite.
func (c *Client) DeleteInvite(ctx context.Context, code string) error {
	return c.call(ctx, http.MethodDelete, "/v1/invites/"+url.PathEscape(code), nil, nil, nil)
}
