package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// statusError ends the program with a status of its own; without an err all
// has been said.
type statusError struct {
	status int
	err    error
}

func withStatus(status int, err error) error { return &statusError{status, err} }

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// statusOf is the exit status of an error, and whether there is something to
// say of it.
func statusOf(err error) (status int, said bool) {
	var own *statusError
	if errors.As(err, &own) {
		return own.status, own.err == nil
	}
	return 1, false
}

// writeResult writes a result as JSON or for people.
func writeResult(cmd *cobra.Command, asJSON bool, result any, people func(w io.Writer) error) error {
	if !asJSON {
		return people(cmd.OutOrStdout())
	}
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetIndent("", "  ")
	return enc.Encode(result)
}
