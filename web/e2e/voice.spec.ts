import { expect, test } from "@playwright/test";
import { judge, Person } from "./support/person";
import { Server } from "./support/server";

let server: Server;
let people: Person[] = [];

test.beforeEach(async () => {
  server = await Server.start();
});

test.afterEach(async () => {
  await Promise.all(people.map((p) => p.leavesTheHouse()));
  people = [];
  await server.stop();
});

async function sitsDown(...args: Parameters<typeof Person.sitsDown>): Promise<Person> {
  const person = await Person.sitsDown(...args);
  people.push(person);
  return person;
}

/** Packets of voice that the SFU sent within a second. */
async function relayedPerSecond(): Promise<number> {
  const before = await server.metric("boltorezka_sfu_packets_out_total");
  await new Promise((r) => setTimeout(r, 1000));
  return (await server.metric("boltorezka_sfu_packets_out_total")) - before;
}

test("two talk directly, three through the SFU, and nobody falls silent at a change", async () => {
  const anna = await sitsDown("Anna", server.url, { tone: 0 });
  await anna.becomesOwner();
  const link = await anna.invites();
  const boris = await sitsDown("Boris", link, { tone: 1 });
  await boris.comesAsGuest();

  await anna.joinsVoice();
  await boris.joinsVoice();
  await anna.hearsExactly(1);
  await boris.hearsExactly(0);

  await test.step("two: peer to peer, the SFU carries no audio", async () => {
    await expect(anna.page.getByText("Direct", { exact: true }).first()).toBeVisible();
    await expect.poll(relayedPerSecond, { timeout: 15_000 }).toBeLessThan(5);
    await anna.hearsExactly(1);
    await boris.hearsExactly(0);
  });

  const vera = await sitsDown("Vera", link, { tone: 2 });
  await vera.comesAsGuest();

  const around = async (change: () => Promise<void>) => {
    await new Promise((r) => setTimeout(r, 1000));
    const starts = [await anna.now(), await boris.now()] as const;
    await change();
    await new Promise((r) => setTimeout(r, 2000));
    return {
      anna: judge(await anna.played(1, starts[0] - 50)),
      boris: judge(await boris.played(0, starts[1] - 50)),
    };
  };

  await test.step("three: through the SFU", async () => {
    const change = await around(async () => {
      await vera.joinsVoice();
      await vera.hearsExactly(0, 1);
      await anna.hearsExactly(1, 2);
      await boris.hearsExactly(0, 2);
    });
    await expect(anna.page.getByText("Via server", { exact: true }).first()).toBeVisible();
    console.log(`P2P to SFU: ${JSON.stringify(change)}`);
    // The target is 20 ms; what a busy machine adds is printed, not asserted.
    expect(change.anna.gapMs).toBeLessThan(500);
    expect(change.boris.gapMs).toBeLessThan(500);
  });

  await test.step("the third leaves: back to P2P", async () => {
    const change = await around(async () => {
      await vera.leavesVoice();
      await expect.poll(relayedPerSecond, { timeout: 20_000 }).toBeLessThan(5);
      await anna.hearsExactly(1);
      await boris.hearsExactly(0);
    });
    console.log(`SFU to P2P: ${JSON.stringify(change)}`);
    expect(change.anna.gapMs).toBeLessThan(500);
    expect(change.boris.gapMs).toBeLessThan(500);
  });

  await test.step("mute is not heard, and neither is somebody who left", async () => {
    await anna.page.getByRole("button", { name: "Mute microphone" }).first().click();
    await boris.hearsExactly();
    await anna.page.getByRole("button", { name: "Unmute microphone" }).first().click();
    await boris.hearsExactly(0);
    await boris.page.getByRole("button", { name: "Mute sound" }).first().click();
    await boris.hearsExactly();
    await boris.page.getByRole("button", { name: "Unmute sound" }).first().click();
    await boris.hearsExactly(0);
    await anna.leavesVoice();
    await boris.hearsExactly();
  });
  for (const p of people) expect(p.errors, p.name).toEqual([]);
});
