// Package store keeps what lasts: users, sessions, invites, rooms, categories
// and messages, in SQLite (the embedded default) or in PostgreSQL.
//
// It is the only importer of gorm and imports nothing of this project: its
// types are flat structs that adapters copy field by field. A write method
// returns once its effect is durable. Times are cut to the millisecond; ids
// are UUIDv7 strings. Errors a caller is meant to tell apart are the Err
// values of this package, found with errors.Is.
package store
