package httpapi

import (
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// checkTimeout bounds each check of GET /health.
const checkTimeout = 2 * time.Second

func (s *Server) health(c *call) error {
	h := wire.Health{Status: "ok", Checks: map[string]string{"api": "ok"}, Ts: wire.At(time.Now())}
	for name, check := range s.deps.Checks {
		ctx, cancel := context.WithTimeout(c.ctx, checkTimeout)
		err := check(ctx)
		cancel()
		h.Checks[name] = "ok"
		if err != nil {
			h.Checks[name] = "failed"
			h.Status = "degraded"
			s.log.Error("health check failed", "check", name, "err", err)
		}
	}
	if h.Status != "ok" {
		c.Status(fiber.StatusServiceUnavailable)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(h)
}

func (s *Server) version(c *call) error { return c.JSON(s.deps.Version) }

var (
	eventForm = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)
	levels    = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
)

// The limit of telemetry from one address, and how much of it is logged.
const (
	telemetryBurst = 60
	telemetryEvery = time.Second
	maxMeta        = 2 << 10
)

func (s *Server) telemetryWeb(c *call) error {
	if err := s.limits.Take("telemetry:"+auth.AddressKey(c.peer.ip), telemetryBurst, telemetryEvery); err != nil {
		return err
	}
	var body wire.TelemetryEvent
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	var p problems
	if !eventForm.MatchString(body.Event) {
		p.add("event", "give 1 to 64 of letters, digits and . _ : -")
	}
	if body.Level == "" {
		body.Level = "info"
	}
	level, ok := levels[body.Level]
	if !ok {
		p.add("level", "give debug, info, warn or error")
	}
	if err := p.err(); err != nil {
		return err
	}
	platform := platformOf(c.Get(fiber.HeaderUserAgent))
	s.deps.Metrics.ClientEvent(body.Event, body.Level, platform)
	if body.Event == "voice_repair" || body.Event == "one_way_audio" {
		s.deps.Metrics.VoiceEvent(body.Event, body.Meta)
	}
	if code, ok := body.Meta["code"].(string); ok && body.Event == "voice_failed" {
		s.deps.Metrics.VoiceFailed(code, platform)
	}
	// A client's troubles are not the server's: its errors are warnings here,
	// and what is no trouble is counted only.
	logged := slog.LevelWarn
	if level < logged {
		logged = slog.LevelDebug
	}
	meta, err := json.Marshal(body.Meta)
	if err != nil {
		return wire.Invalid("meta", "cannot be read")
	}
	s.log.Log(c.ctx, logged, "client event", "event", body.Event, "platform", platform,
		"user", c.who.User.ID, "meta", string(meta[:min(len(meta), maxMeta)]))
	return c.JSON(wire.OK{OK: true})
}

// platformOf tells the platforms of the KPIs apart. Our own native clients
// say boltorezka-ios/ and boltorezka-macos/; whatever calls itself Mozilla is
// a browser.
func platformOf(agent string) string {
	agent = strings.ToLower(agent)
	switch {
	case strings.HasPrefix(agent, "boltorezka-ios"):
		return "ios"
	case strings.HasPrefix(agent, "boltorezka-macos"):
		return "macos"
	case strings.HasPrefix(agent, "mozilla/"):
		return "web"
	}
	return "other"
}

func (s *Server) telemetrySummary(c *call) error {
	return c.JSON(wire.TelemetrySummary{Day: time.Now().UTC().Format(time.DateOnly), Metrics: s.deps.Metrics.Summary()})
}
