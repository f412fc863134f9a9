import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import i18next from "i18next";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { blank } from "@/core/check/ways";
import { type ConnectionCheck, CoreError, type Way } from "@/core/model";
import { mockCore } from "@/dev/mockCore";
import { startI18n } from "@/i18n";
import { CoreProvider } from "@/ui/core";
import { CheckSection } from "./CheckSection";
import { supportText } from "./supportText";

afterEach(cleanup);

beforeAll(() => {
  startI18n("en");
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});

const done = (kind: Way["kind"], more: Partial<Way>): Way => ({ ...blank(kind), ...more });
const check: ConnectionCheck = {
  status: "done",
  at: Date.UTC(2026, 10, 1, 9),
  version: "1.2.3",
  error: null,
  microphone: { state: "works", peakDbfs: -12.4, error: null, playing: false },
  ways: [
    done("signalling", { state: "works", rttMs: 12 }),
    done("udp", { state: "fails", failure: "ice_failed", note: "noAnswer" }),
    done("tcp", { state: "off", note: "notOffered" }),
    done("turn-udp", {
      state: "fails",
      failure: "turn_failed",
      note: "noRelay",
      server: 2,
      id: "turn-udp-2",
    }),
    done("turn-tcp", {
      state: "works",
      connectMs: 310.4,
      rttMs: 41,
      lossPct: 1.25,
      candidateType: "relay",
      addresses: ["198.51.100.7:50000", "192.0.2.1:7882"],
    }),
    done("p2p", { state: "unknown", note: "mapped", addresses: ["10.0.0.2:5000 host"] }),
  ],
};
const voice = { status: "idle", topology: "sfu", stats: null, trouble: null } as const;
const facts = { check, voice, browser: "A browser", origin: "https://talk.example" };

function show(start: Partial<ConnectionCheck>) {
  const core = mockCore({ check: start });
  render(
    <CoreProvider core={core}>
      <MemoryRouter>
        <CheckSection />
      </MemoryRouter>
    </CoreProvider>,
  );
  return core;
}

const row = (name: string) => within(screen.getByText(name).closest("li") as HTMLElement);

describe("the text for support", () => {
  it("says what was found, without anybody's address", () => {
    const text = supportText(i18next.t, "en", facts, false);
    expect(text).toContain("Result: Sound gets through by a detour");
    expect(text).toContain("- Directly, UDP: does not work, ice_failed, No answer comes this way.");
    expect(text).toContain("- Relay (TURN), TCP: works, connected in 310 ms, delay 41 ms, loss 1.3%, relay");
    expect(text).toContain("Microphone: The microphone works; the loudest was -12 dB.");
    expect(text).toContain("Server version: 1.2.3");
    expect(text).not.toMatch(/198\.51|192\.0\.2|10\.0\.0|talk\.example/);
  });

  it("has the addresses that were asked for", () => {
    const text = supportText(i18next.t, "en", facts, true);
    for (const one of ["198.51.100.7:50000 → 192.0.2.1:7882", "10.0.0.2:5000", "https://talk.example"]) {
      expect(text).toContain(one);
    }
  });

  it("is in Russian too, and names what stands against the microphone", () => {
    const error = new CoreError("MicrophoneDenied", "");
    const denied = { ...check, microphone: { ...check.microphone, state: "fails" as const, error } };
    const text = supportText(i18next.getFixedT("ru"), "ru", { ...facts, check: denied }, false);
    expect(text).toContain("Напрямую, UDP: не работает, ice_failed");
    expect(text).toContain("Микрофон: mic_denied · MicrophoneDenied");
    expect(text).not.toContain("check.");
  });
});

describe("the page of the test", () => {
  it("shows each way with what it came to, and what they say together", () => {
    show(check);
    expect(screen.getByRole("alert").textContent).toContain("Sound gets through by a detour");
    expect(row("Directly, UDP").getByText("ice_failed")).toBeTruthy();
    expect(row("Relay (TURN), UDP, server 2").getByText("The relay does not answer.")).toBeTruthy();
    expect(row("Relay (TURN), TCP").getByText("connected in 310 ms · delay 41 ms · loss 1.3%")).toBeTruthy();
    expect(row("Directly to other people").getByText("cannot be told")).toBeTruthy();
  });

  it("tells how far it is, and stops", async () => {
    const core = show({ status: "idle" });
    const stop = vi.spyOn(core.checks, "stop");
    await userEvent.click(screen.getByRole("button", { name: "Start the test" }));
    core.check.setState(({ ways }) => ({
      ways: ways.map((way) => (way.kind === "udp" ? { ...way, state: "running" } : way)),
    }));
    expect(await screen.findByText("Trying Directly, UDP, 2 of 7")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Stop" }));
    expect(stop).toHaveBeenCalled();
    expect(screen.getByRole("button", { name: "Test again" })).toBeTruthy();
  });

  it("says why nothing could be tried", () => {
    const error = new CoreError("RateLimited", "", [], 5_000);
    show({
      ...check,
      ways: [done("signalling", { state: "works" }), done("udp", { state: "skipped" })],
      error,
    });
    expect(screen.getByRole("alert").textContent).toContain("Try again in 5 seconds.");
  });
});
