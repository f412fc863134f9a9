package configs

import (
	"strings"
	"unicode"

	"github.com/boltorezka/boltorezka/turn"
)

// setting is one key: where it goes and what it means.
type setting struct {
	key    string
	value  value
	secret bool // may be read from a file named by ..._FILE
	help   string
}

// env is the setting's environment variable: BOLTOREZKA_HTTP_PUBLIC_URL for
// http.publicUrl.
func (s setting) env() string {
	var b strings.Builder
	b.WriteString(envPrefix)
	small := false
	for _, r := range s.key {
		switch {
		case r == '.':
			r = '_'
		case unicode.IsUpper(r) && small:
			b.WriteByte('_')
		}
		small = unicode.IsLower(r) || unicode.IsDigit(r)
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

const envPrefix = "BOLTOREZKA_"

// settings is every key there is, bound to c, in the order of the shipped file.
func settings(c *Config) []setting {
	sig, sfu := &c.Signaling, &c.SFU
	return []setting{
		{key: "data.dir", value: text(&c.Store.DataDir, "a folder"),
			help: "Folder for what the server keeps, the SQLite database among it. Made when missing."},
		{key: "database.url", value: text(&c.Store.URL, "postgres://user:password@host:5432/name"), secret: true,
			help: "PostgreSQL: postgres://user:password@host:5432/name. Empty: SQLite in data.dir."},
		{key: "database.maxConns", value: number(&c.Store.MaxConns),
			help: "Most connections to PostgreSQL."},

		{key: "http.addr", value: text(&c.HTTP.Addr, "host:port"),
			help: "Where the web app and the API listen: host:port, or :port for all addresses."},
		{key: "http.publicUrl", value: text(&c.HTTP.PublicURL, "http(s)://host[:port]"),
			help: "The address people open, such as https://talk.example.org. Empty: what each request says."},
		{key: "http.trustedProxies", value: texts(&c.HTTP.TrustedProxies, "addresses or networks with commas between them"),
			help: "Reverse proxies whose X-Forwarded headers are believed: addresses or networks. Empty: none."},
		{key: "http.proxyProtocol", value: oneOf(&c.HTTP.ProxyProtocol, "on", off),
			help: "on: each connection from http.trustedProxies, to http.addr and tls.addr, begins with a PROXY protocol header (version 1 or 2), and none from elsewhere does."},

		{key: "tls.addr", value: text(&c.TLS.Addr, "host:port"),
			help: "Where HTTPS, WebSocket and TURN over TLS listen, all on one port. Only used with one of the three sources of a certificate below."},
		{key: "tls.names", value: texts(&c.TLS.Names, "names such as talk.example.org with commas between them"),
			help: "Public names of this server, to get a certificate for by ACME and to renew it. The first is http.publicUrl unless that is set. Empty: none."},
		{key: "tls.email", value: text(&c.TLS.Email, "one address, or nothing"),
			help: "Where the ACME server may write to. May stay empty."},
		{key: "tls.acmeDirectory", value: text(&c.TLS.ACMEDirectory, "the https URL of an ACME directory"),
			help: "The ACME server. The default is Let's Encrypt; using it is agreeing to its terms."},
		{key: "tls.acmeRoots", value: text(&c.TLS.ACMERoots, "a PEM file"),
			help: "PEM file of the roots of a private ACME server. Empty: the system's."},
		{key: "tls.cert", value: text(&c.TLS.Cert, "a PEM file"),
			help: "PEM file of a certificate with its chain, renewed by somebody else: it is read again when it changes. Empty: none."},
		{key: "tls.key", value: text(&c.TLS.Key, "a PEM file"),
			help: "PEM file of its key."},
		{key: "tls.selfSigned", value: oneOf(&c.TLS.SelfSigned, "on", off),
			help: "on: a certificate that the server makes itself, for a trial on a LAN. Browsers warn of it."},

		{key: "ops.addr", value: text(&c.Ops.Addr, "host:port or off"),
			help: "Where /metrics, /readyz and the pages of /debug listen, for the operator only. off: nowhere."},

		{key: "auth.registration", value: oneOf(&c.Auth.Registration, "open", "invite", "closed"),
			help: "Who may make an account: open, invite or closed. The first account is always accepted."},
		{key: "auth.guests", value: oneOf(&c.Auth.Guests, "open", "invite", off),
			help: "Who may come in with a name only: open, invite or off."},
		{key: "auth.sessionLifetime", value: duration(&c.Auth.SessionLifetime),
			help: "How long a device stays signed in after it was last used."},
		{key: "auth.guestLifetime", value: duration(&c.Auth.GuestLifetime),
			help: "The same for guests."},

		{key: "limits.rate", value: factor(&sig.Limits.Rate),
			help: "Multiplies every rate limit. 0 turns them off, for load tests."},
		{key: "limits.sessionsPerUser", value: number(&sig.Limits.SessionsPerUser),
			help: "Most WebSockets of one user; one more closes the oldest."},
		{key: "rooms.maxParticipants", value: number(&sig.Rooms.MaxParticipants),
			help: "Most people in one room's voice; a room's own limit may be smaller."},

		{key: "chat.retentionDays", value: number(&c.Store.RetentionDays),
			help: "Days after which messages are removed for good. 0: they are kept."},

		{key: "voice.p2pMax", value: number(&sig.Voice.P2PMax),
			help: "Most people who talk directly, without the SFU; their addresses show to each other. 0: always the SFU."},
		{key: "voice.p2pSettle", value: duration(&sig.Voice.P2PSettle),
			help: "How long a small room must stay unchanged before direct connections are tried."},
		{key: "voice.p2pTimeout", value: duration(&sig.Voice.P2PTimeout),
			help: "How long direct connections may take to come up before the room stays on the SFU."},

		{key: "voice.relayOnly", value: onOff(&sig.Voice.RelayOnly),
			help: "Whether all voice goes through a TURN server and none directly, so that nobody learns another's address. People may choose it for themselves as well."},

		{key: "realtime.heartbeatSec", value: number(&sig.Realtime.HeartbeatSec),
			help: "Seconds between a client's pings; two unanswered end its socket."},
		{key: "realtime.resumeWindowSec", value: number(&sig.Realtime.ResumeWindowSec),
			help: "Seconds that a client which lost its connection has to come back to its room and voice; 0: none."},
		{key: "realtime.queueFrames", value: number(&sig.Realtime.QueueFrames),
			help: "Most messages waiting for one slow client before its socket is closed; twice as many are kept for a resume."},
		{key: "realtime.queueBytes", value: number(&sig.Realtime.QueueBytes),
			help: "The same in bytes."},

		{key: "sfu.udpAddr", value: text(&sfu.UDPAddr, "host:port"),
			help: "Where voice arrives, UDP. Open this port in the firewall."},
		{key: "sfu.tcpAddr", value: text(&sfu.TCPAddr, "host:port or off"),
			help: "Where voice arrives over TCP, from networks that pass no UDP. Open this port in the firewall. off: nowhere."},
		{key: "sfu.advertiseIps", value: texts(&sfu.AdvertiseIPs, "IP addresses with commas between them"),
			help: "Addresses that clients are told to send voice to. Empty: the machine's own. Behind NAT and in containers: the public one."},
		{key: "sfu.stun", value: text(&sfu.STUN, "the host:port of a STUN server"),
			help: "A STUN server, host:port, that tells the public address of a machine behind NAT; clients are told it beside the machine's own. Not asked where sfu.advertiseIps is set. Empty: none."},
		{key: "sfu.audioSlots", value: number(&sfu.AudioSlots),
			help: "How many people one listener hears at a time."},
		{key: "sfu.ladder", value: oneOf(&sfu.Ladder, "on", "off"),
			help: "Whether voice is adapted to each listener's path: redundancy, the low layer, longer packets. off: to compare."},
		{key: "sfu.maxRooms", value: number(&sfu.MaxRooms),
			help: "Most rooms with somebody in their voice at a time. 0: no limit."},
		{key: "sfu.maxPeers", value: number(&sfu.MaxPeers),
			help: "Most people in the voice of all rooms together. 0: no limit."},
		{key: "sfu.maxPacketsPerSec", value: number(&sfu.MaxPacketsPerSec),
			help: "Most packets of voice a second that one person may send, with a second's worth at once; what is over it is dropped and counted. 0: no limit. limits.rate does not change it."},
		{key: "sfu.maxBytesPerSec", value: number(&sfu.MaxBytesPerSec),
			help: "The same in bytes, headers included."},

		{key: "turn.addr", value: text(&c.TURN.Addr, "host:port or off"),
			help: "Where the built-in TURN server listens, UDP and TCP. off: no TURN server."},
		{key: "turn.tlsAddr", value: text(&c.TURN.TLSAddr, "host:port, off, or nothing"),
			help: "A port for TURN over TLS alone, such as :5349, beside tls.addr. Empty: on tls.addr only, when there is a certificate. off: no TURN over TLS."},
		{key: "turn.relayPorts", value: scalar[turn.PortRange]{&c.TURN.RelayPorts, turn.ParsePortRange, turn.PortRange.String, "a range of ports such as 49152-50175"},
			help: "UDP ports of relayed connections. Open them in the firewall."},
		{key: "turn.allowPeers", value: networks(&c.TURN.AllowPeers),
			help: "Networks that relays may reach although they are not public, such as 192.168.1.0/24. Empty: none."},
		{key: "turn.maxAllocations", value: number(&c.TURN.MaxAllocations),
			help: "Most relayed connections at a time. 0: as many as there are relay ports."},
		{key: "turn.maxAllocationsPerUser", value: number(&c.TURN.MaxAllocationsPerUser),
			help: "The same of one user; a call makes up to 16, and more while its path is mended. 0: no limit."},
		{key: "turn.maxBytesPerSec", value: number(&c.TURN.MaxBytesPerSec),
			help: "Most bytes a second that are relayed, both directions together; what is over it is dropped and counted. 0: no limit."},
		{key: "turn.maxBytesPerSecPerUser", value: number(&c.TURN.MaxBytesPerSecPerUser),
			help: "The same of one user; voice takes 150000 at most. 0: no limit."},
		{key: "turn.external.urls", value: texts(&c.TURN.External.URLs, "turn: and turns: URLs with commas between them"),
			help: "URLs of another TURN server, such as coturn with use-auth-secret. Empty: none."},
		{key: "turn.external.secret", value: text(&c.TURN.External.Secret, "the secret"), secret: true,
			help: "That server's static-auth-secret."},

		{key: "log.level", value: oneOf(&c.Log.Level, "debug", "info", "warn", "error"),
			help: "debug, info, warn or error."},
		{key: "log.format", value: oneOf(&c.Log.Format, "auto", "text", "json"),
			help: "text, json, or auto: text on a terminal, else json."},
	}
}
