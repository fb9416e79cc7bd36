import { LeastAttackedRate } from '../core/least-attacked-rate.js';
import { clamp } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import type { Novelty } from './session-users.js';

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
/** Share of new sessions of people with a past that begin in a network, or with a device, new to them; never below one in fifty. */
const NOVEL = { network: 0.1, device: 0.05, votes: 50, least: 0.02 } as const;

/** How often the sessions of one service show a second party that nobody was accused for, and how often people are somewhere new. */
export class SessionHabits implements Part {
  readonly #changed: Record<Change, number> = { stranger: 0, disguise: 0, update: 0 };
  readonly #newNetwork = new LeastAttackedRate(NOVEL.network, NOVEL.votes);
  readonly #newDevice = new LeastAttackedRate(NOVEL.device, NOVEL.votes);
  #sessions = 0;
  #firstMs = Number.NaN;

  /** A session began, here and with this client. */
  session(novelty: Readonly<Novelty>, atMs: number): void {
    if (novelty.hasPast) {
      this.#newNetwork.vote(novelty.network, atMs);
      this.#newDevice.vote(novelty.device, atMs);
    }
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

  get newNetwork(): number {
    return clamp(this.#newNetwork.rate, NOVEL.least, 0.9);
  }

  get newDevice(): number {
    return clamp(this.#newDevice.rate, NOVEL.least, 0.9);
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
      newNetwork: this.#newNetwork.save(),
      newDevice: this.#newDevice.save(),
      sessions: this.#sessions,
      firstMs: this.#firstMs,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      changed: Record<Change, number>;
      newNetwork: unknown;
      newDevice: unknown;
      sessions: number;
      firstMs: number;
    };
    Object.assign(this.#changed, from.changed);
    this.#newNetwork.load(from.newNetwork);
    this.#newDevice.load(from.newDevice);
    this.#sessions = from.sessions;
    this.#firstMs = from.firstMs;
  }
}
