import { createStore, type StoreApi } from "zustand/vanilla";
import type { Preferences } from "./model";
import type { StorageLike } from "./platform";

const KEY = "boltorezka.preferences";

export const defaultPreferences: Preferences = {
  theme: "system",
  language: "system",
  inputMode: "voice",
  pttKey: "Backquote",
  voiceThreshold: -100,
  noiseSuppression: true,
  echoCancellation: true,
  autoGainControl: true,
  cues: true,
  hideAddress: false,
  membersOpen: true,
  status: "online",
  notifyMentions: false,
};

const isBoolean = (value: unknown) => typeof value === "boolean";
const isOneOf =
  (...accepted: string[]) =>
  (value: unknown) =>
    typeof value === "string" && accepted.includes(value);

const accepts: Record<keyof Preferences, (value: unknown) => boolean> = {
  theme: isOneOf("system", "dark", "light"),
  language: isOneOf("system", "en", "ru"),
  inputMode: isOneOf("voice", "ptt"),
  pttKey: (value) => typeof value === "string" && /^[A-Za-z0-9]{1,32}$/.test(value),
  voiceThreshold: (value) => typeof value === "number" && value >= -100 && value <= 0,
  noiseSuppression: isBoolean,
  echoCancellation: isBoolean,
  autoGainControl: isBoolean,
  cues: isBoolean,
  hideAddress: isBoolean,
  membersOpen: isBoolean,
  status: isOneOf("online", "idle", "dnd"),
  notifyMentions: isBoolean,
};

/** Reads what was kept; whatever is missing or makes no sense takes its default. */
export function loadPreferences(storage: StorageLike | null): Preferences {
  const kept = readJson(storage, KEY);
  const preferences: Record<string, unknown> = { ...defaultPreferences };
  for (const key of Object.keys(accepts) as (keyof Preferences)[]) {
    if (accepts[key](kept[key])) preferences[key] = kept[key];
  }
  return preferences as unknown as Preferences;
}

/** The preferences, kept in the browser at each change. */
export function createPreferences(storage: StorageLike | null): StoreApi<Preferences> {
  const store = createStore<Preferences>(() => loadPreferences(storage));
  store.subscribe((preferences) => writeJson(storage, KEY, preferences));
  return store;
}

/** Reads a kept JSON object; an empty one when there is none. */
export function readJson(storage: StorageLike | null, key: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(storage?.getItem(key) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Keeps a JSON object; a browser that is full or refuses keeps nothing. */
export function writeJson(storage: StorageLike | null, key: string, value: object): void {
  try {
    storage?.setItem(key, JSON.stringify(value));
  } catch {
    // Quota or privacy settings: the value then lasts as long as the page.
  }
}
