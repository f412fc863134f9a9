package main

import (
	"context"
	"errors"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store"
)

// rooms is the store as the edge's Rooms.
type rooms struct{ db *store.Store }

// liveRooms is the store as signaling's Rooms: archived ones are not there.
type liveRooms struct{ db *store.Store }

// generalRoom is the room that a new server has.
func generalRoom(maxParticipants int) store.NewRoom {
	return store.NewRoom{Slug: "general", Title: "General", IsPublic: true,
		TopologyPolicy: string(wire.PolicyAuto), MaxParticipants: maxParticipants}
}

// roomErr gives the store's errors their codes.
func roomErr(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return &wire.Error{Code: wire.CodeRoomNotFound, Message: "there is no such room", Cause: err}
	case errors.Is(err, store.ErrConflict):
		return &wire.Error{Code: wire.CodeConflict, Message: "slug: it is taken, maybe by an archived room; choose another",
			Issues: []wire.Issue{{Field: "slug", Message: "it is taken, maybe by an archived room; choose another"}}, Cause: err}
	case errors.Is(err, store.ErrCategory):
		return wire.Invalid("categoryId", "there is no such category")
	}
	return fullErr(err)
}

func wireRoom(r store.Room) wire.Room {
	out := wire.Room{ID: r.ID, Slug: r.Slug, Title: r.Title, IsPublic: r.IsPublic, CategoryID: r.CategoryID, Position: r.Position,
		TopologyPolicy: wire.TopologyPolicy(r.TopologyPolicy), MaxParticipants: r.MaxParticipants, CreatedAt: wire.Time(r.CreatedAt)}
	if r.ArchivedAt != nil {
		at := wire.Time(*r.ArchivedAt)
		out.ArchivedAt = &at
	}
	return out
}

func wireCategory(c store.Category) wire.Category {
	return wire.Category{ID: c.ID, Slug: c.Slug, Title: c.Title, Position: c.Position, Channels: []wire.Room{}}
}

func (r rooms) ListRooms(ctx context.Context, archived bool) ([]wire.Room, error) {
	rows, err := r.db.ListRooms(ctx, archived)
	return each(rows, wireRoom), roomErr(err)
}

func (r rooms) RoomBySlug(ctx context.Context, slug string) (wire.Room, error) {
	row, err := r.db.RoomBySlug(ctx, slug)
	return wireRoom(row), roomErr(err)
}

func (r rooms) RoomByID(ctx context.Context, id string) (wire.Room, error) {
	row, err := r.db.RoomByID(ctx, id)
	return wireRoom(row), roomErr(err)
}

func (r rooms) CreateRoom(ctx context.Context, n wire.NewRoom) (wire.Room, error) {
	row, err := r.db.CreateRoom(ctx, store.NewRoom{Slug: n.Slug, Title: n.Title, IsPublic: *n.IsPublic, CategoryID: n.CategoryID,
		Position: *n.Position, TopologyPolicy: string(n.TopologyPolicy), MaxParticipants: *n.MaxParticipants})
	return wireRoom(row), roomErr(err)
}

func (r rooms) UpdateRoom(ctx context.Context, id string, p wire.RoomPatch) (wire.Room, error) {
	row, err := r.db.UpdateRoom(ctx, id, store.RoomPatch{Title: p.Title, IsPublic: p.IsPublic, CategoryID: p.CategoryID, Position: p.Position,
		TopologyPolicy: (*string)(p.TopologyPolicy), MaxParticipants: p.MaxParticipants, Archived: p.Archived})
	return wireRoom(row), roomErr(err)
}

func (r rooms) DeleteRoom(ctx context.Context, id string) error {
	return roomErr(r.db.DeleteRoom(ctx, id))
}

func (r rooms) ListCategories(ctx context.Context) ([]wire.Category, error) {
	rows, err := r.db.ListCategories(ctx)
	return each(rows, wireCategory), err
}

func (r rooms) CreateCategory(ctx context.Context, n wire.NewCategory) (wire.Category, error) {
	position := 0
	if n.Position != nil {
		position = *n.Position
	}
	row, err := r.db.CreateCategory(ctx, n.Slug, n.Title, position)
	return wireCategory(row), roomErr(err)
}

func (r rooms) UpdateCategory(ctx context.Context, id string, p wire.CategoryPatch) (wire.Category, error) {
	row, err := r.db.UpdateCategory(ctx, id, store.CategoryPatch(p))
	return wireCategory(row), categoryErr(err)
}

func (r rooms) DeleteCategory(ctx context.Context, id string) error {
	return categoryErr(r.db.DeleteCategory(ctx, id))
}

// categoryErr is roomErr for a category that was asked for by its id.
func categoryErr(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &wire.Error{Code: wire.CodeNotFound, Message: "there is no such category", Cause: err}
	}
	return roomErr(err)
}

func (r liveRooms) RoomBySlug(ctx context.Context, slug string) (wire.Room, error) {
	room, err := rooms(r).RoomBySlug(ctx, slug)
	if err == nil && room.ArchivedAt != nil {
		return wire.Room{}, wire.E(wire.CodeRoomNotFound, "there is no such room")
	}
	return room, err
}

func (r liveRooms) ListRooms(ctx context.Context) ([]wire.Room, error) {
	return rooms(r).ListRooms(ctx, false)
}
