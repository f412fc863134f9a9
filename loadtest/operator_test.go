package loadtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOperatorsMetrics(t *testing.T) {
	collected := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/debug/pprof/heap":
			collected = r.URL.Query().Get("gc") == "1"
		case "/metrics":
			_, _ = w.Write([]byte("# HELP go_goroutines x\ngo_goroutines 42\ngo_memstats_heap_inuse_bytes 1.5e+06\ngo_memstats_stack_inuse_bytes 7\nother{a=\"b c\"} 1\n"))
		}
	}))
	var said []string
	target := Target{Ops: s.URL + "/", Log: func(f string, _ ...any) { said = append(said, f) }}
	if in := target.inner(); !in.known || in.goroutines != 42 || in.heapBytes != 1.5e6 || in.stackBytes != 7 || !collected {
		t.Errorf("%+v", in)
	}
	s.Close()
	if in := target.inner(); in.known || len(said) != 1 {
		t.Errorf("%+v, said %q", in, said)
	}
	if target.inner().known || len(said) != 1 {
		t.Error("it is told twice")
	}
	quiet := Target{Ops: s.URL, OpsQuiet: true, Log: func(f string, _ ...any) { t.Error(strings.TrimSpace(f)) }}
	if quiet.inner().known {
		t.Error("known")
	}
}
