import { expect, test } from "@playwright/test";
import { judge, Person } from "./support/person";
import { Server } from "./support/server";

let server: Server;
let people: Person[] = [];

test.afterEach(async () => {
  await Promise.all(people.map((p) => p.leavesTheHouse()));
  people = [];
  await server.stop();
});

/** Two people in the voice of General; before runs in each page before its scripts. */
async function twoInVoice(before: () => void): Promise<[Person, Person]> {
  const anna = await Person.sitsDown("Anna", server.url, { tone: 0 });
  people.push(anna);
  await anna.context.addInitScript(before);
  await anna.page.reload();
  await anna.becomesOwner();
  const link = await anna.invites();
  const boris = await Person.sitsDown("Boris", link, { tone: 1 });
  people.push(boris);
  await boris.context.addInitScript(before);
  await boris.page.reload();
  await boris.comesAsGuest();
  await anna.joinsVoice();
  await boris.joinsVoice();
  await anna.hearsExactly(1);
  await boris.hearsExactly(0);
  return [anna, boris];
}

test("voice goes through the built-in TURN server when nothing else does", async () => {
  server = await Server.start({ BOLTOREZKA_VOICE_P2P_MAX: "0" });
  await twoInVoice(() => {
    const Native = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super({ ...configuration, iceTransportPolicy: "relay" });
      }
    };
  });
  const relayed = async () => [
    await server.metric("boltorezka_turn_bytes_total"),
    await server.metric("boltorezka_sfu_packets_out_total"),
  ];
  const [bytes, packets] = (await relayed()) as [number, number];
  await new Promise((r) => setTimeout(r, 2000));
  const [bytesThen, packetsThen] = (await relayed()) as [number, number];
  expect(packetsThen - packets).toBeGreaterThan(100);
  // Each packet to a listener passes the relay, and so does each of a talker.
  expect(bytesThen - bytes).toBeGreaterThan((packetsThen - packets) * 50);
});

test("a lost WebSocket is resumed, and nobody hears of it", async () => {
  server = await Server.start();
  const [anna, boris] = await twoInVoice(() => {
    const Native = window.WebSocket;
    const sockets: WebSocket[] = [];
    Object.assign(window, { __sockets: sockets });
    window.WebSocket = class extends Native {
      constructor(...args: ConstructorParameters<typeof Native>) {
        super(...args);
        sockets.push(this);
      }
    };
  });
  const start = await boris.now();
  for (let i = 0; i < 3; i++) {
    await anna.page.evaluate(() =>
      (window as unknown as { __sockets: WebSocket[] }).__sockets.at(-1)?.close(),
    );
    await boris.writes(`while she is away: ${i}`);
    await expect(anna.page.getByText(`while she is away: ${i}`, { exact: true })).toBeVisible();
  }
  await anna.writes("I missed nothing");
  await expect(boris.page.getByText("I missed nothing", { exact: true })).toBeVisible();
  expect(await server.metric('boltorezka_ws_opened_total{kind="resumed"}')).toBe(3);
  await expect(anna.dock.getByText("Connected", { exact: true })).toBeVisible();
  await boris.hearsExactly(0);
  expect(judge(await boris.played(0, start)).gapMs).toBeLessThan(50);
});
