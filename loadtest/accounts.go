package loadtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/pion/webrtc/v4"
)

// accounts signs in everybody of a run.
type accounts struct {
	url    string
	admin  *client.Client // who may make invites and rooms, nil when nobody may
	guests bool
	invite string
	http   *http.Client
}

// openAccounts finds out how one may sign in: with the account that was given,
// as the first owner of an empty server, or as anybody may.
func openAccounts(ctx context.Context, c *Target) (*accounts, error) {
	a := &accounts{url: c.URL, invite: c.Invite, http: httpClient()}
	probe, err := a.client()
	if err != nil {
		return nil, err
	}
	mode, err := probe.AuthMode(ctx)
	if err != nil {
		return nil, fmt.Errorf("loadtest: the server: %w", err)
	}
	switch {
	case c.User != "":
		if _, err := probe.Login(ctx, c.User, c.Password); err != nil {
			return nil, fmt.Errorf("loadtest: signing in as %s: %w", c.User, err)
		}
		a.admin = probe
	case mode.NeedsOwner:
		name, password := "load-owner", rand.Text()
		if _, err := probe.Register(ctx, wire.Register{Name: name, Password: password}); err != nil {
			return nil, fmt.Errorf("loadtest: making the first account: %w", err)
		}
		c.Log("the server was empty: its owner is now %s, password %s", name, password)
		a.admin = probe
	}
	a.guests = mode.Guests != "off"
	if !a.guests && mode.Registration == "closed" {
		return nil, fmt.Errorf("loadtest: the server takes neither guests nor registrations")
	}
	open := a.guests && mode.Guests == "open" || !a.guests && mode.Registration == "open"
	if open || a.invite != "" {
		return a, nil
	}
	if a.admin == nil {
		return nil, fmt.Errorf("loadtest: the server wants an invite: give --invite, or --user and --password of somebody who can make one")
	}
	i, err := a.admin.CreateInvite(ctx, wire.NewInvite{})
	if err != nil {
		return nil, fmt.Errorf("loadtest: making an invite: %w", err)
	}
	a.invite = i.Code
	return a, nil
}

// httpClient is one for everybody of a run: a connection each for a moment's
// call would cost more than the calls.
func httpClient() *http.Client {
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 64,
			IdleConnTimeout:     5 * time.Second,
			ReadBufferSize:      2 << 10, // each socket keeps its buffers
			WriteBufferSize:     2 << 10,
		},
	}
}

// close lets go of the connections that are kept for further calls.
func (a *accounts) close() { a.http.CloseIdleConnections() }

// datagrams keeps full clients to UDP: connections beside it, which nothing goes
// by, would be measured with it.
func datagrams(s *webrtc.SettingEngine) {
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
}

func (a *accounts) client(more ...client.Option) (*client.Client, error) {
	opts := []client.Option{client.WithLoopback(), client.WithUserAgent("boltorezka-loadtest"), client.WithHTTPClient(a.http), client.WithMediaSettings(datagrams)}
	return client.New(a.url, append(opts, more...)...)
}

// participant signs in the n-th participant.
func (a *accounts) participant(ctx context.Context, n int, more ...client.Option) (*client.Client, error) {
	c, err := a.client(more...)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("load-%d-%s", n, strings.ToLower(rand.Text()[:6]))
	if a.guests {
		_, err = c.Guest(ctx, name, a.invite)
	} else {
		_, err = c.Register(ctx, wire.Register{Name: name, Password: rand.Text(), InviteCode: a.invite})
	}
	if err != nil {
		return nil, fmt.Errorf("loadtest: signing in participant %d: %w", n, err)
	}
	return c, nil
}

// rooms returns n rooms to be in: general when one will do, else new ones. Each
// takes size people in voice, 0: as many as the server has for a room.
func (a *accounts) rooms(ctx context.Context, n, size int) ([]string, error) {
	if n == 1 {
		return []string{"general"}, nil
	}
	if a.admin == nil {
		return nil, fmt.Errorf("loadtest: several rooms have to be made by an admin: give --user and --password")
	}
	run := strings.ToLower(rand.Text()[:6])
	var slugs []string
	for i := range n {
		slug := fmt.Sprintf("load-%s-%d", run, i)
		room := wire.NewRoom{Slug: slug, Title: "Load " + slug, TopologyPolicy: wire.PolicySFU}
		if size > 0 {
			room.MaxParticipants = &size
		}
		if _, err := a.admin.CreateRoom(ctx, room); err != nil {
			return nil, fmt.Errorf("loadtest: making room %s: %w", slug, err)
		}
		slugs = append(slugs, slug)
	}
	return slugs, nil
}
