package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"

	"github.com/gobwas/ws"
	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handshake is what the request that became a socket said.
type handshake struct {
	ticket, resume, after string
	peer                  peer
}

// maxResumeID bounds what is looked up as a session's id.
const maxResumeID = 64

// realtime makes a socket of a request. Whose it is, the ticket says, and is
// looked at on the socket: a browser's page cannot read why an upgrade was
// refused, but it can read an error envelope and a close code.
func (s *Server) realtime(c *call) error {
	if origin := c.Get(fiber.HeaderOrigin); origin != "" && !s.ownOrigin(origin, c.peer) {
		return wire.E(wire.CodeForbidden, "this page came from another site")
	}
	h := handshake{ticket: c.Query("ticket"), resume: c.Query("resume"), after: c.Query("after"), peer: c.peer}
	return s.upgrade(c, func(conn *wsConn) { s.socket(conn, h) })
}

// socket runs one WebSocket from the ticket to its end.
func (s *Server) socket(conn *wsConn, h handshake) {
	defer conn.finish()
	if !s.enter() {
		_ = conn.Close(wire.CloseGoingAway, "the server is stopping")
		return
	}
	defer s.sockets.Done()
	ctx := s.base

	// The stack that this needs is not one to keep while the socket is idle.
	var who auth.Identity
	var attempt uint64
	var err error
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		who, attempt, err = s.deps.Auth.UseTicket(ctx, h.ticket)
	}()
	if <-looked; err != nil {
		s.refuse(conn, err)
		return
	}
	// The hub closes what it was given when ctx ends; this is for one that does not.
	drain := context.AfterFunc(s.base, func() { _ = conn.Close(wire.CloseGoingAway, "the server is stopping") })
	err = s.serve(ctx, conn, callerOf(who, attempt, h))
	if !drain() {
		// It is running or has run: Close is done once, and this waits for it.
		_ = conn.Close(wire.CloseGoingAway, "the server is stopping")
	}
	switch {
	case err == nil || ctx.Err() != nil:
		_ = conn.Close(int(ws.StatusNormalClosure), "")
	default:
		_ = conn.Close(int(ws.StatusInternalServerError), "")
	}
}

// serve hands a socket to the hub; a panic is an error of that one socket.
func (s *Server) serve(ctx context.Context, conn *wsConn, caller signaling.Caller) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			s.log.Error("serving a socket failed", "err", err, "stack", string(debug.Stack()))
		}
	}()
	if err = s.deps.Hub.Serve(ctx, conn, caller); err != nil {
		s.log.Debug("a socket ended", "user", caller.User.ID, "err", err)
	}
	return err
}

// callerOf reads the resume of a handshake; one that cannot be read asks for a
// new session, as one that is too old does.
func callerOf(who auth.Identity, attempt uint64, h handshake) signaling.Caller {
	caller := signaling.Caller{User: who.User, AuthSessionID: who.SessionID, Host: h.peer.hostname(), RemoteIP: h.peer.ip, Attempt: attempt}
	after, err := strconv.ParseUint(h.after, 10, 64)
	if h.resume != "" && len(h.resume) <= maxResumeID && err == nil {
		caller.Resume, caller.After = h.resume, after
	}
	return caller
}

// refuse says why and closes.
func (s *Server) refuse(conn *wsConn, err error) {
	var coded *wire.Error
	if !errors.As(err, &coded) {
		s.log.Error("looking at a ticket", "err", err)
		coded = wire.E(wire.CodeInternal, serverFailed)
	}
	closeCode := int(ws.StatusInternalServerError)
	switch coded.Code {
	case wire.CodeMissingTicket:
		closeCode = wire.CloseMissingTicket
	case wire.CodeInvalidTicket:
		closeCode = wire.CloseInvalidTicket
	}
	if frame, err := errorFrame(coded); err == nil {
		_ = conn.Write([][]byte{frame}) // it is closed in any case
	}
	_ = conn.Close(closeCode, string(coded.Code))
}

func errorFrame(e *wire.Error) ([]byte, error) {
	payload, err := json.Marshal(wire.ErrorPayload{Code: e.Code, Message: e.Message})
	if err != nil {
		return nil, err
	}
	return json.Marshal(wire.Event{Type: wire.TypeError, Payload: payload})
}
