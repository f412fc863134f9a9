//go:build unix

package main

import "syscall"

// openLimit is how many files this process may have open; 0: not known.
func openLimit() uint64 {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 0
	}
	return uint64(l.Cur)
}
