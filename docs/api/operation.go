package api

import "github.com/boltorezka/boltorezka/signaling/wire"

// Who may make a call.
const (
	Public  = "anybody"
	Session = "anybody with a session, guests too"
	Member  = "members and up"
	Admin   = "admins and the owner"
	Owner   = "the owner"
)

// Operation is one HTTP call.
type Operation struct {
	Method, Path string // as in OpenAPI: /v1/rooms/{room}
	Tag          string
	Summary      string
	Who          string
	Params       []Param
	Body         any // a wire type, or nil
	Status       int
	Answer       any // a wire type, or nil for what is no JSON
	Media        string
	Errors       []wire.Code
}

// Param is a parameter of a call's path or query.
type Param struct {
	Name, In, Text string
	Required       bool
	Schema         map[string]any
}

func id(name, text string) Param {
	return Param{Name: name, In: "path", Text: text, Required: true, Schema: map[string]any{"type": "string"}}
}

func query(name, text string, schema map[string]any) Param {
	return Param{Name: name, In: "query", Text: text, Schema: schema}
}

var (
	aString   = map[string]any{"type": "string"}
	aTime     = map[string]any{"type": "string", "format": "date-time"}
	signingIn = []wire.Code{wire.CodeValidation, wire.CodeForbidden, wire.CodeConflict, wire.CodeTooLarge, wire.CodeRateLimited, wire.CodeSsoOnly}
	pageOf    = []Param{
		id("room", "The room's slug."),
		query("limit", "How many messages.", map[string]any{"type": "integer", "minimum": 1, "maximum": 100, "default": 50}),
		query("beforeCreatedAt", "With beforeId: the page ends before this message; from nextCursor.", aTime),
		query("beforeId", "See beforeCreatedAt. Alone it serves while the message is there.", aString),
		query("afterSeq", "Instead of before...: oldest first, what comes after this roomSeq.", map[string]any{"type": "integer", "minimum": 0}),
	}
)

// Operations are all HTTP calls.
var Operations = []Operation{
	{Method: "GET", Path: "/health", Tag: "status", Summary: "Whether the server can serve", Who: Public, Status: 200, Answer: wire.Health{}},
	{Method: "GET", Path: "/version", Tag: "status", Summary: "Which version runs", Who: Public, Status: 200, Answer: wire.Version{}},
	{Method: "GET", Path: "/v1/openapi.yaml", Tag: "status", Summary: "This document", Who: Public, Status: 200, Media: "application/yaml"},
	{Method: "GET", Path: "/v1/asyncapi.yaml", Tag: "status", Summary: "The WebSocket's document", Who: Public, Status: 200, Media: "application/yaml"},
	{Method: "GET", Path: "/v1/docs", Tag: "status", Summary: "A page that shows both", Who: Public, Status: 200, Media: "text/html"},
	{Method: "GET", Path: "/v1/docs/{file}", Tag: "status", Summary: "What the page needs", Who: Public, Params: []Param{id("file", "docs.css.")},
		Status: 200, Media: "*/*", Errors: []wire.Code{wire.CodeNotFound}},

	{Method: "GET", Path: "/v1/auth/mode", Tag: "auth", Summary: "Which ways in there are", Who: Public, Status: 200, Answer: wire.AuthMode{}},
	{Method: "POST", Path: "/v1/auth/register", Tag: "auth", Summary: "Make an account and sign in", Who: Public, Body: wire.Register{}, Status: 201, Answer: wire.SignedIn{}, Errors: signingIn},
	{Method: "POST", Path: "/v1/auth/login", Tag: "auth", Summary: "Sign in", Who: Public, Body: wire.Login{}, Status: 200, Answer: wire.SignedIn{},
		Errors: []wire.Code{wire.CodeValidation, wire.CodeUnauthorized, wire.CodeForbidden, wire.CodeTooLarge, wire.CodeRateLimited, wire.CodeSsoOnly}},
	{Method: "POST", Path: "/v1/auth/guest", Tag: "auth", Summary: "Come in with a name only", Who: Public, Body: wire.Guest{}, Status: 201, Answer: wire.SignedIn{}, Errors: signingIn},
	{Method: "POST", Path: "/v1/auth/refresh", Tag: "auth", Summary: "Take a new token for the old one", Who: Session, Status: 200, Answer: wire.SignedIn{}},
	{Method: "POST", Path: "/v1/auth/logout", Tag: "auth", Summary: "End this session", Who: Session, Status: 200, Answer: wire.OK{}},
	{Method: "GET", Path: "/v1/auth/me", Tag: "auth", Summary: "Who this session is", Who: Session, Status: 200, Answer: wire.Me{}},
	{Method: "GET", Path: "/v1/auth/ws-ticket", Tag: "auth", Summary: "A ticket for one WebSocket", Who: Session, Status: 200, Answer: wire.Ticket{}},
	{Method: "GET", Path: "/v1/auth/sso/start", Tag: "auth", Summary: "Sign in elsewhere; not in use", Who: Public, Status: 503, Answer: wire.HTTPError{}},
	{Method: "GET", Path: "/v1/auth/sso/callback", Tag: "auth", Summary: "Come back from there; not in use", Who: Public, Status: 503, Answer: wire.HTTPError{}},

	{Method: "GET", Path: "/v1/sessions", Tag: "sessions", Summary: "The devices that are signed in", Who: Session, Status: 200, Answer: wire.Sessions{}},
	{Method: "DELETE", Path: "/v1/sessions/{id}", Tag: "sessions", Summary: "Sign one of the own devices out; its sockets close", Who: Session, Params: []Param{id("id", "The session's id.")},
		Status: 200, Answer: wire.OK{}, Errors: []wire.Code{wire.CodeNotFound}},

	{Method: "GET", Path: "/v1/invites", Tag: "invites", Summary: "The own invites; an admin's are all", Who: Member, Status: 200, Answer: wire.Invites{}},
	{Method: "POST", Path: "/v1/invites", Tag: "invites", Summary: "Make an invite", Who: Member, Body: wire.NewInvite{}, Status: 201, Answer: wire.InviteAnswer{}, Errors: []wire.Code{wire.CodeValidation, wire.CodeTooLarge}},
	{Method: "DELETE", Path: "/v1/invites/{code}", Tag: "invites", Summary: "Withdraw an invite, the own or as an admin", Who: Session, Params: []Param{id("code", "The invite's code.")},
		Status: 200, Answer: wire.OK{}, Errors: []wire.Code{wire.CodeNotFound}},

	{Method: "GET", Path: "/v1/rooms", Tag: "rooms", Summary: "The rooms in their order", Who: Session, Status: 200, Answer: wire.Rooms{}, Errors: []wire.Code{wire.CodeValidation},
		Params: []Param{query("archived", "true: archived rooms too, for admins.", map[string]any{"type": "string"})}},
	{Method: "POST", Path: "/v1/rooms", Tag: "rooms", Summary: "Make a room", Who: Admin, Body: wire.NewRoom{}, Status: 201, Answer: wire.RoomAnswer{},
		Errors: []wire.Code{wire.CodeValidation, wire.CodeConflict, wire.CodeTooLarge}},
	{Method: "GET", Path: "/v1/rooms/tree", Tag: "rooms", Summary: "The rooms by category", Who: Session, Status: 200, Answer: wire.Tree{}},
	{Method: "PATCH", Path: "/v1/rooms/{room}", Tag: "rooms", Summary: "Change, archive or restore a room", Who: Admin, Params: []Param{id("room", "The room's id.")}, Body: wire.RoomPatch{},
		Status: 200, Answer: wire.RoomAnswer{}, Errors: []wire.Code{wire.CodeValidation, wire.CodeRoomNotFound, wire.CodeTooLarge}},
	{Method: "DELETE", Path: "/v1/rooms/{room}", Tag: "rooms", Summary: "Remove a room and its messages for good", Who: Admin, Params: []Param{id("room", "The room's id.")},
		Status: 200, Answer: wire.OK{}, Errors: []wire.Code{wire.CodeRoomNotFound}},
	{Method: "POST", Path: "/v1/room-categories", Tag: "rooms", Summary: "Make a category", Who: Admin, Body: wire.NewCategory{}, Status: 201, Answer: wire.CategoryAnswer{},
		Errors: []wire.Code{wire.CodeValidation, wire.CodeConflict, wire.CodeTooLarge}},

	{Method: "PATCH", Path: "/v1/room-categories/{id}", Tag: "rooms", Summary: "Rename or move a category", Who: Admin, Params: []Param{id("id", "The category's id.")}, Body: wire.CategoryPatch{},
		Status: 200, Answer: wire.CategoryAnswer{}, Errors: []wire.Code{wire.CodeValidation, wire.CodeNotFound, wire.CodeTooLarge}},
	{Method: "DELETE", Path: "/v1/room-categories/{id}", Tag: "rooms", Summary: "Remove a category; its rooms stay, without one", Who: Admin, Params: []Param{id("id", "The category's id.")},
		Status: 200, Answer: wire.OK{}, Errors: []wire.Code{wire.CodeNotFound}},

	{Method: "GET", Path: "/v1/rooms/{room}/messages", Tag: "messages", Summary: "A page of a room's history, newest first", Who: Session, Params: pageOf, Status: 200, Answer: wire.MessagePage{},
		Errors: []wire.Code{wire.CodeValidation, wire.CodeRoomNotFound, wire.CodeMessageNotFound}},
	{Method: "DELETE", Path: "/v1/rooms/{room}/messages", Tag: "messages", Summary: "Remove all of a room's messages for good", Who: Admin, Params: []Param{id("room", "The room's id.")},
		Status: 200, Answer: wire.Cleared{}, Errors: []wire.Code{wire.CodeRoomNotFound}},

	{Method: "GET", Path: "/v1/admin/users", Tag: "users", Summary: "Accounts, and guests who are signed in", Who: Admin, Status: 200, Answer: wire.Users{}},
	{Method: "POST", Path: "/v1/admin/users/{id}/promote", Tag: "users", Summary: "Give an account another role", Who: Owner, Params: []Param{id("id", "The user's id.")}, Body: wire.Promote{},
		Status: 200, Answer: wire.UserAnswer{}, Errors: []wire.Code{wire.CodeValidation, wire.CodeUserNotFound, wire.CodeConflict, wire.CodeTooLarge}},

	{Method: "POST", Path: "/v1/voice/tests", Tag: "voice", Summary: "Begin a test of the media path: a place on the SFU where one's own sessions hear each other", Who: Session, Status: 201, Answer: wire.VoiceTest{},
		Errors: []wire.Code{wire.CodeNotFound}},
	{Method: "POST", Path: "/v1/voice/tests/{id}/offer", Tag: "voice", Summary: "One session of a test, of which it takes two: one to talk, one to listen", Who: Session, Params: []Param{id("id", "The test's id.")}, Body: wire.VoiceTestOffer{},
		Status: 200, Answer: wire.VoiceTestAnswer{}, Errors: []wire.Code{wire.CodeValidation, wire.CodeNegotiationFailed, wire.CodeNotFound, wire.CodeConflict, wire.CodeRoomFull, wire.CodeTooLarge}},
	{Method: "DELETE", Path: "/v1/voice/tests/{id}", Tag: "voice", Summary: "End a test before its time", Who: Session, Params: []Param{id("id", "The test's id.")},
		Status: 200, Answer: wire.OK{}, Errors: []wire.Code{wire.CodeNotFound}},

	{Method: "POST", Path: "/v1/telemetry/web", Tag: "telemetry", Summary: "What a client reports of itself: session, crash and others", Who: Public, Body: wire.TelemetryEvent{}, Status: 200, Answer: wire.OK{},
		Errors: []wire.Code{wire.CodeValidation, wire.CodeTooLarge, wire.CodeRateLimited, wire.CodeUnauthorized}},
	{Method: "GET", Path: "/v1/telemetry/summary", Tag: "telemetry", Summary: "The day's KPIs", Who: Admin, Status: 200, Answer: wire.TelemetrySummary{}},

	{Method: "GET", Path: "/v1/realtime/ws", Tag: "realtime", Summary: "The WebSocket; see asyncapi.yaml", Who: "the owner of the ticket", Status: 101, Errors: []wire.Code{wire.CodeValidation},
		Params: []Param{query("ticket", "From /v1/auth/ws-ticket; it serves once.", aString), query("resume", "The session to go on with.", aString),
			query("after", "The last seq that was received of it.", map[string]any{"type": "integer", "minimum": 0})}},
}

// errors are all codes that a call may answer with.
func (o Operation) errors() []wire.Code {
	codes := append([]wire.Code{}, o.Errors...)
	switch o.Who {
	case Session:
		codes = append(codes, wire.CodeUnauthorized, wire.CodeForbidden)
	case Member, Admin, Owner:
		codes = append(codes, wire.CodeUnauthorized, wire.CodeForbidden)
	}
	if o.Method != "GET" {
		codes = append(codes, wire.CodeForbidden) // a page of another site
	}
	return append(codes, wire.CodeRateLimited, wire.CodeInternal)
}
