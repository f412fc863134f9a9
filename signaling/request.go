package signaling

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Lengths of what a client names things by, in bytes.
const (
	maxID   = 128
	maxType = 64
)

// request is one message of a client on its way through a handler.
type request struct {
	wire.Request
	start    time.Time
	answered bool
	// later says that whoever has taken the request answers it.
	later bool
}

// parse reads the envelope. After an error the request has what could be read;
// its RequestID is empty unless it may be answered to.
func parse(raw []byte) (*request, error) {
	req := &request{start: time.Now()}
	if !utf8.Valid(raw) {
		// The decoder would take it, and what is relayed as it came would end
		// the sockets of those who get it (RFC 6455 section 8.1).
		return req, wire.Invalid("message", "is not UTF-8")
	}
	err := json.Unmarshal(raw, &req.Request)
	if len(req.RequestID) > maxID {
		req.RequestID = ""
		return req, wire.Invalid("requestId", "at most 128 bytes")
	}
	if err != nil {
		return req, mistyped("message", err)
	}
	if req.Type == "" {
		return req, wire.Invalid("type", "name the message's type")
	}
	if len(req.Type) > maxType {
		req.Type = strings.ToValidUTF8(req.Type[:maxType], "")
		return req, wire.E(wire.CodeUnknownEvent, "type: there is no such message")
	}
	if len(req.IdempotencyKey) > maxID || strings.ContainsRune(req.IdempotencyKey, 0) {
		return req, wire.Invalid("idempotencyKey", "at most 128 bytes, none of them zero")
	}
	return req, nil
}

// decode reads a payload; one that is absent or null is an empty object.
func decode[T any](req *request) (T, error) {
	var v T
	if len(req.Payload) == 0 || bytes.Equal(req.Payload, []byte("null")) {
		return v, nil
	}
	if err := json.Unmarshal(req.Payload, &v); err != nil {
		return v, mistyped("payload", err)
	}
	return v, nil
}

// allRight is nil when all checks are, or else one ValidationError with the
// issues of all of them.
func allRight(checks ...error) error {
	var all *wire.Error
	for _, err := range checks {
		var one *wire.Error
		switch {
		case err == nil:
		case !errors.As(err, &one):
			return err
		case all == nil:
			all = one
		default:
			all = &wire.Error{Code: all.Code, Message: all.Message + "; " + one.Message, Issues: append(all.Issues, one.Issues...)}
		}
	}
	if all == nil {
		return nil
	}
	return all
}

// mistyped turns a decoder's error into words for a client; whole is what the
// decoder was given.
func mistyped(whole string, err error) *wire.Error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		field := typ.Field
		if field == "" {
			field = whole
		}
		got, _, _ := strings.Cut(typ.Value, " ")
		return wire.Invalid(field, "expected "+jsonName(typ.Type.Kind().String())+", got "+got)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return wire.Invalid(whole, "not JSON: "+syntax.Error())
	}
	return wire.Invalid(whole, err.Error())
}

// jsonName is what JSON calls a Go kind.
func jsonName(kind string) string {
	switch {
	case strings.HasPrefix(kind, "uint"):
		return "a number from 0 that fits " + kind
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "slice":
		return "an array"
	case kind == "struct", kind == "map":
		return "an object"
	case kind == "bool":
		return "true or false"
	}
	return "a " + kind
}

var slugPattern = regexp.MustCompile(`^[a-z0-9-]{3,48}$`)

// checkText bounds a string in characters; U+0000 is refused everywhere, since
// not every database can store it.
func checkText(field, s string, most int) error {
	if utf8.RuneCountInString(s) > most {
		return wire.Invalid(field, "too long")
	}
	if strings.ContainsRune(s, 0) {
		return wire.Invalid(field, "U+0000 is not accepted")
	}
	return nil
}
