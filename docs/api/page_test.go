package api

import (
	"bytes"
	"fmt"
	"html/template"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// row is a field of a schema as the page shows it.
type row struct {
	Name, Type, Note string
	Link             string // the schema it is of
	Required         bool
}

type shown struct {
	Name, Text string
	Rows       []row
}

type pageCall struct {
	Operation
	Codes          string
	BodyOf, GiveOf string
}

type pageMessage struct {
	Message
	Side, Of, Text string
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Boltorezka: the contract</title>
<link rel="stylesheet" href="/v1/docs/docs.css">
<h1>Boltorezka: the contract, v1</h1>
<p>What this server takes and answers. For programs: <a href="/v1/openapi.yaml">openapi.yaml</a> (OpenAPI 3.1) and
<a href="/v1/asyncapi.yaml">asyncapi.yaml</a> (AsyncAPI 3), both with JSON Schema.</p>
<nav aria-label="Parts"><a href="#http">HTTP</a><a href="#client">From the client</a><a href="#server">From the server</a><a href="#shapes">Shapes</a></nav>
<h2 id="http">HTTP</h2>
<p>Errors have a status and <a href="#HTTPError">HTTPError</a>. A session is a bearer token for native clients and tools, a cookie for browsers.</p>
{{range .Tags}}<h3>{{.Name}}</h3>
{{range .Calls}}<details><summary><span class="method">{{.Method}}</span><code>{{.Path}}</code><span>{{.Summary}}</span></summary><div>
<p>For {{.Who}}.{{if .BodyOf}} Takes <a href="#{{.BodyOf}}">{{.BodyOf}}</a>.{{end}} Answers {{.Status}}{{if .GiveOf}} <a href="#{{.GiveOf}}">{{.GiveOf}}</a>{{end}}.</p>
{{if .Params}}<table><tr><th>Parameter</th><th>In</th><th>What it is</th></tr>{{range .Params}}<tr><td><code>{{.Name}}</code></td><td>{{.In}}</td><td>{{.Text}}</td></tr>{{end}}</table>{{end}}
<p class="quiet">{{.Codes}}</p></div></details>
{{end}}{{end}}
{{range .Sides}}<h2 id="{{.ID}}">WebSocket, {{.Title}}</h2>
<p>{{.Text}}</p>
{{range .Messages}}<details><summary><code>{{.Type}}</code><span>{{.Summary}}</span></summary><div>
<p>{{if .Of}}Payload: <a href="#{{.Of}}">{{.Of}}</a>.{{else}}The payload is empty.{{end}} {{.Text}}</p></div></details>
{{end}}{{end}}
<h2 id="shapes">Shapes</h2>
{{range .Shapes}}<details id="{{.Name}}"><summary><code>{{.Name}}</code><span>{{.Text}}</span></summary><div>
{{if .Rows}}<table><tr><th>Field</th><th>Type</th><th>What it is</th></tr>
{{range .Rows}}<tr><td><code>{{.Name}}</code>{{if not .Required}} <span class="quiet">may be absent</span>{{end}}</td><td>{{if .Link}}<a href="#{{.Link}}">{{.Type}}</a>{{else}}{{.Type}}{{end}}</td><td>{{.Note}}</td></tr>
{{end}}</table>{{end}}</div></details>
{{end}}</html>
`))

func TestPageIsUpToDate(t *testing.T) {
	s := newSchemas(t)
	s.root = ""
	type tag struct {
		Name  string
		Calls []pageCall
	}
	var tags []*tag
	for _, o := range Operations {
		o.describe(s)
		codes := []string{}
		for _, c := range o.errors() {
			codes = append(codes, string(c))
		}
		slices.Sort(codes)
		call := pageCall{Operation: o, Codes: "Errors: " + strings.Join(slices.Compact(codes), ", "), BodyOf: nameOf(o.Body), GiveOf: nameOf(o.Answer)}
		if len(tags) == 0 || tags[len(tags)-1].Name != o.Tag {
			tags = append(tags, &tag{Name: o.Tag})
		}
		last := tags[len(tags)-1]
		last.Calls = append(last.Calls, call)
	}
	type side struct {
		ID, Title, Text string
		Messages        []pageMessage
	}
	sides := []*side{
		{ID: "client", Title: "from the client", Text: "One JSON object a message: type, payload, and requestId for an answer."},
		{ID: "server", Title: "from the server", Text: "Numbered by seq within a session, but for ack, nack, error, pong and server.resumed."},
	}
	for i, list := range [][]Message{FromClient, FromServer} {
		for _, m := range list {
			made := m.describe(s, i == 0)
			text, _ := made["description"].(string)
			sides[i].Messages = append(sides[i].Messages, pageMessage{Message: m, Of: nameOf(m.Payload), Text: text})
		}
	}
	var shapes []shown
	for _, name := range slices.Sorted(maps.Keys(s.all)) {
		shapes = append(shapes, show(name, s.all[name].(object)))
	}
	var buf bytes.Buffer
	if err := pageTemplate.Execute(&buf, map[string]any{"Tags": tags, "Sides": sides, "Shapes": shapes}); err != nil {
		t.Fatal(err)
	}
	const file = "page/index.html"
	if *update {
		if err := os.WriteFile(file, buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, err := os.ReadFile(file); err != nil || !bytes.Equal(have, buf.Bytes()) {
		t.Errorf("%s is not what the Go types and tables say: run go test ./docs/api -update (%v)", file, err)
	}
}

func nameOf(v any) string {
	if v == nil {
		return ""
	}
	return reflect.TypeOf(v).Name()
}

// show makes rows of a schema.
func show(name string, schema object) shown {
	out := shown{Name: name}
	out.Text, _ = schema["description"].(string)
	if values, ok := schema["enum"].([]string); ok {
		out.Rows = append(out.Rows, row{Name: name, Type: "one of", Note: strings.Join(values, ", "), Required: true})
	}
	properties, _ := schema["properties"].(object)
	required, _ := schema["required"].([]string)
	for _, field := range slices.Sorted(maps.Keys(properties)) {
		f := properties[field].(object)
		r := row{Name: field, Required: slices.Contains(required, field)}
		r.Type, r.Link = kindOf(f)
		r.Note, _ = f["description"].(string)
		for _, k := range []string{"pattern", "minLength", "maxLength", "minimum", "enum"} {
			if v := f[k]; v != nil {
				r.Note = strings.TrimSpace(fmt.Sprintf("%s %s: %v.", r.Note, k, v))
			}
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}

// kindOf says in words what a schema takes.
func kindOf(f object) (text, link string) {
	if ref, ok := f["$ref"].(string); ok {
		return ref, ref
	}
	if both, ok := f["anyOf"].([]any); ok {
		text, link = kindOf(both[0].(object))
		return text + " or null", link
	}
	switch f["type"] {
	case "array":
		text, link = kindOf(f["items"].(object))
		return "array of " + text, link
	case "string":
		if f["format"] == "date-time" {
			return "time", ""
		}
	}
	text, _ = f["type"].(string)
	return text, ""
}
