package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/store"
)

// revocationEvery is how often it is looked whether those who are connected
// are still signed in. What this server ends itself acts at once; this is for
// what the command line or another node has ended, and for what has expired.
const revocationEvery = 10 * time.Second

// revocation puts out who is no longer signed in.
type revocation struct {
	db  *store.Store
	hub *signaling.Hub
	log *slog.Logger
}

func (r revocation) run(ctx context.Context) {
	for pause(ctx, revocationEvery) {
		r.look(ctx)
	}
}

func (r revocation) look(ctx context.Context) {
	ids := r.hub.AuthSessions()
	ended, err := r.db.EndedSessions(ctx, ids)
	if err != nil {
		if ctx.Err() == nil {
			r.log.Warn("it cannot be seen who is still signed in", "err", err)
		}
		return
	}
	for _, id := range ended {
		r.hub.DisconnectAuthSession(id)
	}
}
