package faults_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/store/storetest"
	"go.uber.org/goleak"
)

// built is the server's binary, made once a run, in a folder of its own.
var (
	builtIn string
	built   = sync.OnceValues(func() (bin string, err error) {
		if builtIn, err = os.MkdirTemp("", "faults"); err != nil {
			return "", err
		}
		bin = filepath.Join(builtIn, "boltorezka")
		for _, folder := range serverSource {
			if err := filepath.WalkDir(folder, func(_ string, _ fs.DirEntry, err error) error { return err }); err != nil {
				return "", err
			}
		}
		if out, err := exec.Command("go", "build", "-o", bin, "../cmd/boltorezka").CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w\n%s", err, out)
		}
		return bin, nil
	})
)

// serverSource is what the binary is built of. It is looked through so that the
// test cache knows of it: a result is not that of another server.
var serverSource = []string{"../go.mod", "../cmd/boltorezka", "../configs", "../signaling", "../sfu", "../store", "../turn"}

func TestMain(m *testing.M) {
	code := storetest.Main(m)
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// full says that the long form of the tests is wanted.
var full = os.Getenv("BOLTOREZKA_FAULTS") == "full"

// either is a number of the short form or of the long one.
func either[T any](short, long T) T {
	if full {
		return long
	}
	return short
}

// server is a server that is killed, stopped and started again, at one
// address with one database.
type server struct {
	t   *testing.T
	url string
	env []string

	cmd  *exec.Cmd // nil while it does not run
	done chan struct{}

	mu  sync.Mutex
	log bytes.Buffer // of all its lives
}

// newServer prepares a server with its data in dir; start starts it.
func newServer(t *testing.T, dir string, env ...string) *server {
	t.Helper()
	addr := quietAddr(t)
	s := &server{t: t, url: "http://" + addr, env: append(os.Environ(), append([]string{
		"BOLTOREZKA_HTTP_ADDR=" + addr, "BOLTOREZKA_DATA_DIR=" + dir, "BOLTOREZKA_SFU_UDP_ADDR=127.0.0.1:0", "BOLTOREZKA_SFU_TCP_ADDR=127.0.0.1:0", "BOLTOREZKA_TURN_ADDR=off",
		"BOLTOREZKA_OPS_ADDR=off", "BOLTOREZKA_LIMITS_RATE=0", "BOLTOREZKA_AUTH_GUESTS=open", "BOLTOREZKA_LOG_FORMAT=json"}, env...)...)}
	t.Cleanup(func() {
		if s.cmd != nil {
			s.end(syscall.SIGKILL)
		}
		if t.Failed() {
			t.Logf("the end of the server's log:\n%s", s.tail())
		}
	})
	return s
}

// quietAddr is an address on loopback that nobody has, out of the range that
// systems give to connecting sockets: none of those takes it meanwhile.
func quietAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000)))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

// start starts it and returns when it is ready.
func (s *server) start() {
	s.t.Helper()
	if err := s.try(); err != nil {
		s.t.Fatal(err)
	}
}

// try starts it; an error says that it ended before it was ready.
func (s *server) try() error {
	bin, err := built()
	if err != nil {
		return fmt.Errorf("building the server: %w", err)
	}
	cmd := exec.Command(bin, "serve")
	cmd.Env = s.env
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ready, done := make(chan struct{}), make(chan struct{})
	s.cmd, s.done = cmd, done
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			s.mu.Lock()
			fmt.Fprintln(&s.log, lines.Text())
			s.mu.Unlock()
			var line struct{ Msg string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "ready" {
				close(ready)
			}
		}
		_ = cmd.Wait() // ProcessState has it
	}()
	select {
	case <-ready:
		return nil
	case <-done:
		s.cmd = nil
		return fmt.Errorf("the server ended with status %d:\n%s", cmd.ProcessState.ExitCode(), s.tail())
	case <-time.After(30 * time.Second):
		return fmt.Errorf("the server does not get ready:\n%s", s.tail())
	}
}

// end ends it with a signal and returns its exit status, -1 when it was killed.
func (s *server) end(sig syscall.Signal) int {
	s.t.Helper()
	_ = s.cmd.Process.Signal(sig)
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.done
		s.t.Errorf("%s did not end the server:\n%s", sig, s.tail())
	}
	code := s.cmd.ProcessState.ExitCode()
	s.cmd = nil
	return code
}

// tail is the end of its log.
func (s *server) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.log.Bytes()
	return string(b[max(0, len(b)-8000):])
}

// onBoth runs a test on SQLite and on a PostgreSQL, each empty.
func onBoth(t *testing.T, test func(t *testing.T, s *server)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newServer(t, t.TempDir())) })
	t.Run("postgres", func(t *testing.T) {
		test(t, newServer(t, t.TempDir(), "BOLTOREZKA_DATABASE_URL="+storetest.Postgres(t)))
	})
}
