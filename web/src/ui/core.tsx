import { createContext, type ReactNode, use } from "react";
import { type StoreApi, useStore } from "zustand";
import type {
  AccountState,
  ActivityState,
  ChatState,
  ConnectionCheck,
  ConnectionState,
  Core,
  Devices,
  Preferences,
  RoomsState,
  StatusState,
  VoiceState,
} from "@/core/model";
import { batched } from "./batched";

/** For a class component, which has no hooks. */
export const CoreContext = createContext<Core | null>(null);

/** Gives everything below it the one core of the app. */
export function CoreProvider({ core, children }: { core: Core; children: ReactNode }) {
  return <CoreContext value={core}>{children}</CoreContext>;
}

/** The core of the app; it throws outside a CoreProvider. */
export function useCore(): Core {
  const core = use(CoreContext);
  if (!core) throw new Error("useCore outside of CoreProvider");
  return core;
}

/** The core's stores by name, and what each holds. */
interface StoreStates {
  account: AccountState;
  connection: ConnectionState;
  rooms: RoomsState;
  chat: ChatState;
  activity: ActivityState;
  status: StatusState;
  voice: VoiceState;
  check: ConnectionCheck;
  devices: Devices;
  preferences: Preferences;
}

/** What others drive comes in bursts; what the user drives must show with the event that did it. */
const DRIVEN: ReadonlySet<keyof StoreStates> = new Set(["chat", "activity", "rooms"] as const);

/**
 * Reads one store of the core and renders again when the picked value changes.
 * `pick` must return a value that is stable while the state is.
 */
export function useCoreState<K extends keyof StoreStates, T>(name: K, pick: (state: StoreStates[K]) => T): T {
  const stores: { [N in keyof StoreStates]: StoreApi<StoreStates[N]> } = useCore();
  return useStore(DRIVEN.has(name) ? batched(stores[name]) : stores[name], pick);
}
