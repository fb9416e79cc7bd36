import type { Key } from './hash.js';
import { type TableStats, takeIntoAccount } from './memory.js';

const BLOCK_BITS = 512;
const BLOCK_WORDS = BLOCK_BITS / 32;
const BITS_PER_KEY = 9.6;
/** A filter that is full is followed by one so many times as large, until the largest. */
const GROWTH = 8;
/** Share of the bits set from which on a filter is full: the largest at the optimum, smaller ones when they still hardly err. */
const FULL = { largest: 1 / 2, smaller: 1 / 4 } as const;

/** One filter. Plain data, for snapshots. */
interface Filter {
  readonly words: Int32Array<ArrayBuffer>;
  /** Number of its generation, and when that began. */
  readonly generation: number;
  readonly startMs: number;
  setBits: number;
}

/**
 * A set of keys that forgets: Bloom filters for stretches of event time (generations), the oldest dropped as a new one
 * begins. A key is remembered for at least `(generations − 1) · generationMs` and at most `generations · generationMs`.
 *
 * Blocked (Putze, Sanders, Singler 2007): the four probes of a key lie in one cache line of 512 bits, because with millions
 * of keys a look-up costs what its cache misses cost. For the same reason a generation begins small and grows by further
 * filters (Almeida et al. 2007, scalable Bloom filters); the next one begins with the size that the last one needed. At
 * {@link BITS_PER_KEY} bits per key one look-up in fifty is a false "seen", in smaller filters one in two hundred. A
 * generation whose largest filter is full ends early instead of answering "seen" to everything.
 */
export class BloomGenerations {
  readonly #name: string;
  /** Blocks of the largest filter. */
  readonly #blocks: number;
  readonly #generationMs: number;
  readonly #count: number;
  #filters: Filter[] = [];
  /** The filter that is written to, until when, and while it has no more bits set than that. */
  #last: Filter = { words: new Int32Array(BLOCK_WORDS), generation: -1, startMs: 0, setBits: 0 };
  #endMs = Number.NEGATIVE_INFINITY;
  #limit = 0;
  #rotations = 0;

  /** @param options.keys capacity of one generation */
  constructor(options: {
    readonly name: string;
    readonly keys: number;
    readonly generations: number;
    readonly generationMs: number;
  }) {
    this.#name = options.name;
    this.#blocks = Math.ceil(Math.max(1024, options.keys * BITS_PER_KEY) / BLOCK_BITS);
    this.#generationMs = options.generationMs;
    this.#count = options.generations;
    takeIntoAccount(this);
  }

  /** Generations that ended because they were full instead of old. */
  get forcedRotations(): number {
    return this.#rotations;
  }

  stats(): TableStats {
    const steps = ladderOf(this.#blocks);
    const capacity = steps.reduce((sum, blocks) => sum + this.#capacityOf(blocks), 0);
    return {
      name: this.#name,
      keys: Math.round(this.#filters.reduce((sum, one) => sum + keysIn(one), 0)),
      // One key may pass the mark of each filter.
      maxKeys: (Math.ceil(capacity) + steps.length) * this.#count,
      evictions: this.#rotations,
      bytes: this.#filters.reduce((sum, one) => sum + one.words.byteLength, 0),
      maxBytes: (steps.reduce((sum, blocks) => sum + blocks, 0) * BLOCK_BITS * this.#count) / 8,
    };
  }

  has(key: Readonly<Key>): boolean {
    const filters = this.#filters;
    const probes = probesOf(key);
    for (let i = filters.length - 1; i >= 0; i--) {
      const { words } = filters[i]!;
      let rest = probes;
      const block = blockOf(key, words);
      // Written out, because this is asked ten times about every event.
      if ((words[block + ((rest >>> 5) & 15)]! & (1 << (rest & 31))) === 0) continue;
      rest = (rest >>> 9) | (rest << 23);
      if ((words[block + ((rest >>> 5) & 15)]! & (1 << (rest & 31))) === 0) continue;
      rest = (rest >>> 9) | (rest << 23);
      if ((words[block + ((rest >>> 5) & 15)]! & (1 << (rest & 31))) === 0) continue;
      rest = (rest >>> 9) | (rest << 23);
      if ((words[block + ((rest >>> 5) & 15)]! & (1 << (rest & 31))) !== 0) return true;
    }
    return false;
  }

  /** Remembers a key from `nowMs` on. @returns whether it was already there (in any generation) */
  add(key: Readonly<Key>, nowMs: number): boolean {
    const seen = this.has(key);
    this.put(key, nowMs);
    return seen;
  }

  /**
   * Remembers a key from `nowMs` on, for callers who need not know whether it was there. Without a branch on what the filter
   * holds: the ids of one list are put one after the other, and the processor then waits for their cache lines together.
   */
  put(key: Readonly<Key>, nowMs: number): void {
    const isOpen = nowMs < this.#endMs && this.#last.setBits <= this.#limit;
    const filter = isOpen ? this.#last : this.#current(nowMs);
    const { words } = filter;
    const block = blockOf(key, words);
    let rest = probesOf(key);
    let fresh = 0;
    for (let i = 0; i < 4; i++, rest = (rest >>> 9) | (rest << 23)) {
      const word = block + ((rest >>> 5) & 15);
      const bits = words[word]!;
      fresh += (~bits >>> (rest & 31)) & 1;
      words[word] = bits | (1 << (rest & 31));
    }
    filter.setBits += fresh;
  }

  save(): unknown {
    return { blocks: this.#blocks, filters: this.#filters, rotations: this.#rotations };
  }

  load(saved: unknown): void {
    const from = saved as { blocks: number; filters: Filter[]; rotations: number };
    // Larger filters than there is room for are not taken over: familiarity then starts anew, which only costs time.
    if (from.blocks > this.#blocks) return;
    this.#filters = from.filters.map((filter) => ({ ...filter, words: filter.words.slice() }));
    this.#rotations = from.rotations;
    const last = this.#filters.at(-1);
    if (last !== undefined) this.#writeTo(last);
  }

  #current(nowMs: number): Filter {
    const last = this.#filters.at(-1);
    if (last === undefined) return this.#push({ generation: 0, startMs: nowMs, blocks: ladderOf(this.#blocks)[0]! });
    const isOver = nowMs >= last.startMs + this.#generationMs;
    if (!isOver && !this.#isFull(last)) return last;
    if (!isOver && last.words.length < this.#blocks * BLOCK_WORDS) {
      return this.#push({ ...last, blocks: this.#stepAbove(last) });
    }
    if (this.#isFull(last)) this.#rotations++;
    return this.#begin(last.generation + 1, nowMs);
  }

  #isFull(filter: Filter): boolean {
    return filter.setBits > this.#limitOf(filter);
  }

  /** Bits that a filter may have set. */
  #limitOf(filter: Filter): number {
    const bits = filter.words.length * 32;
    return Math.floor(bits * (bits < this.#blocks * BLOCK_BITS ? FULL.smaller : FULL.largest));
  }

  #writeTo(filter: Filter): void {
    this.#last = filter;
    this.#endMs = filter.startMs + this.#generationMs;
    this.#limit = this.#limitOf(filter);
  }

  #capacityOf(blocks: number): number {
    const bits = blocks * BLOCK_BITS;
    return keysFrom(bits * (blocks < this.#blocks ? FULL.smaller : FULL.largest), bits);
  }

  #stepAbove(filter: Filter): number {
    return ladderOf(this.#blocks).find((blocks) => blocks * BLOCK_WORDS > filter.words.length)!;
  }

  /** A new generation, of the size in which what the last one holds would have found room; the oldest goes. */
  #begin(generation: number, nowMs: number): Filter {
    const before = this.#filters;
    const keys = before.reduce((sum, one) => sum + (one.generation === generation - 1 ? keysIn(one) : 0), 0);
    const blocks = ladderOf(this.#blocks).find((size) => this.#capacityOf(size) >= keys) ?? this.#blocks;
    const oldestMs = nowMs - this.#count * this.#generationMs;
    this.#filters = before.filter((one) => one.generation > generation - this.#count && one.startMs >= oldestMs);
    // Megabytes that are freed and taken again every few hours would make the garbage collector walk the whole heap.
    const spare = before.find((one) => !this.#filters.includes(one) && one.words.length === blocks * BLOCK_WORDS);
    return this.#push({ generation, startMs: nowMs, blocks }, spare?.words.fill(0));
  }

  #push(
    { generation, startMs, blocks }: { generation: number; startMs: number; blocks: number },
    words = new Int32Array(blocks * BLOCK_WORDS),
  ): Filter {
    const filter = { words, generation, startMs, setBits: 0 };
    this.#filters.push(filter);
    this.#writeTo(filter);
    return filter;
  }
}

/** Sizes of filters, in blocks, the largest last. */
function ladderOf(largest: number): number[] {
  const steps = [largest];
  while (steps.length < 3 && steps[0]! >= GROWTH * 16) steps.unshift(Math.ceil(steps[0]! / GROWTH));
  return steps;
}

function keysIn(filter: Filter): number {
  return keysFrom(filter.setBits, filter.words.length * 32);
}

/** Keys that have set so many bits, four each, fewer once they meet (Swamidass, Baldi 2007). */
function keysFrom(set: number, bits: number): number {
  return (-bits / 4) * Math.log(1 - set / bits);
}

/** First word of the key's block: a multiplication instead of a mask, so that filters have any size. */
function blockOf(key: Readonly<Key>, words: Int32Array): number {
  return Math.floor((key.lo >>> 0) * ((words.length >>> 4) / 2 ** 32)) << 4;
}

/** 32 bits that are independent of the block's choice; each probe takes nine, round the ring. */
function probesOf(key: Readonly<Key>): number {
  return Math.imul(key.hi ^ (key.lo >>> 15), 0x2c1b3c6d);
}
