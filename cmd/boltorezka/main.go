// Command boltorezka is the voice and chat server: serve, migrate, user,
// backup, restore, doctor, smoke and version. What it does itself is wiring: it gives each part its settings and
// its neighbours, starts them in order and stops them in the other.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/boltorezka/boltorezka/configs"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	// The first signal asks all to stop in order, the second does not wait.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(130)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program: it returns the exit status. The end of ctx stops
// the server.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		status, said := statusOf(err)
		if !said {
			// One line, whatever was joined on the way.
			fmt.Fprintf(stderr, "boltorezka: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		return status
	}
	return 0
}

// settings loads the configuration that a command's flags and the environment
// name.
type settings struct {
	file string
}

func (s *settings) load() (configs.Config, []string, error) {
	file := s.file
	if file == "" {
		file = os.Getenv(configs.FileEnv)
	}
	return configs.Load(file, os.Environ())
}

func newRoot() *cobra.Command {
	var from settings
	serve := newServe(&from)
	root := &cobra.Command{
		Use:           "boltorezka",
		Short:         "A voice and chat server to run yourself",
		Long:          "A voice and chat server to run yourself. Without a command it serves.",
		Args:          noArgs,
		RunE:          serve.RunE,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&from.file, "config", "", "settings file (default: none, or "+configs.FileEnv+")")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(serve, newMigrate(&from), newUser(&from), newBackup(&from), newRestore(&from), newDoctor(&from), newSmoke(), newVersion())
	return root
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unknown command %q; see %s --help", args[0], cmd.CommandPath())
	}
	return nil
}
