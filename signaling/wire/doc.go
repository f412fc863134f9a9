// Package wire is the realtime contract v1 as Go types: the HTTP shapes, the
// WebSocket envelope and its messages, the error codes and the close codes.
//
// It has no logic and imports nothing of this project, so that every other
// package, and every program written against this server, can share it. JSON
// is camelCase, ids are UUIDv7 strings, times are RFC 3339 in UTC with
// milliseconds; the two fields named ts in acks and pongs are Unix
// milliseconds.
package wire
