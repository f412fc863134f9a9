import { spawnSync } from "node:child_process";
import { TONES } from "../support/ear";
import { expect, test } from "../support/house";
import type { Person } from "../support/person";
import { rounds, tries } from "./rounds";
import { heals } from "./sound";
import { SoundServer } from "./sound-server";

// A microphone of PulseAudio is pulled out of a call, and the default becomes another one.
const missing = ["pulseaudio", "pactl"].find(
  (tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0,
);
test.skip(missing !== undefined, `there is no ${missing}`);
test.setTimeout(120_000 + rounds * 30_000);

const [desk, headset] = [1, 2] as const;

test("the microphone is unplugged, and the default changes", async ({ server, sitsDown }) => {
  const sound = await SoundServer.starts();
  try {
    let unplug = sound.plugs("desk", TONES[desk]);
    sound.plugs("headset", TONES[headset]);
    sound.prefers("desk");
    const boris = await sitsDown("Boris", server.url, { tone: 0 });
    await boris.becomesOwner();
    const anna = await sitsDown("Anna", await boris.invites(), { devices: true, env: sound.env });
    await anna.comesAsGuest();
    await boris.joinsVoice();
    await anna.joinsVoice();
    await boris.hearsExactly(desk);
    await tries("the default microphone changes", async () => {
      const { backMs } = await switches(boris, headset, () => sound.prefers("headset"));
      await switches(boris, desk, () => sound.prefers("desk"));
      return { backMs };
    });
    await tries("the microphone is unplugged", async () => {
      const { backMs } = await switches(boris, headset, () => unplug());
      unplug = sound.plugs("desk", TONES[desk]);
      sound.prefers("desk");
      await boris.hearsExactly(desk);
      return { backMs };
    });
    expect(anna.errors).toEqual([]);
  } finally {
    await sound.stops();
  }
});

/** Time from a change of Anna's microphone until the tone of another is heard. */
async function switches(who: Person, tone: number, change: () => void): Promise<{ backMs: number }> {
  const [healed] = await heals([{ who, tone }], change, { atLeastMs: 0, withinMs: 20_000 });
  await who.hearsExactly(tone);
  return { backMs: healed?.backMs ?? 0 };
}
