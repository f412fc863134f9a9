package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// past is the fake's history of general, which pages two at a time.
type past struct {
	mu    sync.Mutex
	seqs  []int64
	fail  []int // statuses of the answers to come, before it tells
	asked []string
}

func (p *past) serve(f *fake) {
	f.mux.HandleFunc("GET /v1/rooms/general/messages", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		q := r.URL.Query()
		p.asked = append(p.asked, q.Get("afterSeq"))
		if len(p.fail) > 0 {
			w.WriteHeader(p.fail[0])
			p.fail = p.fail[1:]
			return
		}
		var a wire.MessagePage
		if !q.Has("afterSeq") {
			if n := len(p.seqs); n > 0 {
				a.Messages = []wire.Message{{RoomSeq: p.seqs[n-1]}}
			}
		}
		after, _ := strconv.ParseInt(q.Get("afterSeq"), 10, 64)
		for _, s := range p.seqs {
			if q.Has("afterSeq") && s > after {
				if len(a.Messages) == 2 {
					a.Pagination.HasMore = true
					break
				}
				a.Messages = append(a.Messages, wire.Message{RoomSeq: s, Text: fmt.Sprint(s)})
			}
		}
		_ = json.NewEncoder(w).Encode(a)
	})
}

func (p *past) add(seqs ...int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seqs = append(p.seqs, seqs...)
}

// say sends messages of general as events.
func (s *fakeSocket) say(seqs ...int64) {
	for _, n := range seqs {
		s.event(wire.TypeChatMessage, wire.ChatMessage{RoomSlug: "general", RoomSeq: n, Text: fmt.Sprint(n)})
	}
}

// reader follows general and keeps what it is given.
type reader struct {
	mu   sync.Mutex
	got  []int64
	err  error
	done chan struct{}
}

func follow(ctx context.Context, c *Conn, after int64) *reader {
	r := &reader{done: make(chan struct{})}
	go func() {
		defer close(r.done)
		for m, err := range c.Follow(ctx, "general", after) {
			r.mu.Lock()
			if err != nil {
				r.err = err
			} else {
				r.got = append(r.got, m.RoomSeq)
			}
			r.mu.Unlock()
		}
	}()
	return r
}

func (r *reader) want(t *testing.T, from, to int64) {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, n := range r.got {
		if n != from+int64(i) {
			t.Fatalf("got %v, want %d to %d", r.got, from, to)
		}
	}
	if int64(len(r.got)) != to-from+1 {
		t.Fatalf("got %v, want %d to %d", r.got, from, to)
	}
}

func TestFollowLeavesNothingOut(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		var p past
		p.serve(srv)
		p.add(1, 2, 3, 4, 5)
		c, s := joined(t, srv)
		r := follow(t.Context(), c, 1)
		r.want(t, 2, 5)
		p.add(6, 7)
		s.say(6, 7, 7)
		s.event(wire.TypeChatMessage, wire.ChatMessage{RoomSlug: "other", RoomSeq: 90})
		r.want(t, 2, 7)
		p.add(8, 9, 10)
		s.say(10) // two are missing: they come first
		r.want(t, 2, 10)

		// A resumed session replays; a new one begins where history ends.
		s.lose()
		n := srv.next()
		n.send(wire.TypeServerResumed, wire.Resumed{SessionID: "s1"}, 0)
		n.seq = s.seq
		n.say(11)
		r.want(t, 2, 11)
		n.lose()
		p.add(11, 12, 13, 14)
		n = srv.next()
		p.mu.Lock()
		p.fail = []int{http.StatusInternalServerError, http.StatusBadGateway}
		p.mu.Unlock()
		n.ready("s2")
		n.ack(n.want(wire.TypeRoomJoin), wire.Ack{})
		n.say(14, 15)
		time.Sleep(DefaultBackoff.Max) // for the third try to ask history
		r.want(t, 2, 15)
		_ = c.Close()
		<-r.done
		if !errors.Is(r.err, ErrClosed) {
			t.Errorf("ended with %v", r.err)
		}
	})
}

// One who does not read for a while gets from history what the queue could not
// hold.
func TestFollowSlowly(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		var p past
		p.serve(srv)
		c, s := joined(t, srv)
		defer c.Close()
		ctx, stop := context.WithCancel(t.Context())
		const all = 3 * feedQueue
		next := int64(1)
		first := make(chan struct{})
		hold := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for m, err := range c.Follow(ctx, "general", -1) {
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					return
				}
				if m.RoomSeq != next {
					t.Errorf("got %d, want %d", m.RoomSeq, next)
				}
				if next == 1 {
					close(first)
					<-hold
				}
				next++
			}
		}()
		synctest.Wait()
		p.add(1)
		s.say(1)
		<-first
		for i := int64(2); i <= all; i++ {
			p.add(i)
			s.say(i)
		}
		synctest.Wait()
		close(hold)
		synctest.Wait()
		if next != all+1 {
			t.Errorf("%d came, want %d", next-1, all)
		}
		stop()
		<-done
	})
}

func TestFollowEnds(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		var p past
		p.serve(srv)
		p.add(1, 2, 3)
		p.fail = []int{http.StatusForbidden}
		c, _ := joined(t, srv)
		defer c.Close()
		r := follow(t.Context(), c, 0)
		<-r.done
		var coded *wire.Error
		if !errors.As(r.err, &coded) || coded.Code != wire.CodeForbidden {
			t.Errorf("got %v", r.err)
		}
		for m, err := range c.Follow(t.Context(), "general", 0) {
			if err != nil || m.RoomSeq != 1 {
				t.Errorf("%+v %v", m, err)
			}
			break
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.feeds) != 0 {
			t.Errorf("%d still follow", len(c.feeds))
		}
	})
}
