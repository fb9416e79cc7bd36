import { clamp, nats } from '../core/likelihood.js';
import type { ServiceLogins } from '../parts/service-logins.js';

/**
 * A failure of a size not seen before stands for another account or password; one of a known size, or of unknown size,
 * may be a retry. Who walks through a list goes on in 98 of 100 cases.
 */
const ATTACK = { fails: 0.95, goesOn: 0.98 } as const;
/**
 * Where a client has logged in before, an old password may be sent again for ever: four of five go on. Of clients and
 * networks that never got in, the learned share does, within bounds: half of those who forgot (as for guesses), and never
 * more than at home.
 */
const GOES_ON = { least: 0.5, home: 0.8 } as const;

/** What one address showed since its evidence was last at zero. */
export interface BareCounts {
  /** Failures of a new request size, other failures, successes. */
  readonly sized: number;
  readonly retries: number;
  readonly succeeded: number;
}

/** What is usual for logins like these. */
export interface BareUsual {
  readonly failShare: number;
  /** Share of those who fail that fail once more. */
  readonly again: number;
}

/** Share of strangers who fail and go on failing; as many as fail at the moment, where more do (guard G1). */
export function againOf(service: ServiceLogins, nowMs: number): number {
  return clamp(Math.max(service.failsAgain.rate, service.bareWindow.failureShare(nowMs)), GOES_ON.least, GOES_ON.home);
}

/** @param isStrange the client never got in from this network */
export function usualOf(service: ServiceLogins, isStrange: boolean, nowMs: number): BareUsual {
  return { failShare: service.failShare(nowMs), again: isStrange ? againOf(service, nowMs) : GOES_ON.home };
}

export function evidenceOf(counts: BareCounts, usual: BareUsual): number {
  return (
    counts.sized * nats(ATTACK.fails, usual.failShare) +
    counts.retries * nats(ATTACK.goesOn, usual.again) +
    counts.succeeded * nats(1 - ATTACK.fails, 1 - usual.failShare)
  );
}

/** What the failures beyond the first one say: going on, not coming. */
export function beyondFirst(sum: number, counts: BareCounts, usual: BareUsual): number {
  const isSized = counts.sized > 0;
  return Math.max(0, sum - evidenceOf({ sized: isSized ? 1 : 0, retries: isSized ? 0 : 1, succeeded: 0 }, usual));
}
