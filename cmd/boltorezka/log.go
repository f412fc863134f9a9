package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/boltorezka/boltorezka/configs"
)

// newLog makes the program's logger. The level was checked with the settings.
func newLog(cfg configs.Log, to io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Level))
	options := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" || cfg.Format == "auto" && !isTerminal(to) {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
