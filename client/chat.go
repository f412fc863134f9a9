package client

import (
	"context"
	"crypto/rand"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

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

func (m Chat) message() message {
	if m.Key == "" {
		m.Key = rand.Text()
	}
	p := wire.ChatSend{Text: m.Text}
	if m.ReplyTo != "" {
		p.ReplyTo = &m.ReplyTo
	}
	return message{typ: wire.TypeChatSend, payload: p, key: m.Key, again: true}
}

// SendChat sends a message to the active room and returns once the server has
// stored it. Without a socket it waits in the queue for the next one, and it
// is sent again, under its key, when the socket is lost before the answer
// comes. When ctx ends first, whether it was stored is not known: call again
// with the same Key.
func (c *Conn) SendChat(ctx context.Context, m Chat) (wire.Ack, error) {
	return c.ask(ctx, m.message())
}

// QueueChat is SendChat for those who do not wait: what one goroutine queues
// is sent in that order, also over a lost socket. The queue holds 256
// requests; ErrBusy says that it is full. Unless QueueChat fails, done is
// called once with what became of the message, from the connection's reader:
// it must not block. ctx bounds the queueing only.
func (c *Conn) QueueChat(ctx context.Context, m Chat, done func(wire.Ack, error)) error {
	_, err := c.start(ctx, m.message(), done)
	return err
}

// EditChat replaces the text of an own message of the active room, within ten
// minutes. Like all below it waits while there is no socket and is sent again
// when the socket is lost, since doing it twice is doing it once.
func (c *Conn) EditChat(ctx context.Context, messageID, text string) (wire.Ack, error) {
	return c.ask(ctx, message{typ: wire.TypeChatEdit, payload: wire.ChatEdit{MessageID: messageID, Text: text}, again: true})
}

// DeleteChat deletes a message of the active room: an own one within ten
// minutes, or for moderators and up anybody's.
func (c *Conn) DeleteChat(ctx context.Context, messageID string) (wire.Ack, error) {
	return c.ask(ctx, message{typ: wire.TypeChatDelete, payload: wire.ChatDelete{MessageID: messageID}, again: true})
}

// React puts an emoji on a message of the active room, or takes it off.
func (c *Conn) React(ctx context.Context, messageID, emoji string, on bool) (wire.Ack, error) {
	return c.ask(ctx, message{typ: wire.TypeChatReact, payload: wire.ChatReact{MessageID: messageID, Emoji: emoji, On: on}, again: true})
}

// MarkRead moves the reader's pointer of the message's room up to it; it never
// goes back. The room need not be the active one.
func (c *Conn) MarkRead(ctx context.Context, messageID string) (wire.Ack, error) {
	return c.ask(ctx, message{typ: wire.TypeChatRead, payload: wire.ChatRead{MessageID: messageID}, again: true})
}

// Typing tells the active room that the user is writing; others show it for a
// few seconds. It is not kept for later: without a socket nothing is sent.
func (c *Conn) Typing() { c.post(wire.TypeChatTyping, wire.ChatTyping{}) }
