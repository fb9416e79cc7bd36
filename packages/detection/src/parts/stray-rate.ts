import type { Part } from '../core/part.js';

const STRETCH_MS = 4 * 3_600_000;
/** A week of stretches. */
const STRETCHES = 42;
/** Fewer requests say nothing about a stretch. */
const MIN_REQUESTS = 200;
/** Prior: 2 % of requests, worth five hundred of them. Old bookmarks, broken links and typed addresses make that much. */
const PRIOR = { rate: 0.02, requests: 500 } as const;
/** The share is never taken to be outside these: a quiet week must not make a single bookmark evidence. */
const FLOOR = 0.01;
const CEILING = 0.2;
/** Requests between two computations. */
const REFRESH = 512;

/**
 * Share of a service's requests that ask for rare paths that are not there, over the less scanned half of the last
 * week's stretches of four hours (Herley & Schechter 2019, as in core/least-attacked-rate.ts, counting requests without
 * a vote each). Callers cap the misses of one source.
 */
export class StrayRate implements Part {
  readonly #requests = new Float64Array(STRETCHES);
  readonly #misses = new Float64Array(STRETCHES);
  readonly #stretch = new Float64Array(STRETCHES);
  #rate: number = PRIOR.rate;
  #size = 0;
  #stale = 0;

  get rate(): number {
    return this.#rate;
  }

  /** Requests behind the estimate. */
  get size(): number {
    return this.#size;
  }

  request(atMs: number): void {
    const slot = this.#slot(atMs);
    if (slot < 0) return;
    this.#requests[slot]!++;
    if (++this.#stale >= REFRESH) this.#refresh();
  }

  miss(atMs: number): void {
    const slot = this.#slot(atMs);
    if (slot >= 0) this.#misses[slot]!++;
  }

  save(): unknown {
    return {
      requests: this.#requests.slice(),
      misses: this.#misses.slice(),
      stretch: this.#stretch.slice(),
      rate: this.#rate,
      size: this.#size,
      stale: this.#stale,
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<'requests' | 'misses' | 'stretch', Float64Array> &
      Record<'rate' | 'size' | 'stale', number>;
    this.#requests.set(from.requests);
    this.#misses.set(from.misses);
    this.#stretch.set(from.stretch);
    this.#rate = from.rate;
    this.#size = from.size;
    this.#stale = from.stale;
  }

  #slot(atMs: number): number {
    const stretch = Math.floor(atMs / STRETCH_MS);
    const slot = stretch % STRETCHES;
    if (this.#stretch[slot] !== stretch) {
      if (this.#stretch[slot]! > stretch) return -1;
      this.#stretch[slot] = stretch;
      this.#requests[slot] = this.#misses[slot] = 0;
    }
    return slot;
  }

  #refresh(): void {
    this.#stale = 0;
    const ranked: number[] = [];
    for (let slot = 0; slot < STRETCHES; slot++) if (this.#requests[slot]! >= MIN_REQUESTS) ranked.push(slot);
    ranked.sort(
      (left, right) => this.#misses[left]! / this.#requests[left]! - this.#misses[right]! / this.#requests[right]!,
    );
    let misses: number = PRIOR.rate * PRIOR.requests;
    let requests: number = PRIOR.requests;
    for (const slot of ranked.slice(0, Math.ceil(ranked.length / 2))) {
      misses += this.#misses[slot]!;
      requests += this.#requests[slot]!;
    }
    this.#rate = Math.min(CEILING, Math.max(FLOOR, misses / requests));
    this.#size = requests - PRIOR.requests;
  }
}
