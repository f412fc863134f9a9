package sfu

import (
	"math"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
)

const (
	// tellQualityUs is how soon a change is told after the last word, and
	// repeatQualityUs how often the figures are while they are not good.
	tellQualityUs   = 500_000
	repeatQualityUs = 3_000_000
	// silenceToldUs is how long a publisher is told again that he is not heard: it
	// may be as it should be, for pairs carry the room's voice.
	silenceToldUs = 12_000_000
	// firstWordUs is how long after the connection the first word comes: enough
	// to have heard of the path.
	firstWordUs = 1_000_000
)

// Quality is the server's word to one participant: what he is sent and why, and
// what he should send.
type Quality struct {
	Downlink Downlink
	Uplink   Uplink
}

// Downlink is what a listener is sent. State is "good", "fair", "poor" or
// "lost", Layer "high", "low" or "none". Redundancy is how many earlier frames
// each packet repeats, Loss the share lost in percent before anything was
// repaired, Estimate what the path carries in bit/s (0: not known), Reason why
// the latest step was taken.
type Downlink struct {
	State, Layer               string
	Redundancy, FrameMs, Slots int
	Loss                       float64
	Estimate                   int
	Reason                     string
}

// Uplink is what a participant should send: the layers that somebody wants, none
// during a pause in which his queue empties, MaxBitrate in bit/s of the high one
// and LowMaxBitrate of the low one, how many earlier frames a packet should repeat
// and how long its audio should be. Loss is what is lost on the way here, in
// percent: 100 when nothing comes of a microphone that is on.
type Uplink struct {
	High, Low                 bool
	MaxBitrate, LowMaxBitrate int
	Redundancy, FrameMs       int
	Loss                      float64
}

// told is what a participant was told of his quality, and when.
type told struct {
	word  Quality // without figures
	loss  float64 // the larger of both, in percent
	at    int64
	first bool // there was a word
}

// qualityNews notes a word on the participant's quality when there is something
// to tell.
func (p *Peer) qualityNews(now int64, l *link) {
	t := &p.toldQuality
	switch age := now - t.at; {
	case !t.first && now-l.watch.connectedAt < firstWordUs, t.first && age < tellQualityUs && !p.uplink.urgent:
		return
	}
	p.uplink.urgent = false
	q := p.quality(l)
	word := q
	word.Downlink.Loss, word.Downlink.Estimate = 0, 0
	if !p.uplink.silent {
		word.Uplink.Loss = 0
	}
	loss := max(q.Downlink.Loss, q.Uplink.Loss)
	known := p.uplink.silent && now-p.uplink.silentAt > silenceToldUs
	// A loss that was told of is told of until it has ended.
	quiet := q.Downlink.State == "good" && (q.Uplink.Loss < 1 && t.loss < 1 || known)
	if t.first && word == t.word && (quiet || now-t.at < repeatQualityUs) {
		return
	}
	*t = told{word, loss, now, true}
	p.news.quality = &q
}

// quality is the word of now.
func (p *Peer) quality(l *link) Quality {
	j, u := &l.judge, &p.uplink
	d := Downlink{
		State: "good", Layer: "high", FrameMs: 20, Slots: len(l.slots),
		Loss: tenths(j.seen.Loss * 100), Estimate: j.seen.EstimateBps / 1000 * 1000, Reason: string(j.reason),
	}
	switch {
	case p.deafened: // he is sent nothing, as he wants, and not judged
		d.Loss, d.Reason = 0, ""
	case j.begun:
		d.State, d.Layer = ladder.Quality(j.plan, j.seen), j.plan.At(j.seen.At).String()
		d.Redundancy, d.FrameMs, d.Slots = j.plan.Redundancy, j.plan.FrameMs, j.plan.Slots
	}
	return Quality{d, Uplink{
		High: u.plan.High, Low: u.plan.Low, MaxBitrate: u.plan.MaxBitrate, LowMaxBitrate: u.plan.LowBitrate, Redundancy: u.plan.Redundancy, FrameMs: u.plan.FrameMs,
		Loss: tenths(u.seen.Loss * 100),
	}}
}

func tenths(v float64) float64 { return math.Round(v*10) / 10 }
