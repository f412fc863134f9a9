package client

import (
	"context"
	"crypto/rand"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// JoinRoom makes a room the active one, whose chat and presence arrive in
// Events. It is joined again by itself in a session that could not be resumed.
func (c *Conn) JoinRoom(ctx context.Context, slug string) (wire.Ack, error) {
	a, err := c.Request(ctx, wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: slug})
	if err == nil {
		c.setRoom(slug)
	}
	return a, err
}

// LeaveRoom leaves the active room; NoActiveRoom without one.
func (c *Conn) LeaveRoom(ctx context.Context) error {
	_, err := c.Request(ctx, wire.TypeRoomLeave, struct{}{})
	if err == nil {
		c.setRoom("")
	}
	return err
}

func (c *Conn) setRoom(slug string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room = slug
}

// Chat is a message to send.
type Chat struct {
	// Text has 1 to 4000 characters.
	Text string
	// ReplyTo is the id of a message of the same room, or empty.
	ReplyTo string
	// Key is the idempotency key: the same key stores the message once,
	// however often it is sent. Empty makes a new one.
	Key string
}

// SendChat sends a message to the active room and returns once the server has
// stored it. It is sent again, under its key, when the socket is lost before
// the answer comes. When ctx ends first, whether it was stored is not known:
// call again with the same Key.
func (c *Conn) SendChat(ctx context.Context, m Chat) (wire.Ack, error) {
	if m.Key == "" {
		m.Key = rand.Text()
	}
	p := wire.ChatSend{Text: m.Text}
	if m.ReplyTo != "" {
		p.ReplyTo = &m.ReplyTo
	}
	return c.ask(ctx, wire.TypeChatSend, p, m.Key)
}
