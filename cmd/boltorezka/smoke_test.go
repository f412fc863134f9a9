package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/smoke"
)

// trySmoke runs the check and returns its report and its steps by name.
func trySmoke(t *testing.T, args ...string) (int, smoke.Report, map[string]smoke.Step) {
	t.Helper()
	status, stdout, stderr := command(t, nil, "", append([]string{"smoke", "--json"}, args...)...)
	var r smoke.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || stderr != "" {
		t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	steps := map[string]smoke.Step{}
	for _, s := range r.Steps {
		steps[s.Name] = s
	}
	return status, r, steps
}

// secretFile keeps a password for a command.
func secretFile(t *testing.T, password string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestSmokeWithGuests runs every step against a real server, through its SFU
// and its TURN server, and looks at what is left of it.
func TestSmokeWithGuests(t *testing.T) {
	p := launch(t, t.TempDir(), "BOLTOREZKA_AUTH_GUESTS=open")
	status, r, steps := trySmoke(t, "--url", p.url+"/", "--timeout", "60s")
	if status != 0 || !r.OK || r.URL != p.url || r.Version == "" {
		t.Errorf("status %d: %+v", status, r)
	}
	for _, s := range r.Steps {
		if s.State != smoke.OK || s.Ms < 0 {
			t.Errorf("%+v", s)
		}
	}
	if s := steps["voice through TURN"]; strings.Count(s.Detail, "by relay") != 2 {
		t.Errorf("%+v", s)
	}
	if s := steps["voice through the SFU"]; strings.Contains(s.Detail, "relay") || !strings.Contains(s.Detail, "packets") {
		t.Errorf("%+v", s)
	}
	owner := signIn(t, p, "ann", true)
	for _, text := range history(t, owner) {
		if text != "" {
			t.Errorf("the room still shows %q", text)
		}
	}
	for _, line := range []string{"boltorezka_turn_allocations 0", "boltorezka_voice_members 0", "boltorezka_ws_sessions 0"} {
		waitMetric(t, p, line)
	}
}

// TestSmokeWithAnAccount makes a server's first account, comes back with it,
// and takes back the invites that it makes.
func TestSmokeWithAnAccount(t *testing.T) {
	p := launch(t, t.TempDir(), "BOLTOREZKA_TURN_ADDR=off")
	account := []string{"--url", p.url, "--timeout", "60s", "--name", "ann", "--password-file", secretFile(t, "a long password")}
	status, r, steps := trySmoke(t, account...)
	if status != 0 || !strings.Contains(steps["sign in"].Detail, "the first account") {
		t.Errorf("status %d: %+v", status, r)
	}
	if s := steps["voice through TURN"]; s.State != smoke.Skipped || !strings.Contains(s.Detail, "turn.addr") {
		t.Errorf("without TURN: %+v", s)
	}
	owner := signIn(t, p, "ann", false)
	if list, err := owner.Invites(within(t)); err != nil || len(list) > 0 {
		t.Errorf("invites are left: %+v, %v", list, err)
	}
	status, _, steps = trySmoke(t, "--url", p.url, "--timeout", "60s", "--token", owner.Token(), "--room", "nowhere")
	if s := steps["join room"]; status != 1 || s.State != smoke.Failed || !strings.Contains(s.Error, "RoomNotFound") || steps["resume"].State != smoke.Skipped {
		t.Errorf("status %d: %+v", status, steps)
	}
	if _, err := owner.Me(within(t)); err != nil {
		t.Errorf("it has ended the session of --token: %v", err)
	}

	// Nobody to come in with.
	status, _, steps = trySmoke(t, "--url", p.url)
	if s := steps["sign in"]; status != 1 || s.State != smoke.Failed || !strings.Contains(s.Error, "--name") || !strings.Contains(s.Error, "--invite") {
		t.Errorf("status %d: %+v", status, s)
	}
	status, _, steps = trySmoke(t, "--url", p.url, "--name", "ann", "--password-file", secretFile(t, "not her password"))
	if s := steps["sign in"]; status != 1 || !strings.Contains(s.Error, "name or password is wrong") || strings.Contains(s.Error, "not her") {
		t.Errorf("status %d: %+v", status, s)
	}
}

// TestSmokeWithoutGuests needs two accounts.
func TestSmokeWithoutGuests(t *testing.T) {
	p := launch(t, t.TempDir(), "BOLTOREZKA_AUTH_GUESTS=off", "BOLTOREZKA_AUTH_REGISTRATION=open", "BOLTOREZKA_TURN_ADDR=off",
		"BOLTOREZKA_TURN_EXTERNAL_URLS=turn:127.0.0.1:1?transport=tcp", "BOLTOREZKA_TURN_EXTERNAL_SECRET=s")
	ann := signIn(t, p, "ann", true)
	signIn(t, p, "bob", true)
	file := secretFile(t, "a long password")
	status, _, steps := trySmoke(t, "--url", p.url, "--name", "ann", "--password-file", file)
	if s := steps["sign in"]; status != 1 || !strings.Contains(s.Error, "--peer-name") {
		t.Errorf("status %d: %+v", status, s)
	}
	// A TURN server that is not there fails the one step that needs it, when its
	// time is over: the test mostly waits.
	status, r, steps := trySmoke(t, "--url", p.url, "--timeout", "12s", "--token", ann.Token(), "--peer-name", "bob", "--peer-password-file", file)
	if s := steps["voice through TURN"]; status != 1 || s.State != smoke.Failed || !strings.Contains(s.Error, "relay") {
		t.Errorf("status %d: %+v", status, s)
	}
	for _, s := range r.Steps {
		if s.State != smoke.OK && s.Name != "voice through TURN" {
			t.Errorf("%+v", s)
		}
	}
}

func TestSmokeOfNothing(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	status, r, steps := trySmoke(t, "--url", "http://"+gone.Addr().String())
	if s := steps["health"]; status != 1 || r.OK || !strings.Contains(s.Error, "refused") || steps["connect"].State != smoke.Skipped {
		t.Errorf("status %d: %+v", status, r)
	}
	status, stdout, _ := command(t, nil, "", "smoke", "--url", "http://"+gone.Addr().String())
	if status != 1 || !strings.Contains(stdout, "failed") || !strings.Contains(stdout, "is not well: 1 of") {
		t.Errorf("status %d:\n%s", status, stdout)
	}
	expired := standIn(t, time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour))
	if _, _, steps := trySmoke(t, "--url", expired); steps["health"].State != smoke.Failed || !strings.Contains(steps["health"].Error, "certificate") {
		t.Errorf("%+v", steps["health"])
	}
}

// TestSmokeCannotBegin holds that what is wrong with the command is told from
// what is wrong with the server.
func TestSmokeCannotBegin(t *testing.T) {
	file := secretFile(t, "")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "--url"},
		{[]string{"--url", "talk.example.org"}, "https://"},
		{[]string{"--url", "http://127.0.0.1:1", "--name", "ann"}, "--password-file"},
		{[]string{"--url", "http://127.0.0.1:1", "--name", "ann", "--password-file", file}, "empty"},
		{[]string{"--url", "http://127.0.0.1:1", "--name", "ann", "--password-file", "/nowhere/p"}, "/nowhere/p"},
		{[]string{"--url", "http://127.0.0.1:1", "--token", "t", "--name", "ann", "--password-file", "-"}, "not both"},
		{[]string{"--rul", "x"}, "--rul"},
	} {
		status, stdout, stderr := command(t, nil, "a long password\n", append([]string{"smoke"}, c.args...)...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %q, %q", c.args, status, stdout, stderr)
		}
	}
}
