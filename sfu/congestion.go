package sfu

import (
	"encoding/binary"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/estimate"
	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01),
// both ways: what listeners say of the packets they were sent, and what is said
// to publishers of theirs.

const (
	// downHistory is how many packets to a listener wait for their feedback: a
	// second of four speakers, or a quarter of one of twenty. It is a power of two.
	downHistory = 256
	// feedbackEveryUs is how often a publisher is told.
	feedbackEveryUs = 100_000
	// ackEveryUs is how often one is told that packets without numbers come, though
	// he agreed to them: by what comes back he knows his path from a dead one.
	ackEveryUs = 200_000
	// settleUs is how long after it was sent a packet that was told of as lost is
	// waited for, beyond the time that the newest took to be told of: what others
	// overtook is told of again with the next feedback.
	settleUs = 100_000
	// tellAtOnce is how many packets of one feedback go to the estimator at a time.
	tellAtOnce = 64
)

// downlink is what a listener's feedback tells of his path.
type downlink struct {
	seq  uint16 // of the next packet
	list [downHistory]departure

	acked, lost, unknown uint32
	lossAvg              float32 // share, over some 100 packets
	heardAt              int64   // the latest feedback on packets that were sent
	stalls               uint8   // of the latest packet that was told of

	settled uint16 // the next packet that is to be counted as come or lost for good
	newest  uint16 // the latest that was told of
	begun   bool   // one was
}

type departure struct {
	seq   uint16
	size  uint16 // 0: told of already, or none
	lost  bool   // told of as lost; it may still come
	told  bool   // told of
	again bool   // it was sent again, under the same number: what is told of it now is not of the path
	// How many stalls the clock had left out, the lower 8 bits: the client's has not.
	stalls uint8
	at     uint32 // microseconds, the lower 32 bits
}

// sent notes the packet that was given the number seq, and after how many stalls of the clock.
func (d *downlink) sent(now int64, stalls uint32, size int) {
	p := &d.list[d.seq%downHistory]
	if d.begun && d.seq-d.settled == downHistory {
		d.settled++ // nothing was told of it in time
	}
	*p = departure{seq: d.seq, size: uint16(size), stalls: uint8(stalls), at: uint32(now)}
	d.seq++
}

// resent notes that the packet of a number was lost and was sent again.
func (d *downlink) resent(wide uint16) {
	if p := &d.list[wide%downHistory]; p.seq == wide {
		p.again = true
	}
}

// take reads one feedback packet and hands what it tells of to the judge.
func (d *downlink) take(now int64, b []byte, j *judge) error {
	var list [tellAtOnce]estimate.Packet
	tell := list[:0]
	note := func(p estimate.Packet) {
		if len(tell) == cap(tell) {
			j.estimator.Take(now, tell)
			tell = list[:0]
		}
		tell = append(tell, p)
	}
	err := rtpmap.EachArrival(b, func(a rtpmap.Arrival) {
		p := &d.list[a.Seq%downHistory]
		switch {
		case p.seq != a.Seq:
			d.unknown++ // never sent, or too long ago
			return
		case p.size == 0 || p.lost && (!a.Arrived || p.again):
			return // told of before
		}
		d.heardAt = now
		if d.note(a.Seq); !a.Arrived || p.again {
			p.lost = true
			d.lost++
			return
		}
		if p.lost {
			d.lost--
			p.lost = false
		}
		if p.stalls != d.stalls {
			j.estimator.Take(now, tell)
			j.estimator.Resume()
			tell, d.stalls = list[:0], p.stalls
		}
		d.acked++
		note(estimate.Packet{Sent: now - int64(uint32(now)-p.at), Arrived: a.At, Size: int(p.size)})
		p.size = 0
	})
	d.settle(now, j, note)
	j.estimator.Take(now, tell)
	return err
}

// note notes that a packet was told of.
func (d *downlink) note(seq uint16) {
	if !d.begun {
		d.begun, d.settled, d.newest = true, seq, seq
	}
	if int16(seq-d.newest) > 0 {
		d.newest = seq
	}
	d.list[seq%downHistory].told = true
}

// settle counts packets as come or lost, in the order in which they were sent,
// once that is not going to change.
func (d *downlink) settle(now int64, j *judge, note func(estimate.Packet)) {
	if !d.begun {
		return
	}
	latest := d.list[d.newest%downHistory].at
	for ; int16(d.newest-d.settled) >= 0; d.settled++ {
		p := &d.list[d.settled%downHistory]
		switch {
		case p.seq != d.settled || !p.told: // nobody will tell
		case !p.lost:
			d.lossAvg -= d.lossAvg / 100
			j.arrivedOne()
		case latest-p.at < settleUs:
			return
		default:
			d.lossAvg += (1 - d.lossAvg) / 100
			j.lostOne()
			note(estimate.Packet{Sent: now - int64(uint32(now)-p.at), Size: int(p.size), Lost: true})
		}
	}
}

// told takes a listener's feedback.
func (l *link) told(now int64, b []byte) bool {
	d, m := l.down, &l.peer.room.metrics
	acked, lost, unknown := d.acked, d.lost, d.unknown
	err := d.take(now, b, &l.judge)
	m.feedbackAcked.Add(uint64(d.acked - acked))
	m.feedbackUnknown.Add(uint64(d.unknown - unknown))
	if d.lost > lost { // fewer: some came late after all
		m.feedbackLost.Add(uint64(d.lost - lost))
	}
	l.alarmed(now)
	return err == nil
}

// arrivals collects what a publisher is told; it is made with his first
// numbered packet.
type arrivals struct {
	recorder *twcc.Recorder
	last     uint16
	next     int64
	bare     bool // packets came without a number
}

// maxLeap is how far a publisher's transport-wide numbers may leap. Pion's
// recorder keeps a place for each number between two, and looks through them.
const maxLeap = 1000

// arrived notes a publisher's packet with its transport-wide number.
func (l *link) arrived(now int64, in *inbound, h *rtp.Header) {
	if in.track == nil || in.track.twccID == 0 {
		return
	}
	u := &l.up
	v := h.GetExtension(in.track.twccID)
	if len(v) != 2 {
		u.bare = true
		return
	}
	number := binary.BigEndian.Uint16(v)
	if d := int16(number - u.last); u.recorder == nil || d > maxLeap || d < -maxLeap {
		u.recorder, u.next = twcc.NewRecorder(l.rtcp), now+feedbackEveryUs
	}
	u.last = number
	u.recorder.Record(in.ssrc, number, now)
}

// feedback tells a publisher when it is time to.
func (l *link) feedback(now int64, w *transport.Batch) {
	u := &l.up
	switch {
	case now < u.next:
	case u.recorder != nil && u.recorder.PacketsHeld() > 0:
		u.next, u.bare = now+feedbackEveryUs, false
		l.sendFeedback(w, u.recorder.BuildFeedbackPacket()...)
	case u.bare:
		u.next, u.bare = now+ackEveryUs, false
		if l.rsize {
			l.sendFeedback(w, &rtcp.ReceiverReport{SSRC: l.rtcp})
		} else {
			l.sendFeedback(w) // which has one
		}
	}
}
