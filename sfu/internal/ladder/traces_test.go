package ladder

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

var writeTraces = flag.Bool("write-traces", false, "make testdata/*.trace anew")

// TestWriteTraces makes the traces that the simulations follow.
func TestWriteTraces(t *testing.T) {
	if !*writeTraces {
		t.Skip("only with -write-traces")
	}
	r := rand.New(rand.NewPCG(2026, 5))
	one := func(at, kbps, loss, burst, jitter float64) string {
		return fmt.Sprintf("%g %g %g %g %g\n", at, kbps, loss, burst, math.Round(jitter*10)/10)
	}
	thin := one(0, 40, 0, 1, 1)
	step := one(0, 1000, 0, 1, 1) + one(20, 40, 0, 1, 1) + one(60, 1000, 0, 1, 1)
	rows := one(0, 2000, 0, 1, 2) + one(10, 2000, 7.5, 2.5, 2) + one(70, 2000, 0, 1, 2)
	outage := one(0, 1000, 0, 1, 1) + one(20, 0, 0, 1, 1) + one(25, 1000, 0, 1, 1)
	var mobile, radio strings.Builder
	kbps := 200.0
	for at := 0.0; at < 120; at += 0.5 { // a walk of the logarithm, with holes
		kbps *= math.Exp(r.NormFloat64() * 0.12)
		kbps = math.Min(math.Max(kbps+(200-kbps)*0.03, 50), 900)
		now := kbps
		if r.IntN(60) == 0 {
			now = 0
		}
		mobile.WriteString(one(at, math.Round(now), 0.3, 1, 5))
	}
	for at := 0.0; at < 120; at += 0.5 {
		jitter, loss := 4+r.ExpFloat64()*6, 0.2
		if r.IntN(20) == 0 {
			jitter, loss = 60, 2
		}
		radio.WriteString(one(at, 5000, loss, 1, jitter))
	}
	for name, s := range map[string]string{"thin": thin, "step": step, "rows": rows, "outage": outage, "mobile": mobile.String(), "radio": radio.String()} {
		if err := os.WriteFile("testdata/"+name+".trace", []byte("# second, kbit/s, loss %, mean run of losses, jitter ms\n"+s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSimLossBegins is loss that begins in the middle of a talk: that it is more
// after redundancy was raised than when it had just begun says nothing of the path.
func TestSimLossBegins(t *testing.T) {
	for _, loss := range []float64{10, 20, 30} {
		for _, n := range []int{1, 2} {
			thinned, worst := 0, 0.0
			for seed := range uint64(3 * seeds) {
				l := &listener{trace: []condition{{0, 2000, 0, 1, 2}, {5, 2000, loss, 1, 2}}, m: all, talkers: always(n), seed: seed, every: 80 + float64(seed%8)*7}
				l.run(40)
				worst = max(worst, l.missing(8, 39))
				for _, s := range l.steps {
					if strings.Contains(s, " low R") {
						thinned++
						break
					}
				}
			}
			if loss <= 20 && (thinned > 1 || worst > 0.01) {
				t.Errorf("%v%% of %d talkers: %.2f%% is missing, on the low layer in %d of %d", loss, n, 100*worst, thinned, 3*seeds)
			}
			t.Logf("%v%% of %d talkers: at worst %.2f%% is missing, on the low layer in %d of %d", loss, n, 100*worst, thinned, 3*seeds)
		}
	}
}
