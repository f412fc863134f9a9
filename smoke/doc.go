// Package smoke is the check of a server after a deploy: two users sign in and
// use what people use, one step after the other, over the addresses that
// people use.
//
// It is what the command boltorezka smoke runs, from anywhere. It needs no
// rights but those of a member, sends one chat message, which it deletes again,
// and takes part in the voice of an empty room where there is one. What it made
// (sessions, an invite) is taken away in the end.
//
// A step is a function; the list of them is in Run.
package smoke
