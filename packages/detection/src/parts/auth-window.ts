const BUCKET_MS = 5_000;
/** 18 buckets of 5 s: the 90 s over which the login service's health is measured (reference G1). */
const BUCKETS = 18;
/** Fewer familiar accounts or networks than these say nothing about the service (reference G1). */
const MIN_VOTES = 20;
const MIN_NETWORKS = 10;

/**
 * Guard "login service degraded": the share of failures among people who log in from where they always do. Strangers
 * cannot move it, because a vote needs an account that is aged and has succeeded from this network before.
 */
export class AuthWindow {
  readonly #stamp = new Float64Array(BUCKETS);
  readonly #failed = new Uint32Array(BUCKETS);
  readonly #votes = new Uint32Array(BUCKETS);
  /** Linear-counting bitmaps of the voters' networks, 32 bits a bucket. */
  readonly #networks = new Uint32Array(BUCKETS);

  vote(failed: boolean, network: number, atMs: number): void {
    const at = Math.floor(atMs / BUCKET_MS);
    const slot = at % BUCKETS;
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

  /** Share of familiar logins that failed in the 90 s before `nowMs`, or -1 when too few speak. */
  failureShare(nowMs: number): number {
    const newest = Math.floor(nowMs / BUCKET_MS);
    let failed = 0;
    let votes = 0;
    let networks = 0;
    for (let slot = 0; slot < BUCKETS; slot++) {
      if (this.#stamp[slot]! <= newest - BUCKETS || this.#stamp[slot]! > newest) continue;
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
