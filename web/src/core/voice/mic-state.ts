import type { Scope } from "../scope";

/** At most one word about the microphone in this time. */
const LEAST_MS = 250;

export interface MicState {
  muted: boolean;
  speaking: boolean;
  audioMuted: boolean;
}

/** Tells the server what the microphone does, on change and not too often. */
export class MicStateReporter {
  private told: MicState | null = null;
  private wanted: MicState | null = null;
  private cancelWait: (() => void) | null = null;

  constructor(
    private readonly scope: Scope,
    private readonly send: (state: MicState) => void,
  ) {}

  /** The server knows this already, as from voice.join. */
  assume(state: MicState): void {
    this.told = state;
    this.wanted = state;
  }

  report(state: MicState): void {
    this.wanted = state;
    // Mute is a promise to the user: it does not wait.
    const urgent = state.muted !== this.told?.muted || state.audioMuted !== this.told?.audioMuted;
    if (urgent || !this.cancelWait) this.flush();
  }

  private flush(): void {
    this.cancelWait?.();
    this.cancelWait = null;
    const { wanted, told } = this;
    if (!wanted || (told && same(wanted, told))) return;
    this.told = wanted;
    this.send(wanted);
    this.cancelWait = this.scope.after(LEAST_MS, () => {
      this.cancelWait = null;
      this.flush();
    });
  }
}

function same(a: MicState, b: MicState): boolean {
  return a.muted === b.muted && a.speaking === b.speaking && a.audioMuted === b.audioMuted;
}
