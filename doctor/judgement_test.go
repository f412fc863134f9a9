package doctor

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/configs"
	"github.com/boltorezka/boltorezka/store"
)

func TestReportForPeople(t *testing.T) {
	r := Report{Findings: []Finding{
		{Check: "a", State: OK, What: "is well"},
		{Check: "long.name", State: Problem, What: "is broken", Why: "people wait", Do: "mend it"},
	}}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	const want = `ok       a          is well
problem  long.name  is broken
                      why: people wait
                      do:  mend it

1 problem, 0 warnings.
`
	if b.String() != want {
		t.Errorf("it is\n%s", b.String())
	}
}

func TestJudgeDatabase(t *testing.T) {
	whole := store.Condition{Exists: true, Product: "SQLite 3", Schema: []store.SchemaVersion{{ID: "1", Known: true, Applied: true}}}
	cfg := store.Defaults()
	for _, c := range []struct {
		name    string
		change  func(*store.Condition)
		err     error
		running bool
		state   State
		want    string
	}{
		{"whole", func(*store.Condition) {}, nil, true, OK, "SQLite 3"},
		{"not there yet", func(c *store.Condition) { c.Exists = false }, nil, false, OK, "first start"},
		{"gone under the server", func(c *store.Condition) { c.Exists = false }, nil, true, Problem, "removed"},
		{"pending", func(c *store.Condition) { c.Schema[0].Applied = false }, nil, false, Warning, "next start"},
		{"newer", func(c *store.Condition) { c.Schema[0].Known = false }, nil, false, Problem, "newer version"},
		{"read-only", func(c *store.Condition) { c.ReadOnly = errors.New("no") }, nil, true, Problem, "cannot be written"},
		{"damaged", func(c *store.Condition) { c.Damage = []string{"page 7"} }, nil, true, Problem, "page 7"},
		{"not checked", func(c *store.Condition) { c.Unchecked = context.DeadlineExceeded }, nil, true, Warning, "not seen"},
		{"few connections", func(c *store.Condition) { c.ServerConns = 3 }, nil, true, Warning, "maxConns"},
		{"not opened", func(*store.Condition) {}, errors.New("no such thing"), true, Problem, "no such thing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cond := whole
			cond.Schema = append([]store.SchemaVersion(nil), whole.Schema...)
			c.change(&cond)
			if f := judgeDatabase(cond, c.err, cfg, c.running); f.State != c.state || !strings.Contains(f.What+f.Why+f.Do, c.want) {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestClockAndPage(t *testing.T) {
	now := time.Now()
	at, _ := url.Parse("https://talk.example.org")
	p := &patient{cfg: configs.Defaults(), running: &Running{Version: "1"}, page: &page{url: at, at: now, date: now.Add(-time.Hour), status: 200, version: "1"}}
	p.cfg.HTTP.PublicURL = at.String()
	if f := p.clock(t.Context())[0]; f.State != Problem || !strings.Contains(f.What, "1h0m") {
		t.Errorf("an hour apart: %+v", f)
	}
	p.page.date = now.Truncate(time.Second)
	if f := p.clock(t.Context())[0]; f.State == Problem {
		t.Errorf("the same clock: %+v", f)
	}
	for _, c := range []struct {
		name  string
		page  page
		state State
		want  string
	}{
		{"well", page{url: at, status: 200, version: "1"}, OK, "version 1"},
		{"another server", page{url: at, status: 200, version: "2"}, Problem, "another server"},
		{"another program", page{url: at, status: 404}, Problem, "404"},
		{"no answer", page{url: at, err: errors.New("no route")}, Problem, "no route"},
		{"sent in circles", page{url: at, status: 200, version: "1", circles: true}, Warning, "X-Forwarded-Proto"},
	} {
		p.page = &c.page
		if f := p.publicPage(t.Context())[0]; f.State != c.state || !strings.Contains(f.What+f.Why+f.Do, c.want) {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
	p.page = nil
	if f := p.publicPage(t.Context())[0]; f.State != Warning || !strings.Contains(f.Why, "microphone") {
		t.Errorf("without a public address: %+v", f)
	}
}

func TestFilesByWhatIsAllowed(t *testing.T) {
	p := &patient{cfg: configs.Defaults(), running: &Running{Version: "1", OpenFiles: 30, FileLimit: 1 << 20}}
	for limit, want := range map[uint64]State{1 << 20: OK, 4096: Warning, 300: Problem, 32: Problem} {
		p.running.FileLimit = limit
		if f := p.files(t.Context())[0]; f.State != want {
			t.Errorf("with %d: %+v", limit, f)
		}
	}
	p.running.OpenFiles, p.running.FileLimit = 1000<<10, 1<<20
	if f := p.files(t.Context())[0]; f.State != Problem {
		t.Errorf("nearly used up: %+v", f)
	}
}

// TestTryLeavesNothing holds that looking at a disk leaves it as it was.
func TestTryLeavesNothing(t *testing.T) {
	p := &patient{cfg: configs.Defaults()}
	p.cfg.Store.DataDir = t.TempDir() + "/not/yet"
	if f := p.disk(t.Context())[0]; f.State == Problem || !strings.Contains(f.What, "first start") {
		t.Errorf("%+v", f)
	}
	dir := t.TempDir()
	p.cfg.Store.DataDir = dir
	if f := p.disk(t.Context())[0]; f.State == Problem || !strings.Contains(f.What, dir) {
		t.Errorf("%+v", f)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it has left %v, %v", left, err)
	}
}
