package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// What is too little of a disk, in bytes, and too long for a write to be
// durable, which each message waits for.
const (
	noSpace    = 100e6
	littleRoom = 1e9
	slowSync   = 200 * time.Millisecond
)

// disk looks at the folder of the server's data: room, and whether a write is
// taken and made durable.
func (p *patient) disk(context.Context) []Finding {
	const check = "disk"
	dir, there := existing(p.cfg.Store.DataDir)
	tried, err := tryWrite(dir)
	switch {
	case err != nil && p.cfg.Store.Postgres() && !there:
		return []Finding{skipped(check, "data.dir %s is not used: the data is in PostgreSQL", p.cfg.Store.DataDir)}
	case err != nil:
		return []Finding{{
			Check: check, State: Problem, What: fmt.Sprintf("data.dir %s cannot be written: %v", p.cfg.Store.DataDir, cause(err)),
			Why: "the server cannot keep anything", Do: "give a folder in data.dir that the server's user may write to",
		}}
	}
	f := fine(check, "%s: a durable write took %s", dir, short(tried))
	if !there {
		f.What = fmt.Sprintf("%s is not there yet; the first start makes it", p.cfg.Store.DataDir)
	}
	free, known := freeSpace(dir)
	if known {
		f.What += ", " + sizeText(free) + " are free"
	}
	switch {
	case known && free < noSpace:
		f.State, f.Why, f.Do = Problem, "with a full disk no message is taken any more", "make room on the disk, or set chat.retentionDays"
	case known && free < littleRoom:
		f.State, f.Why, f.Do = Warning, "with a full disk no message is taken any more", "make room on the disk soon, or set chat.retentionDays"
	case tried > slowSync:
		f.State, f.Why, f.Do = Warning, "each message waits for such a write", "see what else keeps the disk busy, or use another for data.dir"
	}
	return []Finding{f}
}

// cause leaves the name of the tried file out.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// existing is dir, or the folder above it that is there.
func existing(dir string) (_ string, there bool) {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	for there = true; ; there = false {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir, there
		}
		dir = filepath.Dir(dir)
	}
}

// tryWrite writes a file as durably as a message is, and takes it away again.
func tryWrite(dir string) (took time.Duration, err error) {
	began := time.Now()
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	if _, err = f.Write(make([]byte, 4096)); err == nil {
		err = f.Sync()
	}
	return time.Since(began), errors.Join(err, f.Close())
}
