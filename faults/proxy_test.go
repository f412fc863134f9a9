package faults_test

import (
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy is a bad network: TCP to a server through a path that breaks.
type proxy struct {
	t      *testing.T
	server string
	listen net.Listener
	all    sync.WaitGroup

	mu    sync.Mutex
	pairs map[*pair]struct{}

	cuts, stalls, halves atomic.Uint64
}

// pair is one connection: from a client to the proxy, and on to the server.
type pair struct {
	client, server net.Conn
	stall          chan struct{} // closed when bytes flow again; nil while they do
	dead           bool          // one side is gone, and the other is not told
	mu             sync.Mutex
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, server: server, listen: l, pairs: map[*pair]struct{}{}}
	p.all.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.each(1, (*pair).cut)
		p.all.Wait()
	})
	return p
}

func (p *proxy) url() string { return "http://" + p.listen.Addr().String() }

func (p *proxy) accept() {
	for {
		c, err := p.listen.Accept()
		if err != nil {
			return
		}
		s, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = c.Close()
			continue
		}
		one := &pair{client: c, server: s}
		p.mu.Lock()
		p.pairs[one] = struct{}{}
		p.mu.Unlock()
		p.all.Go(func() {
			var ways sync.WaitGroup
			ways.Go(func() { one.carry(s, c) })
			ways.Go(func() { one.carry(c, s) })
			ways.Wait()
			one.cut()
			p.mu.Lock()
			delete(p.pairs, one)
			p.mu.Unlock()
		})
	}
}

// carry takes bytes one way until a side ends.
func (o *pair) carry(to, from net.Conn) {
	b := make([]byte, 16<<10)
	for {
		n, err := from.Read(b)
		o.mu.Lock()
		stall, dead := o.stall, o.dead
		o.mu.Unlock()
		if stall != nil {
			<-stall
		}
		if dead {
			if err != nil {
				return
			}
			continue // into nothing
		}
		if n > 0 {
			if _, werr := to.Write(b[:n]); werr != nil {
				err = werr
			}
		}
		if err != nil {
			o.mu.Lock()
			dead := o.dead
			o.mu.Unlock()
			if !dead { // else the other side is not to hear of it
				o.cut()
			}
			return
		}
	}
}

// cut ends both sides at once, as a reset does.
func (o *pair) cut() {
	o.mu.Lock()
	if o.stall != nil {
		select {
		case <-o.stall:
		default:
			close(o.stall)
		}
	}
	o.mu.Unlock()
	for _, c := range []net.Conn{o.client, o.server} {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

// hold lets nothing through for a while.
func (o *pair) hold(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stall != nil {
		return
	}
	flow := make(chan struct{})
	o.stall = flow
	time.AfterFunc(d, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		select {
		case <-flow:
		default:
			close(flow)
		}
		if o.stall == flow {
			o.stall = nil
		}
	})
}

// halve ends one side without a word to the other, whose bytes go nowhere.
func (o *pair) halve(server bool) {
	o.mu.Lock()
	o.dead = true
	o.mu.Unlock()
	if server {
		_ = o.server.Close()
	} else {
		_ = o.client.Close()
	}
}

// each does something to every connection, with a probability.
func (p *proxy) each(probability float64, do func(*pair)) (n uint64) {
	p.mu.Lock()
	var chosen []*pair
	for o := range p.pairs {
		if rand.Float64() < probability {
			chosen = append(chosen, o)
		}
	}
	p.mu.Unlock()
	for _, o := range chosen {
		do(o)
	}
	return uint64(len(chosen))
}

// trouble does now this and now that to some connections, for d.
func (p *proxy) trouble(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(time.Duration(50+rand.IntN(150)) * time.Millisecond)
		switch rand.IntN(4) {
		case 0, 1:
			p.cuts.Add(p.each(0.1, (*pair).cut))
		case 2:
			p.stalls.Add(p.each(0.1, func(o *pair) { o.hold(time.Duration(rand.IntN(1500)) * time.Millisecond) }))
		case 3:
			p.halves.Add(p.each(0.05, func(o *pair) { o.halve(rand.IntN(2) == 0) }))
		}
	}
}
