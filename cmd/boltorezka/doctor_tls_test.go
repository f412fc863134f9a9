package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/doctor"
)

// examineWith runs the doctor in a process of its own, whose system believes
// the tests' certificate and what that has signed.
func examineWith(t *testing.T, roots string, env map[string]string) (int, doctor.Report, map[string]doctor.Finding) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(within(t), exe, "doctor", "--json")
	cmd.Env = append(os.Environ(), serverEnv+"=1", "SSL_CERT_FILE="+roots, "SSL_CERT_DIR="+t.TempDir())
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.Output()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	r := report(t, string(out), "")
	return cmd.ProcessState.ExitCode(), r, byCheck(r)
}

// signedFiles writes a certificate for name and 127.0.0.1 that the tests' one
// has signed, and its key.
func signedFiles(t *testing.T, name string, life time.Duration) (cert, key string) {
	t.Helper()
	rootPEM, rootKeyPEM := testCertificate()
	root, err := tls.X509KeyPair(rootPEM, rootKeyPEM)
	if err != nil {
		t.Fatal(err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if name == "localhost" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, root.Leaf, private.Public(), root.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// isFound says what is not as it should be of one finding.
func isFound(t *testing.T, what string, f doctor.Finding, state doctor.State, want ...string) {
	t.Helper()
	text := f.What + "\n" + f.Why + "\n" + f.Do
	if f.State != state {
		t.Errorf("%s: %+v, want %s", what, f, state)
	}
	for _, part := range want {
		if !strings.Contains(text, part) {
			t.Errorf("%s: %q has no %q", what, text, part)
		}
	}
}

func TestDoctorOverTLS(t *testing.T) {
	roots, _, _ := certificateFiles(t)
	cert, key := signedFiles(t, "localhost", 90*24*time.Hour)
	port := freePort(t)
	p := launch(t, t.TempDir(), "BOLTOREZKA_TLS_ADDR=127.0.0.1:"+port, "BOLTOREZKA_TLS_CERT="+cert, "BOLTOREZKA_TLS_KEY="+key,
		"BOLTOREZKA_HTTP_PUBLIC_URL=https://127.0.0.1:"+port)
	status, r, all := examineWith(t, roots, settingsOf(p))
	if status != 0 || !r.Running {
		t.Errorf("status %d: %+v", status, r)
	}
	for _, check := range []string{"ports.tls", "page", "certificate", "tls.files", "tls.port"} {
		isFound(t, check, all[check], doctor.OK)
	}
	isFound(t, "TURN over TLS", all["turn.tls"], doctor.OK, "20 of 20", "the running server")

	// The same server, and files that it would be started with the next time.
	soon, soonKey := signedFiles(t, "localhost", 2*24*time.Hour)
	other, otherKey := signedFiles(t, "other.example.org", 90*24*time.Hour)
	for _, c := range []struct {
		what, cert, key string
		want            []string
	}{
		{"nearly over", soon, soonKey, []string{soon, "three days"}},
		{"of another name", other, otherKey, []string{other, "not for", "http.publicUrl"}},
		{"no key", cert, filepath.Join(t.TempDir(), "none"), []string{"tls.key", "no such file", "does not start again", "this user may read"}},
		{"a key that cannot be read", cert, t.TempDir(), []string{"tls.key", "directory"}},
		{"another's key", cert, soonKey, []string{"tls.cert", "tls.key", "does not match"}},
	} {
		env := settingsOf(p)
		env["BOLTOREZKA_TLS_CERT"], env["BOLTOREZKA_TLS_KEY"] = c.cert, c.key
		status, _, all := examineWith(t, roots, env)
		if status != 1 {
			t.Errorf("%s: status %d", c.what, status)
		}
		isFound(t, c.what, all["tls.files"], doctor.Problem, c.want...)
		isFound(t, c.what, all["tls.port"], doctor.OK)
	}

	// Whose system does not know who has signed it.
	status, _, all = examineWith(t, soonKey, settingsOf(p))
	if status != 1 {
		t.Errorf("by nobody known: status %d", status)
	}
	isFound(t, "by nobody known", all["certificate"], doctor.Problem, "does not trust")
	isFound(t, "TURN over TLS", all["turn.tls"], doctor.Problem, "unknown authority", "clients believe")
}

func TestDoctorOfASelfSignedServer(t *testing.T) {
	roots, _, _ := certificateFiles(t)
	port := freePort(t)
	p := launch(t, t.TempDir(), "BOLTOREZKA_TLS_ADDR=127.0.0.1:"+port, "BOLTOREZKA_TLS_SELF_SIGNED=on")
	status, _, all := examineWith(t, roots, settingsOf(p))
	if status != 0 || all["turn.tls"].Check != "" {
		t.Errorf("status %d, TURN over TLS: %+v", status, all["turn.tls"])
	}
	isFound(t, "its port", all["tls.port"], doctor.Warning, "self-signed", "fingerprint", "tls.names")
	env := settingsOf(p)
	env["BOLTOREZKA_HTTP_PUBLIC_URL"] = "https://127.0.0.1:" + port
	status, _, all = examineWith(t, roots, env)
	if status != 0 {
		t.Errorf("by its address: status %d", status)
	}
	isFound(t, "the page", all["page"], doctor.OK)
	isFound(t, "the page's certificate", all["certificate"], doctor.Warning, "self-signed")
	isFound(t, "its port", all["tls.port"], doctor.OK)
}

func TestDoctorBeforeTheStart(t *testing.T) {
	roots, _, _ := certificateFiles(t)
	cert, key := signedFiles(t, "talk.example.org", 90*24*time.Hour)
	for _, c := range []struct {
		what, check string
		env         map[string]string
		state       doctor.State
		want        []string
	}{
		{"files", "tls.files", map[string]string{"BOLTOREZKA_TLS_CERT": cert, "BOLTOREZKA_TLS_KEY": key}, doctor.OK, []string{"talk.example.org", "good until"}},
		{"no key", "tls.files", map[string]string{"BOLTOREZKA_TLS_CERT": cert, "BOLTOREZKA_TLS_KEY": "/nowhere/k.pem"}, doctor.Problem, []string{"tls.key", "/nowhere/k.pem", "the server does not start"}},
		{"self-signed", "tls.port", map[string]string{"BOLTOREZKA_TLS_SELF_SIGNED": "on"}, doctor.Skipped, []string{"while the server runs"}},
		{"none", "tls", nil, doctor.Skipped, []string{"tls.names"}},
	} {
		env := stopped(t, c.env)
		env["BOLTOREZKA_TLS_ADDR"] = "127.0.0.1:0"
		status, _, all := examineWith(t, roots, env)
		if (status == 1) != (c.state == doctor.Problem) {
			t.Errorf("%s: status %d", c.what, status)
		}
		isFound(t, c.what, all[c.check], c.state, c.want...)
	}
}
