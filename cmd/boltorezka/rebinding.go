package main

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// onlyNumbered refuses requests for a host by name, but for localhost, where ln
// listens on loopback. A web site whose name an attacker's DNS resolves to
// loopback (DNS rebinding) is that site's own origin to a browser on this
// machine, so that its scripts could read every page; a number in the address
// cannot be resolved to another.
func onlyNumbered(ln net.Listener, next http.Handler) http.Handler {
	a, ok := ln.Addr().(*net.TCPAddr)
	if !ok || !a.IP.IsLoopback() {
		return next // the operator has given it a network, which may have names
	}
	refusal := "This listener is on loopback and answers to an IP address or localhost only: ask for http://" + a.String() + "/"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !numbered(r.Host) {
			http.Error(w, refusal, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// numbered says whether a Host header (RFC 9110 section 7.2) has an IP address
// or localhost, with or without a port. There is none in requests of HTTP/1.0,
// which browsers do not make.
func numbered(host string) bool {
	if name, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil && port != "" {
			return false
		}
		host = name
	} else if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	if host == "" || strings.EqualFold(host, "localhost") {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}
