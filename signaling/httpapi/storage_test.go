package httpapi

import (
	"context"
	"errors"
	"time"

	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store"
)

// The adapters between the storage and the edge, as the server's own wiring
// has them.

func authErr(err error) error {
	for from, to := range map[error]error{store.ErrNotFound: auth.ErrNotFound, store.ErrConflict: auth.ErrConflict, store.ErrInvite: auth.ErrInvite} {
		if errors.Is(err, from) {
			return errors.Join(to, err)
		}
	}
	return err
}

func userOf(u store.User) wire.User {
	return wire.User{ID: u.ID, Name: u.Name, Role: wire.Role(u.Role), CreatedAt: wire.Time(u.CreatedAt)}
}

type users struct{ *store.Store }

func (a users) CreateUser(ctx context.Context, n auth.NewUser) (wire.User, error) {
	u, err := a.Store.CreateUser(ctx, store.NewUser{Name: n.Name, NameKey: n.NameKey, Role: string(n.Role), PasswordHash: n.PasswordHash, InviteCode: n.InviteCode, First: n.First})
	return userOf(u), authErr(err)
}

func (a users) AccountByName(ctx context.Context, key string) (wire.User, string, error) {
	u, err := a.Store.AccountByName(ctx, key)
	return userOf(u), u.PasswordHash, authErr(err)
}

func (a users) ListUsers(ctx context.Context) ([]wire.User, error) {
	rows, err := a.Store.ListUsers(ctx)
	var list []wire.User
	for _, r := range rows {
		list = append(list, userOf(r))
	}
	return list, err
}

func (a users) SetRole(ctx context.Context, id string, role wire.Role) (wire.User, error) {
	u, err := a.Store.SetRole(ctx, id, string(role))
	return userOf(u), authErr(err)
}

func (a users) SetDisabled(ctx context.Context, id string, disabled bool) (wire.User, error) {
	u, err := a.Store.SetDisabled(ctx, id, disabled)
	return userOf(u), authErr(err)
}

func (a users) SetPassword(ctx context.Context, id, hash string) error {
	return authErr(a.Store.SetPassword(ctx, id, hash))
}

type sessions struct{ *store.Store }

func sessionOf(r store.Session) auth.Session {
	return auth.Session{ID: r.ID, UserID: r.UserID, UserAgent: r.UserAgent, CreatedAt: r.CreatedAt.Time, LastSeenAt: r.LastSeenAt.Time, ExpiresAt: r.ExpiresAt.Time}
}

func (a sessions) CreateSession(ctx context.Context, n auth.NewSession) (auth.Session, error) {
	r, err := a.Store.CreateSession(ctx, store.NewSession(n))
	return sessionOf(r), err
}

func (a sessions) SessionByToken(ctx context.Context, hash string) (auth.Session, wire.User, error) {
	r, u, err := a.Store.SessionByToken(ctx, hash)
	return sessionOf(r), userOf(u), authErr(err)
}

func (a sessions) RotateSession(ctx context.Context, id, hash string, expires, until time.Time) error {
	return authErr(a.Store.RotateSession(ctx, id, hash, expires, until))
}

func (a sessions) ListSessions(ctx context.Context, id string) ([]auth.Session, error) {
	rows, err := a.Store.ListSessions(ctx, id)
	var list []auth.Session
	for _, r := range rows {
		list = append(list, sessionOf(r))
	}
	return list, err
}

func (a sessions) DeleteSession(ctx context.Context, user, id string) error {
	return authErr(a.Store.DeleteSession(ctx, user, id))
}

type invites struct{ *store.Store }

func inviteOf(r store.Invite) auth.Invite {
	i := auth.Invite{Code: r.Code, MaxUses: r.MaxUses, Uses: r.Uses}
	if r.ExpiresAt != nil {
		i.ExpiresAt = &r.ExpiresAt.Time
	}
	return i
}

func (a invites) CreateInvite(ctx context.Context, code, user string, uses *int, expires *time.Time) (auth.Invite, error) {
	r, err := a.Store.CreateInvite(ctx, code, user, uses, expires)
	return inviteOf(r), err
}

func (a invites) ListInvites(ctx context.Context, user string) ([]auth.Invite, error) {
	rows, err := a.Store.ListInvites(ctx, user)
	var list []auth.Invite
	for _, r := range rows {
		list = append(list, inviteOf(r))
	}
	return list, err
}

func (a invites) DeleteInvite(ctx context.Context, code, user string) error {
	return authErr(a.Store.DeleteInvite(ctx, code, user))
}

type rooms struct{ *store.Store }

func roomErr(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return wire.E(wire.CodeRoomNotFound, "there is no such room")
	case errors.Is(err, store.ErrConflict):
		return wire.E(wire.CodeConflict, "slug: is taken; choose another")
	case errors.Is(err, store.ErrCategory):
		return wire.Invalid("categoryId", "there is no such category")
	}
	return err
}

func roomOf(r store.Room) wire.Room {
	return wire.Room{ID: r.ID, Slug: r.Slug, Title: r.Title, IsPublic: r.IsPublic, CategoryID: r.CategoryID, Position: r.Position,
		TopologyPolicy: wire.TopologyPolicy(r.TopologyPolicy), MaxParticipants: r.MaxParticipants, CreatedAt: wire.Time(r.CreatedAt), ArchivedAt: (*wire.Time)(r.ArchivedAt)}
}

func (a rooms) ListRooms(ctx context.Context, archived bool) ([]wire.Room, error) {
	rows, err := a.Store.ListRooms(ctx, archived)
	var list []wire.Room
	for _, r := range rows {
		list = append(list, roomOf(r))
	}
	return list, err
}

func (a rooms) RoomBySlug(ctx context.Context, slug string) (wire.Room, error) {
	r, err := a.Store.RoomBySlug(ctx, slug)
	return roomOf(r), roomErr(err)
}

func (a rooms) RoomByID(ctx context.Context, id string) (wire.Room, error) {
	r, err := a.Store.RoomByID(ctx, id)
	return roomOf(r), roomErr(err)
}

func (a rooms) CreateRoom(ctx context.Context, n wire.NewRoom) (wire.Room, error) {
	r, err := a.Store.CreateRoom(ctx, store.NewRoom{Slug: n.Slug, Title: n.Title, IsPublic: *n.IsPublic, CategoryID: n.CategoryID,
		Position: *n.Position, TopologyPolicy: string(n.TopologyPolicy), MaxParticipants: *n.MaxParticipants})
	return roomOf(r), roomErr(err)
}

func (a rooms) UpdateRoom(ctx context.Context, id string, p wire.RoomPatch) (wire.Room, error) {
	r, err := a.Store.UpdateRoom(ctx, id, store.RoomPatch{Title: p.Title, IsPublic: p.IsPublic, CategoryID: p.CategoryID, Position: p.Position,
		TopologyPolicy: (*string)(p.TopologyPolicy), MaxParticipants: p.MaxParticipants, Archived: p.Archived})
	return roomOf(r), roomErr(err)
}

func (a rooms) DeleteRoom(ctx context.Context, id string) error {
	return roomErr(a.Store.DeleteRoom(ctx, id))
}

func (a rooms) ListCategories(ctx context.Context) ([]wire.Category, error) {
	rows, err := a.Store.ListCategories(ctx)
	var list []wire.Category
	for _, r := range rows {
		list = append(list, wire.Category{ID: r.ID, Slug: r.Slug, Title: r.Title, Position: r.Position})
	}
	return list, err
}

func (a rooms) CreateCategory(ctx context.Context, n wire.NewCategory) (wire.Category, error) {
	r, err := a.Store.CreateCategory(ctx, n.Slug, n.Title, *n.Position)
	return wire.Category{ID: r.ID, Slug: r.Slug, Title: r.Title, Position: r.Position}, roomErr(err)
}

func (a rooms) UpdateCategory(ctx context.Context, id string, p wire.CategoryPatch) (wire.Category, error) {
	r, err := a.Store.UpdateCategory(ctx, id, store.CategoryPatch(p))
	return wire.Category{ID: r.ID, Slug: r.Slug, Title: r.Title, Position: r.Position}, categoryErr(err)
}

func (a rooms) DeleteCategory(ctx context.Context, id string) error {
	return categoryErr(a.Store.DeleteCategory(ctx, id))
}

func categoryErr(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return wire.E(wire.CodeNotFound, "there is no such category")
	}
	return err
}

type messages struct{ *store.Store }

func (a messages) History(ctx context.Context, q HistoryQuery) ([]wire.Message, bool, error) {
	rows, more, err := a.Store.History(ctx, store.HistoryQuery(q))
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, wire.E(wire.CodeMessageNotFound, "there is no such message in this room")
	}
	var list []wire.Message
	for _, m := range rows {
		list = append(list, wire.Message{ID: m.ID, RoomID: m.RoomID, RoomSeq: m.RoomSeq, UserID: m.UserID, UserName: m.UserName, Text: m.Text,
			ReplyTo: m.ReplyTo, CreatedAt: wire.Time(m.CreatedAt), EditedAt: (*wire.Time)(m.EditedAt), DeletedAt: (*wire.Time)(m.DeletedAt)})
	}
	return list, more, err
}
