package sfu

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// candidateBase is a host candidate's priority of component 1 without its
// local preference (RFC 8445 section 5.1.2.1), tcpBase that of a passive TCP one
// (RFC 6544 section 4.2): below every UDP candidate, as whatever needs no TCP is
// better off without.
const (
	candidateBase = 126<<24 | 255
	tcpBase       = 90<<24 | 255
	tcpPassive    = 4 << 13 // the direction's part of the local preference
)

// answerWriter writes the answer to an offer (RFC 9429 section 5.3): as many
// m-lines in the same order, the server passive, its candidates complete.
type answerWriter struct {
	b           strings.Builder
	local       transport.Credentials
	fingerprint string
	candidates  []transport.Candidate // UDP first
	session     uint64
	version     uint64
}

func (a *answerWriter) write(o *offer, l *link) string {
	b := &a.b
	fmt.Fprintf(b, "v=0\r\no=- %d %d IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", a.session>>1, a.version)
	var mids []string
	for i := range o.lines {
		if o.lines[i].usable() && o.lines[i].mid != "" {
			mids = append(mids, o.lines[i].mid)
		}
	}
	if len(mids) > 0 {
		b.WriteString("a=group:BUNDLE " + strings.Join(mids, " ") + "\r\n")
	}
	b.WriteString("a=msid-semantic: WMS *\r\n")
	for i := range o.lines {
		a.line(&o.lines[i], l)
	}
	return b.String()
}

func (a *answerWriter) line(m *line, l *link) {
	b := &a.b
	if !m.usable() {
		format := "0"
		if len(m.formats) > 0 {
			format = m.formats[0]
		}
		fmt.Fprintf(b, "m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n", m.media, m.proto, format)
		if m.mid != "" {
			fmt.Fprintf(b, "a=mid:%s\r\n", m.mid)
		}
		// pion/webrtc does not take an answer with a format that it is not told
		// of, though the line be rejected.
		if m.firstMap != "" {
			fmt.Fprintf(b, "a=rtpmap:%s\r\n", m.firstMap)
		}
		return
	}
	// Opus stays first: what follows is for when it is needed.
	fmt.Fprintf(b, "m=audio %d %s %d", a.candidates[0].Addr.Port(), m.proto, m.opusPT)
	if m.redPT != 0 {
		fmt.Fprintf(b, " %d", m.redPT)
	}
	fmt.Fprintf(b, "\r\nc=IN %s\r\n", connection(a.candidates[0].Addr.Addr()))
	if m.mid != "" {
		fmt.Fprintf(b, "a=mid:%s\r\n", m.mid)
	}
	fmt.Fprintf(b, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\n", a.local.Ufrag, a.local.Pwd)
	fmt.Fprintf(b, "a=fingerprint:sha-256 %s\r\na=setup:passive\r\na=rtcp-mux\r\n", a.fingerprint)
	if m.rsize {
		b.WriteString("a=rtcp-rsize\r\n")
	}
	// usedtx: silence then costs nothing; a client that talks sends as before.
	fmt.Fprintf(b, "a=rtpmap:%d opus/48000/2\r\na=fmtp:%d minptime=10;useinbandfec=1;usedtx=1\r\n", m.opusPT, m.opusPT)
	if m.redPT != 0 {
		fmt.Fprintf(b, "a=rtpmap:%d red/48000/2\r\na=fmtp:%d %d/%d\r\n", m.redPT, m.redPT, m.opusPT, m.opusPT)
	}
	if m.nack {
		fmt.Fprintf(b, "a=rtcp-fb:%d nack\r\n", m.opusPT)
	}
	if m.twccID != 0 {
		fmt.Fprintf(b, "a=rtcp-fb:%d transport-cc\r\na=extmap:%d %s\r\n", m.opusPT, m.twccID, twccURI)
	}
	if m.levelID != 0 {
		fmt.Fprintf(b, "a=extmap:%d %s\r\n", m.levelID, levelURI)
	}
	if m.midID != 0 && m.sends() {
		fmt.Fprintf(b, "a=extmap:%d %s\r\n", m.midID, midURI)
	}
	if s := l.slot(m.mid); m.sends() {
		b.WriteString("a=recvonly\r\n")
	} else if m.receives() && s != nil {
		fmt.Fprintf(b, "a=sendonly\r\na=msid:slots slot%d\r\na=ssrc:%d cname:%s\r\n", s.index, s.ssrc, l.cname)
	} else {
		b.WriteString("a=inactive\r\n")
	}
	for i, c := range a.candidates {
		if c.TCP {
			fmt.Fprintf(b, "a=candidate:%d 1 tcp %d %s %d typ host tcptype passive\r\n", i+1, tcpBase|uint32(tcpPassive|(8191-i))<<8, c.Addr.Addr(), c.Addr.Port())
			continue
		}
		fmt.Fprintf(b, "a=candidate:%d 1 udp %d %s %d typ host\r\n", i+1, candidateBase|uint32(65535-i)<<8, c.Addr.Addr(), c.Addr.Port())
	}
	b.WriteString("a=end-of-candidates\r\n")
}

func connection(a netip.Addr) string {
	if a.Is4() {
		return "IP4 " + a.String()
	}
	return "IP6 " + a.String()
}
