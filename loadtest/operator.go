package loadtest

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// inner is what a server says of itself to its operator.
type inner struct {
	known      bool
	goroutines float64
	heapBytes  float64 // in use, after a collection where the server has pprof
	stackBytes float64
}

// inner reads the operator's /metrics. A server that has none, or none here, is
// not known: that is no error.
func (t *Target) inner() inner {
	if t.Ops == "" {
		return inner{}
	}
	in, err := readMetrics(t.Ops)
	if err != nil {
		if !t.opsTold && !t.OpsQuiet {
			t.Log("%v", err)
		}
		t.opsTold = true
	}
	return in
}

func readMetrics(base string) (inner, error) {
	var in inner
	h := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	base = strings.TrimRight(base, "/")
	// Collected garbage would be taken for what participants need.
	_ = ask(h, base+"/debug/pprof/heap?gc=1", func(string) {})
	err := ask(h, base+"/metrics", func(line string) {
		name, value, _ := strings.Cut(line, " ")
		v, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
		case name == "go_goroutines":
			in.goroutines, in.known = v, true
		case name == "go_memstats_heap_inuse_bytes":
			in.heapBytes = v
		case name == "go_memstats_stack_inuse_bytes":
			in.stackBytes = v
		}
	})
	return in, err
}

// ask gives the lines of an answer to take.
func ask(h *http.Client, url string, take func(string)) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("loadtest: the operator's metrics: %w", err)
	}
	resp, err := h.Do(req)
	if err != nil {
		return fmt.Errorf("loadtest: the operator's metrics: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("loadtest: the operator's metrics: %s", resp.Status)
	}
	lines := bufio.NewScanner(http.MaxBytesReader(nil, resp.Body, 8<<20))
	for lines.Scan() {
		take(lines.Text())
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("loadtest: the operator's metrics: %w", err)
	}
	return nil
}
