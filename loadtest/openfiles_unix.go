//go:build unix

package loadtest

import (
	"fmt"
	"syscall"
)

// spareFiles are for everything but the sockets of clients.
const spareFiles = 200

// checkOpenFiles refuses a run that the limit of open files would stop.
func checkOpenFiles(clients int) error {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return nil // the run will tell
	}
	if uint64(clients)+spareFiles > uint64(r.Cur) { //nolint:unconvert // it is signed on some systems
		return fmt.Errorf("loadtest: %d clients want as many open files and %d more; this process may have %d (ulimit -n): raise it here and for the server, or take fewer clients",
			clients, spareFiles, r.Cur)
	}
	return nil
}
