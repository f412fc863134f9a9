package main

import (
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/loadtest"
	"github.com/spf13/cobra"
)

func voiceCommand() *cobra.Command {
	var cfg loadtest.VoiceConfig
	var shape, talk, full string
	out := output{scenario: "voice"}
	cmd := &cobra.Command{
		Use: "voice", Short: "Participants in voice, some of whom talk", Args: cobra.NoArgs,
		Long: `Brings participants into voice through the SFU, lets some talk, and measures
the steady state: join to path and to first audio, loss, duplicates, latency,
continuity of every slot, wrong speakers, onsets of talk spurts, and with
--server-pid the server's CPU and memory.

Most participants are light clients: their ICE, DTLS and keys are those of full
ones, but one loop carries the RTP and RTCP of all, so that the server is what
is measured and not the load tester (Linux). --full says how many are full
WebRTC clients.

A shape is ROOMSxPEOPLE/TALKERS, people and talkers being those of each room,
with :speech or :churn after it if that is wanted:
  1x60/15           one room of 60, 15 of whom talk all the time
  1x20/20:speech    twenty in a conversation of recorded speech, with pauses
                    and DTX (the shape speech is this one)
  1x50/3:churn      everybody leaves and comes back within a minute, or within
                    --duration if that is less (the shape churn is this one)
  all               ` + strings.Join(loadtest.AllShapes, ", ") + `
Several, separated by commas, are run one after another.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.prepare(cmd, &cfg.Target); err != nil {
				return err
			}
			return runVoice(cmd, &out, cfg, shape, talk, full)
		},
	}
	f := cmd.Flags()
	f.StringVar(&shape, "shape", "", "shapes to run, in place of --participants, --rooms, --talkers and --talk")
	f.IntVar(&cfg.Participants, "participants", 50, "participants in all")
	roomsFlag(f, &cfg.Rooms, "")
	f.IntVar(&cfg.Talkers, "talkers", 3, "of each room's participants, how many talk")
	f.StringVar(&talk, "talk", "constant", "how they talk: constant, or speech for a conversation")
	f.BoolVar(&cfg.Churn, "churn", false, "everybody leaves and comes back meanwhile")
	f.StringVar(&full, "full", "auto", "how many are full WebRTC clients: a number, all, or auto for a tenth and two at most")
	f.BoolVar(&cfg.Layers, "layers", false, "full clients have a low layer too, sent while the server wants it")
	f.DurationVar(&cfg.JoinEvery, "join-every", 50*time.Millisecond, "pause between joins; 0: all at once")
	f.IntVar(&cfg.JoinsAtOnce, "joins-at-once", 64, "joins that may be under way at a time; 0: no bound")
	durationFlag(f, &cfg.Duration)
	out.flags(cmd, &cfg.Target)
	return cmd
}

func runVoice(cmd *cobra.Command, out *output, cfg loadtest.VoiceConfig, shape, talk, full string) error {
	var err error
	if cfg.Full, err = loadtest.ParseFull(full); err != nil {
		return err
	}
	if cfg.Speech, err = loadtest.ParseTalk(talk); err != nil {
		return err
	}
	if shape == "" {
		rep, err := loadtest.Voice(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		return out.write(cmd, rep)
	}
	shapes, err := loadtest.ParseShapes(shape)
	if err != nil {
		return err
	}
	if len(shapes) == 1 {
		rep, err := loadtest.Voice(cmd.Context(), cfg.In(shapes[0]))
		if err != nil {
			return err
		}
		return out.write(cmd, rep)
	}
	s, err := loadtest.VoiceShapes(cmd.Context(), cfg, shapes)
	if s != nil && len(s.Runs) > 0 { // also what was measured before a failure
		if werr := out.write(cmd, s); err == nil {
			err = werr
		}
	}
	return err
}
