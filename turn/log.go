package turn

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLogs gives pion a logger that ends in slog. What pion calls an error is
// most often a client's doing, so only its warnings and errors pass, as debug.
type pionLogs struct{ log *slog.Logger }

// NewLogger is called by pion for each of its parts.
func (p pionLogs) NewLogger(scope string) logging.LeveledLogger {
	return pionLog{p.log.With("scope", scope)}
}

type pionLog struct{ log *slog.Logger }

func (l pionLog) write(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug(fmt.Sprintf(format, args...))
	}
}

func (pionLog) Trace(string)                     {}
func (pionLog) Tracef(string, ...any)            {}
func (pionLog) Debug(string)                     {}
func (pionLog) Debugf(string, ...any)            {}
func (pionLog) Info(string)                      {}
func (pionLog) Infof(string, ...any)             {}
func (l pionLog) Warn(msg string)                { l.write("%s", msg) }
func (l pionLog) Warnf(format string, a ...any)  { l.write(format, a...) }
func (l pionLog) Error(msg string)               { l.write("%s", msg) }
func (l pionLog) Errorf(format string, a ...any) { l.write(format, a...) }
