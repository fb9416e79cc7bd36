import type { Part } from '../core/part.js';

/** Two buckets an octave up to 2^32 bytes. */
const BUCKETS = 65;
/** From so many answers on their sizes are known. */
const MIN_ANSWERS = 100;
/** An answer is too small when fewer than one in two hundred ever was as small, give or take half an octave. */
const TOO_SMALL_SHARE = 1 / 200;
/** Counts are halved here, so that sizes from before a release fade. */
const MAX_ANSWERS = 8_192;

/**
 * Sizes of the answers with which readers got objects that were theirs. Where a service says "not yours" or "not there"
 * with status 200 (GraphQL, RPC), only the size gives it away: an error is smaller than any object that was ever handed out.
 */
export class AnswerSizes implements Part {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  learn(bytes: number): void {
    this.#counts[bucketOf(bytes)]!++;
    if (++this.#total < MAX_ANSWERS) return;
    this.#total = 0;
    for (let i = 0; i < BUCKETS; i++) {
      this.#counts[i] = this.#counts[i]! >>> 1;
      this.#total += this.#counts[i]!;
    }
  }

  /** No object is that small: nothing was handed out. False while too little is known, and where sizes are not told. */
  isTooSmall(bytes: number): boolean {
    if (this.#total < MIN_ANSWERS || bytes <= 0) return false;
    let below = 0;
    const last = Math.min(BUCKETS - 1, bucketOf(bytes) + 1);
    for (let i = 0; i <= last; i++) below += this.#counts[i]!;
    return below < this.#total * TOO_SMALL_SHARE;
  }

  save(): unknown {
    return { counts: this.#counts.slice(), total: this.#total };
  }

  load(saved: unknown): void {
    const from = saved as { counts: Uint32Array; total: number };
    this.#counts.set(from.counts);
    this.#total = from.total;
  }
}

function bucketOf(bytes: number): number {
  return bytes <= 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(2 * Math.log2(bytes)));
}
