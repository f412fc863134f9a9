import { networkInterfaces } from "node:os";
import { expect, test } from "./support/house";

/** An address of this machine that others on its network would open. */
function ownAddress(): string | undefined {
  for (const list of Object.values(networkInterfaces()))
    for (const one of list ?? []) if (one.family === "IPv4" && !one.internal) return one.address;
  return undefined;
}

test.use({ serverEnv: { BOLTOREZKA_TLS_SELF_SIGNED: "on", BOLTOREZKA_TLS_ADDR: ":0" } });

test("a trial on a LAN, by a certificate of the server's own", async ({ server, sitsDown }) => {
  const address = ownAddress();
  test.skip(!address, "this machine is on no network");
  const anna = await sitsDown("Anna", server.url, { tone: 0 });
  await anna.becomesOwner();
  const port = /"https":"[^"]*:(\d+)"/.exec(server.output)?.[1];
  const secure = `https://${address}:${port}`;
  const invite = new URL(await anna.invites());
  const boris = await sitsDown("Boris", secure + invite.pathname + invite.search + invite.hash, {
    tone: 1,
    ignoreHTTPSErrors: true,
  });
  const sockets: string[] = [];
  boris.page.on("websocket", (socket) => sockets.push(socket.url()));
  await boris.comesAsGuest();
  // Browsers give the microphone to a secure page only, and this address is
  // not one that they call secure of itself.
  expect(await boris.page.evaluate(() => [isSecureContext, location.origin])).toEqual([true, secure]);
  const cookie = (await boris.context.cookies(secure)).find((one) => one.name === "boltorezka_session");
  expect(cookie?.secure).toBe(true);

  await anna.joinsVoice();
  await boris.joinsVoice();
  await anna.hearsExactly(1);
  await boris.writes("by https");
  await anna.readsExactly(["Boris: by https"]);
  expect(sockets.length).toBeGreaterThan(0);
  for (const url of sockets) expect(url).toMatch(new RegExp(`^wss://${address}:${port}/`));
});
