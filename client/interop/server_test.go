package interop

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// server is the real one, built and run as its own process.
type server struct {
	t                       *testing.T
	bin, dir, httpAddr, udp string
	cmd                     *exec.Cmd
	log                     *bytes.Buffer // read only after Wait
}

// startServer builds the server and runs it on free ports of loopback, with
// open guests, until the test ends.
func startServer(t *testing.T) *server {
	t.Helper()
	dir := t.TempDir()
	s := &server{t: t, dir: dir, bin: filepath.Join(dir, "boltorezka"), httpAddr: freeTCP(t), udp: freeUDP(t), log: &bytes.Buffer{}}
	if out, err := exec.Command("go", "build", "-o", s.bin, "../../cmd/boltorezka").CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("server log:\n%s", s.log.String())
		}
	})
	s.start()
	return s
}

func (s *server) url() string { return "http://" + s.httpAddr }

// start runs the server and waits until it is healthy.
func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command(s.bin, "serve")
	s.cmd.Dir = s.dir
	s.cmd.Env = append(os.Environ(),
		"BOLTOREZKA_HTTP_ADDR="+s.httpAddr, "BOLTOREZKA_DATA_DIR="+s.dir, "BOLTOREZKA_SFU_UDP_ADDR="+s.udp,
		"BOLTOREZKA_TURN_ADDR=off", "BOLTOREZKA_OPS_ADDR=off", "BOLTOREZKA_AUTH_GUESTS=open", "BOLTOREZKA_LIMITS_RATE=0",
	)
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
