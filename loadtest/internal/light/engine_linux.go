package light

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"golang.org/x/sys/unix"
)

const (
	// tick is how often sockets with media are looked at. The kernel has kept
	// the time of each packet, so nothing is measured wrong by it; and a call
	// brings several packets, and no sender has to wake a reader.
	tick = 20 * time.Millisecond
	// ticksADuty is between two looks at whether reports are due.
	ticksADuty = 1
	// aRound is how many sockets with media are read between two looks at
	// handshakes, and rounds how often that is done a tick.
	aRound, rounds = 64, 64
)

var errNoHello = errors.New("light: a key log before the ServerHello")

// Engine receives for all its peers, in one goroutine on a thread of its own.
type Engine struct {
	local        netip.Addr
	name         string // CNAME
	urgent, bulk int    // epolls: of sockets in a handshake, of those with media
	stop         int    // eventfd
	done         chan struct{}
	count        counters

	mu    sync.Mutex  // held while packets are handled
	byFD  []*endpoint // by file number
	alive map[*endpoint]struct{}

	// Of the loop:
	receiver      *receiver
	header        rtp.Header
	control       rtcp.Header
	arrival       Arrival
	plain, secret [2048]byte
}

// New starts an engine whose peers' sockets are bound to local.
func New(local netip.Addr) (*Engine, error) {
	e := &Engine{local: local.Unmap(), name: rand.Text()[:12], done: make(chan struct{}), alive: map[*endpoint]struct{}{}, receiver: newReceiver(), urgent: -1, bulk: -1, stop: -1}
	var errs [3]error
	e.urgent, errs[0] = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	e.bulk, errs[1] = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	e.stop, errs[2] = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	err := errors.Join(errs[:]...)
	if err == nil {
		err = watch(e.urgent, unix.EPOLL_CTL_ADD, e.stop)
	}
	if err != nil {
		e.closeFiles()
		return nil, fmt.Errorf("light: %w", err)
	}
	go e.run()
	return e, nil
}

func watch(epoll, op, fd int) error {
	return unix.EpollCtl(epoll, op, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (e *Engine) closeFiles() {
	for _, fd := range []int{e.urgent, e.bulk, e.stop} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

// Peer makes a peer whose packets hear is given, from the engine's loop: it
// must be quick and must not call the engine or the peer.
func (e *Engine) Peer(hear func(*Arrival)) *Peer { return &Peer{engine: e, hear: hear} }

// Stats counts what all peers did and met.
func (e *Engine) Stats() Stats { return e.count.stats() }

// Close ends the loop and closes all sockets; the PeerConnections are to be
// closed before.
func (e *Engine) Close() {
	_, _ = unix.Write(e.stop, binary.NativeEndian.AppendUint64(nil, 1))
	<-e.done
	e.mu.Lock()
	for ep := range e.alive {
		ep.close()
	}
	clear(e.alive)
	clear(e.byFD)
	e.mu.Unlock()
	e.closeFiles()
}

// open makes an endpoint.
func (e *Engine) open(p *Peer, session int) (*endpoint, error) {
	fd, bound, err := newSocket(e.local)
	if err != nil {
		return nil, err
	}
	ep := &endpoint{engine: e, peer: p, session: session, fd: fd, local: bound}
	ep.mux = mux{local: bound, write: ep.pionWrites}
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.byFD) <= fd {
		e.byFD = append(e.byFD, nil)
	}
	e.byFD[fd] = ep
	e.alive[ep] = struct{}{}
	if err := watch(e.urgent, unix.EPOLL_CTL_ADD, fd); err != nil {
		e.byFD[fd] = nil
		delete(e.alive, ep)
		ep.close()
		return nil, os.NewSyscallError("light: epoll_ctl", err)
	}
	return ep, nil
}

// shut closes an endpoint; nothing of it is handled when it returns.
func (e *Engine) shut(ep *endpoint) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.alive[ep]; ok {
		e.byFD[ep.fd] = nil
		delete(e.alive, ep)
		ep.close()
	}
}

func (e *Engine) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(e.done)
	events := make([]unix.EpollEvent, 512)
	next := time.Now().Add(tick)
	for ticks := 0; ; {
		wait := int((time.Until(next) + time.Millisecond - 1) / time.Millisecond)
		n, err := unix.EpollWait(e.urgent, events, max(wait, 0))
		if err != nil && err != unix.EINTR {
			return // the file is gone: nothing can be done
		}
		if !e.handle(events[:max(n, 0)]) {
			return
		}
		now := time.Now()
		if now.Before(next) {
			continue
		}
		next = now.Add(tick)
		if !e.bulkOf(events) {
			return
		}
		if ticks++; ticks%ticksADuty == 0 {
			e.duties(now.UnixNano())
		}
	}
}

// bulkOf reads the sockets with media, some at a time: handshakes do not wait
// for all of them.
func (e *Engine) bulkOf(events []unix.EpollEvent) bool {
	for range rounds {
		n, err := unix.EpollWait(e.bulk, events[:aRound], 0)
		if err != nil || n <= 0 {
			return true
		}
		e.handle(events[:n])
		if n < aRound {
			return true
		}
		if n, _ = unix.EpollWait(e.urgent, events, 0); n > 0 && !e.handle(events[:n]) {
			return false
		}
	}
	return true
}

// handle reads the sockets that have something; it is false when the engine is
// to stop.
func (e *Engine) handle(events []unix.EpollEvent) bool {
	if len(events) == 0 {
		return true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range events {
		fd := int(events[i].Fd)
		if fd == e.stop {
			return false
		}
		if fd < len(e.byFD) && e.byFD[fd] != nil { // else it was just closed
			e.drain(e.byFD[fd])
		}
	}
	return true
}

// drain reads one socket. A full vector is left for the next look: one socket
// must not have the others wait.
func (e *Engine) drain(ep *endpoint) {
	r := e.receiver
	n := r.receive(ep.fd)
	for i := range n {
		ns, dropped := r.meta(i)
		if ns == 0 {
			ns = time.Now().UnixNano()
		}
		if d := dropped - ep.dropped; d != 0 {
			ep.dropped = dropped
			e.count.overflowed.Add(uint64(d))
		}
		b := r.buf[i][:min(int(r.msgs[i].n), datagramSz)]
		ep.take(b, ns, r, i)
		r.rearm(i)
	}
	if !ep.lazy && ep.slots != nil && n > 0 {
		ep.lazy = true
		_ = watch(e.urgent, unix.EPOLL_CTL_DEL, ep.fd)
		_ = watch(e.bulk, unix.EPOLL_CTL_ADD, ep.fd)
	}
}

func (e *Engine) duties(ns int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ep := range e.alive {
		ep.duties(ns)
	}
}
