const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Delays before attempts 2, 3, …, ms: the schedule that Standard Webhooks gives as its example ("Deliverability and
 * reliability"), from seconds over minutes to hours. A delivery is given up after the last: 9 attempts in 28 hours.
 */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  10 * HOUR,
];

/** A receiver cannot ask for a longer pause than this, ms. */
const MAX_RETRY_AFTER_MS = 24 * HOUR;

/** Delays differ by up to a fifth, so that what failed together does not come back together. */
const JITTER = 0.2;

/** `delayMs` a fifth shorter to a fifth longer. */
export function withJitter(delayMs: number, random: () => number = Math.random): number {
  return Math.round(delayMs * (1 - JITTER + 2 * JITTER * random()));
}

/**
 * The pause that a `Retry-After` header asks for (RFC 9110, 10.2.3: seconds or an HTTP date), ms, from 0 to a day; 0 where
 * there is none or it says nothing.
 */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const asked = /^\d+$/.test(header) ? Number(header) * SECOND : Date.parse(header) - nowMs;
  return Number.isNaN(asked) ? 0 : Math.min(Math.max(asked, 0), MAX_RETRY_AFTER_MS);
}
