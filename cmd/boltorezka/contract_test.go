package main

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/docs/api"
	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/httpapi"
)

// TestContractIsWhole: every call and every message of a client's is in the
// published documents, and nothing else.
func TestContractIsWhole(t *testing.T) {
	anyParam := regexp.MustCompile(`:\w+|\{\w+\}`)
	plain := func(list []string) []string {
		for i := range list {
			list[i] = anyParam.ReplaceAllString(list[i], "*")
		}
		slices.Sort(list)
		return list
	}
	var described []string
	for _, o := range api.Operations {
		described = append(described, o.Method+" "+o.Path)
	}
	differ(t, "calls", plain((&httpapi.Server{}).Routes()), plain(described))
	var messages []string
	for _, m := range api.FromClient {
		messages = append(messages, m.Type)
	}
	slices.Sort(messages)
	differ(t, "messages", signaling.Types(), messages)
}

func differ(t *testing.T, what string, have, described []string) {
	t.Helper()
	for _, name := range have {
		if !slices.Contains(described, name) {
			t.Errorf("%s: the server has %s, the documents do not", what, name)
		}
	}
	for _, name := range described {
		if !slices.Contains(have, name) {
			t.Errorf("%s: the documents have %s, the server does not", what, name)
		}
	}
}

// TestContractIsServed reads the documents and the page as anybody may.
func TestContractIsServed(t *testing.T) {
	p := launch(t, t.TempDir())
	for path, want := range map[string]struct{ kind, says string }{
		"/v1/openapi.yaml":  {"application/yaml", "openapi: 3.1.0"},
		"/v1/asyncapi.yaml": {"application/yaml", "asyncapi: 3.0.0"},
		"/v1/docs":          {"text/html", "asyncapi.yaml"},
		"/v1/docs/docs.css": {"text/css", "color-scheme"},
	} {
		resp, err := http.Get(p.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.Body.Close() != nil || resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), want.kind) || !strings.Contains(string(body), want.says) {
			t.Errorf("%s: %d %s, %v", path, resp.StatusCode, resp.Header.Get("Content-Type"), err)
		}
		if resp.Header.Get("ETag") == "" {
			t.Errorf("%s has no ETag", path)
		}
	}
}
