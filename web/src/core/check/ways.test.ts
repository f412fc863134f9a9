import { describe, expect, it } from "vitest";
import type { ConnectionCheck, Way } from "./model";
import { allWays, blank, only, plans, relayKind, verdict, withCandidates } from "./ways";

describe("ways", () => {
  it("knows a relay by its URL", () => {
    expect(relayKind("turn:a:3478")).toBe("turn-udp");
    expect(relayKind("turn:[2001:db8::1]:3478?transport=udp")).toBe("turn-udp");
    expect(relayKind("turn:a?transport=tcp")).toBe("turn-tcp");
    expect(relayKind("turns:a:443?transport=tcp")).toBe("turn-tls");
    expect(relayKind("TURNS:a")).toBe("turn-tls");
    expect(relayKind("stun:a")).toBeNull();
  });

  it("has one for each relay, numbered where there are several of a kind", () => {
    const servers = [{ urls: ["turn:a", "turn:b", "turn:a?transport=tcp"] }, { urls: ["turn:b", "stun:c"] }];
    expect(plans(servers).map(({ way, url }) => `${way.id} ${url} ${way.state}`)).toEqual([
      "udp null waiting",
      "tcp null waiting",
      "turn-udp-1 turn:a waiting",
      "turn-udp-2 turn:b waiting",
      "turn-tcp turn:a?transport=tcp waiting",
      "turn-tls null off",
      "p2p null waiting",
    ]);
    expect(only([{ urls: ["turn:a", "turn:b"], username: "u", credential: "c" }], "turn:b")).toEqual([
      { urls: ["turn:b"], username: "u", credential: "c" },
    ]);
  });

  it("leaves the candidates of one transport", () => {
    const udp = "a=candidate:1 1 UDP 9 192.0.2.1 7882 typ host";
    const tcp = "a=candidate:2 1 tcp 8 192.0.2.1 7881 typ host tcptype passive";
    const sdp = ["v=0", udp, tcp, "a=end-of-candidates", ""].join("\r\n");
    expect(withCandidates(sdp, "udp")).toBe(["v=0", udp, "a=end-of-candidates", ""].join("\r\n"));
    expect(withCandidates(sdp, "tcp")).toBe(["v=0", tcp, "a=end-of-candidates", ""].join("\r\n"));
    expect(withCandidates(sdp.replace(`${tcp}\r\n`, ""), "tcp")).toBeNull();
  });
});

describe("the verdict", () => {
  const judged = (states: Partial<Record<Way["kind"], Way["state"]>>, more: Partial<ConnectionCheck> = {}) =>
    verdict({
      status: "done",
      at: 0,
      error: null,
      version: null,
      microphone: { state: "untried", peakDbfs: null, error: null, playing: false },
      ways: allWays().map((way) => ({ ...blank(way.kind), state: states[way.kind] ?? "off" })),
      ...more,
    });

  it.each([
    [{ signalling: "works", udp: "works", tcp: "fails" }, "good"],
    [{ signalling: "works", udp: "fails", tcp: "works" }, "detour"],
    [{ signalling: "works", udp: "fails", "turn-tls": "works" }, "detour"],
    [{ signalling: "works", udp: "fails", p2p: "works" }, "none"],
    [{ signalling: "fails", udp: "works" }, "unreachable"],
    [{ signalling: "works", udp: "skipped" }, null],
  ] as const)("of %o is %s", (states, said) => {
    expect(judged(states)).toBe(said);
    expect(judged(states, { status: "running" })).toBeNull();
  });
});
