package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/boltorezka/boltorezka/sfu"
)

// listenError says in one line which setting to change and to what.
func listenError(key, addr string, err error) error {
	env := "BOLTOREZKA_" + strings.ToUpper(strings.ReplaceAll(strings.TrimSuffix(key, "Addr"), ".", "_"))
	if strings.HasSuffix(key, "Addr") {
		env += "_ADDR"
	}
	mend := "give an address of this machine in " + env
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = errno
		switch errno {
		case syscall.EADDRINUSE:
			mend = "stop what uses the port, or give another in " + env
		case syscall.EACCES:
			mend = "give a port above 1023 in " + env + ", or let this program use lower ones"
		}
	}
	return fmt.Errorf("%s: cannot listen on %s (%w): %s", key, addr, err, mend)
}

// mediaError is why the SFU does not start.
func mediaError(err error) error {
	var at *sfu.ListenError
	if errors.As(err, &at) {
		return listenError("sfu."+at.Key, at.Addr, at.Err)
	}
	return err
}

func listenTCP(key, addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, listenError(key, addr, err)
	}
	return ln, nil
}
