package turn

import (
	"context"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	pion "github.com/pion/turn/v5"

	"github.com/boltorezka/boltorezka/turn/coturntest"
)

// TestExternalCoturn: coturn takes the credentials that Issue makes, relays for
// them, and takes no others.
func TestExternalCoturn(t *testing.T) {
	addr := coturntest.Start(t, 21400, 21409)
	echo := newBed(t).echo
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			external := External{URLs: []string{"turn:" + addr + "?transport=" + network}, Secret: coturntest.Secret}
			if err := external.validate(); err != nil {
				t.Fatal(err)
			}
			server, _ := external.Issue("0193-user", "0193-session", time.Now())
			client := dial(t, network, addr, server.Username, server.Credential)
			relay, err := client.Allocate()
			if err != nil {
				t.Fatal(err)
			}
			defer relay.Close()
			if !exchange(t, relay, echo.LocalAddr(), 5*time.Second) {
				t.Error("no echo through coturn")
			}
			for name, bad := range map[string]ICEServer{
				"a wrong secret":    issued(External{URLs: external.URLs, Secret: "another"}, time.Now()),
				"an expired one":    issued(external, time.Now().Add(-Lifetime-time.Minute)),
				"another's name":    {Username: strings.Replace(server.Username, "user", "root", 1), Credential: server.Credential},
				"a longer lifetime": {Username: "9" + server.Username, Credential: server.Credential},
			} {
				if relay, err := dial(t, network, addr, bad.Username, bad.Credential).Allocate(); err == nil {
					_ = relay.Close()
					t.Errorf("%s was taken", name)
				}
			}
		})
	}
}

func issued(e External, now time.Time) ICEServer {
	server, _ := e.Issue("0193-user", "0193-session", now)
	return server
}

// dial makes a client of a server that says its realm itself.
func dial(t *testing.T, network, addr, username, password string) *pion.Client {
	t.Helper()
	var conn net.PacketConn
	var err error
	if network == "tcp" {
		var c net.Conn
		if c, err = net.Dial("tcp", addr); err == nil {
			conn = pion.NewSTUNConn(c)
		}
	} else {
		conn, err = net.ListenPacket("udp4", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	client, err := pion.NewClient(&pion.ClientConfig{
		STUNServerAddr: addr, TURNServerAddr: addr, Username: username, Password: password,
		Conn: conn, LoggerFactory: quiet(),
	})
	if err == nil {
		err = client.Listen()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); _ = conn.Close() })
	return client
}

// TestCoturnsTools has coturn's own client talk through our server, over UDP
// and TCP, by channels and by indications, from one relay to another: data goes
// both ways, and none of it is lost.
func TestCoturnsTools(t *testing.T) {
	coturntest.Need(t, "turnutils_uclient")
	coturntest.Need(t, "turnutils_stunclient")
	b := newBed(t)
	port := strconv.Itoa(b.Port())
	t.Run("stun", func(t *testing.T) {
		out := tool(t, "turnutils_stunclient", "-p", port, "127.0.0.1")
		if !regexp.MustCompile(`reflexive addr: 127\.0\.0\.1:\d+`).MatchString(out) {
			t.Errorf("it is told nothing of itself:\n%s", out)
		}
	})
	const clients, messages = 2, 20
	before := b.Stats()
	t.Run("relays", func(t *testing.T) { // at once: the client takes five seconds to end
		for _, c := range []struct {
			name string
			args []string
		}{
			{"channels over UDP", nil},
			{"indications over UDP", []string{"-s"}},
			{"channels over TCP", []string{"-t"}},
			{"indications over TCP", []string{"-t", "-s"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				user, pass := b.credentials(strings.ReplaceAll(c.name, " ", "-"))
				args := append(c.args, "-y", "-c", "-u", user, "-w", pass, "-p", port,
					"-m", strconv.Itoa(clients), "-n", strconv.Itoa(messages), "-l", "120", "127.0.0.1")
				out := tool(t, "turnutils_uclient", args...)
				// Each of the clients has sent all of its messages, and the other has them.
				want := strconv.Itoa(clients * messages)
				if !strings.Contains(out, "tot_send_msgs="+want+", tot_recv_msgs="+want) || !strings.Contains(out, "Total lost packets 0 ") {
					t.Errorf("it says\n%s", out)
				}
			})
		}
	})
	after := b.Stats()
	if after.AllocationsTotal-before.AllocationsTotal < 4*clients || after.ToPeerPackets-before.ToPeerPackets < 4*clients*messages {
		t.Errorf("before %+v, after %+v", before, after)
	}
	t.Run("wrong password", func(t *testing.T) {
		user, _ := b.credentials("tools")
		before := b.Stats()
		out := tool(t, "turnutils_uclient", "-y", "-c", "-u", user, "-w", "guess", "-p", port, "-m", "2", "-n", "1", "127.0.0.1")
		if after := b.Stats(); after.AllocationsTotal != before.AllocationsTotal || after.Refused[ReasonPassword] == before.Refused[ReasonPassword] {
			t.Errorf("%+v\n%s", after, out)
		}
	})
}

// tool runs a program to its end, whatever its status, and returns what it said.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%s does not end: %v\n%s", name, err, out)
	}
	return string(out)
}
