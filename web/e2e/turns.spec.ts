import { Certificate } from "./support/certificate";
import { keepConnections, localCandidates } from "./support/flow";
import { test as base, expect } from "./support/house";
import type { Person } from "./support/person";

const test = base.extend<{ certificate: Certificate }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's form
  certificate: async ({}, use) => {
    const certificate = new Certificate();
    await use(certificate);
    certificate.remove();
  },
  serverEnv: async ({ certificate }, use) =>
    use({
      BOLTOREZKA_TLS_CERT: certificate.cert,
      BOLTOREZKA_TLS_KEY: certificate.key,
      BOLTOREZKA_TLS_ADDR: ":0",
      BOLTOREZKA_VOICE_P2P_MAX: "0",
    }),
});

/** Runs in the page before its own scripts: nothing but TURN over TLS is a way. */
function onlyOverTLS(): void {
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      const iceServers = (configuration?.iceServers ?? [])
        .map((one) => ({ ...one, urls: [one.urls].flat().filter((url) => url.startsWith("turns:")) }))
        .filter(({ urls }) => urls.length > 0);
      super({ ...configuration, iceServers, iceTransportPolicy: "relay" });
    }
  };
}

/** How a page's sound goes to the relay, and which relay. */
async function wayOf(person: Person) {
  return (await localCandidates(person)).map(({ candidateType, relayProtocol, url }) => [
    candidateType,
    relayProtocol,
    url,
  ]);
}

test("voice goes by TURN over TLS, on the port of the pages, where nothing else does", async ({
  certificate,
  server,
  sitsDown,
}) => {
  const options = {
    switches: [certificate.trusted],
    prepare: async (context: Person["context"]) => {
      await context.addInitScript(keepConnections);
      await context.addInitScript(onlyOverTLS);
    },
  };
  const anna = await sitsDown("Anna", server.url, { tone: 0, ...options });
  await anna.becomesOwner();
  const boris = await sitsDown("Boris", await anna.invites(), { tone: 1, ...options });
  await boris.comesAsGuest();
  await anna.joinsVoice();
  await boris.joinsVoice();
  await anna.hearsExactly(1);
  await boris.hearsExactly(0);
  const port = /"https":"[^"]*:(\d+)"/.exec(server.output)?.[1];
  for (const person of [anna, boris])
    expect(await wayOf(person)).toEqual([["relay", "tls", `turns:localhost:${port}?transport=tcp`]]);
  expect(await server.metric("boltorezka_turn_bytes_total")).toBeGreaterThan(0);
});
