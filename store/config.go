package store

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Config says where the data is.
type Config struct {
	// URL is empty for an SQLite file in DataDir, or a PostgreSQL address,
	// postgres://user:password@host:port/name.
	URL string `yaml:"url"`
	// DataDir is the folder of the SQLite file; it is made when it is missing.
	// The setting is data.dir, which other packages use too.
	DataDir string `yaml:"-"`
	// MaxConns bounds the connections to PostgreSQL.
	MaxConns int `yaml:"maxConns"`
	// RetentionDays is how long messages are kept; 0: for good. The store only
	// carries it: the setting is chat.retentionDays.
	RetentionDays int `yaml:"-"`
	// Now is the clock; nil is time.Now.
	Now func() time.Time `yaml:"-"`
}

// sqliteFile is the database's name in the data folder.
const sqliteFile = "boltorezka.db"

// Defaults returns the settings of a server that was told nothing.
func Defaults() Config { return Config{DataDir: "./data", MaxConns: 16} }

// Validate says in one line what cannot work. It never repeats the password
// that a URL may hold.
func (c Config) Validate() error {
	if c.MaxConns < 2 || c.MaxConns > 1000 {
		return fmt.Errorf("database.maxConns is %d: give a number from 2 to 1000", c.MaxConns)
	}
	if c.RetentionDays < 0 || c.RetentionDays > 36500 {
		return fmt.Errorf("chat.retentionDays is %d: give the number of days to keep messages for, up to 36500, or 0 to keep them", c.RetentionDays)
	}
	if c.URL == "" {
		if c.DataDir == "" {
			return errors.New("data.dir is empty: give the folder to keep the database in")
		}
		return nil
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return errors.New("database.url cannot be read: give postgres://user:password@host:5432/name, or nothing for SQLite in data.dir")
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return fmt.Errorf("database.url begins with %q: give postgres://user:password@host:5432/name, or nothing for SQLite in data.dir", u.Scheme+":")
	}
	if strings.Trim(u.Path, "/") == "" {
		return errors.New("database.url names no database: give postgres://user:password@host:5432/name")
	}
	return nil
}

// Postgres reports whether the data is in PostgreSQL.
func (c Config) Postgres() bool { return c.URL != "" }

// String names the database for logs, without its password.
func (c Config) String() string {
	if !c.Postgres() {
		return filepath.Join(c.DataDir, sqliteFile)
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return "postgres"
	}
	return u.Redacted()
}

// WithoutPassword is the URL of a PostgreSQL database as its own programs take
// it, its password left out.
func (c Config) WithoutPassword() string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}
