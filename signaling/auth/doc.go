// Package auth knows who somebody is: accounts and guests, passwords, signed-in
// devices, WebSocket tickets and invites.
//
// A session is a random 256-bit token of which only the SHA-256 is stored; a
// ticket is the same, kept in memory, opens one WebSocket and lives 45 s.
// Passwords are stored as argon2id (RFC 9106).
//
// Names: 2 to 32 visible characters in Unicode's form NFC, without control,
// format (so no bidirectional override, no zero-width) and private characters
// and with single spaces inside only. Two names are the same when their
// compatibility forms without regard to case (NFKC and case folding) are. The name
// of an account is nobody else's: no account and no guest can take it. Guests
// may share a name among themselves, and a name that a guest bears is free
// for an account as soon as no such guest is signed in any more.
//
// Errors that a caller answers for are *wire.Error; all others are the
// server's own.
package auth
