package main

import (
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxPacket = 2048
	// maxFlows bounds the browsers' ports, each of which has a socket here.
	maxFlows = 512
)

// person is who a link belongs to.
type person struct{ up, down *channel }

// flow is one port of a browser and the socket that stands for it before the
// server.
type flow struct {
	client netip.AddrPort
	server *net.UDPConn
	person atomic.Pointer[person] // nil: nobody that we know
	ufrag  string                 // the reader's
	// held is how many packets of a direction wait, so that none overtakes them.
	heldUp, heldDown atomic.Int64
}

// relay passes packets between browsers and the server as people's links let
// them. Nothing passes of a browser that nobody has named.
type relay struct {
	front  *net.UDPConn
	server *net.UDPAddr
	later  *schedule
	ends   sync.WaitGroup

	mu      sync.Mutex
	people  map[string]*person
	ufrags  map[string]string // to names
	flows   map[netip.AddrPort]*flow
	unnamed int
}

func newRelay(listen, server *net.UDPAddr) (*relay, error) {
	front, err := net.ListenUDP("udp4", listen)
	if err != nil {
		return nil, err
	}
	_ = front.SetReadBuffer(1 << 20) // the system's own is enough for voice
	r := &relay{
		front: front, server: server, later: newSchedule(),
		people: map[string]*person{}, ufrags: map[string]string{}, flows: map[netip.AddrPort]*flow{},
	}
	r.ends.Add(1)
	go r.fromBrowsers()
	return r, nil
}

func (r *relay) close() {
	_ = r.front.Close()
	r.mu.Lock()
	for _, f := range r.flows {
		_ = f.server.Close()
	}
	r.mu.Unlock()
	r.ends.Wait()
	r.later.end()
}

// personOf makes the person when there is none of that name. The losses of a
// name are the same in every run.
func (r *relay) personOf(name string) *person {
	p := r.people[name]
	if p == nil {
		h := fnv.New64a()
		_, _ = h.Write([]byte(name))
		p = &person{up: newChannel(h.Sum64()), down: newChannel(h.Sum64() + 1)}
		r.people[name] = p
	}
	return p
}

// bind says whose the browser with this ufrag is.
func (r *relay) bind(ufrag, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ufrags[ufrag] = name
	for _, f := range r.flows {
		if f.ufrag == ufrag {
			f.person.Store(r.personOf(name))
		}
	}
}

// set changes one direction, "up" or "down", of a person's link.
func (r *relay) set(name, direction string, i impairment) error {
	r.mu.Lock()
	p := r.personOf(name)
	r.mu.Unlock()
	switch direction {
	case "up":
		return p.up.set(i)
	case "down":
		return p.down.set(i)
	}
	return fmt.Errorf("direction %q: want up or down", direction)
}

// read returns the figures of both directions of a person's link.
func (r *relay) read(name string) (up, down figures) {
	r.mu.Lock()
	p := r.personOf(name)
	r.mu.Unlock()
	now := time.Now()
	return p.up.read(now), p.down.read(now)
}

// fromBrowsers is the one reader of the front.
func (r *relay) fromBrowsers() {
	defer r.ends.Done()
	buffer := make([]byte, maxPacket)
	for {
		n, from, err := r.front.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		f := r.flowOf(from, buffer[:n])
		if f == nil {
			continue
		}
		p := f.person.Load()
		if p == nil {
			continue
		}
		r.pass(p.up, &f.heldUp, buffer[:n], func(b []byte) { _, _ = f.server.Write(b) })
	}
}

// flowOf finds or makes the flow of a browser's port, and has it follow the
// ufrag of its checks; nil when it does not begin with a check, or nobody
// named it yet.
func (r *relay) flowOf(from netip.AddrPort, packet []byte) *flow {
	ufrag := ufragOf(packet)
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flows[from]
	if f == nil {
		if _, named := r.ufrags[ufrag]; !named || len(r.flows) >= maxFlows {
			r.unnamed++
			return nil
		}
		server, err := net.DialUDP("udp4", nil, r.server)
		if err != nil {
			r.unnamed++
			return nil
		}
		f = &flow{client: from, server: server}
		r.flows[from] = f
		r.ends.Add(1)
		go r.fromServer(f)
	}
	if ufrag != "" && ufrag != f.ufrag {
		f.ufrag = ufrag
		f.person.Store(nil)
		if name, named := r.ufrags[ufrag]; named {
			f.person.Store(r.personOf(name))
		}
	}
	return f
}

func (r *relay) fromServer(f *flow) {
	defer r.ends.Done()
	buffer := make([]byte, maxPacket)
	for {
		n, err := f.server.Read(buffer)
		if err != nil {
			if isClosed(err) {
				return
			}
			continue // the server's port is closed for a moment
		}
		p := f.person.Load()
		if p == nil {
			continue
		}
		r.pass(p.down, &f.heldDown, buffer[:n], func(b []byte) { _, _ = r.front.WriteToUDPAddrPort(b, f.client) })
	}
}

// pass sends a packet on now, later or never.
func (r *relay) pass(c *channel, held *atomic.Int64, packet []byte, send func([]byte)) {
	now := time.Now()
	at, ok := c.admit(now, len(packet))
	if !ok {
		return
	}
	if !at.After(now) && held.Load() == 0 {
		send(packet)
		return
	}
	kept := append([]byte(nil), packet...)
	held.Add(1)
	r.later.add(at, func() {
		send(kept)
		held.Add(-1)
	})
}
