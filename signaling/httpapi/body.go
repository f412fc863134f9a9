package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// decode reads a JSON object. Unknown fields are let pass, so that newer
// clients can talk to older servers; what has a wrong type is named.
func decode(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return wire.Invalid("body", "is empty; give a JSON object")
	}
	// encoding/json would put U+FFFD for what is not UTF-8.
	if !utf8.Valid(body) {
		return wire.Invalid("body", "is not UTF-8")
	}
	if bytes.TrimLeft(body, " \t\r\n")[0] != '{' {
		return wire.Invalid("body", "give a JSON object")
	}
	err := json.Unmarshal(body, into)
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType):
		field := wrongType.Field
		if field == "" {
			field = "body"
		}
		return wire.Invalid(field, "is "+article(wrongType.Value)+"; give "+kind(wrongType.Type.Kind().String()))
	case errors.As(err, &syntax):
		return wire.Invalid("body", fmt.Sprintf("is not JSON at byte %d: %s", syntax.Offset, syntax.Error()))
	}
	return wire.Invalid("body", "cannot be read: "+err.Error())
}

// article puts one before encoding/json's word for a value: "number 1.5",
// "string", "object", "array", "bool".
func article(value string) string {
	if value == "object" || value == "array" {
		return "an " + value
	}
	return "a " + value
}

func kind(go_ string) string {
	switch {
	case strings.HasPrefix(go_, "int"):
		return "a whole number"
	case go_ == "bool":
		return "true or false"
	case go_ == "map" || go_ == "struct":
		return "an object"
	case go_ == "slice":
		return "an array"
	}
	return "a " + go_
}

// problems collects what is wrong with a request, so that it is said at once.
type problems []wire.Issue

func (p *problems) add(field, message string) {
	*p = append(*p, wire.Issue{Field: field, Message: message})
}

// err is nil when there is nothing wrong.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	words := make([]string, len(p))
	for i, issue := range p {
		words[i] = issue.Field + ": " + issue.Message
	}
	return &wire.Error{Code: wire.CodeValidation, Message: strings.Join(words, "; "), Issues: p}
}
