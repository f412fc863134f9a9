package transport

import (
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// vectorFrames is how many frames one system call sends at most.
	vectorFrames = 16
	// unsentBytes is how much of what a connection was given may wait in the
	// kernel before its first sending: what waits there gets late where nobody
	// can choose any more.
	unsentBytes = 8 << 10
)

// vector sends frames by sendmsg(2). It is guarded by its outbox's mutex.
type vector struct {
	raw  syscall.RawConn
	iov  [vectorFrames]unix.Iovec
	hdr  unix.Msghdr
	call func(fd uintptr) // made once: a closure a call would be garbage a call
	n    int
	err  error
}

func (v *vector) init(c *net.TCPConn) (err error) {
	v.call = v.sendmsg
	if v.raw, err = c.SyscallConn(); err != nil {
		return err
	}
	return v.raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentBytes) // best effort
	})
}

// send offers frames, the first from off on, to the kernel. It returns how many
// bytes it has taken of those it was offered, and never waits.
func (v *vector) send(frames []frame, off int) (n, offered int, err error) {
	frames = frames[:min(len(frames), vectorFrames)]
	for i := range frames {
		b := frames[i].b
		if i == 0 {
			b = b[off:]
		}
		v.iov[i].Base = &b[0]
		v.iov[i].SetLen(len(b))
		offered += len(b)
	}
	v.hdr.Iov = &v.iov[0]
	v.hdr.SetIovlen(len(frames))
	v.n, v.err = 0, nil
	if err := v.raw.Control(v.call); err != nil {
		return 0, offered, err
	}
	return v.n, offered, v.err
}

// sendmsg does not block, as sendmmsg of a socket's does not.
func (v *vector) sendmsg(fd uintptr) {
	for {
		n, _, e := unix.RawSyscall(unix.SYS_SENDMSG, fd, uintptr(unsafe.Pointer(&v.hdr)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		switch e {
		case 0:
			v.n = int(n)
		case unix.EINTR:
			continue
		case unix.EAGAIN:
		default:
			v.err = e
		}
		return
	}
}
