package auth

import (
	"context"
	"errors"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	// rotationGrace is how long the token before a rotation goes on working.
	rotationGrace = time.Minute
	// touchEvery is how exact lastSeenAt is: one write a session and interval.
	touchEvery = 5 * time.Minute
	// maxUserAgent is how much of a User-Agent is kept, in bytes.
	maxUserAgent = 256
	// tokenLength is the length of all our tokens; others need no look-up.
	tokenLength = 43
)

// unauthorized is the answer to any token that opens nothing.
func unauthorized() error { return wire.E(wire.CodeUnauthorized, "sign in first") }

// Identify returns who a session's token belongs to; Unauthorized when it
// opens no session.
func (s *Service) Identify(ctx context.Context, token string) (Identity, error) {
	row, user, err := s.session(ctx, token)
	if err != nil {
		return Identity{}, err
	}
	if s.now().Sub(row.LastSeenAt) >= touchEvery {
		if err := s.deps.Sessions.TouchSession(ctx, row.ID); err != nil {
			s.log.Warn("noting when a session was seen", "err", err) // no reason to refuse the call
		}
	}
	return Identity{User: user, SessionID: row.ID}, nil
}

func (s *Service) session(ctx context.Context, token string) (Session, wire.User, error) {
	if len(token) != tokenLength {
		return Session{}, wire.User{}, unauthorized()
	}
	row, user, err := s.deps.Sessions.SessionByToken(ctx, hashToken(token))
	if errors.Is(err, ErrNotFound) {
		return Session{}, wire.User{}, unauthorized()
	}
	if err != nil {
		return Session{}, wire.User{}, internal("reading session", err)
	}
	return row, user, nil
}

// signIn makes a session for a user who has proved to be one.
func (s *Service) signIn(ctx context.Context, user wire.User, c Client) (SignedIn, error) {
	token := newToken(s.random)
	expires := s.now().Add(s.lifetime(user.Role))
	agent := c.UserAgent
	if len(agent) > maxUserAgent {
		agent = agent[:maxUserAgent]
	}
	row, err := s.deps.Sessions.CreateSession(ctx, NewSession{UserID: user.ID, TokenHash: hashToken(token),
		UserAgent: printable(agent), ExpiresAt: expires})
	if err != nil {
		return SignedIn{}, internal("storing session", err)
	}
	return SignedIn{Identity: Identity{User: user, SessionID: row.ID}, Token: token, ExpiresAt: expires}, nil
}

func (s *Service) lifetime(role wire.Role) time.Duration {
	if role == wire.RoleGuest {
		return s.cfg.GuestLifetime
	}
	return s.cfg.SessionLifetime
}

// Refresh gives the session another token and its whole lifetime again. The
// token it had works for another minute, for requests that are under way.
func (s *Service) Refresh(ctx context.Context, who Identity) (SignedIn, error) {
	token := newToken(s.random)
	expires := s.now().Add(s.lifetime(who.User.Role))
	err := s.deps.Sessions.RotateSession(ctx, who.SessionID, hashToken(token), expires, s.now().Add(rotationGrace))
	if errors.Is(err, ErrNotFound) {
		return SignedIn{}, unauthorized()
	}
	if err != nil {
		return SignedIn{}, internal("rotating session", err)
	}
	return SignedIn{Identity: who, Token: token, ExpiresAt: expires}, nil
}

// Sessions returns the user's signed-in devices, last seen first.
func (s *Service) Sessions(ctx context.Context, who Identity) ([]wire.Session, error) {
	rows, err := s.deps.Sessions.ListSessions(ctx, who.User.ID)
	if err != nil {
		return nil, internal("listing sessions", err)
	}
	list := make([]wire.Session, len(rows))
	for i, r := range rows {
		list[i] = wire.Session{ID: r.ID, CreatedAt: wire.At(r.CreatedAt), LastSeenAt: wire.At(r.LastSeenAt),
			UserAgent: r.UserAgent, Current: r.ID == who.SessionID}
	}
	return list, nil
}

// EndSession signs one of the user's devices out; its tickets are void. The
// caller ends its sockets. NotFound when the user has no such session.
func (s *Service) EndSession(ctx context.Context, who Identity, sessionID string) error {
	err := s.deps.Sessions.DeleteSession(ctx, who.User.ID, sessionID)
	if errors.Is(err, ErrNotFound) {
		return wire.E(wire.CodeNotFound, "you have no such session")
	}
	if err != nil {
		return internal("ending session", err)
	}
	s.tickets.revoke(sessionID)
	return nil
}
