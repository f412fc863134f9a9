package smoke

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// text is what people would see of the one message, for a moment.
const text = "boltorezka smoke: a check of this server; this message goes away at once"

// nackBeforeJoin sends a message without a room: it must be refused by code.
func (c *check) nackBeforeJoin(ctx context.Context) (string, error) {
	_, err := c.users[0].conn.Request(ctx, wire.TypeChatSend, wire.ChatSend{Text: text})
	return refusedAs(err, wire.CodeNoActiveRoom)
}

func refusedAs(err error, want wire.Code) (string, error) {
	var coded *wire.Error
	switch {
	case err == nil:
		return "", fmt.Errorf("it was acked; a nack with %s is right", want)
	case !errors.As(err, &coded):
		return "", err
	case coded.Code != want:
		return "", fmt.Errorf("refused with %s; %s is right", coded.Code, want)
	}
	return string(want), nil
}

// joinRoom has both view one room, which the first one is told of the second.
func (c *check) joinRoom(ctx context.Context) (string, error) {
	note, err := c.chooseRoom(ctx)
	if err != nil {
		return "", err
	}
	mark := c.users[0].seen.mark()
	for _, u := range c.users {
		ack, err := u.conn.JoinRoom(ctx, c.slug)
		if err != nil {
			return "", err
		}
		if ack.RoomSlug != c.slug || ack.RoomID == "" {
			return "", fmt.Errorf("the ack names room %q %q", ack.RoomSlug, ack.RoomID)
		}
	}
	second := c.users[1].me.ID
	_, err = c.users[0].seen.await(ctx, mark, "presence.joined of the second user", func(e client.Event) bool {
		p, ok := e.Payload.(*wire.PresenceChange)
		return ok && e.Type == wire.TypePresenceJoined && p.UserID == second
	})
	return c.slug + note, err
}

// chooseRoom takes the room of the options, or one where nobody talks: general
// if that is quiet.
func (c *check) chooseRoom(ctx context.Context) (note string, err error) {
	if c.slug = c.opts.Room; c.slug != "" {
		return "", nil
	}
	e, err := c.users[0].seen.await(ctx, 0, "rooms.presence", payload(func(*wire.RoomsPresence) bool { return true }))
	if err != nil {
		return "", err
	}
	busy := map[string]bool{}
	for _, r := range e.Payload.(*wire.RoomsPresence).Rooms {
		busy[r.RoomSlug] = slices.ContainsFunc(r.Users, func(u wire.PresentUser) bool { return u.InVoice })
	}
	rooms, err := c.users[0].api.Rooms(ctx)
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(rooms, func(r wire.Room) bool { return r.Slug == "general" }); i > 0 {
		rooms[0], rooms[i] = rooms[i], rooms[0]
	}
	for _, r := range rooms {
		if !busy[r.Slug] && r.ArchivedAt == nil {
			c.slug = r.Slug
			return "", nil
		}
	}
	if len(rooms) == 0 {
		return "", errors.New("there is no room that these users see")
	}
	c.slug = rooms[0].Slug
	return ", where people talk, as they do in every room", nil
}

// message sends one message, which the other must be shown.
func (c *check) message(ctx context.Context) (string, error) {
	c.key = "smoke " + rand.Text()
	mark := c.users[1].seen.mark()
	ack, err := c.users[0].conn.SendChat(ctx, client.Chat{Text: text, Key: c.key})
	if err != nil {
		return "", err
	}
	c.messageID = ack.MessageID
	if ack.MessageID == "" || ack.Duplicate {
		return "", fmt.Errorf("the ack is %+v", ack)
	}
	_, err = c.users[1].seen.await(ctx, mark, "chat.message at the other user", payload(func(m *wire.ChatMessage) bool {
		return m.ID == ack.MessageID && m.Text == text && m.UserID == c.users[0].me.ID
	}))
	return "", err
}

// duplicate sends the same message again: it must be stored once.
func (c *check) duplicate(ctx context.Context) (string, error) {
	if c.messageID == "" {
		return "", skip("no message was sent")
	}
	ack, err := c.users[0].conn.SendChat(ctx, client.Chat{Text: text, Key: c.key})
	if err != nil {
		return "", err
	}
	if !ack.Duplicate || ack.MessageID != c.messageID {
		return "", fmt.Errorf("sent again under its key, %s became %s, duplicate %v", c.messageID, ack.MessageID, ack.Duplicate)
	}
	return "stored once", nil
}

// deleteMessage takes the message away, at the other user too.
func (c *check) deleteMessage(ctx context.Context) (string, error) {
	if c.messageID == "" {
		return "", skip("no message was sent")
	}
	id, mark := c.messageID, c.users[1].seen.mark()
	if _, err := c.users[0].conn.DeleteChat(ctx, id); err != nil {
		return "", err
	}
	c.messageID = ""
	_, err := c.users[1].seen.await(ctx, mark, "chat.deleted at the other user", payload(func(d *wire.ChatDeleted) bool { return d.ID == id }))
	return "", err
}
