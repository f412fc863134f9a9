package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// participant is somebody in the voice of the room general, with a tone for a
// voice.
type participant interface {
	name() string
	// tone is what the others are to hear, Hz.
	tone() float64
	// heard returns the tones heard of late, Hz, and how many times they were
	// measured by now.
	heard() (hz []float64, measured int)
	leave(t *testing.T)
}

type joining func(t *testing.T, ctx context.Context, s *server) participant

const (
	// near is how far a measured tone may be from what was sent, Hz.
	near = 5
	// looks is how many times in a row the right tones must be measured.
	looks = 2
)

// hears waits until p hears exactly the tones of these others.
func hears(t *testing.T, ctx context.Context, p participant, others ...participant) {
	t.Helper()
	began := time.Now()
	got, err := listensFor(ctx, p, others)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s hears %v Hz, %.1f s", p.name(), got, time.Since(began).Seconds())
}

// listensFor returns what p hears when it is the tones of the others, or why it
// will not be: ctx is over, or the process of one of them has ended.
func listensFor(ctx context.Context, p participant, others []participant) ([]float64, error) {
	var want []float64
	for _, o := range others {
		want = append(want, o.tone())
	}
	slices.Sort(want)
	right, last := 0, -1
	for {
		got, measured := p.heard()
		if measured != last {
			last = measured
			slices.Sort(got)
			if slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) <= near }) {
				right++
			} else {
				right = 0
			}
			if right == looks {
				return got, nil
			}
		}
		for _, x := range append([]participant{p}, others...) {
			if x, ok := x.(*program); ok && x.ended() {
				return nil, fmt.Errorf("%s hears %v Hz, want %v: %s has ended with %v and printed:\n%s",
					p.name(), got, want, x.called, x.cmd.ProcessState, x.printed())
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("%s hears %v Hz, want %v", p.name(), got, want)
		}
	}
}

// program is a participant in a process of its own, of testdata. It says what
// it hears on its standard output and leaves when its standard input ends.
type program struct {
	called string
	hz     float64
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr bytes.Buffer // read only after done
	done   chan struct{}

	mu    sync.Mutex
	last  said
	count int
	stats json.RawMessage
	other bytes.Buffer // lines of standard output that say nothing of tones
}

type said struct {
	Heard []float64       `json:"heard"`
	Stats json.RawMessage `json:"stats"`
}

func run(t *testing.T, ctx context.Context, called string, hz float64, argv ...string) participant {
	t.Helper()
	argv = append(argv, strconv.FormatFloat(hz, 'f', -1, 64))
	p := &program{called: called, hz: hz, cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	p.cmd.Stderr = &p.stderr
	p.cmd.WaitDelay = 20 * time.Second
	// Asked first, so that it ends what it has started itself.
	p.cmd.Cancel = func() error { return p.stdin.Close() }
	stdin, err := p.cmd.StdinPipe()
	must(t, err)
	p.stdin = stdin
	stdout, err := p.cmd.StdoutPipe()
	must(t, err)
	must(t, p.cmd.Start())
	go p.listen(stdout)
	t.Cleanup(func() {
		_ = p.stdin.Close()
		<-p.done
		if t.Failed() {
			t.Logf("%s says %v; %s", called, p.last, p.printed())
		}
	})
	return p
}

func (p *program) listen(stdout io.Reader) {
	defer close(p.done)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s said
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			p.note(lines.Bytes())
			continue
		}
		p.mu.Lock()
		if s.Stats != nil {
			p.stats = s.Stats
		} else {
			p.last, p.count = s, p.count+1
		}
		p.mu.Unlock()
	}
	_ = p.cmd.Wait() // its exit status is looked at in leave
}

// note keeps a line for whoever looks for what went wrong, 64 KiB in all.
func (p *program) note(line []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.other.Len()+len(line) < 64<<10 {
		p.other.Write(line)
		p.other.WriteByte('\n')
	}
}

// ended says whether the process has.
func (p *program) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// printed is what an ended process printed, beside what it heard.
func (p *program) printed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.other.String() + p.stderr.String()
}

func (p *program) name() string  { return p.called }
func (p *program) tone() float64 { return p.hz }

func (p *program) heard() ([]float64, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.last.Heard), p.count
}

func (p *program) leave(t *testing.T) {
	t.Helper()
	must(t, p.stdin.Close())
	<-p.done
	if !p.cmd.ProcessState.Success() {
		t.Errorf("%s: %v", p.called, p.cmd.ProcessState)
	}
}

// Debian's Python packages are for Debian's Python, whatever else is in PATH.
const python = "/usr/bin/python3"

func aiortc(t *testing.T, ctx context.Context, s *server) participant {
	return run(t, ctx, "aiortc", 660, python, filepath.Join("testdata", "aiortc_peer.py"), s.url(), "general")
}

func gstreamer(t *testing.T, ctx context.Context, s *server) participant {
	return run(t, ctx, "GStreamer", 830, python, filepath.Join("testdata", "gstreamer_peer.py"), s.url(), "general")
}

func chromium(t *testing.T, ctx context.Context, s *server) participant {
	s.forBrowsers(t, ctx)
	return run(t, ctx, "Chromium", 1010, "node", filepath.Join("testdata", "browser.mjs"), "chromium", s.url(), "general")
}

func firefox(t *testing.T, ctx context.Context, s *server) participant {
	s.forBrowsers(t, ctx)
	return run(t, ctx, "Firefox", 1210, "node", filepath.Join("testdata", "browser.mjs"), "firefox", s.url(), "general")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
