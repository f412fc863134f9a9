import type { Scope } from "../scope";

const LOOK_MS = 100;
/** A packet that was played this long ago is of a flow that goes on. */
const YOUNG_MS = 150;
/** So many looks in a row with a young packet make a steady flow. */
const STEADY = 10;
/** A steady flow that ends for this long has lost its path. One in silence has a packet every 400 ms. */
const STALL_MS = 450;

export interface WatchedPair {
  userId: string;
  /** Since the newest packet was played; null: there was none. */
  ageMs: number | null;
}

/**
 * Notices a pair that falls dead, well before the browser does: the server is
 * warm, so that nothing is lost by leaving the pair too early. Only who sent
 * without a break is missed; a sender that pauses in silence is not.
 */
export class PairWatch {
  private readonly runs = new Map<string, { young: number; wasYoung: boolean }>();

  constructor(
    scope: Scope,
    private readonly pairs: () => WatchedPair[],
    private readonly dead: (userId: string) => void,
  ) {
    scope.every(LOOK_MS, () => this.look());
  }

  private look(): void {
    const pairs = this.pairs();
    for (const userId of this.runs.keys())
      if (!pairs.some((pair) => pair.userId === userId)) this.runs.delete(userId);
    for (const { userId, ageMs } of pairs) {
      const run = this.runs.get(userId) ?? { young: 0, wasYoung: true };
      const young = ageMs !== null && ageMs < YOUNG_MS;
      if (young) run.young = run.wasYoung ? run.young + 1 : 1;
      run.wasYoung = young;
      this.runs.set(userId, run);
      if (young || ageMs === null || ageMs < STALL_MS || run.young < STEADY) continue;
      run.young = 0;
      this.dead(userId);
    }
  }
}
