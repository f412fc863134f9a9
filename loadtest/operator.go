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
	heapBytes  float64
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
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(base, "/")+"/metrics", nil)
	if err != nil {
		return inner{}, fmt.Errorf("loadtest: the operator's metrics: %w", err)
	}
	h := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := h.Do(req)
	if err != nil {
		return inner{}, fmt.Errorf("loadtest: the operator's metrics: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return inner{}, fmt.Errorf("loadtest: the operator's metrics: %s", resp.Status)
	}
	var in inner
	lines := bufio.NewScanner(http.MaxBytesReader(nil, resp.Body, 8<<20))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		v, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
		case name == "go_goroutines":
			in.goroutines, in.known = v, true
		case name == "go_memstats_heap_inuse_bytes":
			in.heapBytes = v
		}
	}
	return in, lines.Err()
}
