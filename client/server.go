package client

import (
	"context"
	"net/http"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Health returns the server's own account of itself. A server that answers
// 503 is an error, as one that does not answer is.
func (c *Client) Health(ctx context.Context) (wire.Health, error) {
	var h wire.Health
	err := c.call(ctx, http.MethodGet, "/health", nil, nil, &h)
	return h, err
}

// Version returns what the server was built from.
func (c *Client) Version(ctx context.Context) (wire.Version, error) {
	var v wire.Version
	err := c.call(ctx, http.MethodGet, "/version", nil, nil, &v)
	return v, err
}
