package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
	"time"
)

// cluster is a PostgreSQL of our own in a temporary folder.
type cluster struct {
	url       string
	bin       string // where the programs are
	dir, data string
	port      int
	as        *syscall.SysProcAttr
	cmd       *exec.Cmd
	log       *os.File
	done      chan error
}

var errNoPostgres = errors.New("storetest: no PostgreSQL is installed, which these tests need: run `make test`, which installs it, or " +
	"`apt-get install postgresql`, or point " + EnvURL + " to a server that runs")

// start makes a cluster and waits until it answers: about two seconds.
func start() (c *cluster, err error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "boltorezka-pg-")
	if err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	// PostgreSQL refuses to run as root.
	as, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("storetest: initdb: %w\n%s", err, out)
	}
	// Between finding a free port and taking it somebody else may: try again.
	for range 5 {
		if c, err = serve(bin, dir, data, as); err == nil {
			return c, nil
		}
	}
	return nil, err
}

func serve(bin, dir, data string, as *syscall.SysProcAttr) (*cluster, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c := &cluster{url: fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port), bin: bin, dir: dir, data: data, port: port, as: as}
	return c, c.run()
}

// run starts the server and waits until it answers.
func (c *cluster) run() error {
	log, err := os.CreateTemp(c.dir, "log")
	if err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	port := strconv.Itoa(c.port)
	c.cmd = exec.Command(filepath.Join(c.bin, "postgres"), "-D", c.data, "-p", port, "-k", c.dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync="+fsync(), "-c", "max_connections=200")
	c.cmd.Stdout, c.cmd.Stderr, c.cmd.Dir, c.cmd.SysProcAttr = log, log, c.dir, c.as
	if err := c.cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("storetest: starting PostgreSQL: %w", err), log.Close())
	}
	c.log, c.done = log, make(chan error, 1)
	go func() { c.done <- c.cmd.Wait() }()
	ready := filepath.Join(c.bin, "pg_isready")
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		select {
		case err := <-c.done:
			return errors.Join(fmt.Errorf("storetest: PostgreSQL ended: %w\n%s", err, said(log.Name())), log.Close())
		case <-time.After(50 * time.Millisecond):
		}
		if exec.Command(ready, "-q", "-h", "127.0.0.1", "-p", port).Run() == nil {
			return nil
		}
	}
	return errors.Join(errors.New("storetest: PostgreSQL did not answer within 30 s"), c.cmd.Process.Kill(), <-c.done)
}

// EnvFsync makes the PostgreSQL of benchmarks write to the disk as one in use
// does, when it is "on"; tests are quicker without.
const EnvFsync = "BOLTOREZKA_TEST_POSTGRES_FSYNC"

func fsync() string {
	if os.Getenv(EnvFsync) == "on" {
		return "on"
	}
	return "off"
}

// stop ends the cluster at once and removes its folder.
func (c *cluster) stop() error {
	err := c.cmd.Process.Signal(syscall.SIGQUIT) // "immediate shutdown"
	<-c.done                                     // its exit status tells of the signal
	return errors.Join(err, c.log.Close(), os.RemoveAll(c.dir))
}

// binaries finds the folder of the newest PostgreSQL: Debian keeps them out
// of PATH, others do not.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", fmt.Errorf("storetest: %w", err)
	}
	sort.Slice(found, func(i, j int) bool { return version(found[i]) > version(found[j]) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errNoPostgres
	}
	return filepath.Dir(initdb), nil
}

func version(initdb string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0
	}
	return n
}

// unprivileged gives dir to the user postgres when the tests run as root, and
// returns how to run as him. The server dies with the tests either way.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is the tests' to handle
	dieWithParent(attr)
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("storetest: PostgreSQL does not run as root, and there is no user postgres: %w", err)
	}
	uid, errU := strconv.Atoi(u.Uid)
	gid, errG := strconv.Atoi(u.Gid)
	if err := errors.Join(errU, errG, os.Chown(dir, uid, gid)); err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, nil
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("storetest: %w", err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	return port, ln.Close()
}

// said returns the end of what the server logged.
func said(log string) []byte {
	b, err := os.ReadFile(log)
	if err != nil {
		return []byte(err.Error())
	}
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-20):], []byte("\n"))
}
