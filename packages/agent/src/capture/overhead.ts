import type { Exchange } from './exchange.js';

/** One request in so many is measured; a power of two. */
const SAMPLE = 1024;
/** The first one that is measured: the engine has compiled the hooks by then. */
const FIRST = 64;
/** Weight of the newest sample in the running mean. */
const WEIGHT = 0.1;

/**
 * What the agent costs a request, estimated: of one request in 1,024 the time of the hooks at its start and end is summed,
 * and a running mean of these sums is kept. Watching bodies, compressing and sending are not in it.
 */
export class Overhead {
  #count = 0;
  #sumMs = 0;
  #meanMs = -1;
  /** The request that is being measured. */
  exchange: Exchange | undefined = undefined;

  /** Mean per request, µs; -1 before the first sample. */
  get meanUs(): number {
    return this.#meanMs < 0 ? -1 : this.#meanMs * 1e3;
  }

  /** Whether the request that begins is measured: call {@link begin} for it. */
  isDue(): boolean {
    return (++this.#count & (SAMPLE - 1)) === FIRST;
  }

  /** Its first hook began at `sinceMs` of the monotonic clock and is over. */
  begin(exchange: Exchange, sinceMs: number): void {
    this.exchange = exchange;
    this.#sumMs = performance.now() - sinceMs;
  }

  /** Its last hook began at `sinceMs` and is over. */
  end(sinceMs: number): void {
    this.#sumMs += performance.now() - sinceMs;
    this.exchange = undefined;
    this.#meanMs = this.#meanMs < 0 ? this.#sumMs : this.#meanMs + WEIGHT * (this.#sumMs - this.#meanMs);
  }
}
