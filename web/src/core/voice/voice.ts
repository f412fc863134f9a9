import { createStore, type StoreApi } from "zustand/vanilla";
import type { Cue, Cues } from "../audio/cues";
import type { Microphone } from "../audio/microphone";
import type { Speakers } from "../audio/speakers";
import { Volumes } from "../audio/volumes";
import { asCoreError } from "../http";
import { CoreError, type Preferences, type QualityTrace, type User, type VoiceState } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import type { Telemetry } from "../telemetry";
import { Call } from "./call";

/** How the codes begin of what each has mended. */
const MENDED = { path: "Media", microphone: "Microphone" };
/** A key is let go a little before the last syllable is. */
const PTT_RELEASE_MS = 200;

export interface VoiceDeps {
  platform: Platform;
  connection: Connection;
  telemetry: Telemetry;
  speakers: Speakers;
  microphone: Microphone;
  cues: Cues;
  preferences: StoreApi<Preferences>;
  me(): User | null;
}

const idle: Omit<VoiceState, "muted" | "deafened" | "trouble" | "speakingByRoom"> = {
  status: "idle",
  roomSlug: null,
  movingTo: null,
  topology: "sfu",
  participants: [],
  stage: [],
  connectMs: null,
  stats: null,
  quality: null,
  marks: {},
  playbackBlocked: false,
};

/** The user's voice: at most one call, and what he wants of microphone and ears. */
export class Voice {
  readonly store = createStore<VoiceState>(() => ({
    ...idle,
    muted: false,
    deafened: false,
    trouble: null,
    speakingByRoom: {},
  }));

  private call: Call | null = null;
  /** The call in the room that we are moving to; `call` goes on until the server has let us in there. */
  private coming: Call | null = null;
  private readonly volumes: Volumes;
  private readonly listeners = new Set<(levels: ReadonlyMap<string, number>) => void>();
  /** Whether the user was muted by himself when he deafened. */
  private mutedBefore = false;
  private talking = false;
  private cancelRelease: (() => void) | null = null;

  constructor(private readonly deps: VoiceDeps) {
    this.volumes = new Volumes(deps.platform.storage);
    deps.microphone.onTrack = (track) => {
      this.call?.trackChanged(track);
      this.coming?.trackChanged(track);
    };
    deps.microphone.onLost = (trouble) => {
      this.call?.microphoneLost();
      this.listenOnly(trouble);
    };
    deps.preferences.subscribe((now, before) => {
      if (now.inputMode !== before.inputMode) this.applyMicrophone();
      // How a call is carried is said when it is joined.
      if (now.hideAddress !== before.hideAddress) (this.coming ?? this.call)?.hidingChanged();
    });
    const { events, lifecycle } = deps.connection;
    events.on("voice.speaking", ({ roomSlug, userIds }) =>
      this.store.setState(({ speakingByRoom }) => ({
        speakingByRoom: { ...speakingByRoom, [roomSlug]: userIds ?? [] },
      })),
    );
    lifecycle.on("down", () => this.store.setState({ speakingByRoom: {} }));
    lifecycle.on("refused", (error) => this.finish(error));
  }

  async join(slug: string): Promise<void> {
    const me = this.deps.me();
    if (!me) throw new CoreError("Unauthorized", "nobody is signed in");
    if ((this.coming ?? this.call)?.slug === slug) return;
    if (this.call) await this.move(this.call, slug, me);
    else await this.enter(slug, me);
  }

  async leave(): Promise<void> {
    if (!this.call) return;
    this.drop();
    this.cue("leave");
    this.store.setState({
      status: "leaving",
      movingTo: null,
      participants: [],
      stage: [],
      stats: null,
      quality: null,
      marks: {},
    });
    try {
      await this.deps.connection.request("voice.leave", {});
    } catch {
      // Not connected, or not in voice: the server ends it by itself.
    }
    if (!this.call) this.store.setState({ ...idle, trouble: null });
  }

  setMuted(muted: boolean): void {
    const { deafened } = this.store.getState();
    this.mutedBefore = muted;
    // Who wants to be heard wants to hear.
    this.wish(muted, muted && deafened);
    this.cue(muted ? "mute" : "unmute");
  }

  setDeafened(deafened: boolean): void {
    const now = this.store.getState();
    if (deafened === now.deafened) return;
    if (deafened) this.mutedBefore = now.muted;
    this.wish(deafened || this.mutedBefore, deafened);
    this.cue(deafened ? "mute" : "unmute");
  }

  setVolume(userId: string, volume: number): void {
    this.volumes.set(userId, volume);
    this.call?.volumeChanged(userId);
  }

  async setOnStage(userId: string, on: boolean): Promise<void> {
    const rest = this.store.getState().stage.filter((id) => id !== userId);
    await this.deps.connection.request("voice.stage", { userIds: on ? [...rest, userId] : rest });
  }

  async unblockPlayback(): Promise<void> {
    await this.deps.speakers.unblock();
  }

  dismissTrouble(): void {
    this.store.setState({ trouble: null });
  }

  setTalking(talking: boolean): void {
    this.cancelRelease?.();
    this.cancelRelease = null;
    if (talking) {
      this.talking = true;
      this.applyMicrophone();
      return;
    }
    this.cancelRelease = this.deps.platform.clock.after(PTT_RELEASE_MS, () => {
      this.talking = false;
      this.applyMicrophone();
    });
  }

  onLevels(listener: (levels: ReadonlyMap<string, number>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** How the call has been heard so far; null without one. */
  trace(): QualityTrace | null {
    return this.call?.trace ?? null;
  }

  /** Ends the call, if any, without waiting for the server; `trouble` says why. */
  finish(trouble: CoreError | null): void {
    const inCall = this.call !== null;
    this.drop();
    if (inCall) {
      this.cue("leave");
      this.store.setState({ ...idle, trouble });
    }
  }

  /** The browser holds playback back until a click, or no more. */
  setPlaybackBlocked(blocked: boolean): void {
    this.store.setState({ playbackBlocked: blocked && this.call !== null });
  }

  private async enter(slug: string, me: User): Promise<void> {
    this.store.setState({ ...idle, trouble: null });
    const call = this.make(slug, me);
    this.call = call;
    this.applyMicrophone();
    this.deps.speakers.setDeafened(this.store.getState().deafened);
    try {
      await call.start();
    } catch (reason) {
      if (this.call !== call) return; // left, or joined elsewhere, before this one was in
      const error = asCoreError(reason);
      // Without an answer the server may have let us in by now.
      if (error.code === "ServerUnreachable") this.deps.connection.notify("voice.leave", {});
      this.finish(error);
      throw error;
    }
    if (this.call === call) this.cue("join");
  }

  /** The server moves us in one step: where that is refused, the call that we are in goes on. */
  private async move(from: Call, slug: string, me: User): Promise<void> {
    this.coming?.close();
    this.coming = null;
    this.store.setState({ movingTo: null, trouble: null });
    if (from.slug === slug) {
      await from.rejoin(); // back, before we knew that we were away
      return;
    }
    const call = this.make(slug, me);
    this.coming = call;
    this.store.setState({ movingTo: slug });
    try {
      await call.start();
    } catch (reason) {
      if (this.coming !== call) return;
      const error = asCoreError(reason);
      this.coming = null;
      call.close();
      this.store.setState({ movingTo: null, trouble: error });
      // Without an answer we may be in either room: make it the one that is shown.
      if (error.code === "ServerUnreachable") void this.call?.rejoin();
      throw error;
    }
    if (this.call === call) this.cue("join");
  }

  /** A call that is shown once it is the one we are in. */
  private make(slug: string, me: User): Call {
    const { preferences } = this.deps;
    let unseen: Partial<VoiceState> = {};
    const call: Call = new Call(slug, {
      ...this.deps,
      me,
      volumes: this.volumes,
      hidesAddress: () => preferences.getState().hideAddress,
      intent: () => {
        const { muted, deafened } = this.store.getState();
        return { muted, deafened };
      },
      publish: (change) => {
        if (this.call === call) this.store.setState(change);
        else unseen = { ...unseen, ...change };
      },
      levels: (levels) => {
        if (this.call === call) this.tellLevels(levels);
      },
      cue: (cue) => this.cue(cue),
      listenOnly: (trouble) => this.listenOnly(trouble),
      entered: () => {
        if (this.coming !== call) return;
        this.call?.close();
        this.call = call;
        this.coming = null;
        this.store.setState({ ...idle, ...unseen });
      },
      mended: (what) => {
        const { trouble } = this.store.getState();
        if (this.call === call && trouble?.code.startsWith(MENDED[what])) this.dismissTrouble();
      },
      ended: (trouble) => {
        if (this.call === call) this.finish(trouble);
      },
    });
    return call;
  }

  private drop(): void {
    const { call } = this;
    this.coming?.close();
    this.coming = this.call = null;
    call?.close();
    if (call) this.tellLevels(new Map());
  }

  private wish(muted: boolean, deafened: boolean): void {
    this.store.setState({ muted, deafened });
    this.deps.speakers.setDeafened(deafened);
    this.applyMicrophone();
    this.call?.intentChanged();
  }

  private listenOnly(trouble: CoreError): void {
    this.mutedBefore = true;
    this.wish(true, this.store.getState().deafened);
    this.store.setState({ trouble });
  }

  private applyMicrophone(): void {
    const { muted } = this.store.getState();
    const pressed = this.deps.preferences.getState().inputMode !== "ptt" || this.talking;
    this.deps.microphone.setEnabled(!muted && pressed);
  }

  private tellLevels(levels: ReadonlyMap<string, number>): void {
    for (const listener of [...this.listeners]) listener(levels);
  }

  private cue(cue: Cue): void {
    if (this.call === null && cue !== "leave") return;
    if (this.deps.preferences.getState().cues) this.deps.cues.play(cue);
  }
}
