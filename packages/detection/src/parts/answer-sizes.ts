import type { Part } from '../core/part.js';

/** Two buckets an octave up to 2^32 bytes. */
const BUCKETS = 65;
/** From so many answers on their sizes are known. */
const MIN_ANSWERS = 100;
/** Fewer than one answer in two hundred was as small, give or take an octave. */
const TOO_SMALL_SHARE = 1 / 200;
const OCTAVE = 2;
/** Counts are halved here, so that sizes from before a release fade. */
const MAX_ANSWERS = 8_192;
/** Answers between two looks at the limit. */
const REFRESH = 64;

/**
 * Sizes of the answers with which readers got objects that were theirs. Where a service says "not yours" or "not there"
 * with status 200 (GraphQL, RPC), only the size gives it away: an error is smaller than any object that was ever handed
 * out, and always of one size.
 */
export class AnswerSizes implements Part {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  /** Buckets below this one are too small for an object; 0 while too little is known. */
  #limit = 0;
  #stale = 0;
  /** The last answer that was too small for an object, bytes. */
  #error = 0;

  /** An answer to somebody who may read the object. */
  learn(bytes: number): void {
    if (bytes <= 0) return;
    this.#counts[bucketOf(bytes)]!++;
    if (++this.#total >= MAX_ANSWERS) this.#halve();
    if (++this.#stale < REFRESH || this.#total < MIN_ANSWERS) return;
    this.#stale = 0;
    let below = 0;
    let bucket = 0;
    while (below < this.#total * TOO_SMALL_SHARE) below += this.#counts[bucket++]!;
    this.#limit = Math.max(0, bucket - 1 - OCTAVE);
  }

  /** Remembers the size of an answer that no object has; called for every answer to a read. */
  note(bytes: number): void {
    if (bytes > 0 && bucketOf(bytes) < this.#limit) this.#error = bytes;
  }

  /** Too small for an object, and of the same size as such an answer before: nothing was handed out. */
  isError(bytes: number): boolean {
    return bytes > 0 && bytes === this.#error;
  }

  save(): unknown {
    return {
      counts: this.#counts.slice(),
      total: this.#total,
      limit: this.#limit,
      stale: this.#stale,
      error: this.#error,
    };
  }

  load(saved: unknown): void {
    const from = saved as { counts: Uint32Array } & Record<'total' | 'limit' | 'stale' | 'error', number>;
    this.#counts.set(from.counts);
    this.#total = from.total;
    this.#limit = from.limit;
    this.#stale = from.stale;
    this.#error = from.error;
  }

  #halve(): void {
    this.#total = 0;
    for (let i = 0; i < BUCKETS; i++) {
      this.#counts[i] = this.#counts[i]! >>> 1;
      this.#total += this.#counts[i]!;
    }
  }
}

function bucketOf(bytes: number): number {
  return bytes <= 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(2 * Math.log2(bytes)));
}
