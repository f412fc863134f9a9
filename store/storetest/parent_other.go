//go:build !linux

package storetest

import "syscall"

// dieWithParent has no counterpart here: a killed test leaves its server.
func dieWithParent(*syscall.SysProcAttr) {}
