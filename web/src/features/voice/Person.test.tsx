import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CoreError, type Role } from "@/core/model";
import { mockCore, mockUser } from "@/dev/mockCore";
import { startI18n } from "@/i18n";
import { CoreProvider } from "@/ui/core";
import { PersonEntry, VoiceMarks } from "./Person";

const anna = { userId: "u-anna", userName: "Anna", muted: false, deafened: false };
const me = { userId: "u-me", userName: "Vera", muted: false, deafened: false };

vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  startI18n("en");
  // jsdom has no layout for the popover to be placed by.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function show(role: Role) {
  const core = mockCore({ account: { user: { ...mockUser("u-me", "Vera"), role } } });
  render(
    <CoreProvider core={core}>
      {[anna, me].map((person) => (
        <PersonEntry key={person.userId} person={person} live self={person === me} className="">
          {person.userName}
          <VoiceMarks person={person} />
        </PersonEntry>
      ))}
    </CoreProvider>,
  );
  return core;
}

test("a moderator puts somebody on the stage and takes him off it", async () => {
  const core = show("moderator");
  await userEvent.click(screen.getByRole("button", { name: /^Anna/ }));
  await userEvent.click(screen.getByRole("button", { name: "Put on the stage" }));
  expect(core.voice.getState().stage).toEqual(["u-anna"]);
  expect(screen.getAllByRole("img", { name: "On the stage", hidden: true })).toHaveLength(2);
  await userEvent.click(screen.getByRole("button", { name: "Take off the stage" }));
  expect(core.voice.getState().stage).toEqual([]);
  expect(screen.queryByRole("img", { name: "On the stage", hidden: true })).toBeNull();
});

test("a moderator may stand there himself; others have no such choice", async () => {
  const core = show("owner");
  await userEvent.click(screen.getByRole("button", { name: /^Vera/ }));
  expect(screen.queryByRole("slider")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Put on the stage" }));
  expect(core.voice.getState().stage).toEqual(["u-me"]);
  cleanup();
  show("member");
  expect(screen.queryByRole("button", { name: /^Vera/ })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: /^Anna/ }));
  expect(screen.getByRole("slider")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Put on the stage" })).toBeNull();
});

test("a refusal is shown", async () => {
  const core = show("admin");
  core.call.setOnStage = () => Promise.reject(new CoreError("TargetNotInRoom", "gone"));
  await userEvent.click(screen.getByRole("button", { name: /^Anna/ }));
  await userEvent.click(screen.getByRole("button", { name: "Put on the stage" }));
  expect(await screen.findByRole("alert")).toBeTruthy();
});
