/** Fewer votes or networks than these say nothing about the service (reference G1). */
const MIN_VOTES = 20;
const MIN_NETWORKS = 10;

/**
 * Share of failures over the last moments, from capped votes of many networks: what happens to everyone at once is not an
 * attack. The caller decides whose vote counts and how often, so that no one can move it alone.
 */
export class VoteWindow {
  readonly #bucketMs: number;
  readonly #stamp: Float64Array;
  readonly #failed: Uint32Array;
  readonly #votes: Uint32Array;
  /** Linear-counting bitmaps of the voters' networks, 32 bits a bucket. */
  readonly #networks: Uint32Array;

  constructor(bucketMs: number, buckets: number) {
    this.#bucketMs = bucketMs;
    this.#stamp = new Float64Array(buckets);
    this.#failed = new Uint32Array(buckets);
    this.#votes = new Uint32Array(buckets);
    this.#networks = new Uint32Array(buckets);
  }

  /** @param network any well-mixed bits of the voter's network */
  vote(failed: boolean, network: number, atMs: number): void {
    const at = Math.floor(atMs / this.#bucketMs);
    const slot = at % this.#stamp.length;
    if (this.#stamp[slot] !== at) {
      if (this.#stamp[slot]! > at) return;
      this.#stamp[slot] = at;
      this.#failed[slot] = 0;
      this.#votes[slot] = 0;
      this.#networks[slot] = 0;
    }
    this.#votes[slot]!++;
    if (failed) this.#failed[slot]!++;
    this.#networks[slot] = this.#networks[slot]! | (1 << (network & 31));
  }

  /** Share of the votes before `nowMs` that were failures, or -1 when too few speak. */
  failureShare(nowMs: number): number {
    const buckets = this.#stamp.length;
    const newest = Math.floor(nowMs / this.#bucketMs);
    let failed = 0;
    let votes = 0;
    let networks = 0;
    for (let slot = 0; slot < buckets; slot++) {
      if (this.#stamp[slot]! <= newest - buckets || this.#stamp[slot]! > newest) continue;
      failed += this.#failed[slot]!;
      votes += this.#votes[slot]!;
      networks |= this.#networks[slot]!;
    }
    if (votes < MIN_VOTES || bits(networks) < NETWORK_BITS) return -1;
    return failed / votes;
  }

  save(): unknown {
    return {
      stamp: this.#stamp.slice(),
      failed: this.#failed.slice(),
      votes: this.#votes.slice(),
      networks: this.#networks.slice(),
    };
  }

  load(saved: unknown): void {
    const from = saved as { stamp: Float64Array; failed: Uint32Array; votes: Uint32Array; networks: Uint32Array };
    this.#stamp.set(from.stamp);
    this.#failed.set(from.failed);
    this.#votes.set(from.votes);
    this.#networks.set(from.networks);
  }
}

/** Bits that ten networks set in a 32-bit map on average: 32·(1 − (31/32)¹⁰) = 8.7 (linear counting). */
const NETWORK_BITS = Math.floor(32 * (1 - (31 / 32) ** MIN_NETWORKS));

function bits(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}
