package interop

import (
	"encoding/json"
	"math"
	"testing"
)

// rtpStat is an entry of getStats (W3C webrtc-stats) about an RTP stream.
type rtpStat struct {
	Type                     string   `json:"type"`
	PacketsReceived          uint64   `json:"packetsReceived"`
	PacketsSent              uint64   `json:"packetsSent"`
	PacketsLost              int64    `json:"packetsLost"`
	TotalSamplesReceived     float64  `json:"totalSamplesReceived"`
	ConcealedSamples         float64  `json:"concealedSamples"`
	JitterBufferDelay        float64  `json:"jitterBufferDelay"`
	JitterBufferEmittedCount float64  `json:"jitterBufferEmittedCount"`
	RoundTripTime            *float64 `json:"roundTripTime"`
	RemoteTimestamp          *float64 `json:"remoteTimestamp"`
}

// checkStats checks what a browser knew of its connection to the SFU before it
// left: that nothing was lost, that the SFU's receiver reports gave it a round
// trip and the sender reports the SFU's clock, which is this machine's, and
// that packets carried the CSRC and the level of who was heard.
func checkStats(t *testing.T, p participant) {
	t.Helper()
	var known struct {
		// Now is the page's clock, ms since 1970.
		Now     float64
		Stats   []rtpStat
		Sources []struct {
			Source     uint32
			AudioLevel *float64
		}
	}
	must(t, json.Unmarshal(p.(*program).stats, &known))
	if len(known.Sources) == 0 {
		t.Error("getContributingSources is empty")
	}
	for _, s := range known.Sources {
		if s.AudioLevel == nil || *s.AudioLevel <= 0 || *s.AudioLevel >= 1 {
			t.Errorf("no level of the contributing source %d", s.Source)
		}
	}
	seen := make(map[string]bool)
	for _, s := range known.Stats {
		switch s.Type {
		case "inbound-rtp":
			if s.PacketsReceived == 0 {
				continue // a slot that nobody was in
			}
			t.Logf("%d packets, %.2f%% concealed, %.0f ms in the jitter buffer", s.PacketsReceived,
				100*s.ConcealedSamples/s.TotalSamplesReceived, 1000*s.JitterBufferDelay/s.JitterBufferEmittedCount)
			if s.PacketsLost != 0 {
				t.Errorf("%d packets lost on the way down", s.PacketsLost)
			}
		case "outbound-rtp":
			if s.PacketsSent == 0 {
				continue // the low layer, which nobody wants
			}
		case "remote-inbound-rtp":
			if s.PacketsLost != 0 {
				t.Errorf("%d packets lost on the way up", s.PacketsLost)
			}
			if s.RoundTripTime == nil || *s.RoundTripTime < 0 || *s.RoundTripTime > 1 {
				t.Errorf("no round trip from the SFU's receiver reports")
			} else {
				t.Logf("round trip %.1f ms", 1000**s.RoundTripTime)
			}
		case "remote-outbound-rtp":
			// Reports come every two seconds or so.
			if s.RemoteTimestamp == nil || math.Abs(known.Now-*s.RemoteTimestamp) > 10_000 {
				t.Errorf("the sender reports' clock: %v, the page's: %v", s.RemoteTimestamp, known.Now)
			}
		default:
			continue
		}
		seen[s.Type] = true
	}
	for _, want := range []string{"inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "remote-outbound-rtp"} {
		if !seen[want] {
			t.Errorf("no %s in getStats", want)
		}
	}
}
