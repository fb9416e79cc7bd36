/** A jump ahead by more than this needs a second event to confirm it before the engine's time follows. */
const JUMP_MS = 7 * 86_400_000;
/** Events that agree within this time tell the same time. */
const AGREE_MS = 3_600_000;
/** So many events in a row, all an hour behind and agreeing, show that it was the engine's time that was wrong. */
const BEHIND_EVENTS = 20;
/** How far ahead of the present an event may be before its clock counts as wrong (reference 7.3). */
const AHEAD_MS = 60_000;
/** Older events than this are kept by storage but no longer scored (reference 7.3). */
const LATE_MS = 24 * 3_600_000;

/**
 * Event time: the newest time that is believed. Where the collector tells the present by `advance`, nothing is believed
 * that lies more than a minute ahead of it. Without a wall clock (replay) a gap in the traffic and a clock gone wrong look
 * the same at first: a jump is followed, up to a week at once and beyond it when a second event agrees, and undone when the
 * events that follow all tell an earlier time.
 */
export class EventClock {
  /** Unix ms; -Infinity before the first event. */
  nowMs = Number.NEGATIVE_INFINITY;
  #presentMs = Number.NEGATIVE_INFINITY;
  #candidateMs = Number.NEGATIVE_INFINITY;
  #behind = 0;
  #behindMs = Number.NEGATIVE_INFINITY;
  clamped = 0;
  tooLate = 0;

  /** @returns the time to use for this event, or NaN when it is too old to be scored */
  admit(startMs: number): number {
    if (!Number.isFinite(startMs)) {
      this.clamped++;
      return Number.isFinite(this.nowMs) ? this.nowMs : Number.NaN;
    }
    if (this.nowMs === Number.NEGATIVE_INFINITY) {
      this.nowMs = startMs;
      return startMs;
    }
    if (startMs <= this.nowMs) {
      if (this.#isRunBehind(startMs)) this.nowMs = startMs;
      if (startMs < this.nowMs - LATE_MS) {
        this.tooLate++;
        return Number.NaN;
      }
      return startMs;
    }
    this.#behind = 0;
    if (this.#presentMs !== Number.NEGATIVE_INFINITY) {
      if (startMs > this.#presentMs + AHEAD_MS) {
        this.clamped++;
        return this.nowMs;
      }
    } else if (startMs > this.nowMs + JUMP_MS) {
      const confirmed = Math.abs(startMs - this.#candidateMs) <= AGREE_MS;
      this.#candidateMs = startMs;
      if (!confirmed) {
        this.clamped++;
        return this.nowMs;
      }
    }
    this.nowMs = startMs;
    return startMs;
  }

  /** The collector says what time it is. */
  advance(nowMs: number): void {
    this.#presentMs = Math.max(this.#presentMs, nowMs);
    if (nowMs > this.nowMs) this.nowMs = nowMs;
  }

  #isRunBehind(startMs: number): boolean {
    if (startMs > this.nowMs - AGREE_MS || this.#presentMs !== Number.NEGATIVE_INFINITY) {
      this.#behind = 0;
      return false;
    }
    this.#behind = Math.abs(startMs - this.#behindMs) <= AGREE_MS ? this.#behind + 1 : 1;
    this.#behindMs = startMs;
    return this.#behind >= BEHIND_EVENTS;
  }

  save(): unknown {
    return {
      behind: this.#behind,
      behindMs: this.#behindMs,
      nowMs: this.nowMs,
      presentMs: this.#presentMs,
      candidateMs: this.#candidateMs,
      clamped: this.clamped,
      tooLate: this.tooLate,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      behind: number;
      behindMs: number;
      nowMs: number;
      presentMs: number;
      candidateMs: number;
      clamped: number;
      tooLate: number;
    };
    this.#behind = from.behind;
    this.#behindMs = from.behindMs;
    this.nowMs = from.nowMs;
    this.#presentMs = from.presentMs;
    this.#candidateMs = from.candidateMs;
    this.clamped = from.clamped;
    this.tooLate = from.tooLate;
  }
}
