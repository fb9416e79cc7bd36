import type { TokenLimits } from '@vedette/protocol';

const DAY_MS = 86_400_000;
/** Burst where none is set, in seconds of the rate: what an agent keeps back while the collector restarts. */
const BURST_S = 10;

/** What a token sent on one UTC day. */
export interface DayUse {
  /** Days since 1970. */
  readonly day: number;
  readonly spans: number;
}

export type Allowed =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryAfterS: number; readonly limit: string };

/**
 * How many spans one token may send: a token bucket (RFC 2697's committed rate and burst) and a count for the day.
 *
 * Asked before a body is read and charged once it is decoded, so that a refusal costs next to nothing; a body that is
 * larger than what is left is taken, and the bucket is then in debt until it has been paid off.
 */
export class SpanAllowance {
  readonly #limits: TokenLimits;
  readonly #burst: number;
  #level: number;
  #filledAtMs: number;
  #today: DayUse;

  constructor(limits: TokenLimits, nowMs: number, today: DayUse = { day: 0, spans: 0 }) {
    this.#limits = limits;
    this.#burst = limits.burst ?? (limits.spansPerSecond ?? 0) * BURST_S;
    this.#level = this.#burst;
    this.#filledAtMs = nowMs;
    this.#today = today;
  }

  get today(): DayUse {
    return this.#today;
  }

  spansOn(nowMs: number): number {
    return Math.floor(nowMs / DAY_MS) === this.#today.day ? this.#today.spans : 0;
  }

  check(nowMs: number): Allowed {
    const { spansPerSecond, spansPerDay } = this.#limits;
    this.#fill(nowMs);
    if (spansPerDay !== null && this.#today.spans >= spansPerDay) {
      const retryAfterS = Math.ceil(((this.#today.day + 1) * DAY_MS - nowMs) / 1000);
      return { ok: false, retryAfterS, limit: `${spansPerDay} spans a day` };
    }
    if (spansPerSecond !== null && this.#level <= 0) {
      const retryAfterS = Math.max(1, Math.ceil((1 - this.#level) / spansPerSecond));
      return { ok: false, retryAfterS, limit: `${spansPerSecond} spans a second` };
    }
    return { ok: true };
  }

  /** @param spans that were sent; negative where they turned out not to be taken and will be sent again */
  charge(spans: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#level = Math.min(this.#burst, this.#level - spans);
    this.#today = { day: this.#today.day, spans: Math.max(0, this.#today.spans + spans) };
  }

  #fill(nowMs: number): void {
    // A clock that was set back fills nothing.
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    this.#level = Math.min(this.#burst, this.#level + (elapsedMs / 1000) * (this.#limits.spansPerSecond ?? 0));
    const day = Math.floor(nowMs / DAY_MS);
    if (day !== this.#today.day) this.#today = { day, spans: 0 };
  }
}
