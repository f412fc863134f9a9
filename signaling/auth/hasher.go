package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"golang.org/x/text/unicode/norm"
)

const (
	saltBytes = 16
	keyBytes  = 32
	// maxWaiting is how many may wait for a place to hash, for each place.
	maxWaiting = 32
	// maxStoredMemory bounds what a stored hash may ask for: 1 GiB.
	maxStoredMemory = 1 << 20
)

// hasher computes argon2id hashes (RFC 9106), a few at a time.
type hasher struct {
	cost   HashCost
	random io.Reader
	place  chan struct{} // one for each hash under way
	queue  chan struct{} // one for each that waits or is under way
	used   chan struct{} // holds one when there was a hash since it was last taken
	// derive is the work itself: argon2id, which tests count.
	derive func(password string, salt []byte, passes, memory uint32, lanes uint8) []byte
	// nobody is compared with when there is no such account, so that asking
	// for a name takes as long whether it is there or not.
	nobody string
}

func newHasher(cost HashCost, random io.Reader) *hasher {
	h := &hasher{cost: cost, random: random, derive: derive,
		used:  make(chan struct{}, 1),
		place: make(chan struct{}, cost.Parallel), queue: make(chan struct{}, cost.Parallel*(maxWaiting+1))}
	// The hash's value does not matter: no password is compared equal to it.
	h.nobody = h.encode(make([]byte, saltBytes), make([]byte, keyBytes))
	return h
}

// enter waits for a place; leave gives it back.
func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.queue <- struct{}{}:
	default:
		return &wire.Error{Code: wire.CodeRateLimited, Message: "too many people sign in at this moment; try again", RetryAfterMs: 1000}
	}
	select {
	case h.place <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-h.queue
		return ctx.Err()
	}
}

func (h *hasher) leave() {
	<-h.place
	<-h.queue
	select {
	case h.used <- struct{}{}:
	default:
	}
}

// hash returns the password's hash in PHC form.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	read(h.random, salt)
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return h.encode(salt, h.derive(password, salt, h.cost.Passes, h.cost.MemoryKiB, 1)), nil
}

func derive(password string, salt []byte, passes, memory uint32, lanes uint8) []byte {
	// One password can be typed in several forms of Unicode.
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, passes, memory, lanes, keyBytes)
}

func (h *hasher) encode(salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, h.cost.MemoryKiB, h.cost.Passes,
		b.EncodeToString(salt), b.EncodeToString(key))
}

// verify reports whether password has the hash; an empty hash, which is
// nobody's, takes as long as one of the present cost.
func (h *hasher) verify(ctx context.Context, encoded, password string) (bool, error) {
	known := encoded != ""
	if !known {
		encoded = h.nobody
	}
	parts := strings.Split(encoded, "$")
	var (
		version        int
		memory, passes uint32
		lanes          uint8
	)
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("auth: a stored password hash is not argon2id")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, fmt.Errorf("auth: a stored password hash has version %q", parts[2])
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil ||
		memory > maxStoredMemory || passes < 1 || lanes < 1 {
		return false, fmt.Errorf("auth: a stored password hash has parameters %q", parts[3])
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("auth: a stored password hash's salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("auth: a stored password hash's key: %w", err)
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	equal := subtle.ConstantTimeCompare(want, h.derive(password, salt, passes, memory, lanes)) == 1
	return equal && known, nil
}
