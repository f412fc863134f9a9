import { createStore, type StoreApi } from "zustand/vanilla";
import type { Microphone } from "../audio/microphone";
import type { Speakers } from "../audio/speakers";
import { asCoreError, type Http } from "../http";
import type { CoreError, Preferences } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import { Scope } from "../scope";
import { failureOf } from "../voice/failure";
import type { Shapes } from "../wire";
import { tryDirect } from "./direct";
import type { ConnectionCheck, MicrophoneTrial, Way } from "./model";
import { beginTest, tryPath } from "./path";
import { play, type Recording, record } from "./recorder";
import { trySignalling } from "./signalling";
import { openTap } from "./tap";
import { allWays, type Plan, plans, stunUrls } from "./ways";

export const RECORD_MS = 3_000;
/** A recording whose loudest sample is below this (dBFS) has nothing in it. */
const SILENT_DBFS = -60;
/** Between two levels of the meter. */
const LEVEL_MS = 33;

export interface CheckDeps {
  platform: Platform;
  http: Http;
  connection: Connection;
  speakers: Speakers;
  microphone: Microphone;
  preferences: StoreApi<Preferences>;
}

const untried: MicrophoneTrial = { state: "untried", peakDbfs: null, error: null, playing: false };

/**
 * Tries every way that sound can take to the server, one after the other, and
 * the microphone. It touches no call: it has connections and a place on the
 * server of its own.
 */
export class ConnectionChecks {
  readonly store = createStore<ConnectionCheck>(() => ({
    status: "idle",
    at: null,
    ways: allWays(),
    error: null,
    microphone: untried,
    version: null,
  }));

  private run: Scope | null = null;
  private microphone: Scope | null = null;
  private recording: Recording | null = null;

  constructor(private readonly deps: CheckDeps) {}

  /** Tries all ways; passes when it is over. It never rejects: what stands against it is in the store. */
  async start(): Promise<void> {
    if (this.run) return;
    const { platform } = this.deps;
    const scope = new Scope(platform.clock);
    this.run = scope;
    this.store.setState({ status: "running", at: platform.clock.now(), ways: allWays(), error: null });
    void this.askVersion();
    try {
      await this.tryAll(scope);
    } finally {
      scope.close();
      if (this.run === scope) this.over();
    }
  }

  /** Ends the test where it is. */
  stop(): void {
    if (!this.run) return;
    this.run.close();
    this.over();
  }

  /** Whoever tested has gone: nothing goes on, nor is anything recorded or played. */
  leave(): void {
    this.stop();
    this.microphone?.close();
  }

  /** The level of the microphone, dBFS, 30 times a second until the returned stop; rejects where there is none. */
  async meter(listener: (dbfs: number) => void): Promise<() => void> {
    const { platform, microphone, speakers } = this.deps;
    try {
      const tap = await openTap(platform, microphone, speakers);
      const cancel = platform.clock.every(LEVEL_MS, () => listener(tap.level()));
      return () => {
        cancel();
        tap.close();
      };
    } catch (reason) {
      throw this.microphoneFailed(asCoreError(reason));
    }
  }

  /** Records for three seconds and plays that back; rejects with what stands against it. */
  async record(): Promise<void> {
    const { platform, microphone, speakers } = this.deps;
    this.microphone?.close();
    const scope = new Scope(platform.clock);
    this.microphone = scope;
    this.recording = null;
    this.hear({ ...untried, state: "recording" });
    try {
      const tap = await openTap(platform, microphone, speakers);
      scope.add(() => tap.close());
      const recording = await record(platform, speakers, tap.stream, RECORD_MS, scope);
      if (scope.closed) return;
      this.recording = recording;
      const { peakDbfs } = recording;
      this.hear({ state: peakDbfs < SILENT_DBFS ? "silent" : "works", peakDbfs });
    } catch (reason) {
      if (scope.closed) return;
      throw this.microphoneFailed(asCoreError(reason));
    } finally {
      scope.close();
    }
    await this.play();
  }

  /** Plays the recording again. */
  async play(): Promise<void> {
    const { platform, speakers } = this.deps;
    if (!this.recording) return;
    this.microphone?.close();
    const scope = new Scope(platform.clock);
    this.microphone = scope;
    this.hear({ playing: true });
    await play(speakers, this.recording, scope);
    if (this.microphone === scope) this.hear({ playing: false });
    scope.close();
  }

  /** Ends everything and forgets what was found: it was somebody else's. */
  reset(): void {
    this.stop();
    this.microphone?.close();
    this.microphone = this.recording = null;
    this.store.setState({ status: "idle", at: null, ways: allWays(), error: null, microphone: untried });
  }

  private async tryAll(scope: Scope): Promise<void> {
    const { platform, http, connection, preferences } = this.deps;
    await this.tryOne("signalling", scope, () => trySignalling(platform.clock, connection, http));
    if (scope.closed) return;
    let test: Shapes["VoiceTest"];
    const asking = scope.child();
    try {
      test = await beginTest(http, asking);
    } catch (reason) {
      if (!scope.closed) this.store.setState({ error: asCoreError(reason) });
      return;
    } finally {
      asking.close();
    }
    if (scope.closed) return;
    const planned = plans(test.iceServers ?? []);
    const [signalling] = this.store.getState().ways;
    this.store.setState({ ways: [...(signalling ? [signalling] : []), ...planned.map(({ way }) => way)] });
    for (const plan of planned) {
      if (scope.closed || this.store.getState().error) return;
      if (plan.way.state !== "waiting") continue;
      const { p2pMax } = test;
      const stun = stunUrls(test.iceServers ?? []);
      const hidden = preferences.getState().hideAddress;
      await this.tryOne(plan.way.id, scope, (own) =>
        plan.way.kind === "p2p"
          ? tryDirect(platform, { stun, hidden, p2pMax }, own)
          : this.tryPlan(plan, own),
      );
    }
  }

  private async tryPlan(plan: Plan, scope: Scope): Promise<Partial<Way>> {
    try {
      return await tryPath(this.deps, plan, scope);
    } catch (reason) {
      const error = asCoreError(reason);
      // Too many tests at once say nothing of the way.
      if (error.code === "RateLimited" && !scope.closed) this.store.setState({ error });
      return error.code === "RateLimited"
        ? { state: "skipped" }
        : { state: "fails", failure: failureOf(error) ?? "unknown" };
    }
  }

  /** Tries one way in a scope of its own. */
  private async tryOne(
    id: string,
    scope: Scope,
    attempt: (own: Scope) => Promise<Partial<Way>>,
  ): Promise<void> {
    this.set(id, { state: "running" });
    const own = scope.child();
    let result: Partial<Way>;
    try {
      result = await attempt(own);
    } catch {
      result = { state: "fails", failure: "unknown" };
    } finally {
      own.close();
    }
    if (!scope.closed) this.set(id, result);
  }

  private set(id: string, change: Partial<Way>): void {
    this.store.setState(({ ways }) => ({
      ways: ways.map((way) => (way.id === id ? { ...way, ...change } : way)),
    }));
  }

  private hear(change: Partial<MicrophoneTrial>): void {
    this.store.setState(({ microphone }) => ({ microphone: { ...microphone, ...change } }));
  }

  private microphoneFailed(error: CoreError): CoreError {
    this.hear({ ...untried, state: "fails", error });
    return error;
  }

  private over(): void {
    this.run = null;
    this.store.setState(({ ways }) => ({
      status: "done",
      ways: ways.map((way) =>
        way.state === "waiting" || way.state === "running" ? { ...way, state: "skipped" } : way,
      ),
    }));
  }

  private async askVersion(): Promise<void> {
    try {
      const { version } = await this.deps.http.get<Shapes["Version"]>("/version");
      this.store.setState({ version });
    } catch {
      // Then the text for support does without.
    }
  }
}
