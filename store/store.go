package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/google/uuid"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Store is an open database. Its methods may be called from any goroutine.
type Store struct {
	write    *gorm.DB // for SQLite its one writing connection
	read     *gorm.DB // for SQLite connections that cannot write; else write
	postgres bool
	now      func() time.Time

	// appends are the groups that messages are stored in: SQLite has one
	// writer, PostgreSQL takes several rooms at a time.
	appends []*group[lot, []AppendResult]
	reads   *group[readMark, ReadState]
}

// appendGroups is how many transactions store messages at a time.
const appendGroups = 4

const (
	// openPatience is how long another program may hold an SQLite database that
	// is being opened: it may be bringing the schema up to date.
	openPatience = time.Minute
	// openAgain is the wait before the next try.
	openAgain = 50 * time.Millisecond
)

// Open opens the database, making it when it is not there, and brings its
// schema up to date. It refuses a database of a newer version (ErrNewerSchema).
// While another program writes to an SQLite database it waits, for a minute at
// most: SQLite itself does not wait for every lock, and for others 5 s.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	for began := time.Now(); ; {
		s, err := open(ctx, cfg)
		if !isBusy(err) {
			return s, err
		}
		if time.Since(began) > openPatience {
			return nil, fmt.Errorf("data.dir: another program holds the database %s (%w): end it and try again", cfg, root(err))
		}
		select {
		case <-time.After(openAgain):
		case <-ctx.Done():
			return nil, fmt.Errorf("data.dir: waiting for another program's use of the database %s: %w", cfg, ctx.Err())
		}
	}
}

func open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{postgres: cfg.Postgres(), now: cfg.Now}
	if s.now == nil {
		s.now = time.Now
	}
	s.groups()
	var err error
	if s.postgres {
		err = s.openPostgres(cfg)
	} else {
		err = s.openSQLite(cfg)
	}
	if err == nil {
		err = s.migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// groups makes the queues of what is stored together.
func (s *Store) groups() {
	n := 1
	if s.postgres {
		n = appendGroups
	}
	for range n {
		s.appends = append(s.appends, &group[lot, []AppendResult]{run: s.appendLots, single: isConstraint})
	}
	s.reads = &group[readMark, ReadState]{run: s.markAll, single: isConstraint}
}

func (s *Store) openPostgres(cfg Config) error {
	db, err := gorm.Open(postgres.Open(cfg.URL), gormConfig())
	if err != nil {
		return fmt.Errorf("database.url: cannot open %s (%w): start PostgreSQL, or correct the address, name, password and database", cfg, root(err))
	}
	s.write, s.read = db, db
	return limit(db, cfg.MaxConns, 0)
}

// openSQLite opens one writing connection, because SQLite has one writer
// anyway and a queue in Go is fairer than its busy loop, and several reading
// ones, which WAL lets go on while a write is under way. synchronous is FULL
// and not WAL's usual NORMAL: a message is acked when it is durable, and
// NORMAL may lose the last commits with the power.
func (s *Store) openSQLite(cfg Config) error {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("data.dir: cannot make the folder %s (%w): give one that this user may write to", cfg.DataDir, err)
	}
	file := filepath.Join(cfg.DataDir, sqliteFile)
	// SQLite reports a folder it may not write to as "unable to open database
	// file" at the first query, so ask first and say it plainly.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("data.dir: cannot write the database %s (%w): give a folder that this user may write to", file, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("data.dir: closing %s: %w", file, err)
	}
	// The pages that a connection keeps, 256 KB of them: the system has them too,
	// so that a miss is a copy and not a disk's answer, and by default five
	// connections would take 4 MB each.
	const common = "_pragma=cache_size(-256)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}).String() + "?" + common
	if s.write, err = gorm.Open(sqlite.Open(dsn+"&_pragma=journal_mode(WAL)&_txlock=immediate"), gormConfig()); err != nil {
		return fmt.Errorf("data.dir: cannot open the database %s (%w): put a backup in its place, or move it away to begin anew", file, err)
	}
	if s.read, err = gorm.Open(sqlite.Open(dsn+"&_pragma=query_only(1)"), gormConfig()); err != nil {
		return fmt.Errorf("data.dir: cannot open the database %s for reading: %w", file, err)
	}
	return errors.Join(limit(s.write, 1, 0), limit(s.read, max(2, min(runtime.NumCPU(), 4)), time.Minute))
}

// root is the first cause of err: the driver's own text repeats it for each
// address that it tried, on many lines.
func root(err error) error {
	for {
		var causes []error
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			causes = []error{e.Unwrap()}
		case interface{ Unwrap() []error }:
			causes = e.Unwrap()
		}
		if len(causes) == 0 || causes[0] == nil {
			return err
		}
		err = causes[0]
	}
}

func gormConfig() *gorm.Config {
	return &gorm.Config{Logger: logger.Discard, SkipDefaultTransaction: true, PrepareStmt: false}
}

// limit bounds db's connections and keeps them open, unless one is idle for
// longer than idle (0: for ever): opening an SQLite connection means reading
// the schema again, and one that was opened in a rush holds a megabyte.
func limit(db *gorm.DB, conns int, idle time.Duration) error {
	pool, err := db.DB()
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(idle)
	return nil
}

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.WithContext(ctx).Raw("SELECT 1").Scan(&one).Error; err != nil {
		return fmt.Errorf("store: the database does not answer: %w", err)
	}
	return nil
}

// Close waits for the queries under way and closes the connections. Calls
// after it fail.
func (s *Store) Close() error {
	for _, g := range s.appends {
		g.close()
	}
	s.reads.close()
	var errs []error
	for _, db := range []*gorm.DB{s.read, s.write} {
		if db == nil {
			continue
		}
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
		if s.postgres {
			break // both are one
		}
	}
	return errors.Join(errs...)
}

// newID makes a UUIDv7 (RFC 9562 section 5.7).
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// serialize makes transactions that name the same key wait for each other
// until they end. SQLite has one writer, so there they do anyway.
func (s *Store) serialize(tx *gorm.DB, key string) error {
	if !s.postgres {
		return nil
	}
	return tx.Exec("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", key).Error
}
