import type { Part } from './part.js';

/** Four bins per doubling, up to 2⁴⁸. */
const BINS_PER_DOUBLING = 4;
const BINS = 48 * BINS_PER_DOUBLING;
/** Past this many windows all counts are halved: the newer half of the past then weighs as much as all before. */
const FORGET_AT = 200_000;

/**
 * How large the windows (hours, days) of a group of peers are: quantiles from a histogram on a log scale, mean and
 * spread of ln(1+x) from its middle. Callers cap the votes of one actor.
 */
export class PeerVolumes implements Part {
  readonly #bins = new Float64Array(BINS);
  #total = 0;
  /** Quantiles asked for since the last window, a cache. */
  readonly #known = new Map<number, number>();

  add(value: number): void {
    if (this.#known.size > 0) this.#known.clear();
    this.#bins[binOf(value)]!++;
    if (++this.#total >= FORGET_AT) {
      this.#total = 0;
      for (let i = 0; i < BINS; i++) this.#total += this.#bins[i] = this.#bins[i]! / 2;
    }
  }

  get size(): number {
    return Math.round(this.#total);
  }

  /** Upper edge of the bin in which the quantile lies; 0 without data. */
  quantile(share: number): number {
    if (this.#total === 0) return 0;
    let value = this.#known.get(share);
    if (value === undefined) {
      value = this.#find(share);
      this.#known.set(share, value);
    }
    return value;
  }

  #find(share: number): number {
    let rest = this.#total * share;
    for (let i = 0; i < BINS; i++) {
      rest -= this.#bins[i]!;
      if (rest <= 0) return 2 ** ((i + 1) / BINS_PER_DOUBLING) - 1;
    }
    return 2 ** (BINS / BINS_PER_DOUBLING);
  }

  /** Robust centre and spread of ln(1+x): median, and interquartile range over 1.349 (exact for a normal). */
  get log(): { readonly mean: number; readonly deviation: number } {
    const low = Math.log1p(this.quantile(0.25));
    const high = Math.log1p(this.quantile(0.75));
    return { mean: Math.log1p(this.quantile(0.5)), deviation: (high - low) / 1.349 };
  }

  save(): unknown {
    return { bins: this.#bins.slice(), total: this.#total };
  }

  load(saved: unknown): void {
    const from = saved as { bins: Float64Array; total: number };
    this.#known.clear();
    this.#bins.set(from.bins);
    this.#total = from.total;
  }
}

function binOf(value: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor(Math.log2(1 + value) * BINS_PER_DOUBLING)));
}
