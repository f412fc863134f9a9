package signaling

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// handler is what a type of message needs and what it does. run is called on
// the session's reader. It returns a coded error for a nack; without an error
// the request is acked, unless run has done so or has set req.later.
type handler struct {
	role  wire.Role // the least that may send it
	class class
	run   func(ctx context.Context, s *session, req *request) error
}

// handlers are all that this server understands; the rest is UnknownEvent.
// It is filled in init, since answering a request looks into it.
var handlers map[string]handler

func init() {
	handlers = map[string]handler{
		wire.TypePing:           {wire.RoleGuest, classPing, handlePing},
		wire.TypeRoomJoin:       {wire.RoleGuest, classMove, handleRoomJoin},
		wire.TypeRoomLeave:      {wire.RoleGuest, classMove, handleRoomLeave},
		wire.TypePresenceStatus: {wire.RoleGuest, classState, handlePresenceStatus},
		wire.TypeChatSend:       {wire.RoleGuest, classChat, handleChatSend},
		wire.TypeChatEdit:       {wire.RoleGuest, classChat, handleChatEdit},
		wire.TypeChatDelete:     {wire.RoleGuest, classChat, handleChatDelete}, // others': rightDeleteOthers
		wire.TypeChatReact:      {wire.RoleGuest, classChat, handleChatReact},
		wire.TypeChatTyping:     {wire.RoleGuest, classTyping, handleChatTyping},
		wire.TypeChatRead:       {wire.RoleGuest, classRead, handleChatRead},
		wire.TypeVoiceJoin:      {wire.RoleGuest, classMove, handleVoiceJoin},
		wire.TypeVoiceLeave:     {wire.RoleGuest, classMove, handleVoiceLeave},
		wire.TypeVoiceIgnore:    {wire.RoleGuest, classState, handleVoiceIgnore},
		wire.TypeVoiceStage:     {wire.RoleModerator, classState, handleVoiceStage},
		wire.TypeVoiceReady:     {wire.RoleGuest, classState, handleVoiceReady},
		wire.TypeVoiceStats:     {wire.RoleGuest, classState, handleVoiceStats},
		wire.TypeSFUOffer:       {wire.RoleGuest, classSignal, handleSFUOffer},
		wire.TypeSFUICE:         {wire.RoleGuest, classSignal, handleSFUICE},
		wire.TypeCallMicState:   {wire.RoleGuest, classState, handleCallMicState},
		wire.TypeCallVideoState: {wire.RoleGuest, classState, handleCallVideoState},
		wire.TypeCallOffer:      {wire.RoleGuest, classSignal, handleCallSignal},
		wire.TypeCallAnswer:     {wire.RoleGuest, classSignal, handleCallSignal},
		wire.TypeCallICE:        {wire.RoleGuest, classSignal, handleCallSignal},
		wire.TypeCallReject:     {wire.RoleGuest, classSignal, handleCallEnd},
		wire.TypeCallHangup:     {wire.RoleGuest, classSignal, handleCallEnd},
		wire.TypeCallFailed:     {wire.RoleGuest, classState, handleCallFailed},
	}
}

// Types are all types of messages that a client may send.
func Types() []string { return slices.Sorted(maps.Keys(handlers)) }

// handle takes one message of the client's to its end.
func (s *session) handle(ctx context.Context, raw []byte) {
	req, err := parse(raw)
	h, known := handlers[req.Type]
	if err != nil || !known {
		h.class = classOther
	}
	if !s.allowed(req, h.class) {
		return
	}
	switch {
	case err != nil && req.RequestID == "":
		s.answer(req, wire.CodeValidation)
		s.complain(wire.CodeValidation, messageOf(err))
		return
	case err != nil:
	case !known:
		err = wire.E(wire.CodeUnknownEvent, "type: this server has no "+req.Type)
	case s.user.Role.Rank() < h.role.Rank():
		err = wire.E(wire.CodeForbidden, fmt.Sprintf("%s is for %s and up", req.Type, h.role))
	default:
		err = h.run(ctx, s, req)
	}
	if err != nil {
		s.fail(req, err)
	} else if !req.later {
		s.ack(req, wire.Ack{})
	}
}

// messageOf is what a client is told of a parse error.
func messageOf(err error) string {
	if coded, ok := err.(*wire.Error); ok {
		return coded.Message
	}
	return err.Error()
}

// allowed applies the rate limits, answers what is over them, and closes the
// socket of who does not mind being refused.
func (s *session) allowed(req *request, c class) bool {
	ok, wait, flooding := s.acc.limits.allow(c)
	if ok {
		return true
	}
	s.fail(req, &wire.Error{Code: wire.CodeRateLimited, Message: "too many of these; wait", RetryAfterMs: wait.Milliseconds() + 1})
	if flooding {
		s.complain(wire.CodeRateLimited, "too many messages in spite of refusals")
		s.out.finish(ending{wire.CloseRateLimited, "RateLimited", "flood"})
	}
	return false
}
