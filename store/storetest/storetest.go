// Package storetest gives tests a fresh database: SQLite in a temporary
// folder, or PostgreSQL, which it starts from the machine's own binaries when
// it is first asked for.
//
// BOLTOREZKA_TEST_POSTGRES_URL may name a server that runs already; its user
// must be allowed to create databases.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver for making databases
)

// EnvURL is the variable that names a PostgreSQL that runs already.
const EnvURL = "BOLTOREZKA_TEST_POSTGRES_URL"

var (
	mu       sync.Mutex
	running  *cluster // nil until a test asks
	startErr error    // starting is tried once
	counter  atomic.Int64
)

// Main runs a package's tests and then stops the PostgreSQL that they
// started. Call it from TestMain: os.Exit(storetest.Main(m)).
func Main(m *testing.M) int {
	code := m.Run()
	mu.Lock()
	defer mu.Unlock()
	if running != nil {
		if err := running.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "storetest:", err)
			return max(code, 1)
		}
	}
	return code
}

// Postgres returns the address of an empty database that is dropped when the
// test ends. Without a PostgreSQL the test fails and says what to install.
func Postgres(t testing.TB) string {
	t.Helper()
	base, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("boltorezka_test_%d_%d", os.Getpid(), counter.Add(1))
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("storetest: dropping %s: %v", name, err)
		}
		if err := admin.Close(); err != nil {
			t.Errorf("storetest: %v", err)
		}
	})
	if _, err := admin.ExecContext(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

func server() (string, error) {
	if given := os.Getenv(EnvURL); given != "" {
		return given, nil
	}
	mu.Lock()
	defer mu.Unlock()
	if running == nil && startErr == nil {
		running, startErr = start()
	}
	if startErr != nil {
		return "", startErr
	}
	return running.url, nil
}
