package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// serverEnv makes the test binary be the server.
const serverEnv = "BOLTOREZKA_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serverEnv) != "" {
		main()
	}
	status := m.Run()
	http.DefaultClient.CloseIdleConnections()
	// Two of fasthttp's: one keeps the time for headers as long as the program
	// runs, one sees only every ten seconds that its server has stopped.
	if err := goleak.Find(goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2")); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// process is a server in a process of its own, which can be killed.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string // where its pages are
	ops  string // the same of its operator's listener
	done chan struct{}

	mu  sync.Mutex
	out bytes.Buffer // what it wrote, both streams
}

// freePort is a TCP port that was free a moment ago, from below those that the
// system gives to connections and to port 0: one of those may be taken again
// before the server comes to it.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000)))
		if err != nil {
			continue
		}
		defer ln.Close()
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		return port
	}
	t.Fatal("no port is free")
	return ""
}

// launch starts a server on free ports of loopback with its data in dir.
func launch(t *testing.T, dir string, env ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	opsAddr := "127.0.0.1:" + freePort(t)
	p := &process{t: t, ops: "http://" + opsAddr, done: make(chan struct{}), cmd: exec.Command(exe, "serve")}
	p.cmd.Env = append(os.Environ(), append([]string{serverEnv + "=1",
		"BOLTOREZKA_DATA_DIR=" + dir, "BOLTOREZKA_LOG_FORMAT=json", "BOLTOREZKA_HTTP_ADDR=127.0.0.1:0", "BOLTOREZKA_OPS_ADDR=" + opsAddr,
		"BOLTOREZKA_SFU_UDP_ADDR=127.0.0.1:0", "BOLTOREZKA_SFU_TCP_ADDR=127.0.0.1:0", "BOLTOREZKA_TURN_ADDR=127.0.0.1:0"}, env...)...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = writer{p}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go p.read(bufio.NewScanner(stderr), ready)
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	select {
	case addr := <-ready:
		p.url = "http://" + addr
	case <-p.done:
		t.Fatalf("the server ended:\n%s", p.output())
	case <-time.After(30 * time.Second):
		t.Fatalf("the server is not ready:\n%s", p.output())
	}
	return p
}

// read keeps the log and tells the address of its line "ready".
func (p *process) read(lines *bufio.Scanner, ready chan<- string) {
	defer close(p.done)
	for lines.Scan() {
		fmt.Fprintln(writer{p}, lines.Text())
		var line struct{ Msg, HTTP string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "ready" {
			ready <- line.HTTP
		}
	}
	_ = p.cmd.Wait()
}

type writer struct{ p *process }

func (w writer) Write(b []byte) (int, error) {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	return w.p.out.Write(b)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// end sends a signal and returns the exit status and how long the end took.
func (p *process) end(sig syscall.Signal) (int, time.Duration) {
	began := time.Now()
	_ = p.cmd.Process.Signal(sig)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
		p.t.Errorf("%s did not end the server:\n%s", sig, p.output())
	}
	return p.cmd.ProcessState.ExitCode(), time.Since(began)
}

// command runs one command to its end in this process.
func command(t *testing.T, env map[string]string, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	status = run(ctx, args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}
