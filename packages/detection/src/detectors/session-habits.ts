import type { Part } from '../core/part.js';

const DAY_MS = 86_400_000;
/** Past this many sessions all counts are halved, so that the newer half weighs as much as all before. */
const FORGET_AT = 200_000;

/**
 * How a second party of a session differs from the first: `stranger`, other software; `disguise`, the same text from a
 * machine that writes its requests differently; `update`, the same software in another version.
 */
export type Change = 'stranger' | 'disguise' | 'update';

/**
 * Share of sessions in which network and device change at once, before anything was learned, and how many sessions that
 * guess is worth. A person who changes both in one step either carries a session over by hand, or installed an update
 * and moved before the next request; half of devices update once in a month or two, and few of them in that gap. One who
 * keeps the text of the user agent to the digit but not the order of its headers has a proxy in one of the networks.
 */
const PRIOR: Readonly<Record<Change, { share: number; size: number }>> = {
  stranger: { share: 2e-4, size: 2_000 },
  disguise: { share: 2e-4, size: 2_000 },
  update: { share: 5e-3, size: 200 },
};
/** How often the sessions of one service show a second party that nobody was accused for. */
export class SessionHabits implements Part {
  readonly #changed: Record<Change, number> = { stranger: 0, disguise: 0, update: 0 };
  #sessions = 0;
  #firstMs = Number.NaN;

  /** A session began. */
  session(atMs: number): void {
    if (Number.isNaN(this.#firstMs)) this.#firstMs = atMs;
    if (++this.#sessions < FORGET_AT) return;
    this.#sessions /= 2;
    for (const change in this.#changed) this.#changed[change as Change] /= 2;
  }

  changed(change: Change): void {
    this.#changed[change]++;
  }

  /** The parties turned out to be one, or the second was accused: it tells nothing of what is usual. */
  forget(change: Change): void {
    this.#changed[change] = Math.max(0, this.#changed[change] - 1);
  }

  share(change: Change): number {
    const prior = PRIOR[change];
    return (this.#changed[change] + prior.share * prior.size) / (this.#sessions + prior.size);
  }

  get size(): number {
    return Math.round(this.#sessions);
  }

  /** Less than a day of sessions was seen. */
  isYoung(nowMs: number): boolean {
    return !(nowMs - this.#firstMs >= DAY_MS);
  }

  save(): unknown {
    return {
      changed: { ...this.#changed },
      sessions: this.#sessions,
      firstMs: this.#firstMs,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      changed: Record<Change, number>;
      sessions: number;
      firstMs: number;
    };
    Object.assign(this.#changed, from.changed);
    this.#sessions = from.sessions;
    this.#firstMs = from.firstMs;
  }
}
