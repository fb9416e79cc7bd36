const STRETCH_MS = 4 * 3_600_000;
/** A week of stretches. */
const STRETCHES = 42;
/** A stretch with fewer votes says too little about its rate to be ranked: it is joined with the next. */
const MIN_VOTES = 10;
/** Votes between two computations of the estimate. */
const REFRESH_VOTES = 64;
/** With fewer votes than this the estimate moves fast and is computed more often. */
const YOUNG = 200;

/**
 * A benign rate that an attack cannot teach: votes are kept by stretches of four hours for a week, and the rate is that of
 * the stretches with the lower half of rates, pooled ("least-attacked subset", Herley & Schechter, NDSS 2019). Callers cap the votes of one
 * source or actor, so that no one owns a stretch either. A Beta prior speaks until there are votes.
 */
export class LeastAttackedRate {
  readonly #hits = new Float32Array(STRETCHES);
  readonly #votes = new Float32Array(STRETCHES);
  readonly #stretch = new Float64Array(STRETCHES);
  readonly #prior: number;
  readonly #priorVotes: number;
  /** Share of the stretches that counts, those with the lowest rates first. */
  readonly #keptShare: number;
  #estimate: number;
  #size = 0;
  #stale = 0;

  constructor(prior: number, priorVotes: number, keptShare = 0.5) {
    this.#keptShare = keptShare;
    this.#prior = prior;
    this.#priorVotes = priorVotes;
    this.#estimate = prior;
  }

  vote(hit: boolean, atMs: number): void {
    const stretch = Math.floor(atMs / STRETCH_MS);
    const slot = ((stretch % STRETCHES) + STRETCHES) % STRETCHES;
    if (this.#stretch[slot] !== stretch) {
      if (this.#stretch[slot]! > stretch) return;
      this.#stretch[slot] = stretch;
      this.#hits[slot] = 0;
      this.#votes[slot] = 0;
      this.#stale = REFRESH_VOTES;
    }
    this.#votes[slot]!++;
    if (hit) this.#hits[slot]!++;
    if (++this.#stale >= (this.#size < YOUNG ? REFRESH_VOTES / 8 : REFRESH_VOTES)) this.#refresh();
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
      stretch: this.#stretch.slice(),
      estimate: this.#estimate,
      size: this.#size,
      stale: this.#stale,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      hits: Float32Array;
      votes: Float32Array;
      stretch: Float64Array;
      estimate: number;
      size: number;
      stale: number;
    };
    this.#hits.set(from.hits);
    this.#votes.set(from.votes);
    this.#stretch.set(from.stretch);
    this.#estimate = from.estimate;
    this.#size = from.size;
    this.#stale = from.stale;
  }

  #refresh(): void {
    this.#stale = 0;
    const groups = this.#groups();
    groups.sort((left, right) => left.hits / left.votes - right.hits / right.votes);
    let hits = this.#prior * this.#priorVotes;
    let votes = this.#priorVotes;
    const kept = Math.ceil(groups.length * this.#keptShare);
    for (let i = 0; i < kept; i++) {
      hits += groups[i]!.hits;
      votes += groups[i]!.votes;
    }
    const rate = hits / votes;
    // The lower half of noisy stretches lies below the true rate by the mean of a half normal, 0.8 standard deviations.
    const bias = kept < 2 || this.#keptShare === 1 ? 0 : 0.8 * Math.sqrt((rate * (1 - rate)) / (votes / kept));
    this.#estimate = Math.min(1, rate + bias);
    this.#size = Math.round(votes - this.#priorVotes);
  }

  /** The stretches in order of time, neighbours with few votes together; too few at the end are left out. */
  #groups(): { hits: number; votes: number }[] {
    const slots: number[] = [];
    for (let slot = 0; slot < STRETCHES; slot++) if (this.#votes[slot]! > 0) slots.push(slot);
    slots.sort((left, right) => this.#stretch[left]! - this.#stretch[right]!);
    const groups: { hits: number; votes: number }[] = [];
    let group = { hits: 0, votes: 0 };
    for (const slot of slots) {
      group.hits += this.#hits[slot]!;
      group.votes += this.#votes[slot]!;
      if (group.votes < MIN_VOTES) continue;
      groups.push(group);
      group = { hits: 0, votes: 0 };
    }
    return groups;
  }
}
