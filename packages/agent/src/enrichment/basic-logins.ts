import type { AuthOutcome } from '@vedette/protocol';

/** A user who sends nothing for so long logs in again, ms: what web sessions are commonly kept for. */
const IDLE_MS = 30 * 60_000;
/** Pairs of user and sender that are remembered; up to twice that. */
const MAX_PAIRS = 8_192;

/**
 * Tells logins from requests with HTTP Basic, which brings the password every time. A refusal is an attempt; so is the
 * first request of a user from a place that is not refused, until nothing came for half an hour or a refusal came
 * between. Detection weighs attempts and who got in from where; a client that polls with its password says nothing new.
 */
export class BasicLogins {
  #recent = new Map<string, number>();
  #older = new Map<string, number>();

  /**
   * @param pair user and where the request came from
   * @param status of the response; 0 where none was sent
   * @param nowMs of the monotonic clock
   * @returns how the attempt ended, `''` where it cannot be told; `undefined` where the request is no attempt
   */
  attempt(pair: string, status: number, nowMs: number): AuthOutcome | undefined {
    if (status === 401) {
      this.#recent.delete(pair);
      this.#older.delete(pair);
      return 'failure';
    }
    const seenMs = this.#recent.get(pair) ?? this.#older.get(pair);
    if (seenMs !== undefined && nowMs - seenMs < IDLE_MS) {
      this.#remember(pair, nowMs);
      return undefined;
    }
    if (status === 0 || status >= 500) return undefined;
    if (status === 429) return 'failure';
    // Some services refuse with another status; what is not there is answered alike whoever asks.
    if (status >= 400) return '';
    this.#remember(pair, nowMs);
    return 'success';
  }

  #remember(pair: string, nowMs: number): void {
    if (this.#recent.size >= MAX_PAIRS && !this.#recent.has(pair)) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(pair, nowMs);
  }
}
