/** So many readings in a row that are below what was counted before show that that was too much. */
const LOW = 2;

/**
 * A count that is the difference of two which a browser does not read at the
 * same moment: of what has come and what of it was voice. On a busy machine it
 * is now and then too large by what is on its way between the two.
 */
export class Tally {
  private most = 0;
  private lows: number[] = [];

  /** Takes a reading; whether there is more than at any before. */
  grows(count: number): boolean {
    if (count >= this.most) {
      const grows = count > this.most;
      this.most = count;
      this.lows = [];
      return grows;
    }
    this.lows.push(count);
    if (this.lows.length >= LOW) {
      this.most = Math.max(...this.lows);
      this.lows = [];
    }
    return false;
  }

  clear(): void {
    this.most = 0;
    this.lows = [];
  }
}
