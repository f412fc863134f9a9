package httpapi

import (
	"strconv"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	defaultPage = 50
	maxPage     = 100
)

// listMessages answers a page of a room's history. Newest first; with afterSeq
// oldest first, and then there is no cursor: the last message's roomSeq is it.
func (s *Server) listMessages(c *call) error {
	slug := c.Params("slug")
	if !slugForm.MatchString(slug) {
		return roomNotFound()
	}
	q, err := parsePage(func(name string) string { return c.Query(name) })
	if err != nil {
		return err
	}
	room, err := s.deps.Rooms.RoomBySlug(c.ctx, slug)
	if err != nil {
		return err
	}
	if !visible(room, c.who.User.Role) {
		return roomNotFound()
	}
	q.RoomID, q.ViewerID = room.ID, c.who.User.ID
	messages, more, err := s.deps.Messages.History(c.ctx, q)
	if err != nil {
		return err
	}
	if messages == nil {
		messages = []wire.Message{}
	}
	for i := range messages {
		if messages[i].Reactions == nil {
			messages[i].Reactions = []wire.Reaction{}
		}
	}
	page := wire.MessagePage{Room: room, Messages: messages, Pagination: wire.Pagination{HasMore: more}}
	if n := len(messages); more && n > 0 && q.AfterSeq == nil {
		oldest := messages[n-1]
		page.Pagination.NextCursor = &wire.Cursor{BeforeCreatedAt: oldest.CreatedAt, BeforeID: oldest.ID}
	}
	return c.JSON(page)
}

// parsePage reads the query of a history page.
func parsePage(query func(string) string) (HistoryQuery, error) {
	var p problems
	q := HistoryQuery{Limit: defaultPage}
	if v := query("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPage {
			p.add("limit", "give 1 to 100")
		}
		q.Limit = n
	}
	if v := query("beforeCreatedAt"); v != "" {
		at, err := time.Parse(time.RFC3339, v)
		// The storage counts milliseconds since 1970 in 64 bits, and a time
		// with an offset may have a year that RFC 3339 cannot write.
		if err != nil || at.UTC().Year() < 1970 || at.UTC().Year() > 9999 {
			p.add("beforeCreatedAt", "give an RFC 3339 time such as 2026-01-31T12:00:00.000Z")
		}
		q.BeforeCreatedAt = &at
	}
	if v := query("beforeId"); v != "" {
		if !isID(v) {
			p.add("beforeId", "give a message's id")
		}
		q.BeforeID = v
	}
	if v := query("afterSeq"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 0 {
			p.add("afterSeq", "give a message's roomSeq, or 0")
		}
		if q.BeforeID != "" || q.BeforeCreatedAt != nil {
			p.add("afterSeq", "cannot be given together with beforeCreatedAt and beforeId")
		}
		q.AfterSeq = &n
	}
	if err := p.err(); err != nil {
		return HistoryQuery{}, err
	}
	return q, nil
}

func (s *Server) clearMessages(c *call) error {
	id, err := roomID(c)
	if err != nil {
		return err
	}
	if _, err := s.deps.Rooms.RoomByID(c.ctx, id); err != nil {
		return err
	}
	n, err := s.deps.Messages.ClearMessages(c.ctx, id)
	if err != nil {
		return err
	}
	return c.JSON(wire.Cleared{OK: true, RoomID: id, DeletedCount: n})
}
