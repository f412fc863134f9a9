package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm"
)

// NewMessage is a message to be stored.
type NewMessage struct {
	RoomID          string
	UserID          string
	UserName        string
	Text            string
	ReplyTo         *string
	IdempotencyKey  string // empty: none
	SenderRequestID string
	// MentionKeys are, for each @ of the text, the folded names that it may
	// mean, the one that counts first if it is anybody's first.
	MentionKeys [][]string
}

// AppendResult is what became of a NewMessage. Duplicate says that the same
// user had stored a message under the same idempotency key before; Message is
// then that one.
type AppendResult struct {
	Message   Message
	Duplicate bool
	Mentions  []string // ids of those whom the text names
	Err       error
}

// AppendMessage is AppendMessages for one.
func (s *Store) AppendMessage(ctx context.Context, n NewMessage) (m Message, duplicate bool, err error) {
	r := s.AppendMessages(ctx, []NewMessage{n})[0]
	return r.Message, r.Duplicate, r.Err
}

// AppendMessages stores messages, in their order, and gives each its id,
// RoomSeq and CreatedAt; within a room the one rises by one and the other
// never decreases. Their authors have then read up to them. Those of callers
// that come at once share a transaction. One message that cannot be stored
// does not keep the others back: ErrNotFound (no such room), ErrArchived and
// ErrReplyTo are its own.
func (s *Store) AppendMessages(ctx context.Context, ns []NewMessage) []AppendResult {
	out := make([]AppendResult, len(ns))
	lots := map[*group[lot, []AppendResult]][]int{}
	for i, n := range ns {
		g := s.appendsOf(n.RoomID)
		lots[g] = append(lots[g], i)
	}
	var wait sync.WaitGroup
	for g, indexes := range lots {
		wait.Go(func() {
			for part := range slices.Chunk(indexes, lotMost) {
				batch := make(lot, len(part))
				for k, i := range part {
					batch[k] = clean(ns[i])
				}
				results, err := g.ask(ctx, batch)
				for k, i := range part {
					if err != nil {
						out[i].Err = fmt.Errorf("storing message: %w", err)
					} else {
						out[i] = results[k]
					}
				}
			}
		})
	}
	wait.Wait()
	return out
}

// lot is what one caller wants stored, of one group's rooms.
type lot []NewMessage

// lotMost bounds a lot: a full group has 32 of them, with 10 parameters a
// message, and SQLite takes 32766 a statement.
const lotMost = 64

// roomSeed spreads rooms over the groups of this process.
var roomSeed = maphash.MakeSeed()

// appendsOf is the group of a room's messages: its order is the room's.
func (s *Store) appendsOf(roomID string) *group[lot, []AppendResult] {
	return s.appends[maphash.String(roomSeed, roomID)%uint64(len(s.appends))]
}

// clean replaces what PostgreSQL's text cannot hold.
func clean(n NewMessage) NewMessage {
	for _, field := range []*string{&n.Text, &n.UserName, &n.IdempotencyKey, &n.SenderRequestID} {
		*field = strings.ReplaceAll(*field, "\x00", "\uFFFD")
	}
	return n
}

// appendLots stores what several callers want. Two of one key in transactions
// that run at once both see nothing; the index lets one of them through, and
// the other then finds it.
func (s *Store) appendLots(ctx context.Context, lots []lot) (out [][]AppendResult, err error) {
	for range 3 {
		b := &appendBatch{store: s, names: map[string]string{}}
		for _, l := range lots {
			for _, n := range l {
				b.pending = append(b.pending, &pendingMessage{NewMessage: n})
			}
		}
		err = s.write.WithContext(ctx).Transaction(b.run)
		if err == nil {
			return b.results(lots), nil
		}
		if !isUnique(err) {
			break
		}
	}
	return nil, err
}

// appendBatch is one transaction that stores messages.
type appendBatch struct {
	store   *Store
	tx      *gorm.DB
	pending []*pendingMessage
	names   map[string]string // user ids by folded name
}

type pendingMessage struct {
	NewMessage
	result AppendResult
	first  *pendingMessage // has the same key and comes before
	done   bool            // nothing is to be stored
}

func (b *appendBatch) run(tx *gorm.DB) error {
	b.tx = tx
	for _, step := range []func() error{b.findDuplicates, b.checkReplies, b.number, b.insert, b.mention, b.markRead} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (b *appendBatch) results(lots []lot) [][]AppendResult {
	out, k := make([][]AppendResult, len(lots)), 0
	for i, l := range lots {
		for range l {
			p := b.pending[k]
			k++
			if p.first != nil {
				p.result = p.first.result
				p.result.Duplicate = p.result.Err == nil
			}
			out[i] = append(out[i], p.result)
		}
	}
	return out
}

// findDuplicates answers those whose key has been used, be it in this batch.
func (b *appendBatch) findDuplicates() error {
	type key struct{ user, key string }
	first := map[key]*pendingMessage{}
	var args []any
	for _, p := range b.pending {
		if p.IdempotencyKey == "" {
			continue
		}
		k := key{p.UserID, p.IdempotencyKey}
		if before := first[k]; before != nil {
			p.first, p.done = before, true
			continue
		}
		first[k] = p
		args = append(args, p.UserID, p.IdempotencyKey)
	}
	if len(args) == 0 {
		return nil
	}
	var rows []Message
	pairs := strings.Repeat(",(?,?)", len(args)/2)[1:]
	if err := b.tx.Raw("SELECT * FROM messages WHERE (user_id, idempotency_key) IN (VALUES "+pairs+")", args...).Scan(&rows).Error; err != nil {
		return err
	}
	for _, m := range rows {
		p := first[key{m.UserID, *m.IdempotencyKey}]
		p.result, p.done = AppendResult{Message: m, Duplicate: true}, true
	}
	return nil
}

// checkReplies refuses answers to what is not in the room.
func (b *appendBatch) checkReplies() error {
	var ids []string
	for _, p := range b.pending {
		if !p.done && p.ReplyTo != nil {
			ids = append(ids, *p.ReplyTo)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []Message
	if err := b.tx.Select("id, room_id").Find(&rows, "id IN ?", ids).Error; err != nil {
		return err
	}
	roomOf := make(map[string]string, len(rows))
	for _, m := range rows {
		roomOf[m.ID] = m.RoomID
	}
	for _, p := range b.pending {
		if !p.done && p.ReplyTo != nil && roomOf[*p.ReplyTo] != p.RoomID {
			p.refuse(ErrReplyTo)
		}
	}
	return nil
}

func (p *pendingMessage) refuse(err error) {
	p.done, p.result.Err = true, fmt.Errorf("storing message: %w", err)
}

// number moves the rooms' counters, in one order for all so that two
// transactions do not wait for each other. A row stays locked until the end,
// which is what makes the order of roomSeq the order of storing.
func (b *appendBatch) number() error {
	byRoom := map[string][]*pendingMessage{}
	var rooms []string
	for _, p := range b.pending {
		if p.done {
			continue
		}
		if byRoom[p.RoomID] == nil {
			rooms = append(rooms, p.RoomID)
		}
		byRoom[p.RoomID] = append(byRoom[p.RoomID], p)
	}
	slices.Sort(rooms)
	for _, id := range rooms {
		last, at, err := b.store.nextInRoom(b.tx, id, len(byRoom[id]))
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrArchived) {
			for _, p := range byRoom[id] {
				p.refuse(err)
			}
			continue
		}
		if err != nil {
			return err
		}
		for i, p := range byRoom[id] {
			m := Message{
				ID: newID(), RoomID: id, RoomSeq: last - int64(len(byRoom[id])-1-i), UserID: p.UserID, UserName: p.UserName,
				Text: p.Text, ReplyTo: p.ReplyTo, SenderRequestID: p.SenderRequestID, CreatedAt: at,
			}
			if p.IdempotencyKey != "" {
				m.IdempotencyKey = &p.IdempotencyKey
			}
			p.result.Message = m
		}
	}
	return nil
}

// nextInRoom gives out n numbers of a room and returns the last of them, with
// a createdAt that is not before any other of the room, although clocks are
// set back and those of nodes differ.
func (s *Store) nextInRoom(tx *gorm.DB, roomID string, n int) (int64, Time, error) {
	now := At(s.now())
	var next []struct {
		LastSeq       int64
		LastMessageAt Time
	}
	err := tx.Raw(`UPDATE rooms SET last_seq = last_seq + ?,
		last_message_at = CASE WHEN last_message_at > ? THEN last_message_at ELSE ? END
		WHERE id = ? AND archived_at IS NULL RETURNING last_seq, last_message_at`, n, now, now, roomID).Scan(&next).Error
	if err != nil {
		return 0, Time{}, err
	}
	if len(next) == 0 {
		there, err := exists(tx, "SELECT 1 FROM rooms WHERE id = ?", roomID)
		if err != nil {
			return 0, Time{}, err
		}
		if there {
			return 0, Time{}, ErrArchived
		}
		return 0, Time{}, ErrNotFound
	}
	return next[0].LastSeq, next[0].LastMessageAt, nil
}

// insert stores all that is left in one statement.
func (b *appendBatch) insert() error {
	var args []any
	for _, p := range b.pending {
		if m := p.result.Message; !p.done {
			args = append(args, m.ID, m.RoomID, m.RoomSeq, m.UserID, m.UserName, m.Text, m.ReplyTo, m.IdempotencyKey, m.SenderRequestID, m.CreatedAt)
		}
	}
	if len(args) == 0 {
		return nil
	}
	return b.tx.Exec(`INSERT INTO messages (id, room_id, room_seq, user_id, user_name, text, reply_to, idempotency_key, sender_request_id, created_at)
		VALUES `+rowsOf(10, len(args)), args...).Error
}

// rowsOf makes the placeholders of an INSERT's rows.
func rowsOf(columns, args int) string {
	row := ",(" + strings.Repeat("?,", columns-1) + "?)"
	return strings.Repeat(row, args/columns)[1:]
}

// mention finds whom the texts name: the accounts, and the guests who are
// signed in.
func (b *appendBatch) mention() error {
	var keys []string
	for _, p := range b.pending {
		if !p.done {
			for _, candidates := range p.MentionKeys {
				keys = append(keys, candidates...)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	if err := b.findNames(slices.Compact(keys)); err != nil || len(b.names) == 0 {
		return err
	}
	var args []any
	for _, p := range b.pending {
		if p.done {
			continue
		}
		p.result.Mentions = b.named(p)
		for _, id := range p.result.Mentions {
			args = append(args, id, p.RoomID, p.result.Message.RoomSeq)
		}
	}
	for rows := range slices.Chunk(args, 3*1000) {
		if err := b.tx.Exec("INSERT INTO mentions (user_id, room_id, room_seq) VALUES "+rowsOf(3, len(rows)), rows...).Error; err != nil {
			return err
		}
	}
	return nil
}

// findNames fills names with those of keys that somebody has.
func (b *appendBatch) findNames(keys []string) error {
	for part := range slices.Chunk(keys, 1000) {
		var users []User
		err := b.tx.Select("id, name_key").Order("created_at").Find(&users, `name_key IN ? AND disabled_at IS NULL AND (role <> ?
			OR EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = users.id AND s.expires_at > ?))`, part, roleGuest, At(b.store.now())).Error
		if err != nil {
			return err
		}
		for _, u := range users {
			if b.names[u.NameKey] == "" {
				b.names[u.NameKey] = u.ID
			}
		}
	}
	return nil
}

// named are those whom a message names, each once and never its author.
func (b *appendBatch) named(p *pendingMessage) (ids []string) {
	for _, candidates := range p.MentionKeys {
		for _, key := range candidates {
			id := b.names[key]
			if id == "" {
				continue
			}
			if id != p.UserID && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
			break
		}
	}
	return ids
}

// markRead: who writes has read what is above.
func (b *appendBatch) markRead() error {
	last := map[readPointer]int64{}
	for _, p := range b.pending {
		if !p.done {
			last[readPointer{p.UserID, p.RoomID}] = p.result.Message.RoomSeq
		}
	}
	return movePointers(b.tx, last)
}

// readPointer names a row of read_pointers.
type readPointer struct{ userID, roomID string }

// movePointers moves pointers forward, in one order for all.
func movePointers(tx *gorm.DB, to map[readPointer]int64) error {
	if len(to) == 0 {
		return nil
	}
	pointers := make([]readPointer, 0, len(to))
	for p := range to {
		pointers = append(pointers, p)
	}
	slices.SortFunc(pointers, func(a, b readPointer) int {
		return cmp.Or(cmp.Compare(a.userID, b.userID), cmp.Compare(a.roomID, b.roomID))
	})
	var args []any
	for _, p := range pointers {
		args = append(args, p.userID, p.roomID, to[p])
	}
	return tx.Exec(`INSERT INTO read_pointers (user_id, room_id, room_seq) VALUES `+rowsOf(3, len(args))+`
		ON CONFLICT (user_id, room_id) DO UPDATE SET room_seq = excluded.room_seq
		WHERE read_pointers.room_seq < excluded.room_seq`, args...).Error
}
