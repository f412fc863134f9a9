import type { Page, TestInfo } from "@playwright/test";
import { expect, test } from "./support/house";

const OFFLINE = /Reconnecting…|No connection\./;

async function keeps(page: Page, info: TestInfo, name: string): Promise<void> {
  await page.screenshot({ path: info.outputPath(`${name}.png`) });
}

for (const [microphone, words, code] of [
  ["denied", "The browser may not use the microphone", "MicrophoneDenied"],
  ["absent", "No microphone found", "MicrophoneNotFound"],
] as const) {
  test(`a microphone that is ${microphone} is told of, and one listens`, async ({
    server,
    sitsDown,
  }, info) => {
    const anna = await sitsDown("Anna", server.url, { tone: 0 });
    await anna.becomesOwner();
    const link = await anna.invites();
    await anna.joinsVoice();
    const boris = await sitsDown("Boris", link, { microphone, ear: true });
    await boris.comesAsGuest();
    await boris.joinsVoice();
    await expect(boris.dock.getByRole("alert")).toContainText(words);
    await expect(boris.dock.getByRole("alert")).toContainText(code);
    await boris.hearsExactly(0);
    await anna.hearsExactly();
    await keeps(boris.page, info, microphone);
  });
}

test("the server does not answer at the start", async ({ server, sitsDown }, info) => {
  const anna = await sitsDown("Anna", server.url);
  await anna.becomesOwner();
  await anna.page.route("**/v1/**", (route) => route.abort());
  await anna.page.reload();
  await expect(anna.page.getByRole("heading", { name: "The server does not answer" })).toBeVisible();
  await expect(anna.page.getByText("ServerUnreachable")).toBeVisible();
  await keeps(anna.page, info, "start");
  await anna.page.unroute("**/v1/**");
  await anna.seesTheRoom("General"); // by itself
});

test("the server goes away during a call and comes back", async ({ server, sitsDown }, info) => {
  const anna = await sitsDown("Anna", server.url, { tone: 0 });
  await anna.becomesOwner();
  const boris = await sitsDown("Boris", await anna.invites(), { tone: 1 });
  await boris.comesAsGuest();
  await anna.joinsVoice();
  await boris.joinsVoice();
  await boris.hearsExactly(0);
  await server.end("SIGKILL");
  for (const person of [anna, boris]) {
    await expect(person.page.getByText(OFFLINE).first()).toBeVisible();
    await expect(person.dock.getByText("Reconnecting…")).toBeVisible();
  }
  await keeps(anna.page, info, "away");
  await server.run();
  await Promise.all([anna.isConnected(), boris.isConnected()]); // without a click
  await anna.hearsExactly(1);
  await boris.hearsExactly(0);
  await keeps(anna.page, info, "back");
});

test("a full room says so", async ({ server, crowd, sitsDown }, info) => {
  const anna = await sitsDown("Anna", server.url);
  await anna.becomesOwner();
  const code = (await anna.invites()).split("/").pop() as string;
  await anna.editsTheRoom();
  await anna.page.getByLabel("People in voice at most").fill("2");
  await anna.page.getByRole("button", { name: "Save" }).click();
  await expect(anna.page.getByRole("dialog")).toHaveCount(0);
  for (const name of ["Boris", "Vera"]) {
    const member = await crowd.comesAsGuest(name, code);
    await member.comesOnline();
    await member.joinsVoice("general");
  }
  await anna.page.getByRole("button", { name: "Join voice", exact: true }).click();
  const alert = anna.dock.getByRole("alert");
  await expect(alert).toContainText("The room is full");
  await expect(alert).toContainText("RoomFull");
  await expect(anna.page.getByRole("button", { name: "Join voice", exact: true })).toBeEnabled();
  await keeps(anna.page, info, "full");
  await anna.writes("I can still write"); // the connection is as it was
  await anna.readsExactly(["Anna: I can still write"]);
});

test("a room is archived under its readers", async ({ server, sitsDown }, info) => {
  const anna = await sitsDown("Anna", server.url);
  await anna.becomesOwner();
  const boris = await sitsDown("Boris", await anna.invites());
  await boris.comesAsGuest();
  await anna.page.getByRole("button", { name: "Add a room or a category" }).click();
  await anna.page.getByRole("menuitem", { name: "New room" }).click();
  await anna.page.getByLabel("Title").fill("Attic");
  await anna.page.getByRole("button", { name: "Create" }).click();
  await anna.seesTheRoom("Attic");
  await boris.page.getByRole("link", { name: "Attic" }).click();
  await boris.seesTheRoom("Attic");
  await boris.joinsVoice();
  await anna.editsTheRoom();
  await anna.page.getByRole("button", { name: "Archive room" }).click();
  await anna.page.getByRole("dialog").getByRole("button", { name: "Archive room" }).click();
  await anna.seesTheRoom("General");
  await expect(boris.page.getByRole("heading", { name: "There is no such room" })).toBeVisible();
  await expect(boris.page.locator("#main").getByText("RoomNotFound")).toBeVisible();
  await expect(boris.page.getByRole("link", { name: "Attic" })).toHaveCount(0);
  await expect(boris.page.getByRole("button", { name: "Leave voice" })).toHaveCount(0);
  await keeps(boris.page, info, "archived");
  await boris.page.getByRole("link", { name: "Go to a room that exists" }).click();
  await boris.seesTheRoom("General");
});
