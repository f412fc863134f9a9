import type { Locator } from "@playwright/test";
import { expect, test } from "./support/house";
import type { Person } from "./support/person";

const row = (person: Person, text: string | RegExp): Locator =>
  person.page.locator("[data-message]").filter({ hasText: text });

/** Points at a message and presses one of its actions. */
async function does(person: Person, text: string, action: string): Promise<void> {
  await row(person, text).hover();
  await row(person, text).getByRole("toolbar").getByRole("button", { name: action, exact: true }).click();
}

/** The page is looked at, or another window is. */
async function looks(person: Person, here: boolean): Promise<void> {
  await person.page.evaluate((focused) => {
    document.hasFocus = () => focused;
    window.dispatchEvent(new Event(focused ? "focus" : "blur"));
  }, here);
}

const composer = (person: Person) => person.page.getByRole("textbox", { name: /^Write to/ });

test("two change, delete, answer and react, and both see the same", async ({ server, sitsDown }) => {
  const anna = await sitsDown("Anna", server.url);
  await anna.becomesOwner();
  const boris = await sitsDown("Boris", await anna.invites());
  await boris.comesAsGuest();

  await test.step("editing by the keyboard", async () => {
    await boris.writes("Helo, Anna");
    await expect(row(anna, "Helo, Anna")).toBeVisible();
    await composer(boris).press("ArrowUp");
    const field = boris.page.getByRole("textbox", { name: "Edit the message" });
    await expect(field).toBeFocused();
    await field.press("Escape");
    await expect(field).toHaveCount(0);
    await expect(composer(boris)).toBeFocused();
    await composer(boris).press("ArrowUp");
    await field.fill("Hello, **Anna**");
    await field.press("Enter");
    for (const person of [anna, boris]) {
      await expect(row(person, "Hello, Anna").locator("strong")).toHaveText("Anna");
      await expect(row(person, "Hello, Anna").getByText("(edited)")).toHaveAttribute("title", /^Edited .+/);
    }
    // It is Boris's: Anna has no pencil.
    await row(anna, "Hello, Anna").hover();
    await expect(row(anna, "Hello, Anna").getByRole("button", { name: "Edit", exact: true })).toHaveCount(0);
  });

  await test.step("reactions", async () => {
    await does(anna, "Hello, Anna", "React with 👍");
    await expect(boris.page.getByRole("button", { name: "👍, 1 person" })).toBeVisible();
    await boris.page.getByRole("button", { name: "👍, 1 person" }).click();
    await expect(boris.page.getByRole("button", { name: "👍, 2 people, you too" })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
    await expect(anna.page.getByRole("button", { name: "👍, 2 people, you too" })).toBeVisible();
    // From the picker, by the keyboard.
    await does(anna, "Hello, Anna", "Add a reaction");
    await anna.page.getByRole("searchbox", { name: "Find an emoji" }).fill("rocket");
    await anna.page.keyboard.press("Enter");
    await expect(boris.page.getByRole("button", { name: "🚀, 1 person" })).toBeVisible();
    await anna.page.getByRole("button", { name: "🚀, you" }).click();
    await expect(boris.page.getByRole("button", { name: /🚀/ })).toHaveCount(0);
  });

  await test.step("an answer that leads to what it answers", async () => {
    await does(anna, "Hello, Anna", "Reply");
    await anna.writes("Hello yourself");
    const quote = row(boris, "Hello yourself").getByRole("button", { name: /Boris\s*Hello, Anna/ });
    await expect(quote).toBeVisible();
    await quote.click();
    await expect(row(boris, "(edited)")).toBeFocused();
  });

  await test.step("typing", async () => {
    await composer(boris).pressSequentially("I am ");
    await expect(anna.page.getByText("Boris is typing…")).toBeVisible();
    await boris.writes("I am here");
    await expect(anna.page.getByText("Boris is typing…")).toHaveCount(0);
  });

  await test.step("deleting", async () => {
    await row(boris, "Hello, Anna").first().hover();
    await row(boris, "Hello, Anna").first().getByRole("button", { name: "More" }).click();
    await boris.page.getByRole("menuitem", { name: "Delete" }).click();
    const ask = boris.page.getByRole("dialog", { name: "Delete this message?" });
    await ask.getByRole("button", { name: "Delete" }).click();
    for (const person of [anna, boris]) {
      await expect(row(person, "Message deleted").first()).toBeVisible();
      await expect(person.page.getByRole("button", { name: /^👍/ })).toHaveCount(0);
      await expect(row(person, "Hello yourself").getByText("Message deleted")).toBeVisible();
    }
    // Whoever moderates may delete anybody's, here by the keyboard.
    await row(anna, "I am here").focus();
    await anna.page.keyboard.press("Delete");
    await anna.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await expect(row(boris, "I am here")).toHaveCount(0);
    await expect(row(boris, "Message deleted")).toHaveCount(3); // and where it is quoted
  });

  await test.step("what was changed while one was away", async () => {
    await anna.writes("before");
    await expect(row(boris, "before")).toBeVisible();
    await boris.context.setOffline(true);
    await boris.page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await does(anna, "before", "Edit");
    await anna.page.getByRole("textbox", { name: "Edit the message" }).fill("after");
    await anna.page.keyboard.press("Enter");
    await expect(row(anna, "after")).toBeVisible();
    await boris.context.setOffline(false);
    await expect(row(boris, "after")).toBeVisible();
  });

  await test.step("a reload shows the same", async () => {
    await boris.page.reload();
    await expect(row(boris, "after").getByText("(edited)")).toBeVisible();
    await expect(row(boris, "Hello yourself").getByText("Message deleted")).toBeVisible();
  });
  for (const person of [anna, boris])
    expect(person.errors.filter((e) => !/ERR_INTERNET/.test(e))).toEqual([]);
});

test("what is unread is seen everywhere, and mentions are told", async ({ server, crowd, sitsDown }) => {
  const olga = await crowd.registers("Olga");
  const { invite } = await olga.call<{ invite: { code: string } }>("POST", "/v1/invites", {});
  await olga.call("POST", "/v1/rooms", { title: "Music", slug: "music" });
  const anna = await sitsDown("Anna", `${server.url}/invite/${invite.code}`);
  await anna.context.grantPermissions(["notifications"]);
  await anna.comesAsGuest();
  await expect(anna.page.getByText("Nothing written yet")).toBeVisible();
  await olga.comesOnline();
  const entry = anna.page.locator('a[data-room="music"]');

  await test.step("another room", async () => {
    await olga.enters("music");
    await olga.writes("one", "two");
    await expect(entry).toContainText("unread");
    await expect(anna.page).toHaveTitle("• General · Boltorezka");
    await expect(anna.page.locator('link[rel="icon"]')).toHaveAttribute("href", "/icon-unread.svg");
    await olga.writes("and you, @anna?");
    await expect(entry).toContainText("1 mention");
    await expect(anna.page).toHaveTitle("(1) General · Boltorezka");
  });

  await test.step("marked as read from its menu", async () => {
    await entry.click({ button: "right" });
    await anna.page.getByRole("menuitem", { name: "Mark as read" }).click();
    await expect(entry).not.toContainText("mention");
    await expect(anna.page).toHaveTitle("General · Boltorezka");
    await anna.page.waitForTimeout(300);
    await anna.page.reload();
    await expect(entry).toBeVisible();
    await expect(anna.page.getByText("Nothing written yet")).toBeVisible();
    await expect(entry).not.toContainText("unread");
  });

  await test.step("opened, with the line before what is new", async () => {
    await olga.writes("three, @Anna", "four");
    await expect(entry).toContainText("1 mention");
    await entry.click();
    await expect(row(anna, "four")).toBeVisible();
    await expect(anna.page.locator("[data-unread]")).toBeVisible();
    await expect(row(anna, "three").locator(".mention-self")).toHaveText("@Anna");
    await expect(entry).not.toContainText("mention");
    await expect(anna.page).toHaveTitle("Music · Boltorezka");
  });

  await test.step("written while nobody looks", async () => {
    await looks(anna, false);
    await olga.writes("five");
    await expect(row(anna, "five")).toBeVisible();
    await expect(anna.page).toHaveTitle("• Music · Boltorezka");
    await looks(anna, true);
    await expect(anna.page).toHaveTitle("Music · Boltorezka");
  });

  await test.step("notified only when that was asked for, and never when not to be disturbed", async () => {
    await anna.page.evaluate(() => {
      const shown: string[] = [];
      class Shown {
        static permission = "granted";
        static requestPermission = async () => "granted";
        close() {}
        constructor(title: string, { body }: { body: string }) {
          shown.push(`${title}: ${body}`);
        }
      }
      Object.assign(window, { Notification: Shown, shown });
    });
    const shown = () => anna.page.evaluate(() => (window as unknown as { shown: string[] }).shown);
    await anna.page.getByRole("link", { name: "Settings" }).click();
    // Until the settings are there, the room is, and what comes is read.
    await expect(anna.page.getByRole("link", { name: "Notifications" })).toBeVisible();
    await olga.writes("not asked, @Anna");
    await expect(entry).toContainText("1 mention");
    expect(await shown()).toEqual([]);
    await anna.page.getByRole("link", { name: "Notifications" }).click();
    await anna.page.getByRole("switch", { name: "Desktop notifications of mentions" }).click();
    await olga.writes("asked, @Anna");
    await expect.poll(shown).toEqual(["Olga mentioned you in Music: asked, @Anna"]);
    await anna.page.getByRole("button", { name: /^Your status/ }).click();
    await anna.page.getByRole("menuitemradio", { name: /Do not disturb/ }).click();
    await anna.page.keyboard.press("Escape");
    await olga.writes("quiet, @Anna");
    await expect(entry).toContainText("3 mentions");
    expect(await shown()).toHaveLength(1);
    await entry.click();
    await expect(anna.page.getByRole("complementary", { name: "People here" })).toContainText(
      "Do not disturb",
    );
  });

  await test.step("naming somebody", async () => {
    await composer(anna).pressSequentially("hi @ol");
    await expect(anna.page.getByRole("option", { name: "Olga" })).toBeVisible();
    await composer(anna).press("Tab");
    await expect(composer(anna)).toHaveValue("hi @Olga ");
    await composer(anna).press("Enter");
    await expect(row(anna, "hi @Olga").locator(".mention")).toHaveText("@Olga");
  });
  await test.step("much that was missed", async () => {
    await anna.page.locator('a[data-room="general"]').click();
    await anna.seesTheRoom("General");
    await olga.writes(...Array.from({ length: 130 }, (_, i) => `missed ${i + 1}.`));
    await expect(entry).toContainText("unread"); // told at most once a second
    await entry.click();
    await expect(anna.page.getByText("130 unread messages")).toBeVisible();
    await expect(row(anna, "missed 130.")).toBeInViewport();
    await anna.page.getByRole("button", { name: "Jump to it" }).click();
    await expect(row(anna, "missed 1.")).toBeFocused();
    await expect(anna.page.locator("[data-unread]")).toBeInViewport();
    await olga.writes("and another");
    await anna.page.getByRole("button", { name: "1 new message" }).click();
    await expect(row(anna, "and another")).toBeInViewport();
    await expect(anna.page).toHaveTitle("Music · Boltorezka");
  });
  expect(anna.errors).toEqual([]);
});

test("rooms are put in order, renamed, archived and brought back", async ({ server, crowd, sitsDown }) => {
  const olga = await crowd.registers("Olga");
  for (const title of ["Alpha", "Beta"])
    await olga.call("POST", "/v1/rooms", { title, slug: title.toLowerCase() });
  const anna = await sitsDown("Olga", server.url);
  const { page } = anna;
  await page.getByLabel("Name", { exact: true }).fill("Olga");
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await anna.seesTheRoom("Alpha");
  const rooms = page.getByRole("navigation", { name: "Rooms" }).locator("a[data-room]");
  await expect(rooms).toHaveText(["Alpha", "Beta", "General"]);

  const menu = async (slug: string, item: string) => {
    await page.locator(`a[data-room="${slug}"]`).click({ button: "right" });
    await page.getByRole("menuitem", { name: item, exact: true }).click();
  };
  await menu("general", "Move up");
  await expect(rooms).toHaveText(["Alpha", "General", "Beta"]);
  await menu("alpha", "Move down");
  await expect(rooms).toHaveText(["General", "Alpha", "Beta"]);

  await menu("beta", "Edit room");
  await page.getByLabel("Title").fill("Gamma");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(rooms).toHaveText(["General", "Alpha", "Gamma"]);

  await menu("beta", "Edit room");
  await page.getByRole("button", { name: "Archive room" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Archive room" }).click();
  await expect(rooms).toHaveText(["General", "Alpha"]);
  await page.goto(`${server.url}/settings/rooms`);
  await page.getByRole("button", { name: "Restore Gamma" }).click();
  await expect(page.getByText("No room is archived.")).toBeVisible();
  await expect(rooms).toHaveText(["General", "Alpha", "Gamma"]);
});

test("categories are made, renamed, put in order and removed", async ({ server, crowd, sitsDown }) => {
  const olga = await crowd.registers("Olga");
  const anna = await sitsDown("Olga", server.url);
  const { page } = anna;
  await page.getByLabel("Name", { exact: true }).fill("Olga");
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await anna.seesTheRoom("General");

  const tree = page.getByRole("navigation", { name: "Rooms" });
  const titles = tree.locator("section > div > button:first-child");
  for (const title of ["Games", "Work"]) {
    await page.getByRole("button", { name: "Add a room or a category" }).click();
    await page.getByRole("menuitem", { name: "New category" }).click();
    await page.getByLabel("Title").fill(title);
    await page.getByRole("button", { name: "Create" }).click();
  }
  await expect(titles).toHaveText(["Games", "Work"]);
  // By keyboard alone.
  const menu = async (category: string, item: string) => {
    await page.getByRole("button", { name: `More about this category: ${category}` }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: item, exact: true }).press("Enter");
  };
  await menu("Work", "Move up");
  await expect(titles).toHaveText(["Work", "Games"]);
  await menu("Games", "New room");
  await page.getByLabel("Title").fill("Chess");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(tree.getByRole("region", { name: "Games" }).locator("a[data-room]")).toHaveText(["Chess"]);

  await menu("Games", "Edit category");
  await page.getByLabel("Title").fill("Evenings");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(titles).toHaveText(["Work", "Evenings"]);

  // What somebody else does is seen at once.
  const { categories } = await olga.call<{ categories: { id: string; title: string }[] }>(
    "GET",
    "/v1/rooms/tree",
  );
  const work = categories.find((one) => one.title === "Work");
  await olga.call("PATCH", `/v1/room-categories/${work?.id}`, { title: "Workshop" });
  await expect(titles).toHaveText(["Workshop", "Evenings"]);

  await menu("Evenings", "Edit category");
  await page.getByRole("button", { name: "Remove category" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove category" }).click();
  await expect(titles).toHaveText(["Workshop"]);
  await expect(tree.locator("a[data-room]")).toHaveText(["Chess", "General"]);
  expect(anna.errors).toEqual([]);
});
