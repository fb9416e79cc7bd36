import type { RequestEvent, TrafficStats } from '@vedette/protocol';

/** Seconds of traffic kept in memory for the dashboard's live chart. */
export const METER_SECONDS = 15 * 60;

interface Counts {
  second: number;
  requests: number;
  errors: number;
  loginsFailed: number;
  loginsSucceeded: number;
}

/** Counts request events by the second in which they arrived, over the last {@link METER_SECONDS}. */
export class TrafficMeter {
  readonly #ring: Counts[] = Array.from({ length: METER_SECONDS }, () => empty(-1));

  count(events: readonly RequestEvent[], nowMs: number): void {
    const counts = this.#at(Math.floor(nowMs / 1000));
    counts.requests += events.length;
    for (const event of events) {
      if (event.status >= 500) counts.errors++;
      if (event.authEvent !== 'login') continue;
      if (event.authOutcome === 'failure') counts.loginsFailed += event.authAttempts;
      else if (event.authOutcome === 'success') counts.loginsSucceeded += event.authAttempts;
    }
  }

  /** Points of whole seconds, oldest first, zero-filled, up to and without the second of `nowMs`. */
  last(seconds: number, nowMs: number): TrafficStats[] {
    const end = Math.floor(nowMs / 1000);
    const points: TrafficStats[] = [];
    for (let second = end - Math.min(seconds, METER_SECONDS - 1); second < end; second++) {
      const slot = this.#ring[second % METER_SECONDS]!;
      const { requests, errors, loginsFailed, loginsSucceeded } = slot.second === second ? slot : empty(second);
      points.push({ atMs: second * 1000, requests, errors, loginsFailed, loginsSucceeded });
    }
    return points;
  }

  #at(second: number): Counts {
    const index = second % METER_SECONDS;
    if (this.#ring[index]!.second !== second) this.#ring[index] = empty(second);
    return this.#ring[index]!;
  }
}

function empty(second: number): Counts {
  return { second, requests: 0, errors: 0, loginsFailed: 0, loginsSucceeded: 0 };
}
