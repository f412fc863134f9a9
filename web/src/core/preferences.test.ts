// @vitest-environment node
import { describe, expect, it } from "vitest";
import { createPreferences, defaultPreferences, loadPreferences } from "./preferences";

const keeping = (text: string | null) => ({ getItem: () => text, setItem: () => {} });

describe("preferences", () => {
  it("take what was kept, and the default for what makes no sense", () => {
    const kept = {
      theme: "light",
      inputMode: "shout",
      voiceThreshold: 12,
      pttKey: "<b>",
      cues: false,
      more: 1,
    };
    expect(loadPreferences(keeping(JSON.stringify(kept)))).toEqual({
      ...defaultPreferences,
      theme: "light",
      cues: false,
    });
  });

  it.each([null, "", "{", "[]", "null", "7"])("are the defaults when %j was kept", (text) => {
    expect(loadPreferences(keeping(text))).toEqual(defaultPreferences);
  });

  it("last as long as the page where the browser keeps nothing", () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new Error("quota");
      },
    };
    const preferences = createPreferences(full);
    preferences.setState({ theme: "dark" });
    expect(preferences.getState().theme).toBe("dark");
    expect(loadPreferences(null)).toEqual(defaultPreferences);
  });
});
