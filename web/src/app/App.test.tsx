import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CoreError } from "@/core/model";
import { type MockStart, mockCore, mockPresent, mockUser } from "@/dev/mockCore";
import { startI18n } from "@/i18n";
import { App } from "./App";

function show(path: string, start: MockStart = {}) {
  history.replaceState(null, "", path);
  const core = mockCore(start);
  render(<App core={core} />);
  return core;
}

// Typing is slow in jsdom, more so on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  startI18n("en");
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener: () => {},
    removeEventListener: () => {},
  }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  Element.prototype.scrollTo = () => {};
  Element.prototype.scrollIntoView = () => {};
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const out = { status: "signedOut", user: null } as const;

test("the first account asks for the setup code when the server wants it", async () => {
  const mode = {
    mode: "local",
    registration: "invite",
    guests: "invite",
    providers: [],
    needsOwner: true,
    needsSetupCode: true,
  } as const;
  const core = show("/", { account: { ...out, mode: { ...mode, providers: [] } } });
  const register = vi.spyOn(core.auth, "register");
  await userEvent.type(screen.getByLabelText("Name"), "Vera");
  await userEvent.type(screen.getByLabelText("Password"), "long enough");
  await userEvent.type(screen.getByLabelText("Setup code"), "1234");
  await userEvent.click(screen.getByRole("button", { name: "Create account" }));
  expect(register).toHaveBeenCalledWith("Vera", "long enough", undefined, "1234");
});

test("a guest comes through an invite straight into a room", async () => {
  const core = show("/invite/abc", { account: out });
  const guest = vi.spyOn(core.auth, "guest");
  await userEvent.type(screen.getByLabelText("Name"), "Petya");
  await userEvent.click(screen.getByRole("button", { name: "Join" }));
  expect(guest).toHaveBeenCalledWith("Petya", "abc");
  await screen.findByRole("heading", { level: 1, name: "General" });
  expect(location.pathname).toBe("/r/general");
});

test("a refused sign-in says what to do and its code", async () => {
  const core = show("/", { account: out });
  vi.spyOn(core.auth, "login").mockRejectedValue(new CoreError("Unauthorized", ""));
  await userEvent.type(screen.getByLabelText("Name"), "Vera");
  await userEvent.type(screen.getByLabelText("Password"), "wrong");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect((await screen.findByRole("alert")).textContent).toMatch(/name or password is wrong.*Unauthorized/);
});

test("voice is joined, muted and left from the dock", async () => {
  const core = show("/r/general");
  await userEvent.click(await screen.findByRole("button", { name: "Join voice" }));
  expect(await screen.findByText("Connected")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Mute microphone" }));
  expect(core.voice.getState().muted).toBe(true);
  await userEvent.keyboard("{Control>}{Shift>}m{/Shift}{/Control}");
  expect(core.voice.getState().muted).toBe(false);
  await userEvent.click(screen.getByRole("button", { name: "Leave voice" }));
  await waitFor(() => expect(core.voice.getState().status).toBe("idle"));
});

test("Enter sends, Shift+Enter makes a line, and a draft stays with its room", async () => {
  const core = show("/r/general");
  const send = vi.spyOn(core.messages, "send");
  const field = await screen.findByRole("textbox", { name: "Write to General" });
  await userEvent.type(field, "one{Shift>}{Enter}{/Shift}two");
  expect(sessionStorage.getItem("boltorezka.draft.general")).toBe("one\ntwo");
  await userEvent.type(field, "{Enter}");
  expect(send).toHaveBeenCalledWith("general", "one\ntwo", undefined);
  expect(sessionStorage.getItem("boltorezka.draft.general")).toBeNull();
});

test("trouble with the microphone is said in words, and can be tried again", async () => {
  const core = show("/r/general", { voice: { trouble: new CoreError("MicrophoneDenied", "") } });
  const join = vi.spyOn(core.call, "join");
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toMatch(/may not use the microphone.*allow the microphone.*MicrophoneDenied/);
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(join).toHaveBeenCalledWith("general");
});

test("people in voice stand under their room", async () => {
  const mila = mockUser("m", "Mila");
  show("/r/general", {
    rooms: {
      presence: { general: { topology: "sfu", users: [mockPresent(mila, { inVoice: true, muted: true })] } },
    },
  });
  expect((await screen.findByRole("list", { name: "1 in voice" })).textContent).toContain("Mila");
});

test("Ctrl+K finds a room and ? lists the shortcuts", async () => {
  show("/r/general");
  await screen.findByRole("heading", { level: 1, name: "General" });
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.type(await screen.findByRole("combobox"), "gen");
  expect(screen.getByRole("option", { name: /General/ })).toBeTruthy();
  await userEvent.keyboard("{Escape}?");
  expect(await screen.findByRole("dialog", { name: "Keyboard shortcuts" })).toBeTruthy();
});
