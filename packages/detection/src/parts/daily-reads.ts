import { addDistinct, countDistinct, type Distinct, newDistinct } from '../core/distinct.js';
import type { Key } from '../core/hash.js';
import type { Part } from '../core/part.js';
import { PeerVolumes } from '../core/peer-volumes.js';

const DAY_MS = 86_400_000;
/** Readers counted apart within a day; two that share a place count as one, which only makes peers look keener. */
const SLOTS = 16_384;
/** Readers of whole days from which on the peers are known. */
const MIN_READERS = 50;
const MAX_KINDS = 256;
/** Items of a kind from which on it is a catalogue. */
const MIN_ITEMS = 100;

/** How many items everyone reads of one service in a day, and how many items of each kind there are. */
export class DailyReads implements Part {
  /** What 999 in 1,000 readers stay below in a day; 0 until it is known. */
  peerReads = 0;
  readonly reads = new PeerVolumes();
  #items = new Map<string, { distinct: Distinct; size: number; stale: number }>();
  #day = 0;
  #firstMs = Number.NaN;
  readonly #count = new Uint16Array(SLOTS);
  readonly #heavy = new Uint8Array(SLOTS);

  /** @returns reads of the reader on this day, this one included */
  add(reader: Readonly<Key>, atMs: number): number {
    const day = Math.floor(atMs / DAY_MS);
    if (day > this.#day) this.#openDay(day, atMs);
    const slot = reader.lo >>> 18;
    if (this.#count[slot]! < 65_535) this.#count[slot]!++;
    return this.#count[slot]!;
  }

  markHeavy(reader: Readonly<Key>): void {
    this.#heavy[reader.lo >>> 18] = 1;
  }

  /** Notes that an item exists. @returns how many of its kind are known, or 0 while they are no catalogue */
  catalogue(kind: string, item: Readonly<Key>): number {
    let items = this.#items.get(kind);
    if (items === undefined) {
      if (this.#items.size >= MAX_KINDS) return 0;
      items = { distinct: newDistinct(), size: 0, stale: 0 };
      this.#items.set(kind, items);
    }
    if (addDistinct(items.distinct, item.hi) && (items.size < MIN_ITEMS || ++items.stale >= 16)) {
      items.size = countDistinct(items.distinct);
      items.stale = 0;
    }
    return items.size < MIN_ITEMS ? 0 : items.size;
  }

  /** A day has passed: most of a catalogue that people read has been seen. */
  isKnown(nowMs: number): boolean {
    return nowMs - this.#firstMs >= DAY_MS;
  }

  save(): unknown {
    return {
      peerReads: this.peerReads,
      reads: this.reads.save(),
      items: this.#items,
      day: this.#day,
      firstMs: this.#firstMs,
      count: this.#count.slice(),
      heavy: this.#heavy.slice(),
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      peerReads: number;
      reads: unknown;
      items: Map<string, { distinct: Distinct; size: number; stale: number }>;
      day: number;
      firstMs: number;
      count: Uint16Array;
      heavy: Uint8Array;
    };
    this.peerReads = from.peerReads;
    this.reads.load(from.reads);
    this.#items = from.items;
    this.#day = from.day;
    this.#firstMs = from.firstMs;
    this.#count.set(from.count);
    this.#heavy.set(from.heavy);
  }

  #openDay(day: number, atMs: number): void {
    if (Number.isNaN(this.#firstMs)) this.#firstMs = atMs;
    this.#day = day;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#count[slot]! > 0 && this.#heavy[slot] === 0) this.reads.add(this.#count[slot]!);
    }
    this.#count.fill(0);
    this.#heavy.fill(0);
    this.peerReads = this.reads.size >= MIN_READERS ? this.reads.quantile(0.999) : 0;
  }
}
