import type { VoiceParticipant } from "../model";
import type { Participant } from "../wire";

/** Who is in the call, ourselves first, then in the order they came. */
export class Participants {
  private list: VoiceParticipant[] = [];

  constructor(
    private readonly selfId: () => string,
    private readonly volumeOf: (userId: string) => number,
    private readonly changed: (list: VoiceParticipant[]) => void,
  ) {}

  all(): readonly VoiceParticipant[] {
    return this.list;
  }

  others(): string[] {
    return this.list.filter((one) => !one.self).map((one) => one.userId);
  }

  has(userId: string): boolean {
    return this.list.some((one) => one.userId === userId);
  }

  /** Replaces everybody; a list that lacks us gets us. */
  replace(self: Participant, others: Participant[]): void {
    const rest = others.filter((one) => one.userId !== self.userId);
    this.set([self, ...rest].map((one) => this.known(one)));
  }

  put(participant: Participant): void {
    const known = this.known(participant);
    const at = this.list.findIndex((one) => one.userId === participant.userId);
    this.set(at < 0 ? [...this.list, known] : this.list.with(at, known));
  }

  remove(userId: string): void {
    this.set(this.list.filter((one) => one.userId !== userId));
  }

  /** Changes what is known of one who is there. */
  update(userId: string, change: Partial<Pick<VoiceParticipant, "muted" | "deafened" | "volume">>): void {
    this.set(this.list.map((one) => (one.userId === userId ? { ...one, ...change } : one)));
  }

  private known({ userId, userName, csrc, muted, deafened }: Participant): VoiceParticipant {
    const self = userId === this.selfId();
    return { userId, userName, csrc, muted, deafened, self, volume: this.volumeOf(userId) };
  }

  private set(list: VoiceParticipant[]): void {
    this.list = list;
    this.changed(list);
  }
}
