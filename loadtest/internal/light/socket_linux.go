package light

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	vector     = 64   // datagrams a call
	datagramSz = 1600 // more is cut, and does not decrypt
	controlSz  = 64   // room for the control messages of a time stamp and a count
	// socketBuffer is what a socket should hold: some hundred milliseconds of
	// sixty voices, for when the load tester is not given the CPU.
	socketBuffer = 1 << 20
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
	_   [4]byte
}

// receiver is the memory of recvmmsg, the loop's.
type receiver struct {
	msgs [vector]mmsghdr
	iov  [vector]unix.Iovec
	from [vector]unix.RawSockaddrInet6
	ctl  [vector][controlSz]byte
	buf  [vector][datagramSz]byte
}

func newReceiver() *receiver {
	r := &receiver{}
	for i := range r.msgs {
		r.iov[i].Base = &r.buf[i][0]
		r.iov[i].SetLen(datagramSz)
		h := &r.msgs[i].hdr
		h.Iov = &r.iov[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&r.from[i]))
		h.Control = &r.ctl[i][0]
		r.rearm(i)
	}
	return r
}

func (r *receiver) rearm(i int) {
	r.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	r.msgs[i].hdr.SetControllen(controlSz)
}

// receive reads what waits in a socket, up to vector datagrams.
func (r *receiver) receive(fd int) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.msgs[0])), vector, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// meta reads what the kernel says of datagram i: when it was received, in Unix
// ns, and how many its socket has had no room for so far; 0 where it does not
// say.
func (r *receiver) meta(i int) (ns int64, dropped uint32) {
	const header = unix.SizeofCmsghdr
	left := r.ctl[i][:min(uint64(r.msgs[i].hdr.Controllen), controlSz)]
	for len(left) >= header {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&left[0]))
		n := int(h.Len)
		if n < header || n > len(left) {
			return ns, dropped
		}
		data := left[unix.CmsgLen(0):n]
		switch {
		case h.Level != unix.SOL_SOCKET:
		case h.Type == unix.SCM_TIMESTAMPNS && len(data) >= int(unsafe.Sizeof(unix.Timespec{})):
			ns = (*unix.Timespec)(unsafe.Pointer(&data[0])).Nano()
		case h.Type == unix.SO_RXQ_OVFL && len(data) >= 4:
			dropped = binary.NativeEndian.Uint32(data)
		}
		left = left[min(unix.CmsgSpace(len(data)), len(left)):]
	}
	return ns, dropped
}

// source is datagram i's sender.
func (r *receiver) source(i int) *net.UDPAddr {
	a := &r.from[i]
	if a.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(a))
		return &net.UDPAddr{IP: append(net.IP(nil), v4.Addr[:]...), Port: int(hostOrder(v4.Port))}
	}
	return &net.UDPAddr{IP: append(net.IP(nil), a.Addr[:]...), Port: int(hostOrder(a.Port))}
}

func hostOrder(v uint16) uint16 { return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&v))[:]) }

// target is an address as the kernel takes it.
type target struct {
	raw  unix.RawSockaddrInet6
	size uintptr
}

func newTarget(a netip.AddrPort) *target {
	t := &target{}
	port := binary.NativeEndian.Uint16([]byte{byte(a.Port() >> 8), byte(a.Port())})
	ip := a.Addr().Unmap()
	if ip.Is4() {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&t.raw))
		v4.Family, v4.Port, v4.Addr = unix.AF_INET, port, ip.As4()
		t.size = unix.SizeofSockaddrInet4
		return t
	}
	t.raw.Family, t.raw.Port, t.raw.Addr = unix.AF_INET6, port, ip.As16()
	t.size = unix.SizeofSockaddrInet6
	return t
}

// sendTo sends one datagram.
func sendTo(fd int, b []byte, to *target) bool {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT,
		uintptr(unsafe.Pointer(&to.raw)), to.size)
	return errno == 0
}

// newSocket binds a UDP socket to a free port of local, with time stamps.
func newSocket(local netip.Addr) (fd int, bound *net.UDPAddr, err error) {
	family, free := unix.AF_INET6, unix.Sockaddr(nil)
	if local.Is4() {
		family, free = unix.AF_INET, &unix.SockaddrInet4{Addr: local.As4()}
	} else {
		free = &unix.SockaddrInet6{Addr: local.As16()}
	}
	fd, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, nil, fmt.Errorf("light: socket: %w", err)
	}
	defer func() {
		if err != nil {
			_ = unix.Close(fd)
		}
	}()
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return -1, nil, os.NewSyscallError("light: SO_TIMESTAMPNS", err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1) // without it drops are only not told apart
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, socketBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer) // cut to net.core.rmem_max
	}
	if err = unix.Bind(fd, free); err != nil {
		return -1, nil, os.NewSyscallError("light: bind", err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return -1, nil, os.NewSyscallError("light: getsockname", err)
	}
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		bound = &net.UDPAddr{IP: net.IP(a.Addr[:]), Port: a.Port}
	case *unix.SockaddrInet6:
		bound = &net.UDPAddr{IP: net.IP(a.Addr[:]), Port: a.Port}
	}
	return fd, bound, nil
}
