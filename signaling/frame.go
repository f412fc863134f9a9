package signaling

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// frame is an encoded event without its end: `{"type":"t","payload":p`. All
// receivers share its bytes; the writer appends what is each session's own.
type frame []byte

// frameEnd is the most bytes that finish adds: a comma, a key, a number, a brace.
const frameEnd = len(`,"seq":18446744073709551615}`)

// encode makes a frame. All payloads are wire types, and raw JSON in them came
// out of a decoder, so a failure is a mistake of this package's.
func encode(typ string, payload any) frame {
	p, err := json.Marshal(payload)
	if err != nil {
		panic(fmt.Errorf("signaling: encode %s: %w", typ, err))
	}
	f := make(frame, 0, len(typ)+len(p)+24)
	f = append(f, `{"type":"`...)
	f = append(f, typ...)
	f = append(f, `","payload":`...)
	return append(f, p...)
}

// finish appends the whole message to buf; seq 0 leaves the seq out.
func (f frame) finish(buf []byte, seq uint64) []byte {
	buf = append(buf, f...)
	if seq != 0 {
		buf = append(buf, `,"seq":`...)
		buf = strconv.AppendUint(buf, seq, 10)
	}
	return append(buf, '}')
}
