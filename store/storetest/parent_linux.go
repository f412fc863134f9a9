package storetest

import "syscall"

// dieWithParent ends the server when the test binary is killed, which runs no
// cleanup. The signal is the server's "immediate shutdown". It is tied to the
// thread that started the server, which Go keeps while the process lives.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
