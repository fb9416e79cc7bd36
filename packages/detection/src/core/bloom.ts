import type { Key } from './hash.js';
import { type TableStats, takeIntoAccount } from './memory.js';

const BLOCK_BITS = 512;
const BITS_PER_KEY = 9.6;

/**
 * A set of keys that forgets: several Bloom filters, one per stretch of event time, the oldest dropped as a new one
 * begins. A key is remembered for at least `(generations − 1) · generationMs` and at most `generations · generationMs`.
 *
 * Blocked (Putze, Sanders, Singler 2007): the four probes of a key lie in one cache line of 512 bits, because with millions
 * of keys a look-up costs what its cache misses cost. At {@link BITS_PER_KEY} bits per key one look-up in fifty is a false "seen". A
 * generation that is full (half of its bits set, the optimum) ends early instead of answering "seen" to everything.
 */
export class BloomGenerations {
  readonly #bits: number;
  readonly #blocks: number;
  /** What a key's low lane is multiplied by to find its block. */
  readonly #scale: number;
  readonly #generationMs: number;
  readonly #count: number;
  #filters: Int32Array[] = [];
  #startsMs: number[] = [];
  #setBits: number[] = [];
  #rotations = 0;

  readonly #name: string;

  /** @param options.keys capacity of one generation */
  constructor(options: {
    readonly name: string;
    readonly keys: number;
    readonly generations: number;
    readonly generationMs: number;
  }) {
    this.#name = options.name;
    this.#blocks = Math.ceil(Math.max(1024, options.keys * BITS_PER_KEY) / BLOCK_BITS);
    this.#bits = this.#blocks * BLOCK_BITS;
    this.#scale = this.#blocks / 2 ** 32;
    this.#generationMs = options.generationMs;
    this.#count = options.generations;
    takeIntoAccount(this);
  }

  /** Generations that ended because they were full instead of old. */
  get forcedRotations(): number {
    return this.#rotations;
  }

  stats(): TableStats {
    const bytes = this.#bits / 8;
    return {
      name: this.#name,
      keys: Math.round(this.#setBits.reduce((sum, set) => sum + keysFrom(set, this.#bits), 0)),
      // One key may pass the mark.
      maxKeys: Math.ceil(keysFrom(this.#bits / 2, this.#bits) + 1) * this.#count,
      evictions: this.#rotations,
      bytes: bytes * this.#filters.length,
      maxBytes: bytes * this.#count,
    };
  }

  has(key: Readonly<Key>): boolean {
    const block = Math.floor((key.lo >>> 0) * this.#scale) << 4;
    const probes = probesOf(key);
    for (let i = this.#filters.length - 1; i >= 0; i--) if (contains(this.#filters[i]!, block, probes)) return true;
    return false;
  }

  /** Remembers a key from `nowMs` on. @returns whether it was already there (in any generation) */
  add(key: Readonly<Key>, nowMs: number): boolean {
    const seen = this.has(key);
    this.put(key, nowMs);
    return seen;
  }

  /** Remembers a key from `nowMs` on, for callers who need not know whether it was there. */
  put(key: Readonly<Key>, nowMs: number): void {
    const filter = this.#current(nowMs);
    const block = Math.floor((key.lo >>> 0) * this.#scale) << 4;
    let rest = probesOf(key);
    let fresh = 0;
    for (let i = 0; i < 4; i++, rest = (rest >>> 9) | (rest << 23)) {
      const word = block + ((rest >>> 5) & 15);
      const bits = filter[word]!;
      const mask = 1 << (rest & 31);
      if ((bits & mask) === 0) {
        filter[word] = bits | mask;
        fresh++;
      }
    }
    if (fresh > 0) this.#setBits[this.#setBits.length - 1]! += fresh;
  }

  save(): unknown {
    return { filters: this.#filters, startsMs: this.#startsMs, setBits: this.#setBits, rotations: this.#rotations };
  }

  load(saved: unknown): void {
    const from = saved as { filters: Int32Array[]; startsMs: number[]; setBits: number[]; rotations: number };
    // Filters of another size cannot be read with this one's mask: familiarity then starts anew, which only costs time.
    if (from.filters.some((filter) => filter.length * 32 !== this.#bits)) return;
    this.#filters = from.filters.map((filter) => filter.slice());
    this.#startsMs = from.startsMs.slice();
    this.#setBits = from.setBits.slice();
    this.#rotations = from.rotations;
  }

  #current(nowMs: number): Int32Array {
    const last = this.#filters.length - 1;
    if (last >= 0) {
      const full = this.#setBits[last]! > this.#bits / 2;
      if (!full && nowMs < this.#startsMs[last]! + this.#generationMs) return this.#filters[last]!;
      if (full) this.#rotations++;
    }
    let spare: Int32Array | undefined;
    const oldestMs = nowMs - this.#count * this.#generationMs;
    while (this.#filters.length >= this.#count || (this.#filters.length > 0 && this.#startsMs[0]! < oldestMs)) {
      spare = this.#filters.shift();
      this.#startsMs.shift();
      this.#setBits.shift();
    }
    // Megabytes that are freed and taken again every few hours would make the garbage collector walk the whole heap.
    const filter = spare?.fill(0) ?? new Int32Array(this.#bits / 32);
    this.#filters.push(filter);
    this.#startsMs.push(nowMs);
    this.#setBits.push(0);
    return filter;
  }
}

/** Keys that have set so many bits, four each, fewer once they meet (Swamidass, Baldi 2007). */
function keysFrom(set: number, bits: number): number {
  return (-bits / 4) * Math.log(1 - set / bits);
}

function contains(filter: Int32Array, block: number, probes: number): boolean {
  let rest = probes;
  for (let i = 0; i < 4; i++, rest = (rest >>> 9) | (rest << 23)) {
    if ((filter[block + ((rest >>> 5) & 15)]! & (1 << (rest & 31))) === 0) return false;
  }
  return true;
}

/** 32 bits that are independent of the block's choice; each probe takes nine, round the ring. */
function probesOf(key: Readonly<Key>): number {
  return Math.imul(key.hi ^ (key.lo >>> 15), 0x2c1b3c6d);
}
