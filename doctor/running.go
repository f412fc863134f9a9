package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/boltorezka/boltorezka/configs"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/turn"
)

// Where a server answers on its operator's listener: GET RunningPath is a
// Running; POST RelayPath?host=HOST is the []wire.ICEServer of a credential for
// a try, which ends with DELETE RelayPath or soon by itself.
const (
	RunningPath = "/debug/doctor"
	RelayPath   = "/debug/doctor/relay"
)

// Running is what a running server tells of itself.
type Running struct {
	Version string `json:"version"`
	// HTTP, TURN and the ports of TLS are host:port that it listens on; empty: off.
	HTTP    string `json:"http"`
	TURN    string `json:"turn"`
	TLS     string `json:"tls"`
	TURNTLS string `json:"turnTls"`
	// MediaTCP is one candidate of media over TCP; empty: off.
	MediaTCP string `json:"mediaTcp"`
	// Media are the candidates that it tells clients of.
	Media []string `json:"media"`
	// OpenFiles and FileLimit are its descriptors and how many it may have; 0:
	// not known.
	OpenFiles uint64 `json:"openFiles"`
	FileLimit uint64 `json:"fileLimit"`

	ops string // where it was asked
}

// askTime bounds one question to the server, on this machine.
const askTime = 3 * time.Second

// local is a client for this machine, and no proxy's.
func local() (*http.Client, func()) {
	t := &http.Transport{}
	return &http.Client{Transport: t, Timeout: askTime}, t.CloseIdleConnections
}

// ask asks the server that these settings are of; nil: none answers.
func ask(ctx context.Context, cfg configs.Config) *Running {
	if cfg.Ops.Off() {
		return nil
	}
	r := &Running{ops: "http://" + reachable(cfg.Ops.Addr)}
	if err := r.call(ctx, http.MethodGet, RunningPath, r); err != nil || r.Version == "" {
		return nil
	}
	return r
}

func (r *Running) call(ctx context.Context, method, path string, out any) error {
	c, done := local()
	defer done()
	req, err := http.NewRequestWithContext(ctx, method, r.ops+path, http.NoBody)
	if err != nil {
		return err
	}
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s", method, path, res.Status)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(body, out)
}

// parts are the running server's.
func (r *Running) parts() *Parts {
	p := &Parts{Candidates: r.Media, Close: func() {}}
	if r.TURN == "" {
		return p
	}
	p.TURN = func(ctx context.Context, host string) ([]turn.ICEServer, error) {
		var given []wire.ICEServer
		if err := r.call(ctx, http.MethodPost, RelayPath+"?"+url.Values{"host": {host}}.Encode(), &given); err != nil {
			return nil, err
		}
		servers := make([]turn.ICEServer, len(given))
		for i, s := range given {
			servers[i] = turn.ICEServer(s)
		}
		return servers, nil
	}
	p.Close = func() {
		// Of its own context: a Ctrl-C ends the credential too.
		_ = r.call(context.Background(), http.MethodDelete, RelayPath, nil)
	}
	return p
}

// reachable is where this machine reaches a listener of host:port.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return net.JoinHostPort(localHost(host), port)
}

// localHost is an address of this machine that host stands for.
func localHost(host string) string {
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}

// anyPort is addr with a port that the system chooses.
func anyPort(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return net.JoinHostPort(host, "0")
}
