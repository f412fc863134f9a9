package api

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

type object = map[string]any

// limits are what the contract says of fields beyond their Go types.
var limits = map[string]object{
	"Room.slug":                   {"pattern": "^[a-z0-9-]{3,48}$"},
	"NewRoom.slug":                {"pattern": "^[a-z0-9-]{3,48}$"},
	"NewCategory.slug":            {"pattern": "^[a-z0-9-]{3,48}$"},
	"Category.slug":               {"pattern": "^[a-z0-9-]{3,48}$"},
	"RoomJoin.roomSlug":           {"pattern": "^[a-z0-9-]{3,48}$"},
	"VoiceJoin.roomSlug":          {"pattern": "^[a-z0-9-]{3,48}$"},
	"NewRoom.title":               {"minLength": 3, "maxLength": 120},
	"RoomPatch.title":             {"minLength": 3, "maxLength": 120},
	"NewCategory.title":           {"minLength": 3, "maxLength": 120},
	"CategoryPatch.title":         {"minLength": 3, "maxLength": 120},
	"Register.name":               {"minLength": 2, "maxLength": 32},
	"Register.password":           {"minLength": 8, "maxLength": 256},
	"Guest.name":                  {"minLength": 2, "maxLength": 32},
	"ChatSend.text":               {"minLength": 1, "maxLength": wire.MaxText},
	"ChatEdit.text":               {"minLength": 1, "maxLength": wire.MaxText},
	"ChatReact.emoji":             {"minLength": 1, "maxLength": wire.MaxEmoji},
	"ChatEdit.messageId":          {"minLength": 1, "maxLength": 128},
	"ChatDelete.messageId":        {"minLength": 1, "maxLength": 128},
	"ChatReact.messageId":         {"minLength": 1, "maxLength": 128},
	"ChatRead.messageId":          {"minLength": 1, "maxLength": 128},
	"Message.roomSeq":             {"minimum": 1},
	"ChatMessage.roomSeq":         {"minimum": 1},
	"Reaction.count":              {"minimum": 1},
	"Health.status":               {"enum": []string{"ok", "degraded"}},
	"AuthMode.mode":               {"enum": []string{"local", "sso"}},
	"AuthMode.registration":       {"enum": []string{"open", "invite", "closed"}},
	"AuthMode.guests":             {"enum": []string{"off", "invite", "open"}},
	"TelemetrySummary.day":        {"format": "date"},
	"VideoState.settings":         {"type": "object"},
	"RelayedVideoState.settings":  {"type": "object"},
	"Participant.csrc":            {"minimum": 1},
	"VoiceParticipantJoined.csrc": {"minimum": 1},
	"VoiceJoined.csrc":            {"minimum": 1},
	"VoiceTest.expiresInSec":      {"minimum": 1},
	"VoiceTest.p2pMax":            {"minimum": 0},
	"VoiceTestOffer.sdp":          {"minLength": 1},
}

// schemas collects the schemas of wire types by name.
type schemas struct {
	docs  map[string]string   // of types and of Type.Field
	enums map[string][]string // values of named string types
	all   object
	root  string // where references point: #/components/schemas/
}

func newSchemas(t *testing.T) *schemas {
	t.Helper()
	s := &schemas{docs: map[string]string{}, enums: map[string][]string{}, all: object{}, root: "#/components/schemas/"}
	packages, err := parser.ParseDir(token.NewFileSet(), "../../signaling/wire", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range packages["wire"].Files {
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				s.read(g)
			}
		}
	}
	for _, values := range s.enums {
		slices.Sort(values)
	}
	return s
}

// read takes comments and constants.
func (s *schemas) read(g *ast.GenDecl) {
	typ := ""
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.docs[spec.Name.Name] = words(cmpDoc(spec.Doc, g.Doc))
			if st, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					for _, name := range f.Names {
						s.docs[spec.Name.Name+"."+name.Name] = words(cmpDoc(f.Doc, f.Comment))
					}
				}
			}
		case *ast.ValueSpec:
			if id, ok := spec.Type.(*ast.Ident); ok {
				typ = id.Name
			}
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING && typ != "" {
					if text, err := strconv.Unquote(lit.Value); err == nil {
						s.enums[typ] = append(s.enums[typ], text)
					}
				}
			}
		}
	}
}

func cmpDoc(a, b *ast.CommentGroup) *ast.CommentGroup {
	if a != nil {
		return a
	}
	return b
}

// words puts a comment on one line.
func words(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }

// of returns a reference to a type's schema, which it adds.
func (s *schemas) of(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[wire.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[json.RawMessage]():
		return object{} // any JSON
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"anyOf": []any{s.of(t.Elem()), object{"type": "null"}}}
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return object{"type": "object"}
		}
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Uint32, reflect.Uint64, reflect.Uint16:
		return object{"type": "integer", "minimum": 0}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.String:
		if t.PkgPath() == "" {
			return object{"type": "string"}
		}
		return s.named(t, func() object { return object{"type": "string", "enum": s.enums[t.Name()]} })
	case reflect.Struct:
		return s.named(t, func() object { return s.structure(t) })
	}
	panic("no schema for " + t.String())
}

func (s *schemas) named(t reflect.Type, schema func() object) object {
	name := t.Name()
	if s.all[name] == nil {
		s.all[name] = object{} // for types that hold themselves
		made := schema()
		if doc := s.docs[name]; doc != "" {
			made["description"] = doc
		}
		s.all[name] = made
	}
	return object{"$ref": s.root + name}
}

func (s *schemas) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	s.fields(t, t.Name(), properties, &required)
	made := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		slices.Sort(required)
		made["required"] = required
	}
	return made
}

func (s *schemas) fields(t reflect.Type, outer string, properties object, required *[]string) {
	for f := range t.Fields() {
		if f.Anonymous {
			s.fields(f.Type, outer, properties, required)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		schema := s.of(f.Type)
		if options == "omitempty" && f.Type.Kind() == reflect.Pointer {
			schema = s.of(f.Type.Elem()) // absent rather than null
		}
		for k, v := range limits[outer+"."+name] {
			schema[k] = v
		}
		if doc := s.docs[t.Name()+"."+f.Name]; doc != "" {
			schema["description"] = doc
		}
		properties[name] = schema
		if options == "" {
			*required = append(*required, name)
		}
	}
}
