package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// statusOf is each code's HTTP status; what is not here is 500.
var statusOf = map[wire.Code]int{
	wire.CodeValidation:       http.StatusBadRequest,
	wire.CodeUnauthorized:     http.StatusUnauthorized,
	wire.CodeForbidden:        http.StatusForbidden,
	wire.CodeRoomNotFound:     http.StatusNotFound,
	wire.CodeUserNotFound:     http.StatusNotFound,
	wire.CodeMessageNotFound:  http.StatusNotFound,
	wire.CodeNotFound:         http.StatusNotFound,
	wire.CodeMethodNotAllowed: http.StatusMethodNotAllowed,
	wire.CodeConflict:         http.StatusConflict,
	// The HTTP side negotiates in tests of the media path only.
	wire.CodeNegotiationFailed: http.StatusBadRequest,
	wire.CodeRoomFull:          http.StatusConflict,
	wire.CodeSsoOnly:           http.StatusGone,
	wire.CodeTooLarge:          http.StatusRequestEntityTooLarge,
	wire.CodeRateLimited:       http.StatusTooManyRequests,
	wire.CodeSsoUnavailable:    http.StatusServiceUnavailable,
}

// observe is around every request: it turns panics and errors into answers,
// adds the headers that all answers carry, and measures.
func (s *Server) observe(c *fiber.Ctx) error {
	s.calls.Add(1)
	defer s.calls.Add(-1)
	start := time.Now()
	s.secure(c)
	if err := s.next(c); err != nil {
		if err := s.fail(c, err); err != nil {
			return err
		}
	}
	route, _ := c.Locals(routeKey).(string)
	took := time.Since(start)
	status := c.Response().StatusCode()
	s.deps.Metrics.ObserveRequest(c.Method(), route, status, took)
	s.log.Debug("http", "method", c.Method(), "route", route, "status", status, "took", took)
	return nil
}

// serverFailed is what a user is told of an error that is none of theirs.
const serverFailed = "the server failed at this; its log says why"

func (s *Server) next(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &wire.Error{Code: wire.CodeInternal, Message: serverFailed, Cause: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	return c.Next()
}

// fail answers with the contract's error. It is Fiber's error handler too, for
// what is refused before any of ours runs.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	coded := s.coded(c, err)
	status, ok := statusOf[coded.Code]
	if !ok {
		status = http.StatusInternalServerError
		if errors.Is(coded, errDraining) {
			status = http.StatusServiceUnavailable
		} else {
			// The route and not the address: that may hold an invite's code.
			s.log.Error("a call failed", "method", c.Method(), "route", c.Locals(routeKey), "err", err)
		}
	}
	if coded.RetryAfterMs > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.FormatInt((coded.RetryAfterMs+999)/1000, 10))
	}
	return c.Status(status).JSON(wire.HTTPError{Error: coded.Code, Message: coded.Message, Issues: coded.Issues})
}

// coded finds the one coded error in what a handler, Fiber or its HTTP server
// returned.
func (s *Server) coded(c *fiber.Ctx, err error) *wire.Error {
	var coded *wire.Error
	if errors.As(err, &coded) {
		return coded
	}
	var own *fiber.Error
	if errors.As(err, &own) {
		switch {
		case own.Code == http.StatusRequestEntityTooLarge:
			return wire.E(wire.CodeTooLarge, fmt.Sprintf("the body is over %d bytes", maxBody))
		case own.Code == http.StatusRequestHeaderFieldsTooLarge:
			return wire.E(wire.CodeTooLarge, "the request's headers are too long")
		case own.Code == http.StatusNotFound:
			return wire.E(wire.CodeNotFound, "there is no such address")
		case own.Code == http.StatusMethodNotAllowed:
			return wire.E(wire.CodeMethodNotAllowed, "this address does not take "+c.Method())
		case own.Code == http.StatusBadRequest, own.Code == http.StatusRequestTimeout, own.Code == http.StatusBadGateway:
			// What Fiber says of a request that was never whole: not HTTP, too
			// slow, or (its Bad Gateway) a connection that broke. Anybody's
			// scanner brings these, and the log is not for them.
			return wire.E(wire.CodeValidation, "no whole HTTP request came in time")
		case own.Code < http.StatusInternalServerError:
			return wire.E(wire.CodeValidation, own.Message)
		}
	}
	if errors.Is(err, context.Canceled) && s.base.Err() != nil {
		return errDraining
	}
	return &wire.Error{Code: wire.CodeInternal, Message: serverFailed, Cause: err}
}
