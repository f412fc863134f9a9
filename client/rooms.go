package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Rooms lists the rooms.
func (c *Client) Rooms(ctx context.Context) ([]wire.Room, error) {
	var a wire.Rooms
	err := c.call(ctx, http.MethodGet, "/v1/rooms", nil, nil, &a)
	return a.Rooms, err
}

// RoomTree lists the rooms by category.
func (c *Client) RoomTree(ctx context.Context) (wire.Tree, error) {
	var a wire.Tree
	err := c.call(ctx, http.MethodGet, "/v1/rooms/tree", nil, nil, &a)
	return a, err
}

// CreateRoom makes a room; Conflict when the slug is taken, Forbidden for
// those who are not admins.
func (c *Client) CreateRoom(ctx context.Context, n wire.NewRoom) (wire.Room, error) {
	var a wire.RoomAnswer
	err := c.call(ctx, http.MethodPost, "/v1/rooms", nil, n, &a)
	return a.Room, err
}

// Page says which part of a room's history is wanted; the zero Page is the
// newest 50 or so messages.
type Page struct {
	// Limit is the most messages to return, 1 to 100; 0 takes the server's own.
	Limit int
	// Before returns what is older than a page's NextCursor.
	Before *wire.Cursor
	// AfterSeq, when positive, pages forward instead, for catching up.
	AfterSeq int64
}

// History returns one page of a room's messages: newest first, or, with
// AfterSeq, oldest first.
func (c *Client) History(ctx context.Context, slug string, p Page) (wire.MessagePage, error) {
	q := url.Values{}
	if p.Limit > 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.Before != nil {
		q.Set("beforeCreatedAt", p.Before.BeforeCreatedAt.UTC().Format(wire.TimeLayout))
		q.Set("beforeId", p.Before.BeforeID)
	}
	if p.AfterSeq > 0 {
		q.Set("afterSeq", strconv.FormatInt(p.AfterSeq, 10))
	}
	return c.history(ctx, slug, q)
}

func (c *Client) history(ctx context.Context, slug string, q url.Values) (wire.MessagePage, error) {
	var a wire.MessagePage
	err := c.call(ctx, http.MethodGet, "/v1/rooms/"+url.PathEscape(slug)+"/messages", q, nil, &a)
	return a, err
}

// Messages walks a room's whole history, newest first, a page at a time; an
// error ends the walk.
func (c *Client) Messages(ctx context.Context, slug string) iter.Seq2[wire.Message, error] {
	return func(yield func(wire.Message, error) bool) {
		p := Page{Limit: 100}
		for {
			page, err := c.History(ctx, slug, p)
			if err != nil {
				yield(wire.Message{}, err)
				return
			}
			for _, m := range page.Messages {
				if !yield(m, nil) {
					return
				}
			}
			if !page.Pagination.HasMore || page.Pagination.NextCursor == nil {
				return
			}
			p.Before = page.Pagination.NextCursor
		}
	}
}
