/** Credit of each request, µs. */
const PER_REQUEST_US = 0.5;
/** Credit of each millisecond that passes, µs: a thousandth of one processor. */
const PER_MS_US = 1;
/** Credit that is kept at most, µs: a quiet service looks into whatever it sends, also in a burst. */
const MAX_CREDIT_US = 10_000;
/** One look that takes longer was interrupted, by the collector of garbage or another process, µs. */
const MAX_SPENT_US = 500;
/** What a look takes beside what is measured, µs: deciding on it, keeping the beginning of the body, reading the clock. */
const AROUND_US = 0.4;

/**
 * Time that enrichment may spend on looking into bodies: 0.5 µs for each request, and a thousandth of the time that
 * passes. What is spent is measured. A service under load that sends large lists so looks into some of them; a quiet one
 * into all.
 */
export class CostBudget {
  #creditUs = MAX_CREDIT_US;
  #creditedMs = Number.NaN;

  /** Whether there is time to spend. */
  get isOpen(): boolean {
    return this.#creditUs > 0;
  }

  /**
   * Credits a request.
   *
   * @param nowMs of the monotonic clock
   */
  credit(nowMs: number): void {
    // NaN the first time; requests may end a little out of order.
    const passedMs = nowMs - this.#creditedMs;
    const earnedUs = passedMs > 0 ? PER_REQUEST_US + PER_MS_US * passedMs : PER_REQUEST_US;
    if (!(passedMs <= 0)) this.#creditedMs = nowMs;
    this.#creditUs = Math.min(MAX_CREDIT_US, this.#creditUs + earnedUs);
  }

  /**
   * Takes what a look has spent.
   *
   * @param sinceMs when it began, of the monotonic clock
   * @returns the present moment
   */
  spend(sinceMs: number): number {
    const nowMs = performance.now();
    this.charge(Math.min(MAX_SPENT_US, (nowMs - sinceMs) * 1_000));
    return nowMs;
  }

  /** Takes what a look has spent, µs, where that is known without measuring. */
  charge(spentUs: number): void {
    this.#creditUs -= AROUND_US + spentUs;
  }
}
