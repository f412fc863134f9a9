package smoke

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// signal is what a call.offer carries here; no client takes it for one of its
// own, having asked for none.
var signal = json.RawMessage(`{"smoke":true}`)

// relayed sends a message of a call to the second user and waits for it there.
func (c *check) relayed(ctx context.Context, typ string, msg any, same func(*wire.RelayedCall) bool) error {
	from, to := c.users[0], c.users[1]
	mark := to.seen.mark()
	ack, err := from.conn.Request(ctx, typ, msg)
	if err != nil {
		return err
	}
	if ack.RelayedTo == nil || *ack.RelayedTo != 1 {
		return fmt.Errorf("the ack says %s", relayedTo(ack))
	}
	_, err = to.seen.await(ctx, mark, typ+" at the other user", func(e client.Event) bool {
		p, ok := e.Payload.(*wire.RelayedCall)
		return ok && e.Type == typ && p.FromUserID == from.me.ID && same(p)
	})
	return err
}

func relayedTo(a wire.Ack) string {
	if a.RelayedTo == nil {
		return "nothing of relayedTo"
	}
	return fmt.Sprintf("relayedTo %d; 1 is right", *a.RelayedTo)
}

func (c *check) offer(ctx context.Context) (string, error) {
	msg := wire.CallSignal{TargetUserID: c.users[1].me.ID, Signal: signal}
	return "", c.relayed(ctx, wire.TypeCallOffer, msg, func(p *wire.RelayedCall) bool { return bytes.Equal(p.Signal, signal) })
}

func (c *check) reject(ctx context.Context) (string, error) { return c.ended(ctx, wire.TypeCallReject) }

func (c *check) hangup(ctx context.Context) (string, error) { return c.ended(ctx, wire.TypeCallHangup) }

func (c *check) ended(ctx context.Context, typ string) (string, error) {
	msg := wire.CallEnd{TargetUserID: c.users[1].me.ID, Reason: "smoke"}
	return "", c.relayed(ctx, typ, msg, func(p *wire.RelayedCall) bool { return p.Reason == "smoke" })
}

// resume cuts the second user's network: his session must go on on the next
// connection, with what he was sent meanwhile, once.
func (c *check) resume(ctx context.Context) (string, error) {
	from, to := c.users[0], c.users[1]
	session := to.conn.Session()
	if session.ResumeWindowSec == 0 {
		return "", skip("realtime.resumeWindowSec is 0")
	}
	mark := to.seen.mark()
	began := time.Now()
	to.line.cut()
	change := func(want ...client.ConnectionState) func(client.Event) bool {
		return payload(func(c *client.ConnectionChange) bool {
			for _, s := range want {
				if c.State == s {
					return true
				}
			}
			return false
		})
	}
	if _, err := to.seen.await(ctx, mark, "the end of the connection", change(client.StateReconnecting)); err != nil {
		return "", err
	}
	// It reaches him after the resume, or before it where he was quicker.
	missed := func(e client.Event) bool {
		p, ok := e.Payload.(*wire.RelayedCall)
		return ok && e.Type == wire.TypeCallHangup && p.FromUserID == from.me.ID && p.Reason == "smoke resume"
	}
	if _, err := from.conn.Request(ctx, wire.TypeCallHangup, wire.CallEnd{TargetUserID: to.me.ID, Reason: "smoke resume"}); err != nil {
		return "", fmt.Errorf("to the user who is away: %w", err)
	}
	e, err := to.seen.await(ctx, mark, "another connection", change(client.StateConnected, client.StateResumed))
	if err != nil {
		return "", err
	}
	took := time.Since(began)
	if s := e.Payload.(*client.ConnectionChange).State; s != client.StateResumed || to.conn.Session().SessionID != session.SessionID {
		return "", fmt.Errorf("the session was not resumed: another began")
	}
	if _, err := to.seen.await(ctx, mark, "what was sent meanwhile", missed); err != nil {
		return "", err
	}
	if _, err := to.conn.Request(ctx, wire.TypePing, struct{}{}); err != nil {
		return "", fmt.Errorf("after the resume: %w", err)
	}
	if n := to.seen.count(mark, missed); n != 1 {
		return "", fmt.Errorf("what was sent meanwhile came %d times", n)
	}
	if gaps := to.conn.Stats().Gaps; gaps > 0 {
		return "", fmt.Errorf("%d events are missing", gaps)
	}
	return fmt.Sprintf("back after %d ms, nothing missed", took.Milliseconds()), nil
}
