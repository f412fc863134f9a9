package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/boltorezka/boltorezka/edge"
)

// newServe makes the command that is the server.
func newServe(from *settings) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve until Ctrl-C", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), from, cmd)
		},
	}
}

func serve(ctx context.Context, from *settings, cmd *cobra.Command) error {
	began := time.Now()
	cfg, strange, err := from.load()
	if err != nil {
		return err
	}
	log := newLog(cfg.Log, cmd.ErrOrStderr())
	for _, name := range strange {
		log.Warn("this variable is no setting", "name", name)
	}
	if strings.HasPrefix(cfg.HTTP.PublicURL, "https:") && len(cfg.HTTP.TrustedProxies) == 0 && cfg.TLS.Source() == edge.SourceNone {
		log.Warn("http.publicUrl is https and http.trustedProxies is empty: all who come through the proxy count as one address, and share its limits")
	}
	a, err := start(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer a.close()
	a.banner(cmd.OutOrStdout())
	v := buildVersion()
	ready := []any{"version", v.Version, "took", time.Since(began).Round(time.Millisecond).String(), "http", a.http.Addr().String()}
	if a.door.certificates() != nil {
		ready = append(ready, "https", a.door.tls.Addr().String())
	}
	log.Info("ready", append(ready, "database", cfg.Store.String())...)
	select {
	case <-ctx.Done():
		log.Info("stopping; a second Ctrl-C stops at once")
		return nil
	case err := <-a.failed:
		return err
	}
}
