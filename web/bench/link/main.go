// Link is a bad network for the browser tests: a UDP relay in front of the
// server, with one emulated link a person and a direction. It knows people by
// the ufrag of their ICE checks, so that all of a browser's ports are on its
// person's link, also after an ICE restart.
//
// usage: link LISTEN SERVER
// It says {"listening": address} once it is up, then answers each line of its
// standard input (see order) with one line, and ends with that input.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "link:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("usage: link LISTEN SERVER")
	}
	listen, err := net.ResolveUDPAddr("udp4", os.Args[1])
	if err != nil {
		return err
	}
	server, err := net.ResolveUDPAddr("udp4", os.Args[2])
	if err != nil {
		return err
	}
	r, err := newRelay(listen, server)
	if err != nil {
		return err
	}
	defer r.close()
	return obey(r, os.Stdin, os.Stdout)
}
