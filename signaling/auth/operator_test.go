package auth

import (
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestOperator(t *testing.T) {
	s, _ := newTestService(t, func(c *Config) { c.Registration = AccessClosed })
	for _, bad := range []struct {
		name, pass string
		role       wire.Role
	}{{"x", secret, wire.RoleMember}, {"Ann", "short", wire.RoleMember}, {"Ann", secret, wire.RoleGuest}, {"Ann", secret, ""}} {
		_, err := s.AddAccount(background, bad.name, bad.pass, bad.role)
		wantCode(t, err, wire.CodeValidation)
	}
	if u, err := s.AddAccount(background, "Own", secret, wire.RoleOwner); err != nil || u.Role != wire.RoleOwner {
		t.Fatal(u, err)
	}
	_, err := s.AddAccount(background, "Second", secret, wire.RoleOwner)
	wantCode(t, err, wire.CodeConflict)
	if _, err = s.AddAccount(background, "Ann", secret, wire.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	_, err = s.AddAccount(background, "ANN", secret, wire.RoleMember)
	wantCode(t, err, wire.CodeConflict)
	in, err := s.Login(background, wire.Login{Name: "Ann", Password: secret}, Client{})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.ResetPassword(background, "Nobody", secret), wire.CodeUserNotFound)
	wantCode(t, s.ResetPassword(background, "Ann", "short"), wire.CodeValidation)
	if err := s.ResetPassword(background, "ann", "another secret"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Identify(background, in.Token)
	wantCode(t, err, wire.CodeUnauthorized)
	_, err = s.Login(background, wire.Login{Name: "Ann", Password: secret}, Client{})
	wantCode(t, err, wire.CodeUnauthorized)
	if _, err = s.Login(background, wire.Login{Name: "Ann", Password: "another secret"}, Client{}); err != nil {
		t.Fatal(err)
	}
	in, _ = s.Login(background, wire.Login{Name: "Ann", Password: "another secret"}, Client{})
	_, err = s.Disable(background, "Nobody", true)
	wantCode(t, err, wire.CodeUserNotFound)
	_, err = s.Disable(background, "Own", true)
	wantCode(t, err, wire.CodeForbidden)
	if u, err := s.Disable(background, "ann", true); err != nil || u.DisabledAt == nil {
		t.Fatal(u, err)
	}
	_, err = s.Identify(background, in.Token)
	wantCode(t, err, wire.CodeUnauthorized)
	_, err = s.Login(background, wire.Login{Name: "Ann", Password: "another secret"}, Client{})
	wantCode(t, err, wire.CodeForbidden)
	_, err = s.Login(background, wire.Login{Name: "Ann", Password: "a wrong secret"}, Client{})
	wantCode(t, err, wire.CodeUnauthorized)
	if _, err = s.Disable(background, "Ann", false); err != nil {
		t.Fatal(err)
	}
	if _, err = s.Login(background, wire.Login{Name: "Ann", Password: "another secret"}, Client{}); err != nil {
		t.Fatal(err)
	}
}
