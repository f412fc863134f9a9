package loadtest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// built is the real server's binary, made once, in a directory of its own.
var (
	builtIn string
	built   = sync.OnceValues(func() (bin string, err error) {
		if builtIn, err = os.MkdirTemp("", "loadtest"); err != nil {
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

// forgetServer removes it when all tests are done.
func forgetServer() {
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
}

// startServer runs an empty server on free ports of loopback until the test
// ends, and returns it as a target.
func startServer(t *testing.T) Target {
	t.Helper()
	target, _ := startWatched(t)
	return target
}

// startWatched tells the address of the operator's listener too. It is not the
// target's: runs without its metrics are what is tested.
func startWatched(t *testing.T) (target Target, ops string) {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatalf("building the server: %v", err)
	}
	dir := t.TempDir()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	o, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ops = o.Addr().String()
	_, _ = l.Close(), o.Close()
	var log bytes.Buffer // read only after Wait
	cmd := exec.Command(bin, "serve")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"BOLTOREZKA_HTTP_ADDR="+addr, "BOLTOREZKA_DATA_DIR="+dir, "BOLTOREZKA_SFU_UDP_ADDR=127.0.0.1:0", "BOLTOREZKA_SFU_TCP_ADDR=127.0.0.1:0",
		"BOLTOREZKA_TURN_ADDR=off", "BOLTOREZKA_OPS_ADDR="+ops, "BOLTOREZKA_LIMITS_RATE=0",
	)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
		if t.Failed() {
			t.Logf("server log:\n%s", log.String())
		}
	})
	target = Target{URL: "http://" + addr, ServerPID: cmd.Process.Pid, Log: t.Logf}
	ready(t, target.URL)
	return target, "http://" + ops
}

func ready(t *testing.T, url string) {
	t.Helper()
	h := httpClient()
	defer h.CloseIdleConnections()
	c, err := client.New(url, client.WithHTTPClient(h))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, err := c.Health(ctx); err == nil {
			return
		}
		if sleep(ctx, 50*time.Millisecond) != nil {
			t.Fatal("the server does not get ready")
		}
	}
}
