package store

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// What a caller may tell apart.
var (
	// ErrNotFound: there is no such row, or not any more.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict: the name, slug or first place is taken.
	ErrConflict = errors.New("store: already taken")
	// ErrInvite: the invite is unknown, expired or used up.
	ErrInvite = errors.New("store: invite cannot be used")
	// ErrReplyTo: the message answered is not in the room.
	ErrReplyTo = errors.New("store: reply to a message that is not in the room")
	// ErrArchived: the room takes no messages any more.
	ErrArchived = errors.New("store: room is archived")
	// ErrCategory: the category named is not there.
	ErrCategory = errors.New("store: no such category")
	// ErrNotAuthor: the message is somebody else's.
	ErrNotAuthor = errors.New("store: not the author")
	// ErrWindow: the message is too old for that.
	ErrWindow = errors.New("store: the time for it has passed")
	// ErrTooMany: the message has all the reactions that it takes.
	ErrTooMany = errors.New("store: too many different reactions")
	// ErrBusy: more waits to be stored than can wait.
	ErrBusy = errors.New("store: too much waits to be stored")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store: closed")
	// ErrNewerSchema: a newer server has changed the database.
	ErrNewerSchema = errors.New("store: the database was changed by a newer version of boltorezka; start that version or a later one")
)

// SQLite's extended result codes (sqlite.org/rescode.html).
const (
	sqliteBusy       = 5  // the primary code
	sqliteCorrupt    = 11 // the primary code
	sqliteFull       = 13
	sqliteConstraint = 19 // the primary code
	sqliteUnique     = 2067
	sqlitePrimaryKey = 1555
)

// isUnique reports whether err is a violated unique index.
func isUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite interface{ Code() int }
	if errors.As(err, &lite) {
		return lite.Code() == sqliteUnique || lite.Code() == sqlitePrimaryKey
	}
	return false
}

// isConstraint reports whether err is a violated constraint of any kind: the
// fault of a row, not of the database.
func isConstraint(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "23") // SQL:2016, integrity constraint violation
	}
	var lite interface{ Code() int }
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteConstraint
}

// IsFull reports whether err says that the database has no room left on its
// disk: nothing was stored, and what is stored can be read.
func IsFull(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "53100" // disk_full
	}
	var lite interface{ Code() int }
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteFull
}

// found maps a missing row to ErrNotFound.
func found(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// isCorrupt says whether SQLite found its file damaged.
func isCorrupt(err error) bool {
	var lite interface{ Code() int }
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteCorrupt
}

// isBusy says whether another connection to the SQLite file was in the way.
func isBusy(err error) bool {
	var lite interface{ Code() int }
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteBusy
}
