import { test as base, expect } from "@playwright/test";
import { Crowd } from "./crowd";
import { Person } from "./person";
import { Server } from "./server";

interface House {
  /** A server of this test's own, with the settings of `serverEnv`. */
  server: Server;
  serverEnv: Record<string, string>;
  /** Somebody at a browser of their own. */
  sitsDown: typeof Person.sitsDown;
  /** Those without browsers. */
  crowd: Crowd;
}

/** A test with a server, people and a crowd, who all go when it is over. */
export const test = base.extend<House>({
  serverEnv: [{}, { option: true }],
  server: async ({ serverEnv }, use) => {
    const server = await Server.start(serverEnv);
    await use(server);
    await server.stop();
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's form
  sitsDown: async ({}, use, info) => {
    const people: Person[] = [];
    await use(async (...args) => {
      const person = await Person.sitsDown(...args);
      people.push(person);
      return person;
    });
    // What everybody saw when it went wrong.
    if (info.status !== info.expectedStatus)
      for (const [i, person] of people.entries())
        await person.page.screenshot({ path: info.outputPath(`${i}-${person.name}.png`) }).catch(() => {});
    await Promise.all(people.map((person) => person.leavesTheHouse()));
    expect(people.flatMap((person) => person.breaches)).toEqual([]);
  },
  crowd: async ({ server }, use) => {
    const crowd = await Crowd.gathers(server);
    await use(crowd);
    await crowd.goesHome();
  },
});

export { expect } from "@playwright/test";
