package interop

import (
	"context"
	"strings"
	"testing"
	"time"
)

// Nobody is waited for whose process has ended, whether it was to hear or to be
// heard; what it printed is said.
func TestNobodyWaitsForTheDead(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	lives := run(t, ctx, "lives", 440, "/bin/sh", "-c", `echo '{"heard":[]}'; cat`)
	dies := run(t, ctx, "dies", 550, "/bin/sh", "-c", `echo to one; echo to the other >&2; exit 3`)
	for _, pair := range [][2]participant{{lives, dies}, {dies, lives}} {
		_, err := listensFor(ctx, pair[0], pair[1:])
		if ctx.Err() != nil {
			t.Fatal("it waited to the end")
		}
		if err == nil || !strings.Contains(err.Error(), "dies has ended with exit status 3 and printed:\nto one\nto the other\n") {
			t.Errorf("%v", err)
		}
	}
}
