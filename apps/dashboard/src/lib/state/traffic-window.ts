import type { TrafficStats } from '@vedette/protocol';

const SECOND_MS = 1000;

/** Columns as the chart draws them: one entry a second, oldest first. `null` is a second of which nothing is known. */
export interface TrafficColumns {
  /** Unix seconds. */
  readonly at: readonly number[];
  readonly requests: readonly (number | null)[];
  readonly errors: readonly (number | null)[];
  readonly loginsFailed: readonly (number | null)[];
}

/** Rates per second over the last few seconds. */
export type TrafficRates = Omit<TrafficStats, 'atMs'>;

/** The last minutes of traffic by second. Points may come twice and in any order; one second is kept once. */
export class TrafficWindow {
  readonly #seconds: number;
  #points = new Map<number, TrafficStats>();
  #newest = Number.NEGATIVE_INFINITY;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  get isEmpty(): boolean {
    return this.#points.size === 0;
  }

  /** End of the newest second that had a request, Unix ms; `null` where none is known. */
  get newestMs(): number | null {
    let newest: number | null = null;
    for (const [second, { requests }] of this.#points) {
      if (requests > 0 && (newest === null || second > newest)) newest = second;
    }
    return newest === null ? null : (newest + 1) * SECOND_MS;
  }

  add(points: readonly TrafficStats[]): void {
    for (const point of points) {
      const second = Math.floor(point.atMs / SECOND_MS);
      this.#points.set(second, point);
      this.#newest = Math.max(this.#newest, second);
    }
    for (const second of this.#points.keys()) {
      if (second <= this.#newest - this.#seconds) this.#points.delete(second);
    }
  }

  columns(): TrafficColumns {
    const at: number[] = [];
    const requests: (number | null)[] = [];
    const errors: (number | null)[] = [];
    const loginsFailed: (number | null)[] = [];
    if (!this.isEmpty) {
      for (let second = this.#newest - this.#seconds + 1; second <= this.#newest; second++) {
        const point = this.#points.get(second);
        at.push(second);
        requests.push(point?.requests ?? null);
        errors.push(point?.errors ?? null);
        loginsFailed.push(point?.loginsFailed ?? null);
      }
    }
    return { at, requests, errors, loginsFailed };
  }

  /** Mean over the newest `seconds` that are known; `null` before the first point. */
  rates(seconds: number): TrafficRates | null {
    if (this.isEmpty) return null;
    let known = 0;
    const sum = { requests: 0, errors: 0, loginsFailed: 0, loginsSucceeded: 0 };
    for (let second = this.#newest - seconds + 1; second <= this.#newest; second++) {
      const point = this.#points.get(second);
      if (point === undefined) continue;
      known += 1;
      sum.requests += point.requests;
      sum.errors += point.errors;
      sum.loginsFailed += point.loginsFailed;
      sum.loginsSucceeded += point.loginsSucceeded;
    }
    if (known === 0) return null;
    return {
      requests: sum.requests / known,
      errors: sum.errors / known,
      loginsFailed: sum.loginsFailed / known,
      loginsSucceeded: sum.loginsSucceeded / known,
    };
  }
}
