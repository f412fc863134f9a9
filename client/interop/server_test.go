package interop

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// startServer builds the server and runs it on free ports of loopback, with
// open guests, until the test ends. It returns its address.
func startServer(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "boltorezka")
	if out, err := exec.Command("go", "build", "-o", bin, "../../cmd/boltorezka").CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	httpAddr, udpAddr := freeTCP(t), freeUDP(t)
	cmd := exec.Command(bin, "serve")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"BOLTOREZKA_HTTP_ADDR="+httpAddr, "BOLTOREZKA_DATA_DIR="+dir, "BOLTOREZKA_SFU_UDP_ADDR="+udpAddr,
		"BOLTOREZKA_TURN_ADDR=off", "BOLTOREZKA_OPS_ADDR=off", "BOLTOREZKA_AUTH_GUESTS=open", "BOLTOREZKA_LIMITS_RATE=0",
	)
	var log bytes.Buffer // read only after Wait
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop := os.Interrupt
		if runtime.GOOS == "windows" {
			stop = syscall.SIGKILL
		}
		_ = cmd.Process.Signal(stop)
		kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
		if t.Failed() {
			t.Logf("server log:\n%s", log.String())
		}
	})
	url := "http://" + httpAddr
	c, err := client.New(url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, err := c.Health(ctx); err == nil {
			return url
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("the server does not get ready")
		}
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
