// Package faults has nothing but tests: what befalls a server in its life, on
// real parts. The server is its own binary in a process of its own, on SQLite
// and on a PostgreSQL that the test stops and starts; its clients are those of
// the client package. The process is killed, its database goes away, its disk
// is full, its sockets break, it is stopped and started again, and each time
// what it acknowledged has to be there once, in one order, at every client.
//
// Without more, each test takes a short form. BOLTOREZKA_FAULTS=full takes the
// long one, such as twenty kills on each database:
//
//	BOLTOREZKA_FAULTS=full go test -v ./faults
package faults
