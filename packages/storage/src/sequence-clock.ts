/**
 * Numbers that only grow and say when: microseconds of Unix time, or one more than the last where the clock stands
 * still, runs backwards or is overtaken by more than a million numbers a second.
 */
export interface SequenceClock {
  /** Takes `count` numbers in a row and returns the first. */
  take(count: number): number;
  /** The last number taken, or the number it started from. */
  last(): number;
}

/** @param last the greatest number in use, so that a clock set back cannot repeat one */
export function createSequenceClock(last: number, nowMs: () => number = Date.now): SequenceClock {
  let current = last;
  return {
    take(count) {
      const first = Math.max(current + 1, Math.floor(nowMs() * 1000));
      current = first + count - 1;
      return first;
    },
    last: () => current,
  };
}
