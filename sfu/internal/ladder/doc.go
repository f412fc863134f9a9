// Package ladder decides how voice degrades on a bad path: what each listener
// is sent (Next) and what each publisher should send (NextUplink). Both are
// pure functions from what was remembered and what is observed to a plan and
// the reason of its latest change; they read no clock, hold no lock and
// allocate nothing.
//
// A step down is taken at once and goes straight to what fits; a queue that has
// grown is let empty first, by a short pause. A step up waits, and a failed one
// makes the next wait longer. See rung.go for the steps themselves.
package ladder
