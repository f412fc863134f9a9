package wire

// VoiceQuality is the server's word to one client in voice: what it is sent and
// why, and what it should send. It comes when that changes, and now and then
// while there is something to tell.
type VoiceQuality struct {
	Downlink DownlinkQuality `json:"downlink"`
	Uplink   UplinkQuality   `json:"uplink"`
}

// DownlinkState says how well a listener's downlink carries what he is sent.
type DownlinkState string

// The states of a downlink.
const (
	DownlinkGood DownlinkState = "good"
	DownlinkFair DownlinkState = "fair" // steps were taken, and they hold
	DownlinkPoor DownlinkState = "poor" // it is heard
	DownlinkLost DownlinkState = "lost" // nothing gets through at the moment
)

// DownlinkLayer is the layer that a listener is sent.
type DownlinkLayer string

// The layers of a downlink.
const (
	DownlinkHigh DownlinkLayer = "high"
	DownlinkLow  DownlinkLayer = "low"
	DownlinkNone DownlinkLayer = "none" // nothing is sent for a moment, so that a queue can empty
)

// DownlinkQuality is what a listener is sent. Redundancy is how many earlier
// frames each packet repeats (RFC 2198), 0 to 3; FrameMs how long a packet's
// audio is; Slots how many talkers he hears at a time. LossPct is of the last
// seconds, before anything was repaired; EstimateBps what the path carries, in
// bit/s, 0 while that is not known. Reason is why the latest step was taken.
type DownlinkQuality struct {
	State       DownlinkState `json:"state"`
	Layer       DownlinkLayer `json:"layer"`
	Redundancy  int           `json:"redundancy"`
	FrameMs     int           `json:"frameMs"`
	Slots       int           `json:"slots"`
	LossPct     float64       `json:"lossPct"`
	EstimateBps int           `json:"estimateBps"`
	Reason      string        `json:"reason"`
}

// UplinkQuality is what a client should send: Layers are those that somebody
// wants (none for a moment where a queue on the way is to empty), MaxBitrate is the high layer's in bit/s and LowMaxBitrate the low one's
// (absent: 16000; less while somebody's path carries no more), Redundancy how many
// earlier frames a packet should repeat, FrameMs how long a packet's audio should
// be, where the client can. LossPct is what is lost on the way to the server: 100
// when nothing comes of a microphone that is on, so that who is sending to the
// server then knows that his path is dead.
type UplinkQuality struct {
	MaxBitrate    int     `json:"maxBitrate"`
	LowMaxBitrate int     `json:"lowMaxBitrate,omitempty"`
	Layers        []Layer `json:"layers"`
	Redundancy    int     `json:"redundancy"`
	FrameMs       int     `json:"frameMs"`
	LossPct       float64 `json:"lossPct"`
}
