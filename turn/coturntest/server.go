// Package coturntest runs coturn, as Debian ships it, for tests.
package coturntest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Secret is the static-auth-secret of a server.
const Secret = "north and south"

// Start runs a coturn with use-auth-secret on a free port of loopback, UDP and
// TCP, until the test ends, and returns its host:port. Its relays are on loopback
// too, and have the UDP ports from first to last, which no other test's may have.
func Start(t testing.TB, first, last int) string {
	t.Helper()
	Need(t, "turnserver")
	addr := freePort(t)
	_, port, _ := net.SplitHostPort(addr)
	dir := t.TempDir()
	cmd := exec.Command("turnserver", "-n",
		"--use-auth-secret", "--static-auth-secret="+Secret, "--realm=coturn.test",
		"--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--listening-port="+port,
		fmt.Sprintf("--min-port=%d", first), fmt.Sprintf("--max-port=%d", last),
		"--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls", "--no-rfc5780",
		"--pidfile="+filepath.Join(dir, "pid"), "--userdb="+filepath.Join(dir, "db"), "--log-file=stdout")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop := func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("coturn:\n%s", log.String())
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			_ = conn.Close()
			return addr
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("coturn has ended: %v\n%s", err, log.String())
		case <-ctx.Done():
			t.Fatalf("coturn does not listen on %s: %v", addr, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Need ends the test when one of coturn's programs is not installed.
func Need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is not installed, which this test needs: run make test, which installs it, or apt-get install coturn", program)
	}
}

// freePort is an address whose port nobody listens on, over UDP or TCP.
func freePort(t testing.TB) string {
	t.Helper()
	for range 20 {
		udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := udp.LocalAddr().String()
		tcp, err := net.Listen("tcp4", addr)
		_ = udp.Close()
		if err == nil {
			_ = tcp.Close()
			return addr
		}
	}
	t.Fatal("no port is free over both UDP and TCP")
	return ""
}
