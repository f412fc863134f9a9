import { expect, test } from "./support/house";
import type { Person } from "./support/person";

const mark = (person: Person, name: string) =>
  person.page
    .getByRole("region", { name: "In voice in this room" })
    .getByRole("listitem")
    .filter({ hasText: name })
    .getByRole("img", { name: "On the stage" });

test("a moderator puts people on the stage, and everybody sees it", async ({ server, sitsDown }) => {
  const anna = await sitsDown("Anna", server.url, { tone: 0 });
  await anna.becomesOwner();
  const boris = await sitsDown("Boris", await anna.invites(), { tone: 1 });
  await boris.comesAsGuest();
  await anna.joinsVoice();
  await boris.joinsVoice();

  const strip = anna.page.getByRole("region", { name: "In voice in this room" });
  await strip.getByRole("button", { name: /^Boris/ }).click();
  await anna.page.getByRole("button", { name: "Put on the stage" }).click();
  await expect(mark(boris, "Boris")).toBeVisible();
  await expect(mark(anna, "Boris")).toBeAttached();

  // Who is a guest has no such choice.
  await boris.page
    .getByRole("region", { name: "In voice in this room" })
    .getByRole("button", { name: /^Anna/ })
    .click();
  await expect(boris.page.getByRole("slider", { name: "Volume" })).toBeVisible();
  await expect(boris.page.getByRole("button", { name: "Put on the stage" })).toHaveCount(0);

  await anna.page.getByRole("button", { name: "Take off the stage" }).click();
  await expect(mark(boris, "Boris")).toHaveCount(0);
});
