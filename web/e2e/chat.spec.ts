import { expect, test } from "./support/house";
import type { Person } from "./support/person";

const OFFLINE = /Reconnecting…|No connection\./;

/** How often each text is stored in general. */
async function stored(person: Person): Promise<string[]> {
  return person.page.evaluate(async () => {
    const answer = await fetch("/v1/rooms/general/messages?limit=100");
    const { messages } = (await answer.json()) as { messages: { userName: string; text: string }[] };
    return messages.reverse().map((m) => `${m.userName}: ${m.text}`);
  });
}

test("two write to each other, and a reload shows the same", async ({ server, sitsDown }) => {
  const anna = await sitsDown("Anna", server.url);
  await anna.becomesOwner();
  const boris = await sitsDown("Boris", await anna.invites());
  await boris.comesAsGuest();
  const said: string[] = [];
  for (const [who, text] of [
    [anna, "Hello!"],
    [boris, "Hello, Anna. <b>Is this plain text?</b>"],
    [boris, "Two lines\nin one message"],
    [anna, "And 漢字, кириллица, 🎧"],
  ] as const) {
    await who.writes(text);
    said.push(`${who.name}: ${text}`);
    await anna.readsExactly(said);
    await boris.readsExactly(said);
  }
  await expect(boris.page.getByText("Sending")).toHaveCount(0);
  for (const person of [anna, boris]) {
    await person.page.reload();
    await person.seesTheRoom("General");
    await person.readsExactly(said);
    expect(person.errors, person.name).toEqual([]);
  }
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`the server ends by ${signal} and comes back under open pages`, async ({ server, sitsDown }) => {
    const anna = await sitsDown("Anna", server.url);
    await anna.becomesOwner();
    const boris = await sitsDown("Boris", await anna.invites());
    await boris.comesAsGuest();
    await anna.writes("before, by Anna");
    await boris.readsExactly(["Anna: before, by Anna"]);
    await boris.writes("before, by Boris");
    const before = ["Anna: before, by Anna", "Boris: before, by Boris"];
    await anna.readsExactly(before);

    await server.end(signal);
    for (const person of [anna, boris]) await expect(person.page.getByText(OFFLINE).first()).toBeVisible();
    await anna.writes("meanwhile, first");
    await anna.writes("meanwhile, second");
    const meanwhile = ["Anna: meanwhile, first", "Anna: meanwhile, second"];
    await anna.readsExactly([...before, ...meanwhile]);
    await expect(anna.page.getByText("Waiting for the connection")).toHaveCount(2);
    await expect(anna.page.getByText("2 messages wait.")).toBeVisible();
    await boris.readsExactly(before);

    await server.run();
    const after = [...before, ...meanwhile];
    await boris.readsExactly(after);
    await anna.readsExactly(after);
    await expect(anna.page.getByText("Waiting for the connection")).toHaveCount(0);
    for (const person of [anna, boris]) await expect(person.page.getByText(OFFLINE)).toHaveCount(0);

    for (const person of [boris, anna]) {
      await person.writes(`after, by ${person.name}`);
      after.push(`${person.name}: after, by ${person.name}`);
      await anna.readsExactly(after);
      await boris.readsExactly(after);
    }
    expect(await stored(anna)).toEqual(after);
    await boris.page.reload();
    await boris.readsExactly(after);
  });
}

test("scrolling back meets every message once, in order, and nothing jumps", async ({
  server,
  crowd,
  sitsDown,
}) => {
  const COUNT = 300;
  const texts = Array.from({ length: COUNT }, (_, i) => {
    const words = i % 7 === 0 ? " a longer one, that takes more than a line on this page.".repeat(5) : "";
    return `m${i + 1}.${words}`;
  });
  const owner = await crowd.registers("Olga");
  const { invite } = await owner.call<{ invite: { code: string } }>("POST", "/v1/invites", {});
  const petr = await crowd.registers("Petr", invite.code);
  for (const writer of [owner, petr]) {
    await writer.comesOnline();
    await writer.enters("general");
  }
  // In turns of a few, so that there are runs of one author.
  for (let i = 0; i < COUNT; i += 10) await ((i / 10) % 2 ? petr : owner).writes(...texts.slice(i, i + 10));

  const anna = await sitsDown("Anna", `${server.url}/invite/${invite.code}`);
  await anna.comesAsGuest();
  await expect(anna.page.getByText(texts.at(-1) as string)).toBeVisible();

  const walk = await anna.page.evaluate(async () => {
    const scroller = document.getElementById("messages") as HTMLElement;
    const frame = () => new Promise(requestAnimationFrame);
    const rows = () => [...scroller.querySelectorAll<HTMLElement>("[data-message]")];
    const number = (row: HTMLElement) => Number(/: m(\d+)\./.exec(row.getAttribute("aria-label") ?? "")?.[1]);
    const offset = (row: HTMLElement) =>
      row.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    const met = new Set<number>();
    const disorder: string[] = [];
    const jumps: { step: number; px: number }[] = [];
    const look = () => {
      const shown = rows().map(number);
      for (const [i, n] of shown.entries()) {
        met.add(n);
        if (i > 0 && n !== (shown[i - 1] as number) + 1) disorder.push(shown.join());
      }
    };
    // Until its rows are measured, a list that opens stays at its end.
    for (let still = 0, height = 0; still < 10; still++) {
      await frame();
      if (scroller.scrollHeight !== height) still = 0;
      height = scroller.scrollHeight;
    }
    for (let step = 0; step < 400 && !met.has(1); step++) {
      look();
      const middle = rows().find((row) => offset(row) > 100);
      if (!middle) throw new Error("nothing on screen");
      const id = middle.dataset.message;
      const wanted = offset(middle);
      const from = scroller.scrollTop;
      scroller.scrollTop = from - 250;
      // A wheel moves it and tells of it within one frame; a script's write is told of in the next one.
      scroller.dispatchEvent(new Event("scroll"));
      // What was asked for, less what the top of the list refused.
      const moved = from - scroller.scrollTop;
      for (let i = 0; i < 6; i++) {
        await frame();
        const row = rows().find((r) => r.dataset.message === id);
        // At the very top there is less to scroll than was estimated.
        const px = row && scroller.scrollTop > 0 ? offset(row) - wanted - moved : 0;
        if (Math.abs(px) > 1) jumps.push({ step, px: Math.round(px) });
      }
      look();
    }
    return { met: [...met].sort((a, b) => a - b), disorder, jumps };
  });
  expect(walk.disorder).toEqual([]);
  expect(walk.met).toEqual(Array.from({ length: COUNT }, (_, i) => i + 1));
  expect(walk.jumps, "what the text moved by itself").toEqual([]);
  await anna.page.locator("#messages").evaluate((scroller) => scroller.scrollTo(0, 0));
  await expect(anna.page.getByRole("heading", { name: "The beginning of General" })).toBeInViewport();

  // What arrives meanwhile does not move the reader, and a click leads to it.
  await petr.writes("m301. the news");
  await anna.page.getByRole("button", { name: "1 new message" }).click();
  await expect(anna.page.getByText("m301. the news", { exact: true })).toBeInViewport();
});

test("signing out and in, and signing out another device", async ({ server, sitsDown }) => {
  const anna = await sitsDown("Anna", server.url);
  await anna.becomesOwner();
  await anna.page.getByRole("link", { name: "Settings" }).first().click();
  await anna.page.getByRole("link", { name: "Profile" }).click();
  await anna.page.getByRole("button", { name: "Sign out" }).click();
  await expect(anna.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await anna.page.goto(server.url);

  const signIn = async (person: Person, password: string) => {
    await person.page.getByLabel("Name", { exact: true }).fill("Anna");
    await person.page.getByLabel("Password", { exact: true }).fill(password);
    await person.page.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  await test.step("a wrong password", async () => {
    await signIn(anna, "battery horse correct");
    const alert = anna.page.getByRole("alert");
    await expect(alert).toContainText("the name or password is wrong");
    await expect(alert).toContainText("Unauthorized");
  });
  await signIn(anna, "correct horse battery");
  await anna.seesTheRoom("General");

  const phone = await sitsDown("Anna's phone", server.url);
  await signIn(phone, "correct horse battery");
  await phone.seesTheRoom("General");
  await phone.writes("from the other device");
  await anna.page.goto(`${server.url}/settings/sessions`);
  await anna.page.getByRole("button", { name: /^Sign out / }).click();
  await expect(
    phone.page
      .getByRole("heading", { name: "Welcome back" })
      .or(phone.page.getByText("Disconnected from the server.")),
  ).toBeVisible();
  await expect(anna.page.getByRole("button", { name: /^Sign out / })).toHaveCount(0);
  await phone.page.reload();
  await expect(phone.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await anna.page.goto(server.url);
  await anna.seesTheRoom("General");
});

test("invites that do not work say so", async ({ server, sitsDown }) => {
  const anna = await sitsDown("Anna", server.url);
  await anna.becomesOwner();
  await anna.page.getByRole("button", { name: "Invite people" }).first().click();
  await anna.page.getByLabel("Can be used").selectOption({ label: "1 time" });
  await anna.page.getByRole("button", { name: "Create link" }).click();
  const link = await anna.page.getByLabel("Invite link").inputValue();
  const boris = await sitsDown("Boris", link);
  await boris.comesAsGuest();

  const vera = await sitsDown("Vera", link);
  for (const address of [link, `${server.url}/invite/no-such-code`]) {
    await vera.page.goto(address);
    await vera.page.getByLabel("Name", { exact: true }).fill("Vera");
    await vera.page.getByRole("button", { name: "Join", exact: true }).click();
    const alert = vera.page.getByRole("alert");
    await expect(alert).toContainText("This invite does not work");
    await expect(alert).toContainText("Ask for a new one");
    await expect(alert).toContainText("Forbidden");
  }
});
