package loadtest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// ledger is the account of one room's messages: what was sent, what was acked,
// and who got it.
type ledger struct {
	room, people int

	mu        sync.Mutex
	messages  []message
	order     map[int64]int // the message, by roomSeq, of whoever got it first
	conflicts uint64        // a roomSeq that is another message for somebody else
}

// message is one message of load; its place in the ledger is its number.
type message struct {
	due    int64 // when it was to be sent, Unix ns
	sender int
	acked  bool
	again  bool // sent more than once, so its sender may be shown it twice
	got    int  // clients that have it, by whatever way
	live   int  // those that have it as an event
}

// mark begins the text of every message of load: `lt:run:room:number:sender:due `
// and then padding. It is found in an event without decoding it.
var textMark = []byte(`"text":"lt:`)

// text writes a message of at least its own head, and size characters if that
// is more.
func text(run string, room, number, sender int, due int64, size int) string {
	b := fmt.Appendf(nil, "lt:%s:%d:%d:%d:%d ", run, room, number, sender, due)
	for i := len(b); i < size; i++ {
		b = append(b, "load "[i%5])
	}
	return string(b)
}

// label is what a message of load says of itself.
type label struct {
	run                  string
	room, number, sender int
	due                  int64
}

// readText reads what text wrote; false for other people's words.
func readText(s []byte) (label, bool) {
	rest, ok := bytes.CutPrefix(s, textMark[len(`"text":"`):])
	end := bytes.IndexByte(rest, ' ')
	if !ok || end < 0 {
		return label{}, false
	}
	var l label
	var field []byte
	rest = rest[:end]
	for i := range 5 {
		field, rest, ok = bytes.Cut(rest, []byte{':'})
		if ok != (i < 4) {
			return label{}, false
		}
		n, err := int64(0), error(nil)
		if i > 0 {
			if n, err = strconv.ParseInt(string(field), 10, 64); err != nil || n < 0 {
				return label{}, false
			}
		}
		switch i {
		case 0:
			l.run = string(field)
		case 1:
			l.room = int(n)
		case 2:
			l.number = int(n)
		case 3:
			l.sender = int(n)
		case 4:
			l.due = n
		}
	}
	return l, true
}

var roomSeqMark = []byte(`"roomSeq":`)

// readChat reads the label and roomSeq of a chat.message as it came.
func readChat(raw []byte) (label, int64, bool) {
	i := bytes.Index(raw, textMark)
	j := bytes.Index(raw, roomSeqMark)
	if i < 0 || j < 0 {
		return label{}, 0, false
	}
	l, ok := readText(raw[i+len(`"text":"`):])
	if !ok {
		return label{}, 0, false
	}
	digits := raw[j+len(roomSeqMark):]
	end := 0
	for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
		end++
	}
	seq, err := strconv.ParseInt(string(digits[:end]), 10, 64)
	return l, seq, err == nil
}

// enter notes a message that is about to be sent and returns its number.
func (l *ledger) enter(due time.Time, sender int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = append(l.messages, message{due: due.UnixNano(), sender: sender})
	return len(l.messages) - 1
}

// ack notes the server's word that the message is kept; it returns when the
// message was due.
func (l *ledger) ack(number int) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages[number].acked = true
	return l.messages[number].due
}

func (l *ledger) resent(number int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages[number].again = true
}

// delivered notes that one more client has a message, under roomSeq.
func (l *ledger) delivered(number int, roomSeq int64, live bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages[number].got++
	if live {
		l.messages[number].live++
	}
	if first, ok := l.order[roomSeq]; !ok {
		l.order[roomSeq] = number
	} else if first != number {
		l.conflicts++
	}
}

// own says whether the message is sender's and was sent more than once.
func (l *ledger) own(number, sender int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.messages[number].again && l.messages[number].sender == sender
}

func (l *ledger) has(number int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return number < len(l.messages)
}

// account sums up the messages that were due within w into c.
func (l *ledger) account(w *window, c *Deliveries) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.messages {
		if !w.has(m.due) {
			continue
		}
		c.Sent++
		if !m.acked {
			c.Unacked++
			continue
		}
		c.Acked++
		c.Expected += uint64(l.people)
		c.Lost += int64(l.people - m.got)
		c.Recovered += uint64(m.got - m.live)
	}
	c.Conflicts += l.conflicts
	// One order for everybody, in which each is once and no sender's messages
	// have changed places.
	last := map[int]int{}
	stored := map[int]bool{}
	for _, seq := range slices.Sorted(maps.Keys(l.order)) {
		n := l.order[seq]
		if stored[n] {
			c.StoredTwice++
			continue
		}
		stored[n] = true
		sender := l.messages[n].sender
		if before, ok := last[sender]; ok && n < before {
			c.Disorder++
		}
		last[sender] = n
	}
}
