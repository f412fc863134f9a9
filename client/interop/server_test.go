package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// server is the real one, built and run as its own process.
type server struct {
	t                 *testing.T
	bin, dir, udp     string
	httpAddr, opsAddr string
	env               []string
	cmd               *exec.Cmd
	log               *bytes.Buffer // read only after Wait
}

// built is the server's binary, made by the first test that needs it.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "boltorezka-interop-")
	if err != nil {
		return "", err
	}
	binDir.Store(&dir)
	bin := filepath.Join(dir, "boltorezka")
	if out, err := exec.Command("go", "build", "-o", bin, "../../cmd/boltorezka").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the server: %w\n%s", err, out)
	}
	return bin, nil
})

var binDir atomic.Pointer[string]

// removeServer ends the tests.
func removeServer(exitCode int) {
	if dir := binDir.Load(); dir != nil {
		_ = os.RemoveAll(*dir)
	}
	os.Exit(exitCode)
}

// startServer runs the server on free ports of loopback, with open guests and
// what else env sets, until the test ends.
func startServer(t *testing.T, env ...string) *server {
	t.Helper()
	bin, err := built()
	must(t, err)
	dir := t.TempDir()
	s := &server{t: t, dir: dir, bin: bin, env: env, httpAddr: freeTCP(t), opsAddr: freeTCP(t), udp: freeUDP(t), log: &bytes.Buffer{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the rooms are\n%s", s.rooms())
		}
		s.stop()
		if t.Failed() {
			t.Logf("server log:\n%s", s.log.String())
		}
	})
	s.start()
	return s
}

// rooms is what the operator sees of voice.
func (s *server) rooms() string {
	var out strings.Builder
	var list struct{ Rooms []struct{ ID string } }
	body := s.ask("/debug/rooms?format=json")
	out.Write(body)
	if json.Unmarshal(body, &list) == nil {
		for _, r := range list.Rooms {
			out.Write(s.ask("/debug/rooms/" + r.ID + "?format=json&addresses=1"))
		}
	}
	return out.String()
}

func (s *server) ask(path string) []byte {
	c := http.Client{Timeout: 10 * time.Second}
	resp, err := c.Get("http://" + s.opsAddr + path)
	if err != nil {
		return []byte(err.Error())
	}
	defer c.CloseIdleConnections()
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return body
}

// series is the value of one series of /metrics, with a blank before it.
func (s *server) series(name string) string {
	for line := range strings.Lines(string(s.ask("/metrics"))) {
		if value, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimRight(value, "\n")
		}
	}
	return " nothing"
}

func (s *server) url() string { return "http://" + s.httpAddr }

// start runs the server and waits until it is healthy.
func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command(s.bin, "serve")
	s.cmd.Dir = s.dir
	s.cmd.Env = append(os.Environ(),
		"BOLTOREZKA_HTTP_ADDR="+s.httpAddr, "BOLTOREZKA_DATA_DIR="+s.dir, "BOLTOREZKA_SFU_UDP_ADDR="+s.udp, "BOLTOREZKA_SFU_TCP_ADDR=127.0.0.1:0",
		"BOLTOREZKA_TURN_ADDR=off", "BOLTOREZKA_OPS_ADDR="+s.opsAddr, "BOLTOREZKA_AUTH_GUESTS=open", "BOLTOREZKA_LIMITS_RATE=0",
	)
	s.cmd.Env = append(s.cmd.Env, s.env...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	must(s.t, s.cmd.Start())
	c, err := client.New(s.url())
	must(s.t, err)
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, err := c.Health(ctx); err == nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatal("the server does not get ready")
		}
	}
}

// stop ends the server as Ctrl-C does.
func (s *server) stop() {
	if s.cmd == nil || s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	kill := time.AfterFunc(20*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer kill.Stop()
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the server ended with %v", err)
	}
}

// forBrowsers checks that the app was built into the server, and makes the
// owner's account: until then the app offers nothing else.
func (s *server) forBrowsers(t *testing.T, ctx context.Context) {
	t.Helper()
	if _, err := os.Stat("../../web/dist/index.html"); err != nil {
		t.Fatalf("run make build first: %v", err)
	}
	c, err := client.New(s.url())
	must(t, err)
	mode, err := c.AuthMode(ctx)
	must(t, err)
	if mode.NeedsOwner {
		_, err = c.Register(ctx, wire.Register{Name: "owner", Password: "correct horse battery"})
		must(t, err)
	}
}

// everyAddress lets media in on all of the machine's addresses: Firefox makes
// no pair of a loopback address and another.
func everyAddress(t *testing.T) string {
	_, port, _ := strings.Cut(freeUDP(t), ":")
	return "BOLTOREZKA_SFU_UDP_ADDR=:" + port
}

func freeTCP(t *testing.T) string {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func freeUDP(t *testing.T) string {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}
