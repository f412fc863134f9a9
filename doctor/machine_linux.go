package doctor

import (
	"net"

	"golang.org/x/sys/unix"
)

// freeSpace is how many bytes of the disk of dir this user may still use.
func freeSpace(dir string) (int64, bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, false
	}
	return int64(s.Bavail) * s.Bsize, true
}

// clockSynchronised is what the kernel says of its clock (adjtimex(2)).
func clockSynchronised() (synchronised, known bool) {
	var t unix.Timex // of modes 0: it is only read
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return false, false
	}
	return state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0, true
}

// grantedBuffers are the buffers, in bytes, that the kernel gives a UDP socket
// that asks for these.
func grantedBuffers(read, write int) (gotRead, gotWrite int, known bool) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, 0, false
	}
	defer conn.Close()
	_ = conn.SetReadBuffer(read)
	_ = conn.SetWriteBuffer(write)
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, 0, false
	}
	var errs [2]error
	err = raw.Control(func(fd uintptr) {
		// The kernel doubles what is asked, for what it keeps of each packet
		// (socket(7)).
		gotRead, errs[0] = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
		gotWrite, errs[1] = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF)
	})
	return gotRead / 2, gotWrite / 2, err == nil && errs[0] == nil && errs[1] == nil
}

// fileLimit is how many files a server started from here may have open: it
// raises the soft limit to the hard one.
func fileLimit() (uint64, bool) {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil {
		return 0, false
	}
	return max(l.Cur, l.Max), true
}
