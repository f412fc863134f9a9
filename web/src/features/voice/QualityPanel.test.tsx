import { act, cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LadderStep, QualityMark as Mark, VoiceState } from "@/core/model";
import type { VoiceQuality } from "@/core/wire";
import { badLine } from "@/dev/badLine";
import { type MockStart, mockCore, mockUser } from "@/dev/mockCore";
import { startI18n } from "@/i18n";
import { CoreProvider } from "@/ui/core";
import { VoiceMarks } from "./Person";
import { QualityPanel } from "./QualityPanel";
import { Signal } from "./Signal";

vi.setConfig({ testTimeout: 20_000 });

const NOW = 1_767_225_600_000;
const me = mockUser("u-me", "Vera");
const self = {
  userId: "u-me",
  userName: "Vera",
  csrc: 1,
  muted: false,
  deafened: false,
  volume: 1,
  self: true,
};
const word: VoiceQuality = {
  downlink: {
    state: "fair",
    layer: "low",
    redundancy: 2,
    frameMs: 60,
    slots: 3,
    lossPct: 7,
    estimateBps: 44_000,
    reason: "loss",
  },
  uplink: { maxBitrate: 24_000, layers: ["low"], redundancy: 1, frameMs: 20, lossPct: 1.5 },
};

beforeEach(() => {
  startI18n("en");
  // jsdom has neither layout nor media queries.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function show(children: React.ReactNode, voice: Partial<VoiceState> = {}, start: MockStart = {}) {
  const line = badLine(NOW);
  const core = mockCore({
    account: { user: me },
    voice: {
      status: "connected",
      roomSlug: "general",
      participants: [self],
      stats: line.stats,
      marks: { "u-me": "good" },
      ...voice,
    },
    trace: line.trace,
    ...start,
  });
  render(
    <MemoryRouter>
      <CoreProvider core={core}>{children}</CoreProvider>
    </MemoryRouter>,
  );
  return core;
}

const steps = (...told: Partial<LadderStep>[]): MockStart => {
  const { trace } = badLine(NOW);
  const all = told.map((step, i) => ({ at: NOW - i * 1_000, reason: "", ...step }));
  return { trace: { ...trace, steps: all } };
};

test("the mark in the dock opens the details, and Escape closes them", async () => {
  show(<Signal />, { marks: { "u-me": "poor" } });
  const mark = screen.getByRole("button", { name: "Connection details: Poor connection" });
  mark.focus();
  await userEvent.keyboard("{Enter}");
  const panel = await screen.findByRole("dialog", { name: "Connection details" });
  expect(await within(panel).findByText("Poor connection")).toBeTruthy();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(mark);
});

test("a call that is not whole has no quality", () => {
  show(<Signal />, { status: "reconnecting" });
  expect(screen.getByRole("button", { name: /Measuring the connection/ })).toBeTruthy();
});

test("every figure is drawn, and told to those who do not see it", () => {
  show(<QualityPanel />);
  const plots = screen.getAllByRole("img").map((plot) => plot.getAttribute("aria-label"));
  expect(plots).toHaveLength(8);
  expect(plots[0]).toMatch(/^Delay: now 3\d ms, at most 203 ms$/);
  for (const path of document.querySelectorAll("svg path"))
    expect(path.getAttribute("d")).not.toMatch(/NaN|undefined|Infinity/);
});

test("what is not known is said so and not drawn as nothing", () => {
  show(<QualityPanel />, { stats: null }, { trace: undefined });
  expect(screen.getByRole("img", { name: "Jitter: not known yet" })).toBeTruthy();
  expect(screen.getAllByText("not said yet").length).toBeGreaterThan(3);
  expect(screen.getByText("Nothing had to be changed so far.")).toBeTruthy();
});

test("the server's word is told, and not on pairs", () => {
  const core = show(<QualityPanel />, { quality: word });
  const rows = () =>
    screen.getAllByRole("term").map((term) => `${term.textContent}: ${term.nextElementSibling?.textContent}`);
  expect(rows()).toEqual([
    "Path: Via server · UDP · srflx",
    "Connected in: –",
    "Sound: low bitrate",
    "Repeated frames: 2 a packet",
    "Packet: 60 ms",
    "Talkers at once: 3",
    "The line carries: 44 kbit/s",
    "Sound: full and low bitrate",
    "Bitrate limit: 40 kbit/s",
    "Repeated frames: yes",
    "Loss: 1.5%",
  ]);
  act(() => core.voice.setState({ topology: "p2p" }));
  expect(rows()).toEqual(["Path: Direct · UDP · srflx", "Connected in: –"]);
});

test("steps are told with their reasons, and unknown reasons as they are", () => {
  show(
    <QualityPanel />,
    {},
    steps(
      { reason: "recovered", layer: "high", redundancy: 0 },
      { reason: "congestion", layer: "low", frameMs: 60, slots: 1 },
      { reason: "sunspots", redundancy: 2 },
      { layer: "none" },
    ),
  );
  const told = screen.getAllByRole("listitem").map((step) => step.textContent?.replace(/^[\d:]{8}/, ""));
  expect(told).toEqual([
    "Full quality · No repeated frames – the line is better again",
    "Low bitrate · Packets of 60 ms · 1 talker at a time – the line carries less than that",
    "2 repeated frames a packet – sunspots",
    "A short pause",
  ]);
});

test.each<[Mark, string]>([
  ["good", "heard well"],
  ["fair", "heard with small gaps"],
  ["poor", "heard with many gaps"],
  ["lost", "no sound gets through"],
  ["unknown", "not heard yet"],
])("somebody who is %s is %s", (mark, text) => {
  const anna = { userId: "u-anna", userName: "Anna", muted: false, deafened: false };
  show(<VoiceMarks person={anna} />, { marks: { "u-anna": mark } });
  expect(screen.getByRole("img", { name: text })).toBeTruthy();
});

test("somebody in another room's voice has no mark", () => {
  show(<VoiceMarks person={{ userId: "u-oleg", userName: "Oleg", muted: false, deafened: false }} />);
  expect(screen.queryByRole("img")).toBeNull();
});
