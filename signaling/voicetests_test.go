package signaling

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// inTests runs a test of VoiceTests in virtual time and checks that nothing is left.
func inTests(t *testing.T, test func(t *testing.T, v *VoiceTests, media *fakeMedia, creds *fakeCredentials)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		media, creds := &fakeMedia{}, &fakeCredentials{live: map[string]int{}}
		v := NewVoiceTests(VoiceConfig{P2PMax: 2}, media, creds)
		test(t, v, media, creds)
		v.Close()
		if now, _ := v.Stats(); now != 0 || creds.count() != 0 || media.open() != 0 {
			t.Errorf("%d tests, %d credentials, %d sessions are left", now, creds.count(), media.open())
		}
		if _, err := v.Begin("u", "host"); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func begun(t *testing.T, v *VoiceTests, userID string) wire.VoiceTest {
	t.Helper()
	test, err := v.Begin(userID, "host")
	if err != nil {
		t.Fatal(err)
	}
	return test
}

func codeOf(t *testing.T, err error) wire.Code {
	t.Helper()
	var coded *wire.Error
	if !errors.As(err, &coded) {
		t.Fatalf("%v is not coded", err)
	}
	return coded.Code
}

func TestVoiceTestLivesForItsTime(t *testing.T) {
	inTests(t, func(t *testing.T, v *VoiceTests, media *fakeMedia, creds *fakeCredentials) {
		test := begun(t, v, "u")
		if test.ICEServers[0].URLs[0] != "turn:host" || test.ICEServers[0].Credential != test.ID || test.P2PMax != 2 || test.ExpiresInSec != 30 {
			t.Errorf("the test is %+v", test)
		}
		for _, sdp := range []string{"one", "two"} {
			if answer, err := v.Offer(t.Context(), "u", test.ID, sdp); err != nil || answer != "answer to "+sdp {
				t.Errorf("%q, %v", answer, err)
			}
		}
		for _, s := range media.sessions {
			if s.RoomID != "test:"+test.ID || !s.Test || s.CSRC == 0 || s.UserID != "" {
				t.Errorf("joined as %+v", s.MediaJoin)
			}
		}
		if media.sessions[0].CSRC == media.sessions[1].CSRC {
			t.Error("two sessions of one CSRC")
		}
		if _, err := v.Offer(t.Context(), "u", test.ID, "three"); codeOf(t, err) != wire.CodeConflict {
			t.Error(err)
		}
		time.Sleep(voiceTestLifetime - time.Millisecond)
		synctest.Wait()
		if media.open() != 2 || creds.count() != 1 {
			t.Error("it ended before its time")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if media.open() != 0 || creds.count() != 0 {
			t.Error("it outlived its time")
		}
		if _, err := v.Offer(t.Context(), "u", test.ID, "late"); codeOf(t, err) != wire.CodeNotFound {
			t.Error(err)
		}
		if err := v.End("u", test.ID); codeOf(t, err) != wire.CodeNotFound {
			t.Error(err)
		}
	})
}

func TestVoiceTestIsItsUsersOnly(t *testing.T) {
	inTests(t, func(t *testing.T, v *VoiceTests, media *fakeMedia, _ *fakeCredentials) {
		test := begun(t, v, "u")
		if _, err := v.Offer(t.Context(), "other", test.ID, "offer"); codeOf(t, err) != wire.CodeNotFound {
			t.Error(err)
		}
		if err := v.End("other", test.ID); codeOf(t, err) != wire.CodeNotFound {
			t.Error(err)
		}
		if _, err := v.Offer(t.Context(), "u", test.ID, "bad"); codeOf(t, err) != wire.CodeNegotiationFailed || media.open() != 0 {
			t.Errorf("%v, %d sessions", err, media.open())
		}
		if err := v.End("u", test.ID); err != nil {
			t.Error(err)
		}
	})
}

// One more of a user's ends his oldest; one more than the server takes is refused.
func TestVoiceTestsAreBounded(t *testing.T) {
	inTests(t, func(t *testing.T, v *VoiceTests, _ *fakeMedia, creds *fakeCredentials) {
		first, second := begun(t, v, "u"), begun(t, v, "u")
		third := begun(t, v, "u")
		if _, err := v.Offer(t.Context(), "u", first.ID, "offer"); codeOf(t, err) != wire.CodeNotFound {
			t.Error(err)
		}
		for _, test := range []wire.VoiceTest{second, third} {
			if _, err := v.Offer(t.Context(), "u", test.ID, "offer"); err != nil {
				t.Error(err)
			}
		}
		for i := range voiceTestsInAll - voiceTestsPerUser {
			begun(t, v, fmt.Sprint("user ", i))
		}
		if _, err := v.Begin("one more", "host"); codeOf(t, err) != wire.CodeRateLimited {
			t.Error(err)
		}
		begun(t, v, "u") // in place of his own
		if now, total := v.Stats(); now != voiceTestsInAll || total != voiceTestsInAll+2 || creds.count() != voiceTestsInAll {
			t.Errorf("%d now, %d begun, %d credentials", now, total, creds.count())
		}
	})
}

func TestVoiceTestsMayEndWhileTheyNegotiate(t *testing.T) {
	inTests(t, func(t *testing.T, v *VoiceTests, _ *fakeMedia, _ *fakeCredentials) {
		for range 50 {
			test := begun(t, v, "u")
			for range 2 {
				go func() { _, _ = v.Offer(context.Background(), "u", test.ID, "offer") }()
			}
			go func() { _ = v.End("u", test.ID) }()
		}
		synctest.Wait()
	})
}
