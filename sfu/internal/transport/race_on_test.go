//go:build race

package transport

// crowd is how many join at once: under the race detector a handshake costs
// ten times as much.
const crowd = 40
