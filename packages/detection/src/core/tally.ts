import { addDistinct, countDistinct, type Distinct, newDistinct } from './distinct.js';
import { hashText, newKey } from './hash.js';

/** Names with how often each was seen: the first thousand exactly, the number of all of them by sketch. Plain data. */
export interface Tally {
  readonly counts: Map<string, number>;
  readonly distinct: Distinct;
}

const NAMED = 1_000;
const scratch = newKey();

export function newTally(): Tally {
  return { counts: new Map(), distinct: newDistinct() };
}

export function addToTally(tally: Tally, name: string, times = 1): void {
  const count = tally.counts.get(name);
  if (count !== undefined) {
    tally.counts.set(name, count + times);
    return;
  }
  if (tally.counts.size < NAMED) tally.counts.set(name, times);
  hashText(name, 0, scratch);
  addDistinct(tally.distinct, scratch.lo);
}

export function tallySize(tally: Readonly<Tally>): number {
  // Below the limit every name is held, and names may have been taken out again.
  if (tally.counts.size < NAMED) return tally.counts.size;
  return Math.max(tally.counts.size, countDistinct(tally.distinct));
}

/** The most frequent names, ties in order of arrival. */
export function topOf(tally: Readonly<Tally>, limit: number): string[] {
  return [...tally.counts.entries()]
    .sort((left, right) => right[1] - left[1])
    .slice(0, limit)
    .map(([name]) => name);
}
