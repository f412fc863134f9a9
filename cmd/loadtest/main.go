// Command loadtest puts load on a Boltorezka server and prints what its users
// would get and what it costs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses, which --help documents.
const (
	exitFailed = 1 // no run, or one that was broken off
	exitMissed = 2 // a goal was missed
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := rootCommand().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, errMissed) {
			os.Exit(exitMissed)
		}
		os.Exit(exitFailed)
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "loadtest",
		Short: "Puts load on a Boltorezka server and measures what its users get",
		Long: `Puts load on a Boltorezka server and measures what its users get.

Every scenario signs in accounts of its own: as guests or by registration, with
an invite where the server wants one (--invite, or --user and --password of
somebody who can make one). An empty server on the same machine gets its owner
from the load test. Give the server BOLTOREZKA_LIMITS_RATE=0, or it will rightly
refuse so much from one address. Each client takes an open file on both sides
(ulimit -n).

Exit status: 0 when the run was made and met every goal (--slo), 2 when it
missed one, 1 when there was no run or it was broken off.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(voiceCommand(), chatCommand(), presenceCommand(), reconnectCommand())
	return root
}
