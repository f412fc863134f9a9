package transport

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawAddr is a remote address as the kernel takes it: a sockaddr_in6 or, with
// its Family, the sockaddr_in that begins like it.
type rawAddr = unix.RawSockaddrInet6

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
	_   [4]byte
}

// platform is what a Linux socket has beside net.UDPConn: raw access for
// recvmmsg(2) and sendmmsg(2). Voice is many small datagrams, and one call for
// 64 of them costs two thirds of 64 calls.
type platform struct {
	raw syscall.RawConn
	// pktinfo says that the socket serves every address of the machine: what
	// came to one must be answered from it, or the client takes the answer for
	// somebody else's. The kernel would choose by the route.
	pktinfo bool
	send    func(fd uintptr, m *mmsghdr, n int) (int, syscall.Errno) // sendmmsg, or a test's
}

func (p *platform) init(c *net.UDPConn) (err error) {
	p.send = sendmmsg
	if p.raw, err = c.SyscallConn(); err != nil {
		return err
	}
	local := c.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	if !local.IsUnspecified() {
		return nil
	}
	p.pktinfo = true
	cerr := p.raw.Control(func(fd uintptr) {
		if local.Is4() {
			err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_PKTINFO, 1)
		} else {
			err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
		}
	})
	return errors.Join(cerr, err)
}

// controlSize holds one control message with either kind of pktinfo.
const controlSize = 40

// origin is the control message that makes a datagram leave from the address
// that this one, with its control message c, was sent to (ip(7), ipv6(7)); nil
// when there is none.
func origin(c []byte) []byte {
	if len(c) < unix.SizeofCmsghdr {
		return nil
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&c[0]))
	data := unix.CmsgLen(0)
	switch {
	case h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && len(c) >= data+unix.SizeofInet4Pktinfo:
		out := append([]byte(nil), c[:unix.CmsgSpace(unix.SizeofInet4Pktinfo)]...)
		info := (*unix.Inet4Pktinfo)(unsafe.Pointer(&out[data]))
		info.Ifindex, info.Spec_dst = 0, info.Addr
		return out
	case h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_PKTINFO && len(c) >= data+unix.SizeofInet6Pktinfo:
		out := append([]byte(nil), c[:unix.CmsgSpace(unix.SizeofInet6Pktinfo)]...)
		info := (*unix.Inet6Pktinfo)(unsafe.Pointer(&out[data]))
		if info.Addr[0] != 0xfe { // a link-local address needs its interface
			info.Ifindex = 0
		}
		return out
	}
	return nil
}

// writeTo sends one datagram outside any batch.
func (s *socket) writeTo(b []byte, r *route) (int, error) {
	n, _, err := s.conn.WriteMsgUDPAddrPort(b, r.origin, r.addr)
	return n, err
}

func addrOf(r *rawAddr) netip.AddrPort {
	if r.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(r))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), ntohs(v4.Port))
	}
	return netip.AddrPortFrom(netip.AddrFrom16(r.Addr), ntohs(r.Port))
}

func ntohs(v uint16) uint16 {
	return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&v))[:])
}

func sizeOf(r *rawAddr) uint32 {
	if r.Family == unix.AF_INET {
		return unix.SizeofSockaddrInet4
	}
	return unix.SizeofSockaddrInet6
}

// receiver is a reader's memory for one recvmmsg.
type receiver struct {
	msgs [batchSize]mmsghdr
	iov  [batchSize]unix.Iovec
	from [batchSize]rawAddr
	ctl  [batchSize][controlSize]byte
	buf  [batchSize][bufferSize]byte

	call func(fd uintptr) bool // made once: a closure a read would be garbage a read
	n    int
	err  error
}

func newReceiver() *receiver {
	r := &receiver{}
	r.call = r.recvmmsg
	for i := range r.msgs {
		r.iov[i].Base = &r.buf[i][0]
		r.iov[i].SetLen(bufferSize)
		h := &r.msgs[i].hdr
		h.Iov = &r.iov[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&r.from[i]))
	}
	return r
}

// receive waits for datagrams and returns how many were read.
func (r *receiver) receive(s *socket) (int, error) {
	for i := range r.msgs {
		r.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet6
		if s.pktinfo {
			r.msgs[i].hdr.Control = &r.ctl[i][0]
			r.msgs[i].hdr.SetControllen(controlSize)
		}
	}
	r.n, r.err = 0, nil
	if err := s.raw.Read(r.call); err != nil {
		return 0, err
	}
	return r.n, r.err
}

func (r *receiver) recvmmsg(fd uintptr) bool {
	v, _, e := unix.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&r.msgs)), batchSize, unix.MSG_DONTWAIT, 0, 0)
	switch e {
	case 0:
		r.n = int(v)
	case unix.EAGAIN, unix.EINTR:
		return false
	default:
		r.err = e
	}
	return true
}

func (r *receiver) packet(i int) datagram {
	h := &r.msgs[i].hdr
	return datagram{
		b: r.buf[i][:r.msgs[i].n], from: &r.from[i], control: r.ctl[i][:min(h.Controllen, controlSize)],
		cut: h.Flags&unix.MSG_TRUNC != 0,
	}
}

// sendQueue is one socket's share of a Batch.
type sendQueue struct {
	discard bool // of a NullBatch
	s       *socket
	n       int
	bufs    [batchSize][]byte
	msgs    [batchSize]mmsghdr
	iov     [batchSize]unix.Iovec
	to      [batchSize]rawAddr

	call    func(fd uintptr)
	off     int // how much of it the kernel has seen
	dropped int
}

func (q *sendQueue) init(s *socket) {
	q.s = s
	q.call = q.sendmmsg
	for i := range q.bufs {
		q.bufs[i] = make([]byte, 0, bufferSize)
		h := &q.msgs[i].hdr
		h.Iov = &q.iov[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&q.to[i]))
	}
}

func (q *sendQueue) next() []byte {
	if q.n == batchSize {
		q.flush()
	}
	return q.bufs[q.n][:0]
}

func (q *sendQueue) add(p []byte, r *route) {
	if len(p) == 0 {
		return
	}
	i := q.n
	q.bufs[i] = p
	q.iov[i].Base = &p[0]
	q.iov[i].SetLen(len(p))
	q.to[i] = r.raw
	h := &q.msgs[i].hdr
	h.Namelen = sizeOf(&r.raw)
	if len(r.origin) > 0 {
		h.Control = &r.origin[0] // the path keeps it as it is
		h.SetControllen(len(r.origin))
	} else {
		h.Control = nil
		h.SetControllen(0)
	}
	q.n++
}

// route is where the queued datagram i goes.
func (q *sendQueue) route(i int) route {
	r := route{place: place{socket: q.s.index}, raw: q.to[i]}
	if h := &q.msgs[i].hdr; h.Control != nil {
		r.origin = unsafe.Slice(h.Control, int(h.Controllen))
	}
	return r
}

// flush sends with MSG_DONTWAIT: a reader never waits for a full socket. While
// older datagrams wait, these wait behind them.
func (q *sendQueue) flush() {
	if q.discard {
		q.n = 0
	}
	if q.n == 0 {
		return
	}
	if q.s.backlog.waiting.Load() {
		q.s.backlog.put(q, 0)
		q.n = 0
		return
	}
	off := q.transmit()
	if off < q.n {
		q.s.backlog.put(q, off)
	}
	q.n = 0
}

// transmit offers what is queued to the kernel and returns how much of it is
// settled, sent or refused.
func (q *sendQueue) transmit() int {
	q.off, q.dropped = 0, 0
	if err := q.s.raw.Control(q.call); err != nil {
		q.dropped += q.n - q.off
		q.off = q.n
	}
	q.s.counters.Sent.Add(uint64(q.off - q.dropped))
	q.s.counters.SendDropped.Add(uint64(q.dropped))
	return q.off
}

// sendmmsg sends what is queued, up to what the kernel has no room for.
func (q *sendQueue) sendmmsg(fd uintptr) {
	for q.off < q.n {
		n, e := q.s.send(fd, &q.msgs[q.off], q.n-q.off)
		switch e {
		case 0:
			q.off += n
		case unix.EINTR:
		case unix.EAGAIN, unix.ENOBUFS:
			return
		default: // this one cannot go: unreachable, too large
			q.dropped++
			q.off++
		}
	}
}

// sendmmsg is sendmmsg(2). RawSyscall is right here: the call does not block,
// and telling the scheduler of each one costs more than it takes.
func sendmmsg(fd uintptr, m *mmsghdr, n int) (int, syscall.Errno) {
	v, _, e := unix.RawSyscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(m)), uintptr(n), unix.MSG_DONTWAIT, 0, 0)
	return int(v), e
}
