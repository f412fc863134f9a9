package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/loadtest"
	"github.com/spf13/cobra"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run gives the command line args and returns what it printed.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	root := rootCommand()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestHelpSaysWhatDecidesTheExitStatus(t *testing.T) {
	for _, scenario := range []string{"voice", "chat", "presence", "reconnect"} {
		help, err := run(t, scenario, "--help")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Exit status: 0 all goals met, 2 one missed", "--slo", "--json", "--html", "--server-pid", "\n  p99", "\n  lost"} {
			if !strings.Contains(help, want) {
				t.Errorf("help of %s lacks %q:\n%s", scenario, want, help)
			}
		}
	}
}

func TestWrongGoalsStopBeforeTheRun(t *testing.T) {
	_, err := run(t, "chat", "--url", "http://127.0.0.1:1", "--slo", "p98<1ms")
	if err == nil || !strings.Contains(err.Error(), "p98") {
		t.Errorf("got %v", err)
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	_, err := run(t, "reconnect", "--url", "http://127.0.0.1:1")
	if err == nil || errors.Is(err, errMissed) || !strings.HasPrefix(err.Error(), "loadtest: the server: ") {
		t.Errorf("got %v", err)
	}
}

func TestReportIsWrittenAlsoWhenAGoalIsMissed(t *testing.T) {
	dir := t.TempDir()
	o := output{scenario: "chat", json: filepath.Join(dir, "r.json"), html: filepath.Join(dir, "r.html"), slo: "lost=0,p99<1ms"}
	var cmd cobra.Command
	var table, log bytes.Buffer
	cmd.SetOut(&table)
	cmd.SetErr(&log)
	var target loadtest.Target
	if err := o.prepare(&cmd, &target); err != nil {
		t.Fatal(err)
	}
	r := &loadtest.ChatReport{Summary: loadtest.Summary{Scenario: "chat"}}
	r.Latency.P99 = 5
	if err := o.write(&cmd, r); !errors.Is(err, errMissed) {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(table.String(), "p99<1ms: MISSED, 5") {
		t.Errorf("table:\n%s", table.String())
	}
	var back struct{ Goals []loadtest.Verdict }
	b, err := os.ReadFile(o.json)
	if err != nil || json.Unmarshal(b, &back) != nil || len(back.Goals) != 2 || !back.Goals[0].Met || back.Goals[1].Met {
		t.Errorf("%v %s", err, b)
	}
	page, err := os.ReadFile(o.html)
	if err != nil || !bytes.Contains(page, []byte(`<p class="missed">p99&lt;1ms: MISSED, 5</p>`)) {
		t.Errorf("%v %s", err, page)
	}
}

func TestProgressIsOneLine(t *testing.T) {
	var b bytes.Buffer
	c := console{w: &b}
	c.progress("") // nothing is there to take away
	c.progress("one")
	c.progress("two")
	c.log("said %d", 1)
	c.progress("three")
	c.progress("")
	if want := clearLine + "one" + clearLine + "two" + clearLine + "said 1\n" + clearLine + "three" + clearLine; b.String() != want {
		t.Errorf("%q", b.String())
	}
}
