package wire

// Code names what was wrong with a request, in nacks and in HTTP errors.
// Codes are part of the contract: clients branch on them, so their spelling
// never changes.
type Code string

// Codes that a nack carries.
const (
	CodeUnknownEvent        Code = "UnknownEvent"
	CodeValidation          Code = "ValidationError"
	CodeNoActiveRoom        Code = "NoActiveRoom"
	CodeTargetNotInRoom     Code = "TargetNotInRoom"
	CodeRoomNotFound        Code = "RoomNotFound"
	CodeForbidden           Code = "Forbidden"
	CodeMessageNotFound     Code = "MessageNotFound"
	CodeEditWindowExpired   Code = "EditWindowExpired"
	CodeDeleteWindowExpired Code = "DeleteWindowExpired"
	CodeRateLimited         Code = "RateLimited"
	CodeRoomFull            Code = "RoomFull"
	CodeNotInVoice          Code = "NotInVoice"
	CodeStaleEpoch          Code = "StaleEpoch"
	CodeNegotiationFailed   Code = "NegotiationFailed"
	CodeNoRelay             Code = "NoRelay"
	CodeInternal            Code = "Internal"
)

// Codes that only HTTP answers and the WebSocket handshake carry.
const (
	CodeUnauthorized   Code = "Unauthorized"
	CodeUserNotFound   Code = "UserNotFound"
	CodeConflict       Code = "Conflict"
	CodeSsoOnly        Code = "SsoOnly"
	CodeTooLarge       Code = "TooLarge"
	CodeSsoUnavailable Code = "SsoUnavailable"
	CodeMissingTicket  Code = "MissingTicket"
	CodeInvalidTicket  Code = "InvalidTicket"
	// CodeNotFound (404) is for what has no code of its own: an address that
	// is none, a session, an invite. CodeMethodNotAllowed is 405.
	CodeNotFound         Code = "NotFound"
	CodeMethodNotAllowed Code = "MethodNotAllowed"
)

// WebSocket close codes (RFC 6455 section 7.4; 4000 to 4999 are ours).
const (
	CloseGoingAway       = 1001 // the server is draining
	CloseTooBig          = 1009 // a message over MaxFrame
	CloseMissingTicket   = 4001
	CloseInvalidTicket   = 4002
	CloseRateLimited     = 4008
	CloseSessionReplaced = 4009
	CloseKicked          = 4010
	CloseBanned          = 4011
)

// Limits of the contract.
const (
	// MaxFrame is the largest WebSocket message a client may send, in bytes.
	MaxFrame = 64 << 10
	// MaxText is the longest chat text, in Unicode code points.
	MaxText = 4000
	// EditWindowSeconds is how long a message may be edited and deleted by its
	// author.
	EditWindowSeconds = 600
	// MaxEmoji is the longest reaction, in bytes of UTF-8, and MaxReactions how
	// many different ones a message takes.
	MaxEmoji     = 64
	MaxReactions = 20
	// MaxSignal is the largest P2P signal, in bytes of JSON.
	MaxSignal = 12000
	// MinSignal is the smallest P2P signal, in bytes of JSON.
	MinSignal = 2
	// TicketTTLSeconds is how long a WebSocket ticket may be used.
	TicketTTLSeconds = 45
)

// Error is the one coded error that crosses the edge of the server. What a
// user did wrong has its own code and a message that names what was wrong and
// what is accepted; what the server did wrong is CodeInternal with Cause kept
// for the log and out of the answer.
type Error struct {
	Code    Code
	Message string
	// Issues names the fields that were wrong, for CodeValidation.
	Issues []Issue
	// RetryAfterMs says when to try again, for CodeRateLimited.
	RetryAfterMs int64
	// Cause is for the log; it never reaches a client.
	Cause error
}

// Issue names one field that was wrong and what is accepted.
type Issue struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error returns the code, the message and the cause, for logs.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// E makes a coded error.
func E(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// Invalid makes a ValidationError that names one field.
func Invalid(field, message string) *Error {
	return &Error{Code: CodeValidation, Message: field + ": " + message, Issues: []Issue{{Field: field, Message: message}}}
}
