package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Time is a time.Time that the database keeps as Unix milliseconds, so that
// it compares and sorts the same in both. Its underlying type is that of
// wire.Time: one converts to the other.
type Time struct{ time.Time }

// At makes a Time of t, in UTC and cut to the millisecond.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// Value is for the database.
func (t Time) Value() (driver.Value, error) { return t.UnixMilli(), nil }

// Scan is for the database.
func (t *Time) Scan(src any) error {
	ms, ok := src.(int64)
	if !ok {
		return fmt.Errorf("store: a time column holds %T", src)
	}
	t.Time = time.UnixMilli(ms).UTC()
	return nil
}

// GormDataType is for the database.
func (Time) GormDataType() string { return "bigint" }
