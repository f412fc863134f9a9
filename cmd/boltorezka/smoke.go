package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/boltorezka/boltorezka/smoke"
)

// newSmoke makes the command that checks a server after a deploy, from
// anywhere.
func newSmoke() *cobra.Command {
	var (
		o                          smoke.Options
		asJSON                     bool
		passwordFile, peerPassword string
	)
	cmd := &cobra.Command{
		Use: "smoke", Short: "Check a server as its users meet it: sign-in, chat, calls, voice through the SFU and TURN", Args: noArgs,
		Long: "Checks a server as its users meet it, from anywhere: sign-in, chat, calls, voice through the SFU and TURN.\n" +
			"Two users are needed: guests, where they are let in, else the account of --name or --token and what it invites.\n" +
			"Exit status: 0 when all is well, 1 when a step failed, 2 when it could not begin.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.Password, err = password(passwordFile, cmd.InOrStdin()); err == nil {
				o.PeerPassword, err = password(peerPassword, cmd.InOrStdin())
			}
			if err != nil {
				return withStatus(2, err)
			}
			o.URL = strings.TrimRight(o.URL, "/")
			report, err := smoke.Run(cmd.Context(), o)
			if err != nil {
				return withStatus(2, err)
			}
			if err := writeResult(cmd, asJSON, report, report.Write); err != nil {
				return withStatus(2, err)
			}
			if !report.OK {
				return withStatus(1, nil)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.URL, "url", "", "the server's address, such as https://talk.example.org")
	f.StringVar(&o.Name, "name", "", "an account to sign in with; the first one, where there is none yet")
	f.StringVar(&passwordFile, "password-file", "", "file with its password in one line; - is standard input")
	f.StringVar(&o.Token, "token", "", "a session token in place of --name")
	f.StringVar(&o.PeerName, "peer-name", "", "a second account, where guests are not let in")
	f.StringVar(&peerPassword, "peer-password-file", "", "file with its password")
	f.StringVar(&o.Invite, "invite", "", "an invite for guests")
	f.StringVar(&o.SetupCode, "setup-code", "", "the code that a server without an account prints")
	f.StringVar(&o.Room, "room", "", "slug of the room to use (default: one where nobody talks)")
	f.DurationVar(&o.Timeout, "timeout", 0, "the longest that one step may take (default 15s)")
	f.BoolVar(&asJSON, "json", false, "write JSON")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return withStatus(2, err) })
	return cmd
}

// password reads the first line of a file; no file is no password.
func password(file string, stdin io.Reader) (string, error) {
	if file == "" {
		return "", nil
	}
	in := stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	line, err := readLine(in)
	if err == nil && line == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", fmt.Errorf("password file %s: %w", file, err)
	}
	return line, nil
}
