package sfu

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pion/sdp/v3"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// Header extensions the SFU reads or writes.
const (
	levelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level" // RFC 6464
	midURI   = "urn:ietf:params:rtp-hdrext:sdes:mid"         // RFC 9143
	// Transport-wide sequence numbers.
	twccURI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

const (
	// maxOffer bounds an offer in bytes.
	maxOffer = 64 << 10
	// maxLines bounds the m-lines of an offer, maxAttributes the attributes of
	// one of them or of the session, maxFormats a line's payload types: there
	// are no more than 128 different ones.
	maxLines      = 64
	maxAttributes = 500
	maxFormats    = 128
	// maxCandidate bounds a trickled candidate in bytes.
	maxCandidate = 1000
)

// offer is what the SFU needs of a client's SDP.
type offer struct {
	remote transport.Remote
	lines  []line
}

// rsize says whether reduced-size RTCP is offered (RFC 5506 section 5.1): for
// all media, since all share one transport.
func (o *offer) rsize() bool {
	for i := range o.lines {
		if o.lines[i].usable() && !o.lines[i].rsize {
			return false
		}
	}
	return true
}

// line is one m-line of an offer.
type line struct {
	mid, media, proto string
	direction         string
	rejected          bool
	opusPT            uint8 // 0: no Opus; dynamic types are never 0
	redPT             uint8 // of redundant Opus (RFC 2198), 0: not offered
	levelID, midID    uint8
	twccID            uint8 // 0 also where transport-wide feedback is not offered
	nack              bool  // RFC 4585 section 6.2.1
	fec               bool  // the client makes use of in-band FEC (RFC 7587 section 6.1)
	rsize             bool  // reduced-size RTCP, RFC 5506
	ssrcs             []uint32
	formats           []string
	firstMap          string // the a=rtpmap of the first format
}

// sends and receives are from the client's point of view.
func (l *line) sends() bool {
	return l.usable() && (l.direction == "sendonly" || l.direction == "sendrecv")
}
func (l *line) receives() bool { return l.usable() && l.direction == "recvonly" }
func (l *line) usable() bool {
	return l.media == "audio" && !l.rejected && l.opusPT != 0 && strings.HasSuffix(l.proto, "RTP/SAVPF")
}

// parseOffer reads an offer (RFC 8866, RFC 9429). It accepts what a WebRTC
// client offers, audio bundled on one transport, and says what is missing
// otherwise.
func parseOffer(text string) (*offer, error) {
	if len(text) > maxOffer {
		return nil, refuse("the SDP has %d bytes: want %d at most", len(text), maxOffer)
	}
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return nil, refuse("the SDP is no text: it has NUL bytes or is not UTF-8")
	}
	var sd sdp.SessionDescription
	if err := sd.UnmarshalString(text); err != nil {
		return nil, refuse("the SDP cannot be read: %v", err)
	}
	if n := len(sd.MediaDescriptions); n == 0 || n > maxLines {
		return nil, refuse("the SDP has %d m-lines: want 1 to %d", n, maxLines)
	}
	if n := len(sd.Attributes); n > maxAttributes {
		return nil, refuse("the SDP's session part has %d attributes: want %d at most", n, maxAttributes)
	}
	o := &offer{}
	mids := make(map[string]bool)
	var transportLine *sdp.MediaDescription
	bundle := bundled(&sd)
	if len(bundle) > maxLines {
		return nil, refuse("a=group:BUNDLE names %d m-lines: want %d at most", len(bundle), maxLines)
	}
	for i, m := range sd.MediaDescriptions {
		l, err := parseLine(m, sd.Attributes)
		if err != nil {
			return nil, refuse("m-line %d: %v", i, err)
		}
		if l.mid == "" && len(sd.MediaDescriptions) > 1 {
			return nil, refuse("m-line %d has no a=mid", i)
		}
		if mids[l.mid] {
			return nil, refuse("a=mid:%s stands on two m-lines", l.mid)
		}
		mids[l.mid] = true
		if l.usable() {
			switch {
			case transportLine == nil:
				transportLine = m
			case !slices.Contains(bundle, l.mid):
				return nil, refuse("m-line %d (mid %s) is not in a=group:BUNDLE: all media share one transport", i, l.mid)
			}
			if _, ok := m.Attribute("rtcp-mux"); !ok {
				return nil, refuse("m-line %d has no a=rtcp-mux", i)
			}
		}
		o.lines = append(o.lines, *l)
	}
	if transportLine == nil {
		return nil, refuse("nothing usable is offered: want an audio m-line with opus/48000/2")
	}
	var err error
	o.remote, err = parseTransport(&sd, transportLine, bundle)
	return o, err
}

func bundled(sd *sdp.SessionDescription) []string {
	for _, a := range sd.Attributes {
		if a.Key == "group" && strings.HasPrefix(a.Value, "BUNDLE") {
			return strings.Fields(a.Value)[1:]
		}
	}
	return nil
}

// parseTransport reads ICE and DTLS of the line that carries the bundle; they
// may stand on the session or, in a bundle, on its first line only.
func parseTransport(sd *sdp.SessionDescription, m *sdp.MediaDescription, bundle []string) (r transport.Remote, err error) {
	get := func(key string) string {
		if v, ok := m.Attribute(key); ok {
			return v
		}
		if v, ok := sd.Attribute(key); ok {
			return v
		}
		for _, o := range sd.MediaDescriptions {
			mid, _ := o.Attribute("mid")
			if v, ok := o.Attribute(key); ok && slices.Contains(bundle, mid) {
				return v
			}
		}
		return ""
	}
	r.Ufrag, r.Pwd = get("ice-ufrag"), get("ice-pwd")
	if n := len(r.Ufrag); n < 4 || n > 256 {
		return r, refuse("a=ice-ufrag has %d characters: want 4 to 256", n)
	}
	if n := len(r.Pwd); n < 22 || n > 256 {
		return r, refuse("a=ice-pwd has %d characters: want 22 to 256", n)
	}
	if s := get("setup"); s != "actpass" && s != "active" {
		return r, refuse("a=setup:%.40s: want actpass", s)
	}
	r.Hash, r.Fingerprint, err = parseFingerprint(sd, m, bundle)
	return r, err
}

func parseLine(m *sdp.MediaDescription, session []sdp.Attribute) (*line, error) {
	l := &line{
		media: m.MediaName.Media, proto: strings.Join(m.MediaName.Protos, "/"), direction: "sendrecv",
		rejected: m.MediaName.Port.Value == 0, formats: m.MediaName.Formats,
	}
	if _, ok := m.Attribute("bundle-only"); ok { // port 0 means something else there
		l.rejected = false
	}
	if n := len(m.Attributes); n > maxAttributes {
		return nil, fmt.Errorf("%d attributes: want %d at most", n, maxAttributes)
	}
	if n := len(l.formats); n > maxFormats {
		return nil, fmt.Errorf("%d payload types: want %d at most", n, maxFormats)
	}
	for _, a := range session {
		if isDirection(a.Key) {
			l.direction = a.Key
		}
	}
	var feedback, red []string
	uris := make(map[uint64]string)
	for _, a := range m.Attributes {
		switch {
		case a.Key == "rtcp-fb":
			feedback = append(feedback, a.Value)
		case a.Key == "rtcp-rsize":
			l.rsize = true
		case a.Key == "mid":
			l.mid = a.Value
		case isDirection(a.Key):
			l.direction = a.Key
		case a.Key == "rtpmap":
			l.rtpmap(a.Value)
			if pt, codec, _ := strings.Cut(a.Value, " "); strings.EqualFold(codec, "red/48000/2") {
				red = append(red, pt)
			}
			if len(l.formats) > 0 && l.firstMap == "" && strings.HasPrefix(a.Value, l.formats[0]+" ") {
				l.firstMap = a.Value
			}
		case a.Key == "extmap":
			if err := l.extmap(a.Value, uris); err != nil {
				return nil, err
			}
		case a.Key == "ssrc":
			id, _, _ := strings.Cut(a.Value, " ")
			n, err := strconv.ParseUint(id, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("a=ssrc:%s is no number of 32 bits", id)
			}
			if len(l.ssrcs) < maxInbound && !slices.Contains(l.ssrcs, uint32(n)) {
				l.ssrcs = append(l.ssrcs, uint32(n))
			}
		}
	}
	l.feedback(feedback)
	l.redundancy(m, red)
	l.inbandFEC(m)
	if len(l.mid) > 32 || strings.ContainsFunc(l.mid, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, fmt.Errorf("a=mid is longer than 32 characters or has other than visible ones")
	}
	return l, nil
}

func isDirection(s string) bool {
	return s == "sendrecv" || s == "sendonly" || s == "recvonly" || s == "inactive"
}

// rtpmap takes the first Opus payload type that the line lists. GStreamer's
// webrtcbin leaves the two channels out when its caps do; there is no other
// Opus (RFC 7587 section 4.1).
func (l *line) rtpmap(v string) {
	pt, codec, _ := strings.Cut(v, " ")
	n, err := strconv.ParseUint(pt, 10, 8)
	if err != nil || n == 0 || n > 127 || n >= 64 && n <= 95 || l.opusPT != 0 { // 64..95 would be RTCP (RFC 5761)
		return
	}
	if (strings.EqualFold(codec, "opus/48000/2") || strings.EqualFold(codec, "opus/48000")) && slices.Contains(l.formats, pt) {
		l.opusPT = uint8(n)
	}
}

// narrow says whether the offer has slots, but fewer than a room's k.
func (o *offer) narrow(k int) bool {
	n := 0
	for i := range o.lines {
		if m := &o.lines[i]; !m.sends() && m.receives() {
			n++
		}
	}
	return n > 0 && n < k
}

// redundancy takes the payload type of redundant Opus (RFC 2198 section 5): the
// one of red whose a=fmtp names Opus's payload type throughout.
func (l *line) redundancy(m *sdp.MediaDescription, red []string) {
	opus := strconv.Itoa(int(l.opusPT))
	for _, a := range m.Attributes {
		pt, of, _ := strings.Cut(a.Value, " ")
		if a.Key != "fmtp" || !slices.Contains(red, pt) || !slices.Contains(l.formats, pt) {
			continue
		}
		n, err := strconv.ParseUint(pt, 10, 8)
		parts := strings.Split(of, "/")
		same := len(parts) > 1 && !slices.ContainsFunc(parts, func(p string) bool { return p != opus })
		if err == nil && n > 0 && n <= 127 && (n < 64 || n > 95) && uint8(n) != l.opusPT && same {
			l.redPT = uint8(n)
			return
		}
	}
}

// inbandFEC takes whether the client decodes Opus's own redundancy: the receiver
// says so, and what it does not say is no (RFC 7587 section 6.1).
func (l *line) inbandFEC(m *sdp.MediaDescription) {
	for _, a := range m.Attributes {
		pt, of, _ := strings.Cut(a.Value, " ")
		if n, err := strconv.Atoi(pt); a.Key != "fmtp" || err != nil || n != int(l.opusPT) {
			continue
		}
		for p := range strings.SplitSeq(of, ";") {
			name, v, _ := strings.Cut(strings.TrimSpace(p), "=")
			l.fec = l.fec || strings.EqualFold(name, "useinbandfec") && v == "1"
		}
	}
}

// feedback takes what RTCP feedback is offered for Opus (RFC 4585 section 4.2).
func (l *line) feedback(offered []string) {
	wide := false
	for _, v := range offered {
		pt, kind, _ := strings.Cut(v, " ")
		if n, err := strconv.Atoi(pt); pt != "*" && (err != nil || n != int(l.opusPT)) {
			continue
		}
		switch strings.TrimSpace(kind) {
		case "nack":
			l.nack = true
		case "transport-cc":
			wide = true
		}
	}
	if !wide {
		l.twccID = 0
	}
	// Chromium does NACK for audio when it is answered and never offers it. Who
	// offers transport-wide feedback for audio is Chromium, or like it; others
	// ignore an attribute that they do not know.
	l.nack = l.nack || wide
}

// extmap takes the extensions that the SFU knows (RFC 8285 section 5); uris
// are the line's others by id.
func (l *line) extmap(v string, uris map[uint64]string) error {
	id, uri, _ := strings.Cut(v, " ")
	id, _, _ = strings.Cut(id, "/")
	uri, _, _ = strings.Cut(uri, " ")
	n, err := strconv.ParseUint(id, 10, 16)
	if err != nil || n < 1 || n > 255 && (n < 4096 || n > 4351) {
		return fmt.Errorf("a=extmap:%s: want 1 to 255", id)
	}
	if was, twice := uris[n]; twice && was != uri {
		return fmt.Errorf("a=extmap:%d stands for two extensions", n)
	}
	uris[n] = uri
	if n > 14 { // beyond one-byte headers (RFC 8285 section 4.2)
		return nil
	}
	switch uri {
	case levelURI:
		l.levelID = uint8(n)
	case midURI:
		l.midID = uint8(n)
	case twccURI:
		l.twccID = uint8(n)
	}
	return nil
}
