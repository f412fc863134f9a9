package signaling

import (
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// BenchmarkFanOut1000 is one chat message to 1000 sockets: made once, queued a
// thousand times, finished with each session's seq.
func BenchmarkFanOut1000(b *testing.B) {
	const sockets = 1000
	outs := make([]*outbox, sockets)
	for i := range outs {
		outs[i] = newOutbox(1024, 4<<20, time.Minute, func(ending) {})
	}
	msg := wire.ChatMessage{
		ID: "0190a8c0-0000-7000-8000-000000000000", RoomID: "0190a8c0-0000-7000-8000-000000000001", RoomSlug: "general",
		RoomSeq: 42, UserID: "0190a8c0-0000-7000-8000-000000000002", UserName: "Ada", Text: "How do you do, everybody?", SenderRequestID: "r1",
	}
	var p piece
	b.ReportAllocs()
	for b.Loop() {
		f := encode(wire.TypeChatMessage, msg)
		for _, o := range outs {
			o.event(f)
		}
		for _, o := range outs {
			items, _ := o.take()
			p.fill(items)
			recycle(items)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/sockets, "ns/socket")
}
