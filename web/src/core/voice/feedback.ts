/** Looks are kept so far back; and so many unanswered ones in a row say something at the least and are waited for at most. */
const KEPT = 64;
const LEAST = 5;
const MOST = 16;
/** A look on what is otherwise silence may find a report of what came before. */
const STRAY = 1;
/** How probable it may be, at each look, that a path is taken for dead that only loses packets. */
const ODDS = 1e-6;
/** How much is assumed to be known before anything is; and how many looks go unanswered where nothing is lost. */
const ASSUMED = 6;
const RARE = 0.02;

/**
 * Judges by what is told of our packets whether they arrive. How often a look
 * finds nothing is learned from the looks before, so that a path that loses a
 * third of all is given longer than one that loses nothing.
 */
export class Feedback {
  private looks: boolean[] = [];

  /** Given: the share of looks that are taken to go unanswered where nothing is known yet. */
  constructor(private readonly usual = 0.05) {}

  /** Something was sent since the look before; given: whether anything was told of it. */
  add(answered: boolean): void {
    this.looks = [...this.looks, answered].slice(-KEPT);
  }

  clear(): void {
    this.looks = [];
  }

  /** What we send does not arrive. */
  get ceased(): boolean {
    for (let run = LEAST; run <= Math.min(MOST, this.looks.length); run++) {
      if (answersIn(this.looks.slice(-run)) > STRAY) return false;
      const before = this.looks.slice(0, -run);
      const missed = before.length - answersIn(before);
      const share = Math.max(RARE, (missed + ASSUMED * this.usual) / (before.length + ASSUMED));
      if (run * share ** (run - STRAY) <= ODDS) return true;
    }
    return false;
  }
}

function answersIn(looks: boolean[]): number {
  return looks.filter((answered) => answered).length;
}
