// Package edge is where connections of clients come in before anybody knows
// what they speak: one TLS port for HTTPS, WebSocket and TURN over TLS, told
// apart by their first bytes, the certificates for it, and the PROXY protocol
// of load balancers in front of it.
//
// It imports nothing of ours. What has been told apart leaves by two
// listeners, one for an HTTP server and one for a TURN server.
package edge
