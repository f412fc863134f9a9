import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CoreError, type TimelineItem } from "@/core/model";
import { mockCore, mockMessage, mockRoom, mockUser } from "@/dev/mockCore";
import { startI18n } from "@/i18n";
import { CoreProvider } from "@/ui/core";
import { useEditing } from "./editing";
import { MessageRow } from "./MessageRow";
import { useDeeds } from "./useDeeds";

const me = mockUser("u-me", "Vera");
const room = mockRoom("general", "General");

// Typing is slow in jsdom, more so on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  startI18n("en");
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener: () => {},
    removeEventListener: () => {},
  }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  useEditing.setState({ targets: {} });
});

function Row({ item }: { item: TimelineItem }) {
  const { deeds } = useDeeds(room, me.id, goTo, refused);
  const editing = useEditing((state) => state.targets.general);
  return (
    <MessageRow
      item={item}
      head
      original={null}
      own
      active={false}
      found={false}
      editing={editing}
      deeds={deeds}
    />
  );
}
const goTo = () => {};
const refused = () => {};

/** Our own message of some minutes ago. */
function message(minutesAgo: number) {
  const at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  const core = mockCore({ account: { user: me } });
  render(
    <CoreProvider core={core}>
      <Row item={mockMessage("general", 1, me, "teh text", at)} />
    </CoreProvider>,
  );
  return core;
}

test("what was typed comes back with the reason when it was refused", async () => {
  const user = userEvent.setup();
  const core = message(1);
  core.messages.edit = () => Promise.reject(new CoreError("EditWindowExpired", "too late"));
  act(() => useEditing.getState().set("general", { id: "general-1" }));
  const field = await screen.findByRole("textbox", { name: "Edit the message" });
  await user.clear(field);
  await user.type(field, "the text{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("Too late to edit");
  expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Edit the message" }).value).toBe(
    "the text",
  );
});

test.each([
  [1, 1],
  [11, 0],
])("after %i minutes there are %i ways to edit", async (minutes, ways) => {
  message(minutes);
  await userEvent.setup().hover(screen.getByText("teh text"));
  await screen.findByRole("toolbar");
  expect(screen.queryAllByRole("button", { name: "Edit" })).toHaveLength(ways);
});
