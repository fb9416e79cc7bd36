import { addDistinct, countDistinct, type Distinct, newDistinct } from '../core/distinct.js';
import type { Key } from '../core/hash.js';
import type { Part } from '../core/part.js';

/** Items of a kind from which on it is a catalogue. */
const MIN_ITEMS = 100;
/**
 * A kind is public where at least half of the first contacts meet something that another reader read before, and one in
 * five of them is a stranger's: colleagues share documents as well, all of them known by name.
 */
const PUBLIC_SHARE = 0.5;
const STRANGERS = 0.2;
const MIN_VOTES = 30;
const MEMORY = 200;

/** One kind of item at one service: how many there are, and whether they are there for all. */
export class Catalogue implements Part {
  /** Different items known; 0 while it is no catalogue. */
  size = 0;
  /** Share of first contacts of readers with an item that another reader read before, over the last two hundred votes. */
  #shared = 0;
  #strangers = 0;
  #sharedSize = 0;
  #distinct: Distinct = newDistinct();
  #stale = 0;

  get isPublic(): boolean {
    return this.#sharedSize >= MIN_VOTES && this.#shared >= PUBLIC_SHARE && this.#strangers >= STRANGERS;
  }

  /** One first contact: was the item known to others, is the reader without a name? */
  vote(isShared: boolean, isStranger: boolean): void {
    if (this.#sharedSize < MEMORY) this.#sharedSize++;
    this.#shared += ((isShared ? 1 : 0) - this.#shared) / this.#sharedSize;
    this.#strangers += ((isStranger ? 1 : 0) - this.#strangers) / this.#sharedSize;
  }

  /** Notes that an item exists. */
  add(item: Readonly<Key>): void {
    if (!addDistinct(this.#distinct, item.hi) || (this.size >= MIN_ITEMS && ++this.#stale < 16)) return;
    this.#stale = 0;
    const size = countDistinct(this.#distinct);
    this.size = size < MIN_ITEMS ? 0 : size;
  }

  save(): unknown {
    return {
      size: this.size,
      shared: this.#shared,
      strangers: this.#strangers,
      sharedSize: this.#sharedSize,
      distinct: this.#distinct,
      stale: this.#stale,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      size: number;
      shared: number;
      strangers: number;
      sharedSize: number;
      distinct: Distinct;
      stale: number;
    };
    this.size = from.size;
    this.#shared = from.shared;
    this.#strangers = from.strangers;
    this.#sharedSize = from.sharedSize;
    this.#distinct = from.distinct;
    this.#stale = from.stale;
  }
}
