package apitest_test

import (
	"net/http"
	"testing"

	"github.com/boltorezka/boltorezka/docs/api/apitest"
)

// TestValidator is a test of the test: what is not in the documents is found.
func TestValidator(t *testing.T) {
	v := apitest.New(t)
	for frame, fine := range map[string]bool{
		`{"type":"pong","payload":{"ts":1}}`:                                                         true,
		`{"type":"pong","payload":{"ts":"1"}}`:                                                       false,
		`{"type":"pong","payload":{}}`:                                                               false,
		`{"type":"nothing","payload":{}}`:                                                            false,
		`{"type":"room.left","payload":{"roomId":"a","roomSlug":"b"}}`:                               false, // no seq
		`{"type":"room.left","seq":1,"payload":{"roomId":"a","roomSlug":"b"}}`:                       true,
		`{"type":"nack","payload":{"requestId":"r","eventType":"e","code":"x","message":"","ts":1}}`: false,
	} {
		if err := v.Event([]byte(frame)); (err == nil) != fine {
			t.Errorf("%s: %v", frame, err)
		}
	}
	if err := v.Request([]byte(`{"type":"chat.send","payload":{"text":""}}`)); err == nil {
		t.Error("an empty text is in order")
	}
	if err := v.Request([]byte(`{"type":"chat.send","requestId":"r","payload":{"text":"hi"}}`)); err != nil {
		t.Error(err)
	}
	asJSON := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for _, c := range []struct {
		method, path string
		status       int
		body         string
		fine         bool
	}{
		{"GET", "/version", 200, `{"version":"1","commit":"c","builtAt":"b"}`, true},
		{"GET", "/version", 200, `{"version":1}`, false},
		{"GET", "/version", 201, `{}`, false},
		{"GET", "/v1/rooms/general/messages", 404, `{"error":"RoomNotFound","message":"m"}`, true},
		{"GET", "/v1/rooms/general/messages", 404, `{"error":"Internal","message":"m"}`, false},
		{"POST", "/v1/rooms/tree", 405, `{}`, true},
		{"GET", "/some/page", 200, ``, true},
	} {
		if err := v.Response(c.method, c.path, c.status, asJSON, []byte(c.body)); (err == nil) != c.fine {
			t.Errorf("%s %s %d: %v", c.method, c.path, c.status, err)
		}
	}
}
