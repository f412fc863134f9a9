package auth

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// The limits of attempts to come in, before limits.rate multiplies them. An
// address has many people behind it at times; a name has one.
const (
	perAddress      = 20 // at once, then one each
	perAddressEvery = 3 * time.Second
	perName         = 10 // at once, then one each
	perNameEvery    = 20 * time.Second
	// maxBuckets bounds the memory: beyond it full buckets go, then any.
	maxBuckets = 1 << 16
)

// Limiter counts what somebody does, by a key such as an address, and refuses
// what is too much. Its methods may be called from any goroutine.
type Limiter struct {
	factor float64
	now    func() time.Time
	mu     sync.Mutex
	byKey  map[string]*rate.Limiter
}

// NewLimiter makes a limiter whose limits are multiplied by factor; 0 turns
// them off.
func NewLimiter(factor float64, now func() time.Time) *Limiter {
	return &Limiter{factor: factor, now: now, byKey: map[string]*rate.Limiter{}}
}

// address takes one attempt from what an address has.
func (l *Limiter) address(ip string) error {
	return l.Take("a:"+AddressKey(ip), perAddress, perAddressEvery)
}

// name takes one attempt from what a name has, from whatever address.
func (l *Limiter) name(key string) error { return l.Take("n:"+key, perName, perNameEvery) }

// forget gives a name all its attempts back: its owner has come in.
func (l *Limiter) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byKey, "n:"+key)
}

// Take counts one under key, of which there may be burst at once and then one
// each every; beyond that it returns RateLimited with the time to wait.
func (l *Limiter) Take(key string, burst int, every time.Duration) error {
	if l.factor == 0 {
		return nil
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.byKey[key]
	if b == nil {
		if len(l.byKey) >= maxBuckets {
			l.shrink(now)
		}
		b = rate.NewLimiter(rate.Limit(l.factor/every.Seconds()), max(1, int(float64(burst)*l.factor)))
		l.byKey[key] = b
	}
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	return &wire.Error{Code: wire.CodeRateLimited, Message: "too many attempts; try again in " + (wait + time.Second).Truncate(time.Second).String(),
		RetryAfterMs: wait.Milliseconds() + 1}
}

// Sweep forgets the buckets that are full again: they say nothing.
func (l *Limiter) Sweep() {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweepLocked(now)
}

func (l *Limiter) sweepLocked(now time.Time) {
	for key, b := range l.byKey {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(l.byKey, key)
		}
	}
}

// shrink makes room for many more buckets, so that whoever brings a new key
// each time does not make every one of them costly.
func (l *Limiter) shrink(now time.Time) {
	l.sweepLocked(now)
	for key := range l.byKey {
		if len(l.byKey) < maxBuckets*7/8 {
			return
		}
		delete(l.byKey, key)
	}
}

// AddressKey is an IPv4 address or an IPv6 network of 64 bits: that is what
// one subscriber has at least.
func AddressKey(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return ip
	}
	return p.String()
}
