// Package loadtest puts load on a Boltorezka server through the client package
// and measures what its users would get: how soon they hear, what they miss,
// how late it comes, and what each delivered packet costs the server.
//
// A run is bounded in participants and time, ends early when its context does,
// and leaves nothing running. Latencies compare two readings of one machine's
// clock, so the load tester and its talkers are one process.
package loadtest
