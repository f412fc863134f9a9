package signaling

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	// voiceTestLifetime is long enough for one path: some seconds to connect,
	// some to measure.
	voiceTestLifetime = 30 * time.Second
	// voiceTestSessions is who a test needs: one talks, one listens.
	voiceTestSessions = 2
	// voiceTestOffers is how many offers a test may make for them.
	voiceTestOffers = 6
	// voiceTestsPerUser is how many tests one user has at a time; one more ends
	// the oldest, which a page that was reloaded has left.
	voiceTestsPerUser = 2
	// voiceTestsInAll bounds what tests may take of the SFU.
	voiceTestsInAll = 100
)

// VoiceTests lets signed-in users try the media path without being in a room:
// each test is a media room of its own for a few seconds. Its methods may be
// called from any goroutine.
type VoiceTests struct {
	media       Media
	credentials Credentials
	p2pMax      int
	begun       atomic.Uint64

	mu     sync.Mutex // guards what follows
	closed bool
	tests  map[string]*voiceTest
	living sync.WaitGroup // of the tests
}

// voiceTest is one test. Who takes it out of the table ends it.
type voiceTest struct {
	id, userID string
	number     uint64 // of all tests: the smaller is the older
	expire     *time.Timer

	mu       sync.Mutex // held while negotiating
	over     bool
	offers   int
	sessions []MediaSession
}

// NewVoiceTests makes the tests of a server; Close ends them.
func NewVoiceTests(cfg VoiceConfig, media Media, credentials Credentials) *VoiceTests {
	return &VoiceTests{media: media, credentials: credentials, p2pMax: cfg.P2PMax, tests: make(map[string]*voiceTest)}
}

// Begin begins a test for a client that reached the server by host (no port).
// It is RateLimited while the server has as many tests as it takes.
func (v *VoiceTests) Begin(userID, host string) (wire.VoiceTest, error) {
	t := &voiceTest{id: uuid.Must(uuid.NewV7()).String(), userID: userID}
	v.mu.Lock()
	if v.closed {
		v.mu.Unlock()
		return wire.VoiceTest{}, ErrClosed
	}
	oldest := v.surplus(userID)
	if oldest == nil && len(v.tests) >= voiceTestsInAll {
		v.mu.Unlock()
		return wire.VoiceTest{}, &wire.Error{Code: wire.CodeRateLimited, RetryAfterMs: 5_000,
			Message: "many are testing their connection right now; try again in some seconds"}
	}
	t.number = v.begun.Add(1)
	v.tests[t.id] = t
	v.living.Add(1)
	t.expire = time.AfterFunc(voiceTestLifetime, func() { v.end(v.take(userID, t.id)) })
	v.mu.Unlock()
	v.end(oldest)

	ice := v.credentials.Issue(userID, t.id, host)
	if ice == nil {
		ice = []wire.ICEServer{} // a client expects an array
	}
	if t.ended() { // by Close, before there was anything to revoke
		v.credentials.Revoke(userID, t.id)
		return wire.VoiceTest{}, ErrClosed
	}
	return wire.VoiceTest{ID: t.id, ExpiresInSec: int(voiceTestLifetime / time.Second), ICEServers: ice, P2PMax: v.p2pMax}, nil
}

// surplus takes the user's oldest test out of the table when he has as many as
// he may have. The caller holds v.mu, and ends the test.
func (v *VoiceTests) surplus(userID string) *voiceTest {
	var own []*voiceTest
	for _, t := range v.tests {
		if t.userID == userID {
			own = append(own, t)
		}
	}
	if len(own) < voiceTestsPerUser {
		return nil
	}
	oldest := slices.MinFunc(own, func(a, b *voiceTest) int { return cmp.Compare(a.number, b.number) })
	delete(v.tests, oldest.id)
	return oldest
}

// Offer makes one more session of a test and returns the whole answer.
// NotFound: the user has no such test; Conflict: it has all the sessions that it
// takes; NegotiationFailed.
func (v *VoiceTests) Offer(ctx context.Context, userID, id, sdp string) (answer string, err error) {
	v.mu.Lock()
	t := v.tests[id]
	v.mu.Unlock()
	if t == nil || t.userID != userID {
		return "", errNoVoiceTest()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over:
		return "", errNoVoiceTest()
	case len(t.sessions) >= voiceTestSessions:
		return "", wire.E(wire.CodeConflict, "a test has two sessions, and this one has them; begin another")
	case t.offers >= voiceTestOffers:
		return "", wire.E(wire.CodeConflict, "a test takes six offers, and this one has made them; begin another")
	}
	t.offers++
	session, err := v.media.Join(MediaJoin{RoomID: "test:" + id, CSRC: rand.Uint32() | 1, Test: true})
	if err != nil {
		return "", err
	}
	if answer, err = session.Offer(ctx, sdp, nil); err != nil {
		session.Close()
		return "", err
	}
	t.sessions = append(t.sessions, session)
	return answer, nil
}

// End ends a test before its time. NotFound: the user has no such test.
func (v *VoiceTests) End(userID, id string) error {
	t := v.take(userID, id)
	if t == nil {
		return errNoVoiceTest()
	}
	v.end(t)
	return nil
}

// take takes a user's test out of the table, nil when it is not there any more.
func (v *VoiceTests) take(userID, id string) *voiceTest {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.tests[id]
	if t == nil || t.userID != userID {
		return nil
	}
	delete(v.tests, id)
	return t
}

// end puts away what a test has taken; nil is none.
func (v *VoiceTests) end(t *voiceTest) {
	if t == nil {
		return
	}
	defer v.living.Done()
	t.expire.Stop()
	t.mu.Lock()
	t.over = true
	sessions := t.sessions
	t.sessions = nil
	t.mu.Unlock()
	for _, s := range sessions {
		s.Close()
	}
	v.credentials.Revoke(t.userID, t.id)
}

func (t *voiceTest) ended() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over
}

// Stats returns how many tests there are now and have been.
func (v *VoiceTests) Stats() (now int, total uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.tests), v.begun.Load()
}

// Close ends all tests and refuses others.
func (v *VoiceTests) Close() {
	v.mu.Lock()
	v.closed = true
	tests := v.tests
	v.tests = nil
	v.mu.Unlock()
	for _, t := range tests {
		v.end(t)
	}
	v.living.Wait()
}

func errNoVoiceTest() *wire.Error {
	return wire.E(wire.CodeNotFound, "you have no such test; it may be over")
}
