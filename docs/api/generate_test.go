package api

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

var update = flag.Bool("update", false, "write the documents anew")

func TestDocumentsAreUpToDate(t *testing.T) {
	for name, made := range map[string]object{"openapi.yaml": openAPI(t), "asyncapi.yaml": asyncAPI(t)} {
		var buf bytes.Buffer
		enc := yaml.NewEncoder(&buf)
		enc.SetIndent(2)
		if err := enc.Encode(made); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name, buf.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if have, err := os.ReadFile(name); err != nil || !bytes.Equal(have, buf.Bytes()) {
			t.Errorf("%s is not what the Go types and tables say: run go test ./docs/api -update (%v)", name, err)
		}
	}
}

// status is each code's HTTP status.
var status = map[wire.Code]int{
	wire.CodeValidation: 400, wire.CodeUnauthorized: 401, wire.CodeForbidden: 403, wire.CodeRoomNotFound: 404, wire.CodeUserNotFound: 404,
	wire.CodeMessageNotFound: 404, wire.CodeNotFound: 404, wire.CodeMethodNotAllowed: 405, wire.CodeConflict: 409, wire.CodeSsoOnly: 410,
	wire.CodeNegotiationFailed: 400, wire.CodeRoomFull: 409,
	wire.CodeTooLarge: 413, wire.CodeRateLimited: 429, wire.CodeSsoUnavailable: 503, wire.CodeInternal: 500,
}

func openAPI(t *testing.T) object {
	s := newSchemas(t)
	paths := object{}
	for _, o := range Operations {
		item, _ := paths[o.Path].(object)
		if item == nil {
			item = object{}
			paths[o.Path] = item
		}
		item[strings.ToLower(o.Method)] = o.describe(s)
	}
	s.of(reflect.TypeFor[wire.HTTPError]())
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Boltorezka", "version": "1",
			"description": "The HTTP side of the realtime contract v1. The WebSocket's is in asyncapi.yaml. JSON is camelCase, ids are UUIDv7 strings, " +
				"times RFC 3339 in UTC with milliseconds. Fields may be added; clients ignore what they do not know.",
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers": []any{object{"url": "/"}},
		"paths":   paths,
		"components": object{
			"schemas": s.all,
			"securitySchemes": object{
				"token":  object{"type": "http", "scheme": "bearer", "description": "For native clients and tools: the token of SignedIn."},
				"cookie": object{"type": "apiKey", "in": "cookie", "name": "boltorezka_session", "description": "For browsers: a request that carries Origin gets the cookie and no token in the body."},
			},
		},
	}
}

func (o Operation) describe(s *schemas) object {
	op := object{"summary": o.Summary, "tags": []string{o.Tag}, "description": "For " + o.Who + ".", "operationId": o.id()}
	var params []any
	for _, p := range o.Params {
		params = append(params, object{"name": p.Name, "in": p.In, "required": p.Required, "description": p.Text, "schema": p.Schema})
	}
	if params != nil {
		op["parameters"] = params
	}
	if o.Body != nil {
		op["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": s.of(reflect.TypeOf(o.Body))}}}
	}
	if o.Who != Public && o.Status != 101 {
		op["security"] = []any{object{"token": []string{}}, object{"cookie": []string{}}}
	}
	responses := object{}
	good := object{"description": o.Summary}
	switch {
	case o.Answer != nil:
		good["content"] = object{"application/json": object{"schema": s.of(reflect.TypeOf(o.Answer))}}
	case o.Media != "":
		good["content"] = object{o.Media: object{}}
	}
	responses[fmt.Sprint(o.Status)] = good
	codes := map[int][]string{}
	for _, c := range o.errors() {
		if n := status[c]; !slices.Contains(codes[n], string(c)) {
			codes[n] = append(codes[n], string(c))
		}
	}
	if o.Path == "/health" {
		responses["503"] = object{"description": "It cannot", "content": good["content"]}
	}
	for n, names := range codes {
		if responses[fmt.Sprint(n)] != nil {
			continue
		}
		slices.Sort(names)
		r := object{"description": strings.Join(names, ", "), "content": object{"application/json": object{"schema": object{
			"allOf": []any{object{"$ref": "#/components/schemas/HTTPError"}, object{"properties": object{"error": object{"enum": names}}}}}}}}
		if n == 429 {
			r["headers"] = object{"Retry-After": object{"schema": object{"type": "integer"}, "description": "Seconds."}}
		}
		responses[fmt.Sprint(n)] = r
	}
	op["responses"] = responses
	return op
}

// id names a call for generators: getRoomMessages.
func (o Operation) id() string {
	name := strings.ToLower(o.Method)
	for _, part := range strings.FieldsFunc(o.Path, func(r rune) bool { return strings.ContainsRune("/{}-._", r) }) {
		if part != "v1" {
			name += strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return name
}

func asyncAPI(t *testing.T) object {
	s := newSchemas(t)
	messages, fromClient, fromServer := object{}, []any{}, []any{}
	add := func(m Message, client bool) {
		side, list := "server", &fromServer
		if client {
			side, list = "client", &fromClient
		}
		key := side + "." + m.Type
		messages[key] = m.describe(s, client)
		*list = append(*list, object{"$ref": "#/channels/realtime/messages/" + key})
	}
	refs := object{}
	for _, m := range FromClient {
		add(m, true)
	}
	for _, m := range FromServer {
		add(m, false)
	}
	for _, key := range slices.Sorted(maps.Keys(messages)) {
		refs[key] = object{"$ref": "#/components/messages/" + key}
	}
	return object{
		"asyncapi": "3.0.0",
		"info": object{"title": "Boltorezka realtime", "version": "1", "description": strings.Join([]string{
			"The WebSocket side of the realtime contract v1.",
			"A client takes a ticket by GET /v1/auth/ws-ticket and opens the socket with it. A refused handshake is an error message and a close: 4001 MissingTicket, 4002 InvalidTicket.",
			"Other closes: 4008 RateLimited, 4009 SessionReplaced, 4010 Kicked, 4011 Banned, 1001 the server is draining, 1009 a message over 64 KiB, 1013 the client read too slowly and may resume.",
			"A client pings every heartbeatSec of server.ready. Each request with a requestId gets one ack or one nack.",
			"After a loss it opens another socket with resume (the sessionId) and after (the last seq it has): server.resumed, and every event after that one. When that cannot be, server.ready with a new sessionId: it joins again and catches up by afterSeq of the history.",
		}, "\n\n")},
		"defaultContentType": "application/json",
		"servers":            object{"self": object{"host": "localhost:8080", "protocol": "wss", "description": "The server itself."}},
		"channels": object{"realtime": object{
			"address": "/v1/realtime/ws", "messages": refs,
			"bindings": object{"ws": object{"method": "GET", "query": object{"type": "object", "required": []string{"ticket"}, "properties": object{
				"ticket": object{"type": "string"}, "resume": object{"type": "string"}, "after": object{"type": "integer", "minimum": 0}}}}},
		}},
		"operations": object{
			"fromClient": object{"action": "receive", "channel": object{"$ref": "#/channels/realtime"}, "messages": fromClient, "summary": "What the server takes"},
			"fromServer": object{"action": "send", "channel": object{"$ref": "#/channels/realtime"}, "messages": fromServer, "summary": "What the server sends"},
		},
		"components": object{"messages": messages, "schemas": s.all},
	}
}

// describe makes a message: its envelope with the payload in its place.
func (m Message) describe(s *schemas, client bool) object {
	payload := object{"type": "object"}
	if m.Payload != nil {
		payload = s.of(reflect.TypeOf(m.Payload))
	}
	properties := object{"type": object{"const": m.Type}, "payload": payload}
	required := []string{"type", "payload"}
	text := ""
	switch {
	case client:
		properties["requestId"] = object{"type": "string", "maxLength": 128, "description": "Asks for one ack or nack."}
		properties["idempotencyKey"] = object{"type": "string", "maxLength": 128}
		if m.Payload == nil || reflect.TypeOf(m.Payload).NumField() == 0 {
			required = []string{"type"}
		}
		codes := append([]wire.Code{wire.CodeValidation, wire.CodeRateLimited, wire.CodeForbidden, wire.CodeInternal}, m.Codes...)
		names := make([]string, len(codes))
		for i, c := range codes {
			names[i] = string(c)
		}
		slices.Sort(names)
		text = "Nacks: " + strings.Join(slices.Compact(names), ", ") + "."
		if len(m.Answer) > 0 {
			text = "The ack carries " + strings.Join(m.Answer, ", ") + ". " + text
		}
	case !m.Unnumbered:
		properties["seq"] = object{"type": "integer", "minimum": 1, "description": "Rises by one within a session."}
		required = append(required, "seq")
	}
	made := object{"name": m.Type, "title": m.Type, "summary": m.Summary, "payload": object{"type": "object", "required": required, "properties": properties}}
	if text != "" {
		made["description"] = text
	}
	return made
}
