package client

import (
	"encoding/json"
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestDecodeEvent(t *testing.T) {
	e, err := DecodeEvent([]byte(`{"type":"chat.message","seq":7,"payload":{"text":"hi","roomSeq":3,"new":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := e.Payload.(*wire.ChatMessage); !ok || m.Text != "hi" || e.Seq != 7 {
		t.Errorf("%+v", e)
	}
	if e, err = DecodeEvent([]byte(`{"type":"later.thing","payload":[1]}`)); err != nil {
		t.Fatal(err)
	}
	if raw, ok := e.Payload.(json.RawMessage); !ok || string(raw) != "[1]" {
		t.Errorf("%+v", e)
	}
	for _, bad := range []string{``, `[]`, `{}`, `{"type":"ack","payload":[]}`, `{"type":"ack","seq":-1}`} {
		if _, err := DecodeEvent([]byte(bad)); err == nil {
			t.Errorf("%s accepted", bad)
		}
	}
}

// FuzzDecodeEvent feeds a connection what a broken or hostile server might
// send: it must neither panic nor let a payload of another type through.
func FuzzDecodeEvent(f *testing.F) {
	for typ, mk := range payloads {
		p, _ := json.Marshal(mk())
		b, _ := json.Marshal(wire.Event{Type: typ, Payload: p, Seq: 3})
		f.Add(b)
	}
	f.Add([]byte(`{"type":"sfu.ice","payload":{"epoch":1,"candidate":null}}`))
	f.Add([]byte(`{"type":"voice.joined","payload":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEvent(b)
		if err != nil {
			return
		}
		c := &Conn{events: make(chan Event, 1), pending: map[string]*request{}}
		c.take(&socket{}, e)
		c.take(&socket{}, e)
	})
}
