package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v5"

	"github.com/boltorezka/boltorezka/doctor"
)

// settingsOf are the settings that a launched server was given.
func settingsOf(p *process) map[string]string {
	env := map[string]string{}
	for _, pair := range p.cmd.Env {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "BOLTOREZKA_") && name != serverEnv {
			env[name] = value
		}
	}
	return env
}

// stopped are the settings of a server that does not run.
func stopped(t *testing.T, more map[string]string) map[string]string {
	env := map[string]string{"BOLTOREZKA_DATA_DIR": t.TempDir(), "BOLTOREZKA_HTTP_ADDR": "127.0.0.1:0", "BOLTOREZKA_OPS_ADDR": "off",
		"BOLTOREZKA_SFU_UDP_ADDR": "127.0.0.1:0", "BOLTOREZKA_SFU_TCP_ADDR": "127.0.0.1:0", "BOLTOREZKA_TURN_ADDR": "127.0.0.1:0"}
	for name, value := range more {
		env[name] = value
	}
	return env
}

// examine runs the doctor and returns its findings by check.
func examine(t *testing.T, env map[string]string) (int, doctor.Report, map[string]doctor.Finding) {
	t.Helper()
	status, stdout, stderr := command(t, env, "", "doctor", "--json")
	return status, report(t, stdout, stderr), byCheck(report(t, stdout, stderr))
}

func report(t *testing.T, stdout, stderr string) doctor.Report {
	t.Helper()
	var r doctor.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || stderr != "" {
		t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	return r
}

func byCheck(r doctor.Report) map[string]doctor.Finding {
	found := map[string]doctor.Finding{}
	for _, f := range r.Findings {
		found[f.Check] = f
	}
	return found
}

// TestDoctorOfARunningServer holds that a server that runs is asked, that
// packets go through its TURN server, and that nothing of it stays.
func TestDoctorOfARunningServer(t *testing.T) {
	p := launch(t, t.TempDir())
	status, r, found := examine(t, settingsOf(p))
	if status != 0 || !r.Running || r.Count(doctor.Problem) > 0 {
		t.Errorf("status %d: %+v", status, r)
	}
	for _, check := range []string{"ports.http", "ports.ops", "ports.media", "ports.turn", "turn.udp", "turn.tcp", "database"} {
		if f := found[check]; f.State != doctor.OK {
			t.Errorf("%s: %+v", check, f)
		}
	}
	if f := found["turn.tcp"]; !strings.Contains(f.What, "the running server") || !strings.Contains(f.What, "packets through") {
		t.Errorf("%+v", f)
	}
	if f := found["files"]; !strings.Contains(f.What, "the running server has") {
		t.Errorf("%+v", f)
	}
	waitMetric(t, p, "boltorezka_turn_allocations 0")
	// Of a credential that is taken back nothing is left.
	if _, body := get(t, p.ops+"/metrics"); !strings.Contains(body, "boltorezka_turn_allocations_total 4") {
		t.Error("not four relays were made, two over each transport")
	}

	// The text for people.
	status, stdout, _ := command(t, nil, "", "doctor")
	if status != 0 || !strings.Contains(stdout, "turn.udp") || !strings.Contains(stdout, "do: ") || !strings.Contains(stdout, "No problem") {
		t.Errorf("status %d:\n%s", status, stdout)
	}

	// With its database gone under it.
	file := filepath.Join(settingsOf(p)["BOLTOREZKA_DATA_DIR"], "boltorezka.db")
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	if status, _, found := examine(t, settingsOf(p)); status != 1 || !strings.Contains(found["database"].What, "though the server runs") {
		t.Errorf("without a database: status %d, %+v", status, found["database"])
	}
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}

	// With settings that are not the server's.
	env := settingsOf(p)
	env["BOLTOREZKA_TURN_ADDR"] = "127.0.0.1:" + freePort(t)
	if status, _, found := examine(t, env); status != 1 || found["ports.turn"].State != doctor.Problem || !strings.Contains(found["ports.turn"].Do, "restart") {
		t.Errorf("another port: status %d, %+v", status, found["ports.turn"])
	}
	env = settingsOf(p)
	env["BOLTOREZKA_OPS_ADDR"] = "off"
	env["BOLTOREZKA_HTTP_ADDR"] = strings.TrimPrefix(p.url, "http://")
	if _, _, found := examine(t, env); found["ports.http"].State != doctor.Warning || !strings.Contains(found["ports.http"].Do, "ops.addr") {
		t.Errorf("without ops.addr: %+v", found["ports.http"])
	}
}

// waitMetric waits for a line in /metrics.
func waitMetric(t *testing.T, p *process, line string) {
	t.Helper()
	ctx := within(t)
	for {
		if _, body := get(t, p.ops+"/metrics"); strings.Contains(body, "\n"+line+"\n") {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("/metrics never has %s", line)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestDoctorFindsFaults breaks one thing a time.
func TestDoctorFindsFaults(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "boltorezka.db"), []byte(strings.Repeat("no database at all ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	external, apart := restServer(t, "the secret", true), restServer(t, "the secret", false)
	expired := standIn(t, time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour))
	for _, c := range []struct {
		name   string
		env    map[string]string
		check  string
		state  doctor.State
		status int
		want   []string // parts of what, why or do
	}{
		{"well", nil, "turn.udp", doctor.OK, 0, []string{"tried here", "20"}},
		{"unknown variable", map[string]string{"BOLTOREZKA_SFU_AUDIOSLOTS": "8"}, "configuration", doctor.Warning, 0, []string{"BOLTOREZKA_SFU_AUDIOSLOTS"}},
		{"impossible setting", map[string]string{"BOLTOREZKA_VOICE_P2P_MAX": "1"}, "configuration", doctor.Problem, 1, []string{"voice.p2pMax", "2 to 8"}},
		{"turn off", map[string]string{"BOLTOREZKA_TURN_ADDR": "off"}, "turn", doctor.Warning, 0, []string{"turn.addr is off", "turn.external"}},
		{"http port taken", map[string]string{"BOLTOREZKA_HTTP_ADDR": taken.Addr().String()}, "ports.http", doctor.Problem, 1, []string{taken.Addr().String(), "another program", "ss -lnptu"}},
		{"media port taken", map[string]string{"BOLTOREZKA_SFU_UDP_ADDR": udp.LocalAddr().String()}, "ports.media", doctor.Problem, 1, []string{"sfu.udpAddr", "another program"}},
		{"media port taken, turn tried all the same", map[string]string{"BOLTOREZKA_SFU_UDP_ADDR": udp.LocalAddr().String()}, "turn.tcp", doctor.OK, 1, []string{"free ports"}},
		{"turn port taken", map[string]string{"BOLTOREZKA_TURN_ADDR": udp.LocalAddr().String()}, "ports.turn", doctor.Problem, 1, []string{"turn.addr"}},
		{"not our address", map[string]string{"BOLTOREZKA_HTTP_ADDR": "192.0.2.1:0"}, "ports.http", doctor.Problem, 1, []string{"address of this machine"}},
		{"relay ports", map[string]string{"BOLTOREZKA_TURN_RELAY_PORTS": "21590-21599"}, "ports.relay", doctor.Warning, 0, []string{"10 ports"}},
		{"multicast is told", map[string]string{"BOLTOREZKA_SFU_ADVERTISE_IPS": "224.0.0.1"}, "addresses", doctor.Problem, 1, []string{"224.0.0.1 (multicast)", "sfu.advertiseIps"}},
		{"another family is told", map[string]string{"BOLTOREZKA_SFU_ADVERTISE_IPS": "2001:db8::1"}, "addresses", doctor.Problem, 1, []string{"2001:db8::1", "does not serve"}},
		{"loopback is told to all", map[string]string{"BOLTOREZKA_HTTP_ADDR": ":0"}, "addresses", doctor.Problem, 1, []string{"127.0.0.1", "nobody else"}},
		{"no database", map[string]string{"BOLTOREZKA_DATABASE_URL": "postgres://u:hush@127.0.0.1:1/d"}, "database", doctor.Problem, 1, []string{"127.0.0.1:1", "refused", "start PostgreSQL"}},
		{"damaged database", map[string]string{"BOLTOREZKA_DATA_DIR": damaged}, "database", doctor.Problem, 1, []string{"boltorezka.db", "restore"}},
		{"no data folder", map[string]string{"BOLTOREZKA_DATA_DIR": "/proc/nowhere"}, "disk", doctor.Problem, 1, []string{"/proc/nowhere", "data.dir"}},
		{"external turn", map[string]string{"BOLTOREZKA_TURN_ADDR": "off", "BOLTOREZKA_TURN_EXTERNAL_URLS": external, "BOLTOREZKA_TURN_EXTERNAL_SECRET": "the secret"}, "turn.external.udp", doctor.OK, 0, []string{external, "through two"}},
		{"external turn, wrong secret", map[string]string{"BOLTOREZKA_TURN_EXTERNAL_URLS": external, "BOLTOREZKA_TURN_EXTERNAL_SECRET": "hush"}, "turn.external.udp", doctor.Problem, 1, []string{"no relay is given", "turn.external.secret"}},
		{"external turn, relays kept apart", map[string]string{"BOLTOREZKA_TURN_EXTERNAL_URLS": apart, "BOLTOREZKA_TURN_EXTERNAL_SECRET": "the secret"}, "turn.external.udp", doctor.Warning, 0, []string{"nothing comes through", "denied-peer-ip", "smoke"}},
		{"external turn gone", map[string]string{"BOLTOREZKA_TURN_EXTERNAL_URLS": "turn:127.0.0.1:1?transport=tcp", "BOLTOREZKA_TURN_EXTERNAL_SECRET": "hush"}, "turn.external.tcp", doctor.Problem, 1, []string{"no connection", "refused"}},
		{"expired certificate", map[string]string{"BOLTOREZKA_HTTP_PUBLIC_URL": expired}, "certificate", doctor.Problem, 1, []string{"has expired", "renew"}},
		{"nobody at the public address", map[string]string{"BOLTOREZKA_HTTP_PUBLIC_URL": "https://127.0.0.1:1"}, "page", doctor.Skipped, 0, []string{"does not run"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, r, found := examine(t, stopped(t, c.env))
			f := found[c.check]
			if status != c.status || f.State != c.state || r.Running {
				t.Errorf("status %d: %+v of %+v", status, f, r)
			}
			text := f.What + "\n" + f.Why + "\n" + f.Do
			for _, part := range c.want {
				if !strings.Contains(text, part) {
					t.Errorf("%q has no %q", text, part)
				}
			}
			for _, f := range r.Findings {
				if bad := f.State == doctor.Problem || f.State == doctor.Warning; bad != (f.Why != "") || bad && f.Do == "" || strings.Contains(f.What+f.Why+f.Do, "hush") {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestDoctorLowFileLimit runs the doctor as a process that may have few files.
func TestDoctorLowFileLimit(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", `ulimit -n 256 && exec "$0" doctor --json`, exe)
	cmd.Env = append(os.Environ(), serverEnv+"=1")
	for name, value := range stopped(t, nil) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.Output()
	if cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	if f := byCheck(report(t, string(out), ""))["files"]; f.State != doctor.Problem || !strings.Contains(f.What, "256") || !strings.Contains(f.Do, "LimitNOFILE") {
		t.Errorf("%+v", f)
	}
}

func TestDoctorCannotRun(t *testing.T) {
	if status, stdout, stderr := command(t, nil, "", "doctor", "--jsom"); status != 2 || stdout != "" || !strings.Contains(stderr, "--jsom") {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	if status, stdout, _ := command(t, nil, "", "doctor", "--config", "/nowhere/b.yaml"); status != 1 || !strings.Contains(stdout, "/nowhere/b.yaml") || !strings.Contains(stdout, "skipped") {
		t.Errorf("status %d, %q", status, stdout)
	}
}

// restServer is a TURN server of somebody else's, as turn.external takes it,
// whose relays may reach anything or nothing; it returns its URL.
func restServer(t *testing.T, secret string, open bool) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	s, err := pion.NewServer(pion.ServerConfig{
		Realm: "elsewhere", AuthHandler: pion.LongTermTURNRESTAuthHandler(secret, quiet.NewLogger("auth")), LoggerFactory: quiet,
		PacketConnConfigs: []pion.PacketConnConfig{{PacketConn: conn, RelayAddressGenerator: &pion.RelayAddressGeneratorStatic{
			RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1",
		}, PermissionHandler: func(net.Addr, net.IP) bool { return open }}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return "turn:" + conn.LocalAddr().String()
}
