import type { Exchange } from './exchange.js';

/** One request in so many is measured; a power of two. The clock is read three times for it, 0.3 µs in all. */
const SAMPLE = 8;
/** Requests before the first one that is measured: the engine runs the hooks uncompiled then. */
const WARM_UP = 64;
/** Samples that are kept, and the fewest that are told. */
const KEPT = 31;
const LEAST = 3;

/**
 * What the agent costs a request, estimated: of one request in eight the time of the hooks at its start and end is summed,
 * and the median of the last sums is told, since a mean would be that of the few that another process interrupted.
 * Watching bodies, compressing and sending are not in it.
 */
export class Overhead {
  #count = 0;
  #sumMs = 0;
  readonly #samplesMs = new Float64Array(KEPT);
  #samples = 0;
  /** The request that is being measured. */
  exchange: Exchange | undefined = undefined;

  /** Median per request, µs; -1 while too few were measured. */
  get medianUs(): number {
    if (this.#samples < LEAST) return -1;
    const kept = this.#samplesMs.slice(0, this.#samples).sort();
    return (kept[kept.length >> 1] ?? 0) * 1e3;
  }

  /** Whether the request that begins is measured: call {@link begin} for it. */
  isDue(): boolean {
    return (++this.#count & (SAMPLE - 1)) === 0 && this.#count > WARM_UP;
  }

  /** Its first hook began at `sinceMs` of the monotonic clock and is over. */
  begin(exchange: Exchange, sinceMs: number): void {
    this.exchange = exchange;
    this.#sumMs = performance.now() - sinceMs;
  }

  /** Its last hook began at `sinceMs` and is over. */
  end(sinceMs: number): void {
    this.#samplesMs[this.#samples % KEPT] = this.#sumMs + performance.now() - sinceMs;
    this.#samples++;
    this.exchange = undefined;
  }
}
