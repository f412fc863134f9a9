import { SpeakingDetector } from "../audio/level";
import { asCoreError } from "../http";
import type { Scope } from "../scope";
import type { CallDeps } from "./call-deps";
import { MicStateReporter } from "./mic-state";
import type { Outgoing } from "./outgoing";

/** Our own side of a call: the microphone that is held for it, and what others are told of it. */
export class OwnVoice {
  private readonly detector = new SpeakingDetector();
  private readonly micState: MicStateReporter;
  private holding: Promise<void> | null = null;
  private speaking = false;

  constructor(
    private readonly scope: Scope,
    private readonly deps: CallDeps,
    private readonly outgoing: Outgoing,
    /** Whether the server has us in the call now. */
    private readonly present: () => boolean,
  ) {
    this.micState = new MicStateReporter(scope, (state) =>
      deps.connection.notify("call.mic_state", { ...state }),
    );
  }

  /** Opens the microphone beside everything else; without one we listen. */
  hold(): Promise<void> {
    this.holding ??= this.deps.microphone.hold().then(
      (release) => {
        this.scope.add(release);
        if (this.scope.closed) return;
        this.outgoing.setTrack(this.deps.microphone.track);
        this.deps.mended("microphone");
      },
      (reason: unknown) => {
        this.holding = null;
        if (!this.scope.closed) this.deps.listenOnly(asCoreError(reason));
      },
    );
    return this.holding;
  }

  /** The microphone was unplugged and there is no other: it is asked for again at the next unmute. */
  lost(): void {
    this.holding = null;
  }

  /** What voice.join is about to say of us. */
  assume(): void {
    const { muted, deafened } = this.deps.intent();
    this.micState.assume({ muted, speaking: false, audioMuted: deafened });
  }

  /** How loud we are now, 0..1; others are told whether we speak. */
  level(): number {
    const own = this.deps.microphone.outputLevel();
    const { muted } = this.deps.intent();
    this.speaking = !muted && this.detector.hears(own, this.deps.platform.clock.now());
    this.report();
    return Math.min(1, own);
  }

  /** Tells the others what has changed. */
  report(): void {
    if (!this.present() || !this.deps.connection.isOnline) return;
    const { muted, deafened } = this.deps.intent();
    this.micState.report({ muted, speaking: this.speaking && !muted, audioMuted: deafened });
  }
}
