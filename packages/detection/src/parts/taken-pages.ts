import { BloomGenerations } from '../core/bloom.js';
import { hashPage, type Key, mixKeys, mixNumber, newKey } from '../core/hash.js';
import type { Part } from '../core/part.js';
import type { Facts } from './facts.js';

const QUARTER_DAY_MS = 21_600_000;
const TAG = { page: 31, size: 32 } as const;

/** What each taker was given within half a day: polling, retries and reloads are no volume. */
export class TakenPages implements Part {
  readonly #seen: BloomGenerations;
  readonly #seed: number;
  readonly #page = newKey();

  constructor(contacts: number, seed: number) {
    this.#seed = seed;
    this.#seen = new BloomGenerations({
      name: 'pages taken',
      keys: contacts,
      generations: 2,
      generationMs: QUARTER_DAY_MS,
    });
  }

  /**
   * Notes an answer. What a person gets at the same URL is the same page, whatever its size: downloads break off. A
   * program's cursor may stand in a header, and what it asks for again is the same only where the answer is as long.
   *
   * @returns whether the taker was not given the same before
   */
  add(facts: Facts, taker: Readonly<Key>): boolean {
    const { event } = facts;
    // What a POST asks for stands in its body, which is not seen: every one counts.
    if (event.method !== 'GET' && event.method !== 'HEAD') return true;
    hashPage(event.path, event.query, this.#seed, this.#page);
    mixKeys(TAG.page, taker, this.#page, this.#page);
    if (event.actorKind === 'api_key') mixNumber(TAG.size, this.#page, event.responseBytes, this.#page);
    return !this.#seen.add(this.#page, facts.atMs);
  }

  save(): unknown {
    return this.#seen.save();
  }

  load(saved: unknown): void {
    this.#seen.load(saved);
  }
}
