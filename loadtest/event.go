package loadtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// event is one message of the server. Most are looked at by thousands of
// clients and of interest for one number in them, so only what is asked for is
// decoded. raw is valid until the handler returns.
type event struct {
	typ string
	seq uint64
	raw []byte
}

var (
	typeStart = []byte(`{"type":"`)
	seqStart  = []byte(`,"seq":`)
	interned  = func() map[string]string {
		m := map[string]string{}
		for _, t := range []string{
			wire.TypeServerReady, wire.TypeServerResumed, wire.TypeError, wire.TypeAck, wire.TypeNack, wire.TypePong,
			wire.TypeRoomJoined, wire.TypeRoomLeft, wire.TypeRoomPresence, wire.TypeRoomsPresence, wire.TypeRoomsPresenceChanged,
			wire.TypePresenceJoined, wire.TypePresenceLeft, wire.TypeChatMessage, wire.TypeCallInitialState,
		} {
			m[t] = t
		}
		return m
	}()
)

// readEvent finds type and seq: without decoding where they are the first and
// the last member of the object, as this server writes them.
func readEvent(raw []byte) (event, error) {
	if rest, ok := bytes.CutPrefix(raw, typeStart); ok {
		if end := bytes.IndexByte(rest, '"'); end > 0 {
			typ, known := interned[string(rest[:end])]
			if !known {
				typ = string(rest[:end])
			}
			if i := bytes.LastIndex(raw, seqStart); i >= 0 {
				if tail := raw[i+len(seqStart):]; len(tail) > 1 && tail[len(tail)-1] == '}' {
					if seq, err := strconv.ParseUint(string(tail[:len(tail)-1]), 10, 64); err == nil {
						return event{typ: typ, seq: seq, raw: raw}, nil
					}
				}
			}
			switch typ {
			case wire.TypeAck, wire.TypeNack, wire.TypePong, wire.TypeError, wire.TypeServerResumed:
				return event{typ: typ, raw: raw}, nil
			}
		}
	}
	var w wire.Event
	if err := json.Unmarshal(raw, &w); err != nil {
		return event{}, fmt.Errorf("loadtest: event: %w", err)
	}
	return event{typ: w.Type, seq: w.Seq, raw: raw}, nil
}

// payload decodes the event's payload.
func (e event) payload(into any) error {
	w := struct {
		Payload any `json:"payload"`
	}{into}
	if err := json.Unmarshal(e.raw, &w); err != nil {
		return fmt.Errorf("loadtest: %s: %w", e.typ, err)
	}
	return nil
}

// payloadBytes is the payload as it came, without what is each session's own.
func (e event) payloadBytes() []byte {
	b := e.raw
	if i := bytes.LastIndex(b, seqStart); i >= 0 {
		b = b[:i]
	}
	return b
}
