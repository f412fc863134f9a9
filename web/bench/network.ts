import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "@playwright/test";
import { Call } from "./call";
import { html, inWords, type Ladder, type Result, type Run } from "./report";
import { named, type Scenario, scenarios } from "./scenario";
import { switched, switches } from "./switches";
import { type Roles, tried } from "./trial";

const folder = resolve(import.meta.dirname, "../bench-results");
const seconds = Number(process.env.NETWORK_SECONDS ?? 20);
if (!(seconds >= 1 && seconds <= 3600)) throw new Error(`NETWORK_SECONDS ${seconds}: want 1 to 3600`);
const parts = process.env.NETWORK_SCENARIOS;
const wanted = named(scenarios, parts);
const changes = named(switches, parts);
if (wanted.length + changes.length === 0) throw new Error(`no scenario is called like ${parts}`);
const ladders = (process.env.NETWORK_LADDER ?? "off,on").split(",") as Ladder[];
if (!ladders.every((l) => l === "on" || l === "off")) throw new Error("NETWORK_LADDER: want on, off or both");

const run: Run = {
  at: new Date().toISOString().slice(0, 16).replace("T", " "),
  commit: execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim(),
  seconds,
  results: [],
  switches: [],
};

function writes(): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "network.json"), `${JSON.stringify(run, null, 1)}\n`);
  writeFileSync(join(folder, "network.html"), html(run));
}

/** Written anew after each scenario, so that a run that is broken off has its part. */
function keeps(result: Result): void {
  run.results.push(result);
  const order = (r: Result) => wanted.findIndex(({ name }) => name === r.scenario.name);
  run.results.sort((a, b) => order(a) - order(b));
  writes();
  const { figures: f, scenario, ladder } = result;
  console.log(
    `    ${scenario.name}, ladder ${ladder}: concealed ${f.concealedPct}% and ${f.silentPct}% silence, ` +
      `buffer ${f.bufferMs} ms, queue ${f.queuePeakMs} ms, later ${f.queueLaterMs}, ${f.kbps} kbit/s, ` +
      `lost ${f.linkLostPct}%, ${f.steps.length} steps, ${f.restarts} restarts, held up ${f.heldUpMs} ms, load ${f.load}, ${JSON.stringify(f.sound)}`,
  );
}

async function passes(call: Call, roles: Roles, scenarios: Scenario[], ladder: Ladder): Promise<void> {
  for (const scenario of scenarios)
    await test.step(scenario.name, async () => {
      keeps({ scenario, ladder, figures: await tried(call, roles, scenario, seconds) });
    });
}

for (const ladder of ladders) {
  const of = (people: Scenario["people"]) => wanted.filter((s) => s.people === people);
  const patience = (scenarios: Scenario[]) => 180_000 + scenarios.length * (seconds * 1000 + 45_000);
  const env = { BOLTOREZKA_SFU_LADDER: ladder };

  test(`Chromium, ladder ${ladder}`, async () => {
    const [pair, trio] = [of("pair"), of("trio")];
    test.skip(pair.length + trio.length === 0);
    test.setTimeout(patience([...pair, ...trio]));
    const call = await Call.begins(env);
    try {
      const listener = "Anna";
      await call.joins(listener);
      await call.joins("Boris");
      await passes(call, { listener, talkers: ["Boris"] }, pair, ladder);
      if (trio.length > 0) {
        await call.joins("Vera");
        await passes(call, { listener, talkers: ["Boris", "Vera"] }, trio, ladder);
      }
    } finally {
      await call.ends();
    }
    expect(run.results.every(({ figures }) => figures.expectedS > 0 || figures.linkLostPct > 50)).toBe(true);
  });

  test(`Firefox, ladder ${ladder}`, async () => {
    const firefox = of("firefox");
    test.skip(firefox.length === 0);
    test.setTimeout(patience(firefox));
    const call = await Call.begins(env);
    try {
      await call.joins("Boris");
      await call.joinsByFirefox("Anna");
      await passes(call, { listener: "Anna", talkers: ["Boris"] }, firefox, ladder);
    } finally {
      await call.ends();
    }
  });
}

// Whatever the ladder's steps are worth: it is on here.
for (const change of changes)
  test(change.name, async () => {
    test.setTimeout(600_000);
    const found = await switched(change);
    run.switches.push(found);
    writes();
    console.log(inWords(found));
    expect(found.rows.every(({ n }) => n > 0)).toBe(true);
  });
