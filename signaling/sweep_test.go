package signaling

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/docs/api"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// TestSweepOfFields gives every field of every message a value of every wrong
// type, and texts what no text may have: the nack is a ValidationError that
// names the field, and nothing is stored.
func TestSweepOfFields(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.connect("a", wire.RoleModerator) // may send them all
		a.join("general")
		a.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"})
		a.say("the one message")
		for _, m := range api.FromClient {
			if m.Payload == nil {
				continue
			}
			for _, f := range fieldsOf(reflect.TypeOf(m.Payload)) {
				for _, bad := range wrongFor(f.Type) {
					sweep(a, m.Type, f.Name, bad)
				}
			}
			for _, whole := range []string{`[]`, `"x"`, `7`, `true`} {
				sweepRaw(a, m.Type, "payload", whole)
			}
		}
		// Texts: what is too long, holds U+0000, or is missing.
		for typ, fields := range map[string][]string{
			wire.TypeRoomJoin: {"roomSlug"}, wire.TypeVoiceJoin: {"roomSlug"}, wire.TypePresenceStatus: {"status"},
			wire.TypeChatSend: {"text"}, wire.TypeChatEdit: {"messageId", "text"}, wire.TypeChatDelete: {"messageId"},
			wire.TypeChatReact: {"messageId", "emoji"}, wire.TypeChatRead: {"messageId"},
		} {
			for _, f := range fields {
				for _, bad := range []any{strings.Repeat("x", 5000), "a\x00b", "", nil} {
					sweep(a, typ, f, bad)
				}
			}
		}
		if n := len(w.history.messages); n != 1 {
			t.Errorf("%d messages are stored", n)
		}
		if m := w.history.rooms["id-general"][0]; m.Text != "the one message" || m.DeletedAt != nil || len(m.reactions) != 0 {
			t.Errorf("the message was changed: %+v", m)
		}
		a.say("still here")
	})
}

type sweptField struct {
	Name string
	Type reflect.Type
}

func fieldsOf(t reflect.Type) (fields []sweptField) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields = append(fields, sweptField{name, f.Type})
	}
	return fields
}

// wrongFor are values that a field of the type does not take.
func wrongFor(t reflect.Type) []any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[json.RawMessage]() {
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		return []any{7, true, []int{1}, map[string]int{"x": 1}}
	case reflect.Bool:
		return []any{7, "true", []int{1}}
	case reflect.Slice, reflect.Struct:
		return []any{7, "x", true}
	}
	return []any{"7", true, []int{1}}
}

func sweep(p *peer, typ, field string, bad any) {
	p.t.Helper()
	payload := map[string]any{"text": "x", "messageId": "m1", "emoji": "👍", "on": true, "roomSlug": "general", "status": "online"}
	payload[field] = bad
	raw, err := json.Marshal(payload)
	if err != nil {
		p.t.Fatal(err)
	}
	sweepRaw(p, typ, field, string(raw))
}

func sweepRaw(p *peer, typ, field, payload string) {
	p.t.Helper()
	ack, nack := p.reply(p.send(typ, json.RawMessage(payload)))
	if ack != nil || nack == nil || nack.Code != wire.CodeValidation {
		p.t.Errorf("%s %.80s: ack %+v, nack %+v", typ, payload, ack, nack)
		return
	}
	for _, issue := range nack.Issues {
		if issue.Message != "" && (issue.Field == field || strings.HasPrefix(issue.Field, field+".")) {
			return
		}
	}
	p.t.Errorf("%s %.80s: no issue names %s: %+v", typ, payload, field, nack.Issues)
}
