package turn

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what the TURN REST convention prescribes; HMAC-SHA1 is not broken
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
)

// Lifetime is how long a credential is good for: longer than any call, since a
// client cannot change its credentials in the middle of one.
const Lifetime = 7 * 24 * time.Hour

// ICEServer is what a client is told of one server (W3C WebRTC RTCIceServer).
type ICEServer struct {
	URLs       []string
	Username   string
	Credential string
}

// External is a TURN server run elsewhere, such as coturn with
// use-auth-secret and the same static-auth-secret.
type External struct {
	URLs   []string
	Secret string
}

// validate returns an error that names what cannot work.
func (e External) validate() error {
	if len(e.URLs) > 0 && e.Secret == "" {
		return errors.New("turn.external.secret: empty is not accepted; give the static-auth-secret of the server in turn.external.urls")
	}
	for _, u := range e.URLs {
		uri, err := stun.ParseURI(u)
		if err != nil || (uri.Scheme != stun.SchemeTypeTURN && uri.Scheme != stun.SchemeTypeTURNS) {
			return fmt.Errorf("turn.external.urls: %q is not accepted; give URLs such as turn:turn.example.org:3478?transport=udp or turns:turn.example.org:5349", u)
		}
	}
	return nil
}

// Issue returns the external server with credentials that it accepts until
// Lifetime after now. They cannot be revoked: that server knows no sessions.
// ok is false when there is no external server.
func (e External) Issue(userID, sessionID string, now time.Time) (server ICEServer, ok bool) {
	if len(e.URLs) == 0 {
		return ICEServer{}, false
	}
	name := username(now.Add(Lifetime), userID, sessionID)
	return ICEServer{URLs: e.URLs, Username: name, Credential: password([]byte(e.Secret), name)}, true
}

// username is "expiry:user:session" with the expiry in Unix seconds: the form
// of draft-uberti-behave-turn-rest-00, which coturn reads too.
func username(expiry time.Time, userID, sessionID string) string {
	return fmt.Sprintf("%d:%s:%s", expiry.Unix(), userID, sessionID)
}

// parseUsername is the inverse of username; ok is false for any other text.
func parseUsername(s string) (expiry time.Time, session sessionKey, ok bool) {
	parts := strings.Split(s, ":")
	if len(parts) != 3 || parts[1] == "" || parts[2] == "" {
		return time.Time{}, sessionKey{}, false
	}
	sec, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || sec <= 0 {
		return time.Time{}, sessionKey{}, false
	}
	return time.Unix(sec, 0), sessionKey{user: parts[1], session: parts[2]}, true
}

// password is the credential that goes with a username.
func password(secret []byte, username string) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
