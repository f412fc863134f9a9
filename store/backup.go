package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
)

// What a backup and a restore may refuse.
var (
	// ErrInUse: a server has the database open.
	ErrInUse = errors.New("store: the database is in use; stop the server first")
	// ErrNotEmpty: there is a database already.
	ErrNotEmpty = errors.New("store: there is a database already")
	// ErrDamaged: the file is not a whole database of this program's.
	ErrDamaged = errors.New("store: not a whole database of boltorezka's")
	// ErrPostgres: PostgreSQL has programs of its own for this.
	ErrPostgres = errors.New("store: PostgreSQL is backed up and restored by its own programs")
)

// openFile opens one connection to an SQLite file.
func openFile(file, options string) (*gorm.DB, error) {
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}).String()
	db, err := gorm.Open(sqlite.Open(dsn+"?"+options), gormConfig())
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, file, root(err))
	}
	return db, limit(db, 1, 0)
}

// closeFile closes what openFile has opened.
func closeFile(db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// Backup writes a copy of an SQLite database as it is at one moment to a new
// file, which only its owner may read; servers go on meanwhile. The file is
// whole and on the disk when Backup has returned. fs.ErrExist: the file is
// there already; fs.ErrNotExist: there is no database; ErrPostgres.
func Backup(ctx context.Context, cfg Config, file string) (err error) {
	if cfg.Postgres() {
		return ErrPostgres
	}
	source := filepath.Join(cfg.DataDir, sqliteFile)
	if _, err := os.Stat(source); err != nil {
		return fmt.Errorf("store: no database to back up: %w", err)
	}
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("store: %s: %w", file, os.ErrExist)
	}
	part := file + ".part"
	// An empty file is what VACUUM INTO accepts, and this one has its mode.
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("store: writing the backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(part)))
		}
	}()
	if err := f.Close(); err != nil {
		return fmt.Errorf("store: writing the backup: %w", err)
	}
	db, err := openFile(source, "_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	err = db.WithContext(ctx).Exec("VACUUM INTO ?", part).Error
	if err = errors.Join(err, closeFile(db)); err != nil {
		return fmt.Errorf("store: copying the database: %w", err)
	}
	return settle(part, file)
}

// Restore puts a backup in the place of an SQLite database, which is kept
// beside it under the name that is returned, empty when there was none. The
// backup is checked first; nothing is changed by a restore that fails.
// ErrDamaged; ErrNewerSchema; ErrInUse: a server runs; ErrNotEmpty: there is a
// database, and replace was not given; ErrPostgres.
func Restore(ctx context.Context, cfg Config, file string, replace bool) (aside string, err error) {
	if cfg.Postgres() {
		return "", ErrPostgres
	}
	if err := check(ctx, file); err != nil {
		return "", err
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return "", fmt.Errorf("data.dir: %w", err)
	}
	target := filepath.Join(cfg.DataDir, sqliteFile)
	part := target + ".part"
	if err := copyFile(file, part); err != nil {
		return "", errors.Join(fmt.Errorf("store: copying the backup: %w", err), ignoreMissing(os.Remove(part)))
	}
	if _, err := os.Stat(target); err == nil {
		if !replace {
			return "", errors.Join(ErrNotEmpty, os.Remove(part))
		}
		if aside, err = setAside(ctx, target); err != nil {
			return "", errors.Join(err, os.Remove(part))
		}
	}
	return aside, settle(part, target)
}

// check looks at a backup from its first page to its last.
func check(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("store: the backup: %w", err)
	}
	db, err := openFile(file, "mode=ro&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	var verdict string
	err = db.WithContext(ctx).Raw("PRAGMA integrity_check(1)").Scan(&verdict).Error
	var applied []string
	if err == nil && verdict == "ok" {
		applied, err = appliedVersions(db.WithContext(ctx))
	}
	closed := closeFile(db)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s: %w", ErrDamaged, file, root(err))
	case verdict != "ok":
		return fmt.Errorf("%w: %s: %s", ErrDamaged, file, verdict)
	case len(applied) == 0:
		return fmt.Errorf("%w: %s has no schema", ErrDamaged, file)
	}
	for _, v := range versions(applied) {
		if !v.Known {
			return ErrNewerSchema
		}
	}
	return closed
}

// setAside gives a database that nobody uses another name. Leaving WAL needs
// the file for oneself and brings all that is in the log into it, so this both
// finds a server that runs and keeps what it wrote last.
func setAside(ctx context.Context, target string) (string, error) {
	db, err := openFile(target, "_pragma=busy_timeout(500)")
	if err != nil {
		return "", err
	}
	var mode string
	err = db.WithContext(ctx).Raw("PRAGMA journal_mode=DELETE").Scan(&mode).Error
	closed := closeFile(db)
	if err != nil || mode != "delete" {
		return "", ErrInUse
	}
	if closed != nil {
		return "", fmt.Errorf("store: %w", closed)
	}
	for i := 1; ; i++ {
		aside := fmt.Sprintf("%s.before-restore-%d", target, i)
		if _, err := os.Stat(aside); errors.Is(err, os.ErrNotExist) {
			return aside, os.Rename(target, aside)
		}
	}
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// settle makes sure that a file is on the disk and gives it its name.
func settle(part, name string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(part, name)
	}
	if err == nil {
		var dir *os.File
		if dir, err = os.Open(filepath.Dir(name)); err == nil {
			err = errors.Join(dir.Sync(), dir.Close())
		}
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
