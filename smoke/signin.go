package smoke

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// inviteTime is how long an invite that a run makes is good for, should the
// run not come to take it back.
const inviteTime = 10 * time.Minute

// signIn brings two users in: the account of the options, when one is given,
// and guests, with an invite of that account where they need one.
func (c *check) signIn(ctx context.Context) (string, error) {
	probe, err := c.anonymous()
	if err != nil {
		return "", err
	}
	defer probe.line.close()
	mode, err := probe.api.AuthMode(ctx)
	if err != nil {
		return "", err
	}
	how := ""
	if c.opts.Name != "" || c.opts.Token != "" {
		if c.users[0], how, err = c.account(ctx, mode); err != nil {
			return "", err
		}
	}
	for i := range c.users {
		if c.users[i] != nil {
			continue
		}
		if i == 1 && c.opts.PeerName != "" {
			c.users[i], err = c.login(ctx, c.opts.PeerName, c.opts.PeerPassword)
		} else {
			c.users[i], err = c.guest(ctx, i, mode)
		}
		if err != nil {
			return "", err
		}
	}
	if c.users[0].me.ID == c.users[1].me.ID {
		return "", errors.New("both users are the same account; give another in --peer-name")
	}
	return fmt.Sprintf("%s (%s%s) and %s (%s)", c.users[0].me.Name, c.users[0].me.Role, how, c.users[1].me.Name, c.users[1].me.Role), nil
}

// account signs the account of the options in, or makes it where it is to be
// a server's first.
func (c *check) account(ctx context.Context, mode wire.AuthMode) (*user, string, error) {
	if c.opts.Token != "" {
		u, err := c.anonymous(client.WithToken(c.opts.Token))
		if err != nil {
			return nil, "", err
		}
		if u.me, err = u.api.Me(ctx); err != nil {
			u.line.close()
			return nil, "", fmt.Errorf("--token is not accepted: %w", err)
		}
		return u, "", nil
	}
	if !mode.NeedsOwner {
		u, err := c.login(ctx, c.opts.Name, c.opts.Password)
		return u, "", err
	}
	if mode.NeedsSetupCode && c.opts.SetupCode == "" {
		return nil, "", errors.New("there is no account yet, and from here the first one needs the setup code that the server printed at its start: give it in --setup-code")
	}
	u, err := c.anonymous()
	if err != nil {
		return nil, "", err
	}
	if u.me, err = u.api.Register(ctx, wire.Register{Name: c.opts.Name, Password: c.opts.Password, SetupCode: c.opts.SetupCode}); err != nil {
		u.line.close()
		return nil, "", fmt.Errorf("making the first account: %w", err)
	}
	u.own = true
	return u, ", the first account, made now", nil
}

func (c *check) login(ctx context.Context, name, password string) (*user, error) {
	u, err := c.anonymous()
	if err != nil {
		return nil, err
	}
	if u.me, err = u.api.Login(ctx, name, password); err != nil {
		u.line.close()
		return nil, fmt.Errorf("signing %s in: %w", name, err)
	}
	u.own = true
	return u, nil
}

// guest lets one guest in, or says what else would do.
func (c *check) guest(ctx context.Context, n int, mode wire.AuthMode) (*user, error) {
	code := c.opts.Invite
	switch mode.Guests {
	case "open":
	case "invite":
		if code == "" && c.users[0] == nil {
			return nil, errors.New("guests need an invite here (auth.guests): give an account in --name and --password-file, or an invite in --invite")
		}
		if code == "" {
			var err error
			if code, err = c.makeInvite(ctx); err != nil {
				return nil, err
			}
		}
	default:
		if n == 0 {
			return nil, errors.New("guests are not let in here (auth.guests): give two accounts, in --name and --peer-name with their password files")
		}
		return nil, errors.New("guests are not let in here (auth.guests), and a call needs two: give a second account in --peer-name and --peer-password-file")
	}
	u, err := c.anonymous()
	if err != nil {
		return nil, err
	}
	if u.me, err = u.api.Guest(ctx, guestName(n), code); err != nil {
		u.line.close()
		return nil, fmt.Errorf("coming in as a guest: %w", err)
	}
	u.own = true
	return u, nil
}

// makeInvite makes an invite in the account's name, which cleanUp takes back.
func (c *check) makeInvite(ctx context.Context) (string, error) {
	if c.invite != "" {
		return c.invite, nil
	}
	until := wire.At(time.Now().Add(inviteTime))
	i, err := c.users[0].api.CreateInvite(ctx, wire.NewInvite{MaxUses: new(1), ExpiresAt: &until})
	if err != nil {
		return "", fmt.Errorf("making an invite for the second user: %w", err)
	}
	c.invite = i.Code
	return i.Code, nil
}
