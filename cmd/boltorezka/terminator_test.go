package main

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// terminator ends TLS in front of a server and tells nobody of it: no header, no
// address. It returns its port.
func terminator(t *testing.T, to string) string {
	t.Helper()
	certPEM, keyPEM := testCertificate()
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			front, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer front.Close()
				back, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer back.Close()
				var both sync.WaitGroup
				both.Go(func() { _, _ = io.Copy(back, front); _ = back.Close() })
				both.Go(func() { _, _ = io.Copy(front, back); _ = front.Close() })
				both.Wait()
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		all.Wait()
	})
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

// TestSilentProxy: behind what ends TLS and does not say so, a server that has a
// TLS port too does not send a browser round for ever.
func TestSilentProxy(t *testing.T) {
	s := startSecure(t, map[string]string{"BOLTOREZKA_HTTP_PUBLIC_URL": "https://talk.example.org"})
	port := terminator(t, s.http.Addr().String())
	web := s.browser()
	ask := func(host string, header ...string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(within(t), "GET", "https://talk.example.org:"+port+"/r/general", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := web.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode, res.Header.Get("Location")
	}
	if status, to := ask("talk.example.org", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Site", "none"); status != http.StatusOK {
		t.Errorf("a browser over https: %d to %q", status, to)
	}
	if status, to := ask("talk.example.org:443"); status != http.StatusOK {
		t.Errorf("with the port of https: %d to %q", status, to)
	}
	// Nothing tells it from one that has come over plain HTTP, which is sent on;
	// doctor finds what becomes of it here.
	if status, to := ask("talk.example.org"); status != http.StatusTemporaryRedirect || to != "https://talk.example.org/r/general" {
		t.Errorf("without a sign: %d to %q", status, to)
	}
	web.CloseIdleConnections()
}
