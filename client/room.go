package client

import (
	"context"

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
	c.room, c.rejoin = slug, false
	c.mu.Unlock()
	c.catchUp(slug)
}
