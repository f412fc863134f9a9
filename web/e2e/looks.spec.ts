import { resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import {
  type BrowserContextOptions,
  devices,
  type Locator,
  type Page,
  type TestInfo,
} from "@playwright/test";
import type { Member } from "./support/crowd";
import { expect, test } from "./support/house";
import type { Person } from "./support/person";
import { settles, towns } from "./support/town";

const desktop: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  userAgent: devices["Pixel 7"]?.userAgent,
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
const docs = resolve(import.meta.dirname, "../../docs");

/** A picture for the docs when BOLTOREZKA_SCREENSHOTS=1, else among the test's results. */
async function pictures(page: Page, info: TestInfo, name: string): Promise<void> {
  const kept = process.env.BOLTOREZKA_SCREENSHOTS === "1";
  const file = `${name}.png`;
  const path = kept
    ? resolve(docs, name === "screenshot" ? file : `screenshots/${file}`)
    : info.outputPath(file);
  await page.mouse.move(0, 0);
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
}

/** Waits until what fades or slides has arrived. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((a) => a.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY)
        .map((a) => a.finished),
    ),
  );
}

/** Everybody can use the page as it is now, in both themes. */
async function isAccessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
    await settled(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html} ${n.failureSummary}`));
    expect.soft(found, `${what}, ${colorScheme}`).toEqual([]);
  }
}

/** Nothing sticks out at the side, and a thumb hits what there is to press. */
async function fitsThumbs(page: Page, what: string): Promise<void> {
  const { wide, small } = await page.evaluate(() => {
    const scrolled = (element: Element): boolean => {
      for (let e = element.parentElement; e; e = e.parentElement)
        if (getComputedStyle(e).overflowX !== "visible") return true;
      return false;
    };
    const name = (e: Element) => `${e.tagName} ${e.ariaLabel ?? e.textContent?.slice(0, 40)}`;
    const wide = [...document.querySelectorAll("body *")]
      .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5 && !scrolled(e))
      .map(name);
    if (document.documentElement.scrollWidth > innerWidth) wide.push("the page scrolls sideways");
    /** How far around an element's middle a touch still meets it, px. */
    const reach = (e: Element) => {
      e.scrollIntoView({ block: "center" }); // not half under an edge
      const { left, top, width, height } = e.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      const meets = (dx: number, dy: number) => {
        const met = document.elementFromPoint(x + dx, y + dy);
        return met !== null && (e.contains(met) || (met.closest("label")?.contains(e) ?? false));
      };
      const far = (dx: number, dy: number) => {
        let px = 0;
        while (px < 30 && meets(dx * (px + 0.5), dy * (px + 0.5))) px++;
        return px;
      };
      return [far(-1, 0) + far(1, 0), far(0, -1) + far(0, 1)] as const;
    };
    const small = [...document.querySelectorAll("button, a[href], input, select, textarea")]
      // Actions on a message are for a pointer that hovers; links stand in text.
      .filter((e) => !e.closest("article") && e.checkVisibility({ opacityProperty: true }))
      .map((e) => ({ e, size: reach(e) }))
      // Nothing at all: it is scrolled away or something lies over it.
      .filter(({ size: [wide, high] }) => wide > 0 && high > 0 && (wide < 44 || high < 44))
      .map(({ e, size }) => `${name(e)}: ${size.join("x")}`);
    return { wide, small };
  });
  expect.soft(wide, `${what}: wider than the phone`).toEqual([]);
  expect.soft(small, `${what}: smaller than a thumb`).toEqual([]);
}

/** A finger that rests on something. */
async function rests(page: Page, at: Locator): Promise<void> {
  const box = await at.boundingBox();
  if (!box) throw new Error("it is not there");
  const client = await page.context().newCDPSession(page);
  const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
  await client.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  await page.waitForTimeout(700);
  await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

async function signsIn(person: Person, language: "en" | "ru", room: string): Promise<void> {
  const [name, password, button] = { en: ["Name", "Password", "Sign in"], ru: ["Имя", "Пароль", "Войти"] }[
    language
  ];
  await person.page.getByLabel(name as string, { exact: true }).fill(person.name);
  await person.page.getByLabel(password as string, { exact: true }).fill("correct horse battery");
  await person.page.getByRole("button", { name: button as string, exact: true }).click();
  await person.seesTheRoom(room);
}

const words = {
  en: {
    join: "Join voice",
    connected: "Connected",
    rooms: "Rooms",
    close: "Close",
    members: "Show people",
    measuring: "Measuring the connection",
    jump: "Jump to the latest",
  },
  ru: {
    join: "Войти в голос",
    connected: "На связи",
    rooms: "Комнаты",
    close: "Закрыть",
    members: "Показать людей",
    measuring: "Измеряем связь",
    jump: "К последним сообщениям",
  },
};

test("the pages of whoever is not in yet", async ({ server, crowd, sitsDown }, info) => {
  const someone = await sitsDown("Anna", server.url, { ...desktop, colorScheme: "dark" });
  const { page } = someone;
  const thumb = await sitsDown("Anna", server.url, { ...phone, colorScheme: "dark" });
  const all = async (name: string) => {
    await pictures(page, info, name);
    await isAccessible(page, name);
    await page.emulateMedia({ colorScheme: "dark" });
    await fitsThumbs(thumb.page, name);
  };
  await expect(page.getByRole("heading", { name: "Create the owner account" })).toBeVisible();
  await all("owner");

  const owner = await crowd.registers("Anna Lindqvist");
  for (const p of [page, thumb.page]) {
    await p.reload();
    await expect(p.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  }
  await all("signin");

  const { invite } = await owner.call<{ invite: { code: string } }>("POST", "/v1/invites", {});
  for (const p of [page, thumb.page]) {
    await p.goto(`${server.url}/invite/${invite.code}`);
    await expect(p.getByRole("heading", { name: "You are invited" })).toBeVisible();
  }
  await all("invite");

  await page.getByLabel("Name", { exact: true }).fill("Vera");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await expect(page.getByText("Nothing written yet")).toBeVisible();
  await pictures(page, info, "empty");
  await isAccessible(page, "empty");
});

test("the settings", async ({ server, crowd, sitsDown }, info) => {
  await crowd.registers("Anna");
  const anna = await sitsDown("Anna", server.url, {
    ...desktop,
    colorScheme: "dark",
    tone: 0,
    preferences: { noiseSuppression: true, echoCancellation: true, autoGainControl: true, cues: true },
  });
  const { page } = anna;
  await signsIn(anna, "en", "General");
  await page.goto(`${server.url}/settings/voice`);
  await expect(page.getByRole("heading", { name: "Voice", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Test microphone" }).click();
  await expect(page.getByRole("button", { name: "Stop" })).toBeEnabled();
  await page.waitForTimeout(500); // the meter has risen
  await pictures(page, info, "settings-voice");
  for (const section of [
    "profile",
    "voice",
    "check",
    "notifications",
    "appearance",
    "sessions",
    "shortcuts",
    "rooms",
    "users",
  ]) {
    await page.goto(`${server.url}/settings/${section}`);
    await expect(page.getByRole("main").getByRole("heading", { level: 2 })).toBeVisible();
    await isAccessible(page, section);
  }
});

test("a conversation and what can be done in it", async ({ server, crowd, sitsDown }, info) => {
  const town = towns.en;
  const { owner, others, friend } = await settles(crowd, town);
  const [vera, gleb, daria] = others as [Member, Member, Member];
  const anna = await sitsDown(town.owner, server.url, { ...desktop, colorScheme: "dark" });
  const { page } = anna;
  await signsIn(anna, "en", town.general);
  await expect(page.getByText(town.talk.at(-1)?.text ?? "")).toBeInViewport();
  await vera.enters("planning");
  await vera.writes("Who takes the minutes?", "@Anna, could you?");
  await gleb.enters("chess");
  await gleb.writes("Your move.");
  const plan = await friend.says(
    "**What is left**, in this order:\n1. `make release` on a clean machine\n2. the _announcement_\n3. ~~sleep~~\n\n> Thursday it is\n\n```sh\nboltorezka backup --to /srv/backups/thursday.db\n```",
  );
  const answer = await daria.says("@Anna has the keys, I asked.", plan);
  for (const [member, id, emoji] of [
    [daria, plan, "👍"],
    [friend, answer, "❤️"],
    [owner, plan, "👍"],
    [owner, plan, "🚀"],
  ] as const)
    await member.asks({ type: "chat.react", payload: { messageId: id, emoji, on: true } });
  await anna.writes("I have. They are on the hook.");
  const keeps = async () => {
    await friend.asks({ type: "chat.typing", payload: {} });
    await daria.asks({ type: "chat.typing", payload: {} });
    await expect(page.getByText(/are typing…/)).toBeVisible();
  };
  await keeps();
  await page.getByText("They are on the hook.").hover();
  await expect(page.getByRole("toolbar")).toBeVisible();
  await page.screenshot({ path: info.outputPath("conversation-actions.png") });
  await isAccessible(page, "a conversation, its actions");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByRole("toolbar").getByRole("button", { name: "Add a reaction" }).click();
  await expect(page.getByRole("searchbox", { name: "Find an emoji" })).toBeFocused();
  await settled(page);
  await page.screenshot({ path: info.outputPath("conversation-picker.png") });
  await isAccessible(page, "the emoji picker");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.keyboard.press("Escape");
  const field = page.getByRole("textbox", { name: /^Write to/ });
  await field.fill("");
  await field.press("ArrowUp");
  await expect(page.getByRole("textbox", { name: "Edit the message" })).toBeFocused();
  await isAccessible(page, "a message that is changed");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.keyboard.press("Escape");
  await field.fill("Thanks, @");
  await expect(page.getByRole("listbox")).toBeVisible();
  await isAccessible(page, "naming somebody");
  await page.emulateMedia({ colorScheme: "dark" });
  await field.fill("");
  await keeps();
  await page.mouse.move(0, 0);
  await pictures(page, info, "conversation");
  await anna.leavesTheHouse();

  const thumb = await sitsDown(town.owner, server.url, { ...phone, colorScheme: "light" });
  await signsIn(thumb, "en", town.general);
  const said = thumb.page.locator("[data-message]").filter({ hasText: "has the keys" });
  await expect(said).toBeVisible();
  await pictures(thumb.page, info, "phone-conversation");
  await fitsThumbs(thumb.page, "a conversation");
  await rests(thumb.page, said.getByText("I asked"));
  await expect(thumb.page.getByRole("dialog")).toBeVisible();
  await settled(thumb.page);
  await pictures(thumb.page, info, "phone-actions");
  await fitsThumbs(thumb.page, "actions on a phone");
  await isAccessible(thumb.page, "actions on a phone");
  await thumb.page.getByRole("button", { name: "Reply" }).click();
  await expect(thumb.page.getByText("Reply to Daria")).toBeVisible();
});

for (const language of ["en", "ru"] as const) {
  test(`a lively room (${language})`, async ({ server, crowd, sitsDown }, info) => {
    const town = towns[language];
    const said = words[language];
    const locale = language === "en" ? "en-GB" : "ru-RU";
    test.setTimeout(180_000);
    await settles(crowd, town);
    const friend = await sitsDown(town.friend, server.url, { locale, tone: 1 });
    await signsIn(friend, language, town.general);
    const wide = await sitsDown(town.owner, server.url, {
      ...desktop,
      locale,
      tone: 0,
      colorScheme: language === "en" ? "dark" : "light",
    });
    await signsIn(wide, language, town.general);
    const atEnd = async (page: Page) => {
      await expect(page.getByText(town.talk.at(-1)?.text ?? "")).toBeInViewport();
      await expect.soft(page.getByRole("button", { name: said.jump })).toHaveCount(0);
    };
    for (const person of [friend, wide]) {
      await person.page.getByRole("button", { name: said.join, exact: true }).first().click();
      await expect(person.page.getByText(said.connected, { exact: true }).first()).toBeVisible();
    }
    await test.step("desktop", async () => {
      const { page } = wide;
      await expect(page.locator("[data-speaking]").first()).toBeVisible();
      await atEnd(page);
      await expect(page.getByRole("button", { name: said.measuring })).toHaveCount(0);
      await settled(page);
      await pictures(page, info, language === "en" ? "screenshot" : "desktop-light-ru");
      await isAccessible(page, "room");
    });
    await wide.leavesTheHouse();

    await test.step("phone", async () => {
      const thumb = await sitsDown(town.owner, server.url, {
        ...phone,
        locale,
        tone: 0,
        colorScheme: language === "en" ? "dark" : "light",
      });
      const { page } = thumb;
      await signsIn(thumb, language, town.general);
      await page.getByRole("button", { name: said.join, exact: true }).first().click();
      await expect(page.getByText(said.connected, { exact: true }).first()).toBeVisible();
      await expect(page.locator("[data-speaking]").first()).toBeVisible();
      await atEnd(page);
      await expect(page.getByRole("button", { name: said.measuring })).toHaveCount(0);
      await pictures(page, info, `phone-${language}`);
      await fitsThumbs(page, "room");
      await isAccessible(page, "room on a phone");
      await page.getByRole("button", { name: said.rooms, exact: true }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await settled(page);
      await page.screenshot({ path: info.outputPath("phone-rooms.png") });
      await fitsThumbs(page, "rooms");
      await isAccessible(page, "rooms on a phone");
      await page.getByRole("button", { name: said.close, exact: true }).click();
      await page.getByRole("button", { name: said.members, exact: true }).click();
      await page.screenshot({ path: info.outputPath("phone-people.png") });
      await fitsThumbs(page, "people");
      if (language === "ru") return; // the settings were seen once
      for (const section of [
        "",
        "/profile",
        "/voice",
        "/check",
        "/notifications",
        "/appearance",
        "/sessions",
        "/rooms",
        "/users",
      ]) {
        await page.goto(`${server.url}/settings${section}`);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await settled(page);
        await page.screenshot({ path: info.outputPath(`phone-settings${section.replace("/", "-")}.png`) });
        await fitsThumbs(page, `settings${section}`);
      }
    });
  });
}
