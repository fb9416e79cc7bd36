/** Waits between attempts. */
export interface Backoff {
  /** The next wait, ms. */
  next(): number;
  /** After a success: the next wait is the first again. */
  reset(): void;
}

/**
 * Exponential back-off with equal jitter: each wait is between half and all of a span that doubles, so that many
 * services do not come back in step.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function createBackoff(firstMs: number, lastMs: number): Backoff {
  let spanMs = firstMs;
  return {
    next() {
      const waitMs = spanMs / 2 + (Math.random() * spanMs) / 2;
      spanMs = Math.min(2 * spanMs, lastMs);
      return waitMs;
    },
    reset() {
      spanMs = firstMs;
    },
  };
}
