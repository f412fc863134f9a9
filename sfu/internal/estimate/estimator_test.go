package estimate

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"
)

func TestSize(t *testing.T) {
	size := unsafe.Sizeof(Estimator{})
	t.Logf("an estimator is %d bytes", size)
	if size > 450 {
		t.Errorf("an estimator is %d bytes, less than 450 were promised", size)
	}
}

func TestUnknownUntilTold(t *testing.T) {
	var e Estimator
	if e.Bitrate() != 0 {
		t.Fatalf("a new estimator knows %d", e.Bitrate())
	}
	e.Take(1, nil)
	e.Take(2, []Packet{{Sent: 1, Arrived: 1, Size: 100}})
	if over, q := e.State(); e.Bitrate() != 0 || over || q != 0 {
		t.Fatalf("after one packet: %d, %v, %v", e.Bitrate(), over, q)
	}
}

func TestAppLimited(t *testing.T) {
	for talkers := 1; talkers <= 4; talkers++ {
		c := newCall(10e6, talkers)
		c.run(10)
		sent := float64(talkers * c.size * 8 * 50)
		got := float64(c.e.Bitrate())
		t.Logf("%d talkers send %.0f, estimate %.0f", talkers, sent, got)
		if got < 1.4*sent || got > 1.55*sent {
			t.Errorf("%d talkers: %.0f is not about 1.5 times %.0f", talkers, got, sent)
		}
		if c.overs > 0 {
			t.Errorf("%d talkers: overused %d times", talkers, c.overs)
		}
	}
}

func TestSilenceChangesNothing(t *testing.T) {
	c := newCall(10e6, 2)
	c.run(10)
	before := c.e.Bitrate()
	c.talkers = 0
	c.run(30)
	if got := c.e.Bitrate(); got != before {
		t.Errorf("silence made %d of %d", got, before)
	}
	c.talkers, c.every, c.size, c.jitterUs = 2, 400_000, 70, 40_000 // DTX
	c.run(60)
	if got := c.e.Bitrate(); got != before || c.overs > 0 {
		t.Errorf("DTX made %d of %d, overused %d times", got, before, c.overs)
	}
	c.every, c.size, c.jitterUs = 20_000, 183, 0
	c.run(5)
	if got := c.e.Bitrate(); got < before || got > before*105/100 {
		t.Errorf("talk again made %d of %d", got, before)
	}
}

func TestJitterIsNoOveruse(t *testing.T) {
	for _, ms := range []int{5, 20, 40, 60} {
		c := newCall(10e6, 2)
		c.jitterUs = ms * 1000
		c.run(60)
		t.Logf("%d ms of jitter: estimate %d, overused in %d of 600 feedbacks", ms, c.e.Bitrate(), c.overs)
		if ms <= 40 && c.overs > 6 {
			t.Errorf("%d ms of jitter: overused %d times", ms, c.overs)
		}
		if got := c.e.Bitrate(); ms <= 40 && got < 120_000 {
			t.Errorf("%d ms of jitter: %d", ms, got)
		}
	}
}

// TestOverload is what an overload of each degree is told as, how soon, and
// what queue has come of it by then.
func TestOverload(t *testing.T) {
	for _, c := range []struct {
		rate   float64
		within time.Duration
	}{
		{40e3, 300 * time.Millisecond},
		{70e3, 500 * time.Millisecond},
		{100e3, 800 * time.Millisecond},
		{130e3, 2500 * time.Millisecond},
	} {
		for phase := range int64(10) {
			x := newCall(2e6, 2)
			x.run(5 + float64(phase)/100)
			x.rate, x.peakUs = c.rate, 0
			began := x.now
			for over := false; !over && x.now < began+10_000_000; over, _ = x.e.State() {
				x.run(0.005)
			}
			took := time.Duration(x.now-began) * time.Microsecond
			got := float64(x.e.Bitrate())
			if phase == 0 || took > c.within {
				t.Logf("147 kbit/s into %.0f: noticed after %v, queue %d ms, estimate %.0f", c.rate, took, x.peakUs/1000, got)
			}
			if took > c.within {
				t.Errorf("%.0f: noticed after %v", c.rate, took)
			}
			if got > 1.1*c.rate || got < 0.6*c.rate {
				t.Errorf("%.0f: estimate %.0f", c.rate, got)
			}
		}
	}
}

// TestKnee is that the estimate creeps where the path was found full, and does
// not where it has become faster.
func TestKnee(t *testing.T) {
	c := newCall(40e3, 2)
	c.run(0.4)
	c.talkers = 0
	c.run(1.5)
	c.talkers, c.every, c.size = 1, 40_000, 160 // 32 kbit/s
	c.run(5)
	slow := c.e.Bitrate()
	c.rate = 1e6
	c.run(5)
	fast := c.e.Bitrate()
	t.Logf("5 s after an overload %d, 5 s after it became faster %d", slow, fast)
	if slow < 28_000 || slow > 40_000 {
		t.Errorf("%d on a path of 40000", slow)
	}
	if fast < 45_000 {
		t.Errorf("%d on a faster path", fast)
	}
}

func TestLossBound(t *testing.T) {
	c := newCall(10e6, 2)
	c.run(5)
	c.loss = 0.3
	c.run(10)
	got := c.e.Bitrate()
	if sent := 2 * 183 * 8 * 50; got > sent || got < sent/2 {
		t.Errorf("%d of %d sent with a loss of 30%%", got, sent)
	}
	c.loss = 0
	c.run(30)
	if again := c.e.Bitrate(); again < 200_000 {
		t.Errorf("%d half a minute after the loss", again)
	}
}

// TestLongerPath is a path whose delay becomes longer for good, with jitter and
// without: that is no queue, neither at once nor once it is known, and nothing is
// overused but where jitter happens to look like it.
func TestLongerPath(t *testing.T) {
	for _, jitterMs := range []int{0, 25, 75} {
		for _, ordered := range []bool{true, false} {
			overs := 0
			for phase := range 20 {
				c := newCall(10e6, 2)
				c.run(5 + float64(phase)/100)
				c.jitterUs, c.ordered = jitterMs*1000, ordered
				c.delayUs += 300_000
				worst := time.Duration(0)
				for range 40 {
					c.run(0.1)
					_, q := c.e.State()
					worst = max(worst, q)
				}
				overs += c.overs
				if most := time.Duration(jitterMs+10) * time.Millisecond; worst > most {
					t.Errorf("%d ms of jitter, in order %v, phase %d: a queue of %v", jitterMs, ordered, phase, worst)
				}
				c.rate = 100e3 // and one that fills is found full still
				for over := false; !over; over, _ = c.e.State() {
					if c.run(0.1); c.peakUs > 1_500_000 {
						t.Fatalf("%d ms of jitter, in order %v, phase %d: a queue of %d ms", jitterMs, ordered, phase, c.peakUs/1000)
					}
				}
			}
			t.Logf("%d ms of jitter, in order %v: overused in %d of 800 feedbacks", jitterMs, ordered, overs)
			if overs > jitterMs/5 {
				t.Errorf("%d ms of jitter, in order %v: overused in %d of 800 feedbacks", jitterMs, ordered, overs)
			}
		}
	}
}

// TestPauseEndsAQueue is that what is left of a delay after a long pause is none,
// and that neither is a clock that leapt.
func TestPauseEndsAQueue(t *testing.T) {
	c := newCall(140e3, 2)
	c.run(5)
	if _, q := c.e.State(); q < 100*time.Millisecond {
		t.Fatalf("the queue is %v", q)
	}
	c.talkers, c.free, c.delayUs = 0, 0, 500_000
	c.run(1.5)
	c.rate, c.talkers = 10e6, 1
	c.run(1)
	if _, q := c.e.State(); q > 10*time.Millisecond {
		t.Errorf("the queue after a pause is %v", q)
	}
	c.offsetUs -= 500_000_000 // another clock
	c.run(1)
	if _, q := c.e.State(); q > 10*time.Millisecond {
		t.Errorf("the queue after a leap of the clock is %v", q)
	}
}

// TestResume is a sender whose clock stood still while he was parked.
func TestResume(t *testing.T) {
	var e Estimator
	at := int64(1_000_000)
	for i := range int64(200) {
		if i == 100 {
			at += 700_000
			e.Resume()
		}
		at += 20_000
		e.Take(at, []Packet{{Sent: i * 20_000, Arrived: at, Size: 150}})
		if over, q := e.State(); over || q > 0 {
			t.Fatalf("packet %d: overused %v, a queue of %v", i, over, q)
		}
	}
}

// TestStall is a path that stands still for a moment and then brings all at
// once: whatever was made of it is taken back.
func TestStall(t *testing.T) {
	for phase := range int64(20) {
		c := newCall(10e6, 2)
		c.run(10 + float64(phase)/100)
		before := c.e.Bitrate()
		c.free = c.now + 120_000
		c.run(1)
		if got := c.e.Bitrate(); got < before*9/10 {
			t.Errorf("%d, was %d", got, before)
		}
	}
}

// sane fails when the estimator tells what it never may.
func sane(t testing.TB, e *Estimator) {
	t.Helper()
	b := e.Bitrate()
	_, q := e.State()
	if b != 0 && (b < minBitrate || b > maxBitrate) || q < 0 || q > maxLeapUs*time.Microsecond {
		t.Fatalf("estimate %d, queue %v", b, q)
	}
	for _, v := range []float64{e.aimd.target, e.aimd.knee, e.loss.bound, e.trend.w, e.trend.d, e.trend.td, e.trend.tt, float64(e.trend.score), float64(e.trend.jitterUs), float64(e.trend.threshold), float64(e.queueUs), float64(e.run.riseUs)} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("not a number in %+v", e)
		}
	}
}

var extremes = []int64{0, 1, -1, 250, 20_000, -20_000, 1 << 24 * 64_000, math.MaxInt64, math.MinInt64, math.MaxInt32, 9_999_999, -10_000_001}

// TestStalledClock: the sender's clock left two seconds out. That is no queue,
// not for a moment.
func TestStalledClock(t *testing.T) {
	c := newCall(10e6, 2)
	c.run(10)
	before := c.e.Bitrate()
	c.offsetUs += 2_000_000
	c.run(.15) // what was on its way
	c.e.Resume()
	for range 10 {
		c.run(.5)
		if _, queue := c.e.State(); queue > 10*time.Millisecond || c.e.Bitrate() < before/2 {
			t.Fatalf("a queue of %v, %d of %d bit/s", queue, c.e.Bitrate(), before)
		}
	}
}

func TestHostileFeedback(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var e Estimator
		var now, sent, at int64
		for range 200 {
			var p [20]Packet
			for i := range p {
				pick := func() int64 { return extremes[r.IntN(len(extremes))] }
				if r.IntN(50) == 0 {
					sent += pick()
				}
				sent += 20_000
				at += 20_000
				if r.IntN(10) == 0 {
					at += pick()
				}
				p[i] = Packet{Sent: sent, Arrived: at, Size: int(extremes[r.IntN(len(extremes))]), Lost: r.IntN(5) == 0}
			}
			now = sent
			if r.IntN(20) == 0 {
				now += extremes[r.IntN(len(extremes))]
			}
			e.Take(now, p[:r.IntN(len(p))])
			sane(t, &e)
		}
	}
}

// TestLiar is that arrivals told closer together than they can be make no more
// of the path than 1.5 times what was sent.
func TestLiar(t *testing.T) {
	var e Estimator
	for i := range int64(1000) {
		e.Take(i*100_000, []Packet{
			{Sent: i * 100_000, Arrived: i * 10, Size: 200}, {Sent: i*100_000 + 50_000, Arrived: i*10 + 1, Size: 200}})
		sane(t, &e)
	}
	if got := e.Bitrate(); got > 48_000*105/100 {
		t.Errorf("%d of 32000 sent", got)
	}
}

func FuzzEstimate(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"))
	f.Add(make([]byte, 300))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e Estimator
		var now, sent, at int64
		for len(b) >= 5 {
			var p [8]Packet
			n := 0
			for ; n < len(p) && len(b) >= 5; n++ {
				sent += int64(b[0]&63) * 1000
				at += int64(int8(b[1])) * 2000
				if b[2]&0xf0 == 0xf0 {
					at += extremes[int(b[2]&15)%len(extremes)]
				}
				if b[3] > 250 {
					sent += extremes[int(b[4])%len(extremes)]
				}
				p[n] = Packet{Sent: sent, Arrived: at, Size: int(b[4]) << (b[3] & 15), Lost: b[0]&64 != 0}
				last := b[0]&128 != 0
				b = b[5:]
				if last {
					break
				}
			}
			now = sent + 50_000
			e.Take(now, p[:min(n+1, len(p))])
			sane(t, &e)
		}
	})
}

func BenchmarkTake(b *testing.B) {
	var e Estimator
	var p [10]Packet // what a feedback of 100 ms tells of two talkers
	r := rand.New(rand.NewPCG(1, 1))
	var now int64
	b.ReportAllocs()
	for b.Loop() {
		for i := range p {
			now += 10_000
			p[i] = Packet{Sent: now, Arrived: now + int64(r.IntN(20_000)), Size: 183, Lost: i == 3}
		}
		e.Take(now, p[:])
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(p)), "ns/packet")
}

// TestLongPacketsAreNotLate is two talkers in packets of 120 ms that leave at the
// same time: the second waits for the first, and then nothing comes for long. That
// is no queue that grows.
func TestLongPacketsAreNotLate(t *testing.T) {
	var e Estimator
	var told []Packet
	free := int64(0)
	for now := int64(0); now < 20_000_000; now += 1000 {
		if at := now % 120_000; at == 0 || at == 3000 {
			free = max(free, now) + 250*8000/40 // 250 bytes at 40 kbit/s
			told = append(told, Packet{Sent: now, Arrived: free + 10_000, Size: 250})
		}
		if now%50_000 != 0 {
			continue
		}
		n := 0
		for n < len(told) && told[n].Arrived <= now {
			n++
		}
		if e.Take(now+10_000, told[:n]); n > 0 {
			told = append(told[:0], told[n:]...)
		}
		if over, queue := e.State(); over {
			t.Fatalf("overused at %d ms, with a queue of %v", now/1000, queue)
		}
	}
	if e.Full() {
		t.Error("taken for full")
	}
}
