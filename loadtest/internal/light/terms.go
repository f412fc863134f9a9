package light

import (
	"fmt"
	"strconv"
	"strings"
)

// URIs of the header extensions that are written and read.
const (
	levelURI     = "urn:ietf:params:rtp-hdrext:ssrc-audio-level" // RFC 6464
	midURI       = "urn:ietf:params:rtp-hdrext:sdes:mid"
	transportURI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

// terms are what an offer and its answer have agreed on.
type terms struct {
	micSSRC uint32
	mid     string // the microphone's
	payload uint8  // Opus' payload type
	// The IDs of extensions on the microphone, 0: not negotiated.
	levelID, midID, transportID uint8
	slots                       []slotTerms
}

type slotTerms struct {
	ssrc                 uint32
	levelID, transportID uint8
	feedback             bool // transport-wide feedback is wanted
	nack                 bool
}

// section is one m-line with what matters of its attributes.
type section struct {
	payload   uint8
	mid       string
	ssrc      uint32
	direction string
	ids       map[string]uint8
	feedback  map[string]bool
	red       bool // redundancy (RFC 2198) is among its formats
}

func sections(sdp string) []section {
	var all []section
	for line := range strings.Lines(sdp) {
		line = strings.TrimRight(line, "\r\n")
		if rest, ok := strings.CutPrefix(line, "m="); ok {
			s := section{ids: map[string]uint8{}, feedback: map[string]bool{}}
			if f := strings.Fields(rest); len(f) > 3 {
				n, _ := strconv.ParseUint(f[3], 10, 7)
				s.payload = uint8(n)
			}
			all = append(all, s)
			continue
		}
		if len(all) == 0 {
			continue
		}
		s := &all[len(all)-1]
		name, value, _ := strings.Cut(strings.TrimPrefix(line, "a="), ":")
		switch name {
		case "sendrecv", "sendonly", "recvonly", "inactive":
			s.direction = name
		case "mid":
			s.mid = value
		case "ssrc":
			first, _, _ := strings.Cut(value, " ")
			n, _ := strconv.ParseUint(first, 10, 32)
			if s.ssrc == 0 {
				s.ssrc = uint32(n)
			}
		case "extmap":
			id, uri, _ := strings.Cut(value, " ")
			id, _, _ = strings.Cut(id, "/")
			uri, _, _ = strings.Cut(uri, " ")
			if n, err := strconv.ParseUint(id, 10, 8); err == nil && n > 0 && n < 15 {
				s.ids[uri] = uint8(n)
			}
		case "rtpmap":
			_, codec, _ := strings.Cut(value, " ")
			s.red = s.red || len(codec) >= 4 && strings.EqualFold(codec[:4], "red/")
		case "rtcp-fb":
			_, kind, _ := strings.Cut(value, " ")
			s.feedback[kind] = true
		}
	}
	return all
}

// agree reads what both descriptions say together. The microphone is the first
// line that the answer receives; slots are those that it sends, in their order.
// Redundancy must not be offered: it is not read here, and figures with it in
// them could not be compared.
func agree(offer, answer string) (*terms, error) {
	ours, theirs := sections(offer), sections(answer)
	if len(ours) != len(theirs) {
		return nil, fmt.Errorf("light: an answer of %d lines to an offer of %d", len(theirs), len(ours))
	}
	for i, s := range ours {
		if s.red {
			return nil, fmt.Errorf("light: line %d offers redundancy", i)
		}
	}
	t := &terms{}
	for i, s := range theirs {
		switch s.direction {
		case "recvonly":
			if t.micSSRC == 0 {
				t.micSSRC, t.mid, t.payload = ours[i].ssrc, s.mid, s.payload
				t.levelID, t.midID, t.transportID = s.ids[levelURI], s.ids[midURI], s.ids[transportURI]
			}
		case "sendonly":
			t.slots = append(t.slots, slotTerms{
				ssrc: s.ssrc, levelID: s.ids[levelURI], transportID: s.ids[transportURI],
				feedback: s.feedback["transport-cc"] && s.ids[transportURI] != 0, nack: s.feedback["nack"],
			})
		}
	}
	if t.micSSRC == 0 {
		return nil, fmt.Errorf("light: no SSRC for the microphone was agreed on")
	}
	for i, s := range t.slots {
		if s.ssrc == 0 {
			return nil, fmt.Errorf("light: the answer has no SSRC for slot %d", i)
		}
	}
	return t, nil
}
