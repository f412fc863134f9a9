package client

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// feedQueue is how many live messages may wait for one who follows a room;
// what is over it he gets from history.
const feedQueue = 256

// feed brings one room's live messages to one who follows it.
type feed struct {
	slug   string
	live   chan *wire.ChatMessage
	behind chan struct{} // holds one: something may have been missed
}

// Follow returns a room's messages after the roomSeq after, each once and in
// the order of roomSeq: first those of history, then those that come, for as
// long as ctx and the connection live. What a lost session or a full queue has
// missed comes from history, so that nothing is left out; while the server
// cannot be asked, it waits. The room has to be the active one for messages to
// come by themselves. 0 begins with the first message, a negative after with
// the first to come. The last pair has the error that ended it: ctx's, the
// connection's (Err), or what the server refused history with.
//
// A message is as it was when it came: edits, deletions and reactions of later
// are in Events.
func (c *Conn) Follow(ctx context.Context, slug string, after int64) iter.Seq2[wire.Message, error] {
	return func(yield func(wire.Message, error) bool) {
		f := &feed{slug: slug, live: make(chan *wire.ChatMessage, feedQueue), behind: make(chan struct{}, 1)}
		c.mu.Lock()
		c.feeds[f] = struct{}{}
		c.mu.Unlock()
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.feeds, f)
		}()
		w := walk{conn: c, slug: slug, last: after, yield: yield}
		err := w.fromHistory(ctx)
		for err == nil {
			select {
			case m := <-f.live:
				err = w.take(ctx, m)
			case <-f.behind:
				err = w.fromHistory(ctx)
			case <-ctx.Done():
				err = ctx.Err()
			case <-c.ctx.Done():
				err = c.Err()
			}
		}
		if !errors.Is(err, errEnough) {
			yield(wire.Message{}, err)
		}
	}
}

// feed hands a live message to those who follow its room. mu is held.
func (c *Conn) feed(m *wire.ChatMessage) {
	for f := range c.feeds {
		if f.slug != m.RoomSlug {
			continue
		}
		select {
		case f.live <- m:
		default:
			f.lag()
		}
	}
}

// catchUp has those who follow a room ask its history: it was not the active
// one for a while.
func (c *Conn) catchUp(slug string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for f := range c.feeds {
		if f.slug == slug {
			f.lag()
		}
	}
}

func (f *feed) lag() {
	select {
	case f.behind <- struct{}{}:
	default:
	}
}

// errEnough: the loop over the messages was left.
var errEnough = errors.New("client: enough")

// walk goes along a room's messages.
type walk struct {
	conn  *Conn
	slug  string
	last  int64 // roomSeq of the last message handed over; negative: begin with the next
	yield func(wire.Message, error) bool
}

// take hands over a live message, and before it what is missing.
func (w *walk) take(ctx context.Context, m *wire.ChatMessage) error {
	if m.RoomSeq > w.last+1 {
		if err := w.fromHistory(ctx); err != nil {
			return err
		}
	}
	return w.hand(wire.Message{
		ID: m.ID, RoomID: m.RoomID, RoomSeq: m.RoomSeq, UserID: m.UserID, UserName: m.UserName,
		Text: m.Text, ReplyTo: m.ReplyTo, CreatedAt: m.CreatedAt, Reactions: []wire.Reaction{},
	})
}

func (w *walk) hand(m wire.Message) error {
	if m.RoomSeq <= w.last {
		return nil
	}
	w.last = m.RoomSeq
	if !w.yield(m, nil) {
		return errEnough
	}
	return nil
}

// fromHistory hands over all that history has after the last message.
func (w *walk) fromHistory(ctx context.Context) error {
	for more := true; more; {
		q := url.Values{"limit": {"100"}, "afterSeq": {strconv.FormatInt(w.last, 10)}}
		if w.last < 0 {
			q = url.Values{"limit": {"1"}}
		}
		page, err := w.page(ctx, q)
		if err != nil {
			return err
		}
		slices.SortFunc(page.Messages, func(a, b wire.Message) int { return cmp.Compare(a.RoomSeq, b.RoomSeq) })
		if w.last < 0 {
			w.last = 0
			if n := len(page.Messages); n > 0 {
				w.last = page.Messages[n-1].RoomSeq
			}
			return nil
		}
		for _, m := range page.Messages {
			if err := w.hand(m); err != nil {
				return err
			}
		}
		more = page.Pagination.HasMore && len(page.Messages) > 0
	}
	return nil
}

// page asks for a page of history until there is an answer.
func (w *walk) page(ctx context.Context, q url.Values) (wire.MessagePage, error) {
	c := w.conn.client
	for attempt := 0; ; attempt++ {
		page, err := c.history(ctx, w.slug, q)
		var coded *wire.Error
		if err == nil || errors.As(err, &coded) && !later(err) {
			return page, err
		}
		wait := c.backoff.Wait(attempt)
		if coded != nil {
			wait = max(wait, time.Duration(coded.RetryAfterMs)*time.Millisecond)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return page, ctx.Err()
		case <-w.conn.ctx.Done():
			return page, w.conn.Err()
		}
	}
}
