package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Set by the linker (see the Makefile); a plain `go build` leaves them to what
// the Go tool itself notes in the binary.
var version, commit, builtAt string

func buildVersion() wire.Version {
	v := wire.Version{Version: version, Commit: commit, BuiltAt: builtAt}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && v.Commit == "":
				v.Commit = s.Value
			case s.Key == "vcs.time" && v.BuiltAt == "":
				v.BuiltAt = s.Value
			}
		}
	}
	if v.Version == "" {
		v.Version = "dev"
	}
	return v
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which version this is", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := buildVersion()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "boltorezka %s\ncommit   %s\nbuilt    %s\ngo       %s %s/%s\n",
				v.Version, v.Commit, v.BuiltAt, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
