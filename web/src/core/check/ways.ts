import type { Shapes } from "../wire";
import type { ConnectionCheck, Verdict, Way, WayKind } from "./model";

type ICEServer = Shapes["ICEServer"];

/** A way with what it takes to try it. */
export interface Plan {
  way: Way;
  /** The one TURN URL to try; null for ways without. */
  url: string | null;
}

const RELAYS = ["turn-udp", "turn-tcp", "turn-tls"] as const;

/** The kind of a relay by its URL (RFC 7065): turns is TLS, and without a transport turn is UDP. */
export function relayKind(url: string): (typeof RELAYS)[number] | null {
  const [, scheme, transport] = /^(turns?):[^?]+(?:\?transport=(udp|tcp))?$/i.exec(url) ?? [];
  if (!scheme) return null;
  if (scheme.toLowerCase() === "turns") return "turn-tls";
  return transport?.toLowerCase() === "tcp" ? "turn-tcp" : "turn-udp";
}

/** The STUN URLs of an offer of servers. */
export function stunUrls(servers: ICEServer[]): string[] {
  return servers.flatMap(({ urls }) => urls ?? []).filter((url) => /^stuns?:/i.test(url));
}

export function blank(kind: WayKind, server: number | null = null): Way {
  return {
    id: server === null ? kind : `${kind}-${server}`,
    kind,
    server,
    state: "waiting",
    failure: null,
    connectMs: null,
    rttMs: null,
    lossPct: null,
    note: null,
    candidateType: null,
    addresses: [],
  };
}

/** All ways there may be, before the server has said which it offers. */
export function allWays(): Way[] {
  return (["signalling", "udp", "tcp", ...RELAYS, "p2p"] as const).map((kind) => blank(kind));
}

/** The ways with one for each relay that the server offers; of a kind that it does not, one that is off. */
export function plans(servers: ICEServer[]): Plan[] {
  const urls = servers.flatMap((server) => server.urls ?? []);
  const relays = RELAYS.flatMap((kind): Plan[] => {
    const own = [...new Set(urls.filter((url) => relayKind(url) === kind))];
    if (own.length === 0) return [{ way: { ...blank(kind), state: "off", note: "notOffered" }, url: null }];
    return own.map((url, i) => ({ way: blank(kind, own.length > 1 ? i + 1 : null), url }));
  });
  return [
    { way: blank("udp"), url: null },
    { way: blank("tcp"), url: null },
    ...relays,
    { way: blank("p2p"), url: null },
  ];
}

/** The servers with nothing but one relay. */
export function only(servers: ICEServer[], url: string): RTCIceServer[] {
  return servers
    .filter((server) => server.urls?.includes(url))
    .map(({ username, credential }) => ({
      urls: [url],
      ...(username ? { username } : {}),
      ...(credential ? { credential } : {}),
    }));
}

/** An answer with the candidates of one transport only; null: it has none of them (RFC 8839 section 5.1). */
export function withCandidates(sdp: string, transport: "udp" | "tcp"): string | null {
  let kept = 0;
  const lines = sdp.split("\r\n").filter((line) => {
    const candidate = /^a=candidate:\S+ \d+ (\S+) /i.exec(line);
    if (!candidate) return true;
    const wanted = candidate[1]?.toLowerCase() === transport;
    if (wanted) kept++;
    return wanted;
  });
  return kept > 0 ? lines.join("\r\n") : null;
}

/** What the ways of a finished test say together; null before, and of one that was stopped too early to say. */
export function verdict({ status, ways, error }: ConnectionCheck): Verdict | null {
  if (status !== "done") return null;
  const some = (state: Way["state"], ...kinds: WayKind[]) =>
    ways.some((way) => kinds.includes(way.kind) && way.state === state);
  const media = ["udp", "tcp", ...RELAYS] as const;
  if (error?.code === "ServerUnreachable" || some("fails", "signalling")) return "unreachable";
  if (some("works", "udp")) return "good";
  if (some("works", ...media)) return "detour";
  return some("fails", ...media) ? "none" : null;
}
