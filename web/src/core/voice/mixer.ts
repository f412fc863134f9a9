import type { Playback, Speakers } from "../audio/speakers";
import type { Topology } from "../model";
import type { Scope } from "../scope";
import { contributing, type Heard, synchronization } from "./sources";
import type { Occupant } from "./stats";

/** A source without a packet for this long is not heard any more. */
const FRESH_MS = 300;
const VOLUME_RAMP_MS = 20;
const CROSSFADE_MS = 3;
/** Any sound at all: a path that carries nothing gives exact zeros or less than this. */
const AUDIBLE_PEAK = 0.0003;
const SWITCH_POLL_MS = 5;
/** A talker who is silent is switched after this long; senders overlap for less. */
const SWITCH_TIMEOUT_MS = 400;

interface Path {
  receiver: RTCRtpReceiver;
  playback: Playback;
}

interface Slot extends Path {
  mid: string | null;
  /** Whose volume it has: who was heard in it last. */
  userId: string | null;
  /** Who is in it now; null: nobody, or it is not sure. */
  occupant: { userId: string; since: number } | null;
}

/**
 * Everything that is heard in one call: the SFU's slots and the pairs, each at
 * the volume of the person in it. A person is heard on one path at a time.
 */
export class Mixer {
  private readonly slots = new Set<Slot>();
  private readonly pairs = new Map<string, Path>();
  private readonly users = new Map<number, string>();
  /** Who is heard on his pair; all others on the SFU. */
  private readonly onPair = new Set<string>();
  private hints = new Map<string, string | null>();
  private cancelSwitch: (() => void) | null = null;

  constructor(
    private readonly speakers: Speakers,
    private readonly scope: Scope,
    private readonly volumeOf: (userId: string) => number,
    private readonly now: () => number,
  ) {}

  /** Who is who: a participant's csrc is his for the whole voice session. */
  setCsrcs(users: Iterable<{ csrc: number; userId: string }>): void {
    this.users.clear();
    for (const { csrc, userId } of users) this.users.set(csrc, userId);
  }

  /** What voice.slots says, for browsers that show no CSRCs. */
  setHints(slots: { mid: string; userId: string | null }[]): void {
    this.hints = new Map(slots.map(({ mid, userId }) => [mid, userId]));
  }

  /** Plays one of the SFU's slots until the returned end or the scope's. */
  addSlot(receiver: RTCRtpReceiver, track: MediaStreamTrack, mid: string | null): () => void {
    const slot: Slot = { receiver, playback: this.speakers.play(track), mid, userId: null, occupant: null };
    this.slots.add(slot);
    slot.playback.setGain(1, 0);
    return this.scope.add(() => {
      this.slots.delete(slot);
      slot.playback.close();
    });
  }

  /** Attaches a person's pair, unheard until `switchTo`. */
  addPair(userId: string, receiver: RTCRtpReceiver, track: MediaStreamTrack): () => void {
    const path: Path = { receiver, playback: this.speakers.play(track) };
    this.pairs.set(userId, path);
    this.apply(userId, 0);
    return this.scope.add(() => {
      if (this.pairs.get(userId) === path) {
        this.pairs.delete(userId);
        this.onPair.delete(userId);
        this.apply(userId, CROSSFADE_MS);
      }
      path.playback.close();
    });
  }

  /** The volume of one person has changed. */
  volumeChanged(userId: string): void {
    this.apply(userId, VOLUME_RAMP_MS);
  }

  /**
   * Moves each of `userIds` to the other path as soon as he is audible there,
   * so that nothing is lost or doubled; one who is silent after a while all the same. A
   * later call takes the place of one that is under way.
   */
  switchTo(topology: Topology, userIds: string[], done: () => void): void {
    this.cancelSwitch?.();
    const waiting = new Set(userIds.filter((id) => this.onPair.has(id) !== (topology === "p2p")));
    const deadline = this.now() + SWITCH_TIMEOUT_MS;
    const step = () => {
      for (const userId of [...waiting]) {
        if (this.now() < deadline && !this.audible(userId, topology)) continue;
        waiting.delete(userId);
        if (topology === "p2p" && this.pairs.has(userId)) this.onPair.add(userId);
        else this.onPair.delete(userId);
        this.apply(userId, CROSSFADE_MS);
      }
      if (waiting.size > 0) return;
      this.cancelSwitch?.();
      this.cancelSwitch = null;
      done();
    };
    this.cancelSwitch = this.scope.every(SWITCH_POLL_MS, step);
    step();
  }

  /**
   * Looks at all paths: follows who is in which slot, and returns the amplitude
   * (0..1) of everyone who is heard now.
   */
  poll(): Map<string, number> {
    const levels = new Map<string, number>();
    for (const slot of this.slots) {
      const heard = contributing(slot.receiver);
      this.occupy(slot, heard);
      const userId = heard ? this.users.get(heard.source) : this.hint(slot);
      if (userId === undefined) continue;
      if (slot.userId !== userId) {
        slot.userId = userId;
        slot.playback.setGain(this.slotGain(slot), VOLUME_RAMP_MS);
      }
      if (this.onPair.has(userId) || (heard && heard.ageMs > FRESH_MS)) continue;
      this.take(levels, userId, heard?.amplitude ?? slot.playback.measure().rms);
    }
    for (const userId of this.onPair) {
      const path = this.pairs.get(userId);
      if (!path) continue;
      const heard = synchronization(path.receiver);
      if (heard && heard.ageMs > FRESH_MS) continue;
      this.take(levels, userId, heard?.amplitude ?? path.playback.measure().rms);
    }
    return levels;
  }

  /** Who is in the slot of an m-line, as of the last poll. */
  occupant(mid: string | null): Occupant | null {
    for (const { receiver, mid: own, occupant } of this.slots) {
      if (own !== mid || !occupant) continue;
      const heard = contributing(receiver);
      return { ...occupant, fresh: !heard || heard.ageMs <= FRESH_MS };
    }
    return null;
  }

  /** Whose pair plays, always the same person. */
  pairOccupant(userId: string): Occupant {
    return { userId, since: 0, fresh: this.hearsPair(userId) };
  }

  /** Since a packet of anybody was last played from the SFU; null: none was. */
  sfuAgeMs(): number | null {
    let age: number | null = null;
    for (const slot of this.slots) {
      const heard = contributing(slot.receiver);
      if (heard) age = Math.min(age ?? heard.ageMs, heard.ageMs);
    }
    return age;
  }

  /** Since a packet of this person's was last played from his pair; null: none was. */
  pairAgeMs(userId: string): number | null {
    const path = this.pairs.get(userId);
    return (path && synchronization(path.receiver)?.ageMs) ?? null;
  }

  /** Whether a packet of anybody was played from the SFU just now. */
  hearsSfu(): boolean {
    return (this.sfuAgeMs() ?? Number.POSITIVE_INFINITY) <= FRESH_MS;
  }

  /** Whether a packet of this person's was played from his pair just now. */
  hearsPair(userId: string): boolean {
    return (this.pairAgeMs(userId) ?? Number.POSITIVE_INFINITY) <= FRESH_MS;
  }

  private take(levels: Map<string, number>, userId: string, amplitude: number): void {
    levels.set(userId, Math.max(levels.get(userId) ?? 0, Math.min(1, amplitude)));
  }

  /**
   * Follows who is in a slot: he of whom the server says so, once his packets
   * are there too; without a word of the server's, he whose packets come.
   */
  private occupy(slot: Slot, heard: Heard | null): void {
    const source = heard ? (this.users.get(heard.source) ?? null) : null;
    const told = slot.mid === null ? undefined : this.hints.get(slot.mid);
    let userId: string | null = null;
    if (told === undefined) userId = heard && heard.ageMs <= FRESH_MS ? source : null;
    else if (!heard || source === told) userId = told;
    if (userId === (slot.occupant?.userId ?? null)) return;
    slot.occupant = userId === null ? null : { userId, since: this.now() };
  }

  private hint(slot: Slot): string | undefined {
    return (slot.mid !== null && this.hints.get(slot.mid)) || undefined;
  }

  private audible(userId: string, topology: Topology): boolean {
    if (topology === "p2p") {
      const path = this.pairs.get(userId);
      return path !== undefined && path.playback.measure().peak > AUDIBLE_PEAK;
    }
    for (const slot of this.slots) {
      const heard = contributing(slot.receiver);
      if (!heard || this.users.get(heard.source) !== userId || heard.ageMs > FRESH_MS) continue;
      if (slot.playback.measure().peak > AUDIBLE_PEAK) {
        slot.userId = userId;
        return true;
      }
    }
    return false;
  }

  private apply(userId: string, rampMs: number): void {
    for (const slot of this.slots) {
      if (slot.userId === userId) slot.playback.setGain(this.slotGain(slot), rampMs);
    }
    const gain = this.onPair.has(userId) ? this.volumeOf(userId) : 0;
    this.pairs.get(userId)?.playback.setGain(gain, rampMs);
  }

  private slotGain(slot: Slot): number {
    if (slot.userId === null) return 1;
    return this.onPair.has(slot.userId) ? 0 : this.volumeOf(slot.userId);
  }
}
