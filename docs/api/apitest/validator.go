// Package apitest checks what a server really says against the published
// contract. Tests give it every answer and every message that they see.
package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/boltorezka/boltorezka/docs/api"
)

// Validator knows both documents. Its methods may be called from any goroutine.
type Validator struct {
	compiler *jsonschema.Compiler
	openapi  map[string]any

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

// Where the documents are for references.
const (
	openURL  = "https://boltorezka.invalid/openapi.json"
	asyncURL = "https://boltorezka.invalid/asyncapi.json"
)

var load = sync.OnceValues(func() (*Validator, error) {
	v := &Validator{compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	v.compiler.AssertFormat()
	for name, url := range map[string]string{"openapi.yaml": openURL, "asyncapi.yaml": asyncURL} {
		raw, err := api.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var doc map[string]any
		if err := yaml.Unmarshal(raw, &doc); err != nil {
			return nil, fmt.Errorf("apitest: %s: %w", name, err)
		}
		// Through JSON, so that numbers are what the compiler expects.
		asJSON, err := json.Marshal(doc)
		if err != nil {
			return nil, fmt.Errorf("apitest: %s: %w", name, err)
		}
		plain, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			return nil, fmt.Errorf("apitest: %s: %w", name, err)
		}
		if err := v.compiler.AddResource(url, plain); err != nil {
			return nil, fmt.Errorf("apitest: %s: %w", name, err)
		}
		if name == "openapi.yaml" {
			v.openapi = doc
		}
	}
	return v, nil
})

// New returns the validator of the documents.
func New(t testing.TB) *Validator {
	t.Helper()
	v, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// at compiles the schema at a JSON pointer (RFC 6901) of a document.
func (v *Validator) at(url string, parts ...string) (*jsonschema.Schema, error) {
	escape := strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", "{", "%7B", "}", "%7D", "*", "%2A")
	where := url + "#"
	for _, p := range parts {
		where += "/" + escape.Replace(p)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if s := v.schemas[where]; s != nil {
		return s, nil
	}
	s, err := v.compiler.Compile(where)
	if err != nil {
		return nil, fmt.Errorf("apitest: %s: %w", where, err)
	}
	v.schemas[where] = s
	return s, nil
}

// Event checks one message of a server's. One of an unknown type is an error.
func (v *Validator) Event(frame []byte) error { return v.message("server", frame) }

// Request checks one message of a client's.
func (v *Validator) Request(frame []byte) error { return v.message("client", frame) }

func (v *Validator) message(side string, frame []byte) error {
	var named struct{ Type string }
	if err := json.Unmarshal(frame, &named); err != nil {
		return fmt.Errorf("apitest: a message that is not JSON: %w", err)
	}
	s, err := v.at(asyncURL, "components", "messages", side+"."+named.Type, "payload")
	if err != nil {
		return fmt.Errorf("a message that is not in asyncapi.yaml: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(frame))
	if err == nil {
		err = s.Validate(value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", named.Type, err, frame)
	}
	return nil
}

// Response checks the status and the body of an answer to a call under /v1,
// /health or /version. What the web app's pages answer is not looked at.
func (v *Validator) Response(method, path string, status int, header http.Header, body []byte) error {
	template := v.template(path)
	if template == "" || method == http.MethodHead {
		return nil
	}
	item, _ := v.openapi["paths"].(map[string]any)[template].(map[string]any)
	op, _ := item[strings.ToLower(method)].(map[string]any)
	if op == nil {
		if status != http.StatusMethodNotAllowed {
			return fmt.Errorf("%s %s is not in openapi.yaml and answers %d", method, path, status)
		}
		return nil
	}
	responses, _ := op["responses"].(map[string]any)
	answer, _ := responses[fmt.Sprint(status)].(map[string]any)
	if answer == nil {
		return fmt.Errorf("%s %s answers %d, which openapi.yaml does not name: %s", method, path, status, body)
	}
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	if content, _ := answer["content"].(map[string]any); kind != "application/json" || content["application/json"] == nil {
		if kind == "application/json" && len(body) > 0 {
			return fmt.Errorf("%s %s answers JSON, which openapi.yaml does not say", method, path)
		}
		return nil
	}
	s, err := v.at(openURL, "paths", template, strings.ToLower(method), "responses", fmt.Sprint(status), "content", "application/json", "schema")
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = s.Validate(value)
	}
	if err != nil {
		return fmt.Errorf("%s %s, %d: %w\n%s", method, path, status, err, body)
	}
	return nil
}

// template finds the path of the document that a request's path is of; one
// without parameters goes before.
func (v *Validator) template(path string) string {
	paths, _ := v.openapi["paths"].(map[string]any)
	if paths[path] != nil {
		return path
	}
	have := strings.Split(path, "/")
	for t := range paths {
		want := strings.Split(t, "/")
		fits := len(want) == len(have)
		for i := 0; fits && i < len(want); i++ {
			fits = want[i] == have[i] || strings.HasPrefix(want[i], "{") && have[i] != ""
		}
		if fits {
			return t
		}
	}
	return ""
}

// Transport checks every answer that passes through it.
type Transport struct {
	T    testing.TB
	Next http.RoundTripper // nil: http.DefaultTransport
}

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	next := t.Next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err != nil || resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err := New(t.T).Response(r.Method, r.URL.Path, resp.StatusCode, resp.Header, body); err != nil {
		t.T.Errorf("the contract is broken: %v", err)
	}
	return resp, nil
}
