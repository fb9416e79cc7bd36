import { BloomGenerations } from '../core/bloom.js';
import { type Key, mixNumber, newKey } from '../core/hash.js';
import type { Part } from '../core/part.js';

const DAY_MS = 86_400_000;
const TAG = 27;

/**
 * Who reads whose objects as a matter of course: colleagues of one tenant, a household, a partner's keys. Remembers pairs
 * (reader, owner) for one to two months. An owner belongs to a reader's circle when one of them has read the other's
 * objects before, or when that holds of an owner whom the reader has met: a newcomer who opens the files of twenty
 * colleagues meets one circle, not twenty strangers, because the colleagues have read each other's for long; somebody who
 * walks through ids meets strangers who never met each other.
 *
 * Tags are the 32 bits that stand for a reader in the table of objects.
 */
export class Circles implements Part {
  readonly #pairs: BloomGenerations;
  readonly #key = newKey();

  constructor(pairs: number) {
    this.#pairs = new BloomGenerations({ name: 'circles', keys: pairs, generations: 2, generationMs: 30 * DAY_MS });
  }

  /** One has read the other's objects of this kind. @param kind key of the kind of object, or of the service for owned ones of any kind */
  areFamiliar(kind: Readonly<Key>, one: number, other: number): boolean {
    return this.#has(kind, one, other) || this.#has(kind, other, one);
  }

  /** `reader` has read an object of `owner`, and nothing speaks against it. */
  note(kind: Readonly<Key>, reader: number, owner: number, atMs: number): void {
    pairKey(kind, reader, owner, this.#key);
    this.#pairs.put(this.#key, atMs);
  }

  save(): unknown {
    return this.#pairs.save();
  }

  load(saved: unknown): void {
    this.#pairs.load(saved);
  }

  #has(kind: Readonly<Key>, reader: number, owner: number): boolean {
    pairKey(kind, reader, owner, this.#key);
    return this.#pairs.has(this.#key);
  }
}

function pairKey(kind: Readonly<Key>, reader: number, owner: number, out: Key): void {
  mixNumber(TAG, kind, reader, out);
  mixNumber(TAG, out, owner, out);
}
