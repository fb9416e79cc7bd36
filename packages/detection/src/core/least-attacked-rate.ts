const HOUR_MS = 3_600_000;
const HOURS = 168;
/** An hour with fewer votes says too little about its rate to be ranked. */
const MIN_VOTES = 20;
/** Votes between two computations of the estimate. */
const REFRESH_VOTES = 64;

/**
 * A benign rate that an attack cannot teach: votes are kept by hour for a week, and the rate is that of the hours with
 * the lower half of rates, pooled ("least-attacked subset", Herley & Schechter, NDSS 2019). Callers cap the votes of one
 * source or actor, so that no one owns an hour either. A Beta prior speaks until there are votes.
 */
export class LeastAttackedRate {
  readonly #hits = new Float32Array(HOURS);
  readonly #votes = new Float32Array(HOURS);
  readonly #hour = new Float64Array(HOURS);
  readonly #prior: number;
  readonly #priorVotes: number;
  #estimate: number;
  #size = 0;
  #stale = 0;

  constructor(prior: number, priorVotes: number) {
    this.#prior = prior;
    this.#priorVotes = priorVotes;
    this.#estimate = prior;
  }

  vote(hit: boolean, atMs: number): void {
    const hour = Math.floor(atMs / HOUR_MS);
    const slot = ((hour % HOURS) + HOURS) % HOURS;
    if (this.#hour[slot] !== hour) {
      if (this.#hour[slot]! > hour) return;
      this.#hour[slot] = hour;
      this.#hits[slot] = 0;
      this.#votes[slot] = 0;
      this.#stale = REFRESH_VOTES;
    }
    this.#votes[slot]!++;
    if (hit) this.#hits[slot]!++;
    if (++this.#stale >= REFRESH_VOTES) this.#refresh();
  }

  /** Between 0 and 1, the prior's share included. */
  get rate(): number {
    return this.#estimate;
  }

  /** Votes behind the estimate. */
  get size(): number {
    return this.#size;
  }

  save(): unknown {
    return {
      hits: this.#hits.slice(),
      votes: this.#votes.slice(),
      hour: this.#hour.slice(),
      estimate: this.#estimate,
      size: this.#size,
      stale: this.#stale,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      hits: Float32Array;
      votes: Float32Array;
      hour: Float64Array;
      estimate: number;
      size: number;
      stale: number;
    };
    this.#hits.set(from.hits);
    this.#votes.set(from.votes);
    this.#hour.set(from.hour);
    this.#estimate = from.estimate;
    this.#size = from.size;
    this.#stale = from.stale;
  }

  #refresh(): void {
    this.#stale = 0;
    const hours: number[] = [];
    for (let slot = 0; slot < HOURS; slot++) if (this.#votes[slot]! >= MIN_VOTES) hours.push(slot);
    hours.sort((left, right) => this.#hits[left]! / this.#votes[left]! - this.#hits[right]! / this.#votes[right]!);
    let hits = this.#prior * this.#priorVotes;
    let votes = this.#priorVotes;
    const kept = Math.ceil(hours.length / 2);
    for (let i = 0; i < kept; i++) {
      hits += this.#hits[hours[i]!]!;
      votes += this.#votes[hours[i]!]!;
    }
    this.#estimate = hits / votes;
    this.#size = Math.round(votes - this.#priorVotes);
  }
}
