package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ops is the operator's listener. It has no sign-in: it listens on loopback
// unless the operator says otherwise.
type ops struct {
	server http.Server
	ended  chan struct{}
}

// opsDeps are what the operator's listener shows.
type opsDeps struct {
	node, rooms *prometheus.Registry
	// ready says whether this server should be given new clients.
	ready func(context.Context) error
	pages debugPages
	// checkup answers the command doctor.
	checkup *checkup
}

// startOps serves on ln until close.
func startOps(ln net.Listener, deps opsDeps) *ops {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(deps.node, promhttp.HandlerOpts{Registry: deps.node}))
	mux.Handle("GET /metrics/rooms", promhttp.HandlerFor(deps.rooms, promhttp.HandlerOpts{}))
	deps.pages.register(mux)
	deps.checkup.register(mux)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := deps.ready(ctx); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	o := &ops{server: http.Server{Handler: onlyNumbered(ln, mux), ReadHeaderTimeout: 5 * time.Second}, ended: make(chan struct{})}
	go func() {
		defer close(o.ended)
		_ = o.server.Serve(ln) // ends by close only: the listener is ours
	}()
	return o
}

// close waits a moment for answers under way; a profile that is being taken
// is cut off.
func (o *ops) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := o.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = o.server.Close()
	}
	<-o.ended
	return err
}
