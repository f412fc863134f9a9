import { expect, test } from "@playwright/test";
import { Call } from "./call";
import { Net } from "./net";
import { rounds, tries } from "./rounds";
import { Voices } from "./voices";

const missing = Net.missing();
test.skip(missing !== null, missing ?? "");
test.setTimeout(180_000 + rounds * 60_000);

const patienceMs = 30_000;

test("the server is killed under a room of five and comes back", async () => {
  const call = await Call.begins();
  let voices: Voices | null = null;
  try {
    await call.joins("Anna", 0);
    await call.joins("Boris", 1);
    voices = await Voices.enter(call.server.url, call.invite, "Vera", "Gleb", "Daria");
    const others = voices.now().size;
    await call.isWhole();
    await call.roster(call.people, others);
    await tries("the server is killed and started anew under five", async () => {
      const began = Date.now();
      let returned = 0;
      const { backMs, repairs } = await call.mends(
        async () => {
          await call.server.end("SIGKILL");
          await call.server.run();
          returned = Date.now() - began;
        },
        { others, anew: true },
      );
      let theirs: number | null = null;
      while (voices && theirs === null) {
        theirs = voices.backAfter(began + returned, 2);
        const told = JSON.stringify([...voices.now().values()]);
        if (Date.now() - began > patienceMs) throw new Error(`not all voices hear: ${told}`);
        await new Promise((r) => setTimeout(r, 100));
      }
      for (const { name, state, people } of voices?.now().values() ?? []) {
        expect(state, name).toBe("connected");
        expect(people, `${name} sees each once`).toHaveLength(5);
        expect(new Set(people).size).toBe(5);
      }
      const worst = Math.max(backMs, returned + (theirs ?? 0));
      return {
        backMs: worst,
        note: `${worst - returned} ms after it answered again, browsers ${backMs} ms, ${repairs.length} repairs`,
      };
    });
  } finally {
    await voices?.leave();
    await call.ends();
  }
});
