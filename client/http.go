package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// maxBody bounds what is read of an HTTP answer: a page of 100 messages of
// 4,000 characters each is well under it.
const maxBody = 8 << 20

// call makes one HTTP call. in and out may be nil; what the server refuses is
// returned as *wire.Error.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("client: %s %s: %w", method, path, err)
		}
		body = bytes.NewReader(b)
	}
	u := c.base.JoinPath(path)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return fmt.Errorf("client: %s %s: %w", method, path, err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if t := c.Token(); t != "" {
		req.Header.Set("Authorization", "Bearer "+t)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("client: %s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return fmt.Errorf("client: %s %s: %w", method, path, err)
	}
	if res.StatusCode >= 400 {
		return refusal(res, b)
	}
	if out == nil || len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("client: %s %s: answer: %w", method, path, err)
	}
	return nil
}

// maxRetryAfter bounds what is believed of a Retry-After, in seconds.
const maxRetryAfter = 24 * 60 * 60

// refusal makes a coded error of an HTTP error. A body that is not the
// contract's (a proxy's page, say) becomes a code by its status.
func refusal(res *http.Response, body []byte) *wire.Error {
	var h wire.HTTPError
	if json.Unmarshal(body, &h) != nil || h.Error == "" {
		h = wire.HTTPError{Error: codeOf(res.StatusCode), Message: "the server answered " + res.Status}
	}
	e := &wire.Error{Code: h.Error, Message: h.Message, Issues: h.Issues}
	if after := res.Header.Get("Retry-After"); after != "" {
		if s, err := strconv.Atoi(strings.TrimSpace(after)); err == nil && s >= 0 {
			e.RetryAfterMs = int64(min(s, maxRetryAfter)) * 1000
		} else if t, err := http.ParseTime(after); err == nil {
			e.RetryAfterMs = max(0, time.Until(t).Milliseconds())
		}
	}
	return e
}

func codeOf(status int) wire.Code {
	switch status {
	case http.StatusUnauthorized:
		return wire.CodeUnauthorized
	case http.StatusForbidden:
		return wire.CodeForbidden
	case http.StatusConflict:
		return wire.CodeConflict
	case http.StatusRequestEntityTooLarge:
		return wire.CodeTooLarge
	case http.StatusTooManyRequests:
		return wire.CodeRateLimited
	case http.StatusBadRequest:
		return wire.CodeValidation
	}
	return wire.CodeInternal
}
