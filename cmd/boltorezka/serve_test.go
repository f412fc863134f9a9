package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func signIn(t *testing.T, p *process, name string, register bool) *client.Client {
	t.Helper()
	c, err := client.New(p.url)
	if err != nil {
		t.Fatal(err)
	}
	if register {
		_, err = c.Register(within(t), wire.Register{Name: name, Password: "a long password"})
	} else {
		_, err = c.Login(within(t), name, "a long password")
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func say(t *testing.T, c *client.Client, text string) wire.Ack {
	t.Helper()
	conn, err := c.Connect(within(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.JoinRoom(within(t), "general"); err != nil {
		t.Fatal(err)
	}
	ack, err := conn.SendChat(within(t), client.Chat{Text: text, Key: "key of " + text})
	if err != nil {
		t.Fatal(err)
	}
	return ack
}

func history(t *testing.T, c *client.Client) []string {
	t.Helper()
	page, err := c.History(within(t), "general", client.Page{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, m := range page.Messages {
		texts = append(texts, m.Text)
	}
	return texts
}

// TestLife is a server's: first account, a message, a stop in order, a start,
// a kill, a start.
func TestLife(t *testing.T) {
	dir := t.TempDir()
	p := launch(t, dir)
	owner := signIn(t, p, "ann", true)
	me, err := owner.Me(within(t))
	if err != nil || me.Role != wire.RoleOwner {
		t.Fatalf("the first account is %+v, %v", me, err)
	}
	say(t, owner, "first")
	if status, took := p.end(syscall.SIGINT); status != 0 || took > 4*time.Second {
		t.Errorf("Ctrl-C: status %d after %s\n%s", status, took, p.output())
	}

	p = launch(t, dir)
	owner = signIn(t, p, "ann", false)
	say(t, owner, "second")
	p.end(syscall.SIGKILL)

	p = launch(t, dir)
	owner = signIn(t, p, "ann", false)
	if ack := say(t, owner, "second"); !ack.Duplicate {
		t.Error("a message that was acked before the kill is stored again")
	}
	if got := strings.Join(history(t, owner), ","); got != "second,first" {
		t.Errorf("history is %q", got)
	}
	if strings.Contains(p.output(), "setup code") {
		t.Error("a server with an owner prints a setup code")
	}
}

// TestStopWithClients holds that people who are connected are told and do not
// hold the stop up.
func TestStopWithClients(t *testing.T) {
	p := launch(t, t.TempDir())
	conn, err := signIn(t, p, "ann", true).Connect(within(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.JoinRoom(within(t), "general"); err != nil {
		t.Fatal(err)
	}
	if status, took := p.end(syscall.SIGTERM); status != 0 || took > 4*time.Second {
		t.Errorf("status %d after %s\n%s", status, took, p.output())
	}
	if out := p.output(); strings.Contains(out, `"WARN"`) || strings.Contains(out, `"ERROR"`) {
		t.Errorf("the stop was not clean:\n%s", out)
	}
}

// TestStartAndStopHere runs a server in this process, where the check for
// leaked goroutines sees it.
func TestStartAndStopHere(t *testing.T) {
	for name, value := range map[string]string{"BOLTOREZKA_DATA_DIR": t.TempDir(), "BOLTOREZKA_HTTP_ADDR": "127.0.0.1:0", "BOLTOREZKA_OPS_ADDR": "127.0.0.1:0",
		"BOLTOREZKA_SFU_UDP_ADDR": "127.0.0.1:0", "BOLTOREZKA_SFU_TCP_ADDR": "127.0.0.1:0", "BOLTOREZKA_TURN_ADDR": "127.0.0.1:0"} {
		t.Setenv(name, value)
	}
	cfg, _, err := new(settings).load()
	if err != nil {
		t.Fatal(err)
	}
	a, err := start(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	a.banner(&said)
	// The setup code too: a proxy on this machine brings people from elsewhere.
	if !strings.Contains(said.String(), "localhost") || !strings.Contains(said.String(), "setup code "+grouped(a.auth.SetupCode())) {
		t.Errorf("on loopback the banner is %q", said.String())
	}
	c, err := client.New("http://" + a.http.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Health(within(t)); err != nil {
		t.Error(err)
	}
	a.close()
	if _, err := c.Health(within(t)); err == nil {
		t.Error("it still answers")
	}
}

// TestWarnings holds that what works but is hardly meant is said at the start.
func TestWarnings(t *testing.T) {
	p := launch(t, t.TempDir(), "BOLTOREZKA_SFU_AUDIOSLOTS=8", "BOLTOREZKA_HTTP_PUBLIC_URL=https://talk.example.org")
	if out := p.output(); !strings.Contains(out, "BOLTOREZKA_SFU_AUDIOSLOTS") || !strings.Contains(out, "http.trustedProxies is empty") {
		t.Errorf("the log is\n%s", out)
	}
	p = launch(t, t.TempDir(), "BOLTOREZKA_HTTP_PUBLIC_URL=https://talk.example.org", "BOLTOREZKA_HTTP_TRUSTED_PROXIES=127.0.0.1")
	if out := p.output(); strings.Contains(out, "trustedProxies") {
		t.Errorf("the log is\n%s", out)
	}
}

func TestOperatorsListener(t *testing.T) {
	p := launch(t, t.TempDir())
	signIn(t, p, "ann", true)
	if status, body := get(t, p.ops+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: %d %s", status, body)
	}
	status, body := get(t, p.ops+"/metrics")
	for _, name := range []string{
		"go_goroutines", "process_cpu_seconds_total", "boltorezka_ws_sessions 0", "boltorezka_sfu_packets_in_total 0",
		`boltorezka_turn_refused_total{reason="loopback"} 0`, `boltorezka_http_request_seconds_count{method="POST",route="/v1/auth/register",status="201"} 1`,
	} {
		if status != http.StatusOK || !strings.Contains(body, name) {
			t.Errorf("/metrics (%d) has no %s", status, name)
		}
	}
	if status, _ := get(t, p.ops+"/debug/pprof/goroutine?debug=1"); status != http.StatusOK {
		t.Errorf("pprof: %d", status)
	}
	if _, body := get(t, p.url+"/metrics"); strings.Contains(body, "go_goroutines") {
		t.Error("/metrics is public")
	}
	if status, body := get(t, p.url+"/health"); status != http.StatusOK || !strings.Contains(body, `"ok"`) {
		t.Errorf("/health: %d %s", status, body)
	}
}

// TestTURNCredentials asks for voice and looks at what a client is told.
func TestTURNCredentials(t *testing.T) {
	p := launch(t, t.TempDir(), "BOLTOREZKA_TURN_EXTERNAL_URLS=turn:elsewhere.example", "BOLTOREZKA_TURN_EXTERNAL_SECRET=s")
	conn, err := signIn(t, p, "ann", true).Connect(within(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Request(within(t), wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"}); err != nil {
		t.Fatal(err)
	}
	for {
		select {
		case ev := <-conn.Events():
			joined, ok := ev.Payload.(*wire.VoiceJoined)
			if !ok {
				continue
			}
			var urls []string
			for _, s := range joined.ICEServers {
				urls = append(urls, s.URLs...)
			}
			all := strings.Join(urls, " ")
			for _, want := range []string{"stun:127.0.0.1:", "turn:127.0.0.1:", "?transport=tcp", "turn:elsewhere.example"} {
				if !strings.Contains(all, want) {
					t.Errorf("%q has no %s", all, want)
				}
			}
			return
		case <-within(t).Done():
			t.Fatal("no voice.joined")
		}
	}
}

// TestBadStarts holds that what cannot work is one line that says how to mend
// it, and an exit status.
func TestBadStarts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	tcpAddr, udpAddr := taken.Addr().String(), udp.LocalAddr().String()
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		want []string
	}{
		{"http port taken", map[string]string{"BOLTOREZKA_HTTP_ADDR": tcpAddr}, nil, []string{"http.addr", tcpAddr, "in use", "BOLTOREZKA_HTTP_ADDR"}},
		{"ops port taken", map[string]string{"BOLTOREZKA_OPS_ADDR": tcpAddr}, nil, []string{"ops.addr", tcpAddr, "in use", "BOLTOREZKA_OPS_ADDR"}},
		{"media port taken", map[string]string{"BOLTOREZKA_SFU_UDP_ADDR": udpAddr}, nil, []string{"sfu.udpAddr", udpAddr, "in use", "BOLTOREZKA_SFU_UDP_ADDR"}},
		{"media TCP port taken", map[string]string{"BOLTOREZKA_SFU_TCP_ADDR": tcpAddr}, nil, []string{"sfu.tcpAddr", tcpAddr, "in use", "BOLTOREZKA_SFU_TCP_ADDR"}},
		{"no STUN server", map[string]string{"BOLTOREZKA_SFU_STUN": "stun:stun.example.org"}, nil, []string{"sfu.stun", "stun:stun.example.org", "host:port"}},
		{"turn port taken", map[string]string{"BOLTOREZKA_TURN_ADDR": udpAddr}, nil, []string{"turn.addr", udpAddr, "in use", "BOLTOREZKA_TURN_ADDR"}},
		{"not our address", map[string]string{"BOLTOREZKA_HTTP_ADDR": "192.0.2.1:0"}, nil, []string{"http.addr", "192.0.2.1", "address of this machine"}},
		{"no data folder", map[string]string{"BOLTOREZKA_DATA_DIR": "/proc/nowhere"}, nil, []string{"data.dir", "/proc/nowhere", "folder"}},
		{"no database", map[string]string{"BOLTOREZKA_DATABASE_URL": "postgres://u:hush@127.0.0.1:1/d"}, nil, []string{"database.url", "127.0.0.1:1", "refused", "start PostgreSQL"}},
		{"wrong value", map[string]string{"BOLTOREZKA_VOICE_P2P_MAX": "1"}, nil, []string{"voice.p2pMax", "1", "2 to 8"}},
		{"wrong proxies", map[string]string{"BOLTOREZKA_HTTP_TRUSTED_PROXIES": "x"}, nil, []string{"http.trustedProxies", `"x"`}},
		{"no file", nil, []string{"serve", "--config", "/nowhere/b.yaml"}, []string{"/nowhere/b.yaml"}},
		{"no such command", nil, []string{"sevre"}, []string{"sevre", "--help"}},
		{"no such flag", nil, []string{"serve", "--prot"}, []string{"--prot"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{"BOLTOREZKA_DATA_DIR": t.TempDir(), "BOLTOREZKA_HTTP_ADDR": "127.0.0.1:0", "BOLTOREZKA_OPS_ADDR": "off",
				"BOLTOREZKA_SFU_UDP_ADDR": "127.0.0.1:0", "BOLTOREZKA_SFU_TCP_ADDR": "127.0.0.1:0", "BOLTOREZKA_TURN_ADDR": "off"}
			for name, value := range c.env {
				env[name] = value
			}
			args := c.args
			if args == nil {
				args = []string{"serve"}
			}
			status, stdout, stderr := command(t, env, "", args...)
			if status == 0 || stdout != "" {
				t.Errorf("status %d, said %q", status, stdout)
			}
			if strings.Count(stderr, "\n") != 1 || strings.Contains(stderr, "hush") {
				t.Errorf("not one line, or a secret: %q", stderr)
			}
			for _, part := range c.want {
				if !strings.Contains(stderr, part) {
					t.Errorf("%q does not name %q", stderr, part)
				}
			}
		})
	}
}

func TestCommands(t *testing.T) {
	env := map[string]string{"BOLTOREZKA_DATA_DIR": t.TempDir()}
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, c := range []struct {
		args       []string
		stdin      string
		status     int
		out, noise string
	}{
		{args: []string{"version"}, out: "boltorezka "},
		{args: []string{"migrate", "status"}, status: 1, out: "0002_conversations\tpending", noise: "2 of 2"},
		{args: []string{"migrate"}, out: "is up to date"},
		{args: []string{"migrate", "up"}, out: "is up to date"},
		{args: []string{"migrate", "status"}, out: "0002_conversations\tapplied"},
		{args: []string{"user", "create", "bob", "--role", "admin"}, stdin: "a long password\n", status: 1, noise: "first account"},
		{args: []string{"user", "create", "ann"}, stdin: "a long password\n", out: "ann is now owner"},
		{args: []string{"user", "create", "bob", "--role", "admin"}, stdin: "a long password\n", out: "bob is now admin"},
		{args: []string{"user", "create", "bob"}, stdin: "a long password\n", status: 1, noise: "name"},
		{args: []string{"user", "create", "cat"}, status: 1, noise: "no password"},
		{args: []string{"user", "create", "cat"}, stdin: "x\n", status: 1, noise: "password"},
		{args: []string{"user", "create", "cat", "--role", "king"}, stdin: "a long password\n", status: 1, noise: "admin, moderator"},
		{args: []string{"user", "role", "bob", "moderator"}, out: "bob is now moderator"},
		{args: []string{"user", "role", "ann", "member"}, status: 1, noise: "owner"},
		{args: []string{"user", "role", "nobody", "member"}, status: 1, noise: "nobody"},
		{args: []string{"user", "reset", "bob"}, stdin: "another password\n", out: "bob has"},
		{args: []string{"user", "reset", "nobody"}, stdin: "another password\n", status: 1, noise: "no account"},
		{args: []string{"user", "reset", "bob"}, stdin: "x\n", status: 1, noise: "password"},
		{args: []string{"user", "list"}, out: "moderator"},
		{args: []string{"user", "disable", "bob"}, out: "bob is disabled"},
		{args: []string{"user", "list"}, out: "disabled"},
		{args: []string{"user", "enable", "bob"}, out: "bob may sign in"},
		{args: []string{"user", "disable", "ann"}, status: 1, noise: "owner"},
		{args: []string{"user", "disable", "nobody"}, status: 1, noise: "no account"},
		{args: []string{"backup", copied}, out: "is a copy of"},
		{args: []string{"backup", copied}, status: 1, noise: "there already"},
		{args: []string{"restore", copied}, status: 1, noise: "--replace"},
		{args: []string{"restore", copied + "x", "--replace"}, status: 1, noise: "no file"},
		{args: []string{"restore", copied, "--replace"}, out: "is restored"},
		{args: []string{"user", "list"}, out: "bob"},
	} {
		status, stdout, stderr := command(t, env, c.stdin, c.args...)
		if status != c.status || !strings.Contains(stdout, c.out) || !strings.Contains(stderr, c.noise) {
			t.Errorf("%v: status %d, out %q, err %q", c.args, status, stdout, stderr)
		}
	}
}

func TestListenErrorNamesTheVariable(t *testing.T) {
	for key, env := range map[string]string{"http.addr": "BOLTOREZKA_HTTP_ADDR", "sfu.udpAddr": "BOLTOREZKA_SFU_UDP_ADDR", "sfu.tcpAddr": "BOLTOREZKA_SFU_TCP_ADDR"} {
		if msg := listenError(key, ":1", syscall.EACCES).Error(); !strings.Contains(msg, env) || !strings.Contains(msg, "1023") {
			t.Errorf("%q", msg)
		}
		if msg := listenError(key, ":1", errors.New("odd")).Error(); !strings.Contains(msg, env) || !strings.Contains(msg, "odd") {
			t.Errorf("%q", msg)
		}
	}
}
