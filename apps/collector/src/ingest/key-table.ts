/** Words of one entry: three of the key's hash and one that says what its event waits for. */
const WORDS = 4;
/** Share of the slots that may be taken; beyond it runs of taken slots grow long. */
const MAX_LOAD = 0.7;

/** Notes beside a key; greater numbers are the caller's. An empty slot holds no key, a forgotten one is as if it held none. */
const EMPTY = 0;
const FORGOTTEN = 1;
export const FIRST_NOTE = 2;

/** Hash of a key, 96 bits: among the five million keys that a window holds, two differing keys look the same once in 10²² looks. */
export interface KeyHash {
  a: number;
  b: number;
  c: number;
}

/**
 * Hash of trace and span id (48 hexadecimal characters, in one text or two) as three words in the manner of MurmurHash3,
 * under seeds that nobody outside knows.
 */
export class KeyHasher implements KeyHash {
  a = 0;
  b = 0;
  c = 0;
  readonly #seeds: readonly [number, number, number];

  constructor(seeds: readonly [number, number, number]) {
    this.#seeds = seeds;
  }

  hash(traceId: string, spanId: string): this {
    [this.a, this.b, this.c] = this.#seeds;
    this.#absorb(traceId);
    this.#absorb(spanId);
    this.a = finish(this.a);
    this.b = finish(this.b);
    this.c = finish(this.c);
    return this;
  }

  #absorb(hex: string): void {
    let { a, b, c } = this;
    for (let i = 0; i < hex.length; i += 8) {
      let word = 0;
      const end = Math.min(i + 8, hex.length);
      // The value of a hexadecimal digit: its low four bits, and nine more for a letter.
      for (let at = i; at < end; at++) {
        const code = hex.charCodeAt(at);
        word = (word << 4) | ((code & 15) + 9 * (code >> 6));
      }
      // Each hash mixes the word in its own way, so that keys made to look the same to one differ in the others.
      a = round(a, mix(word, 0xcc9e2d51));
      b = round(b, mix(word, 0x9e3779b1));
      c = round(c, mix(word, 0x85ebca77));
    }
    this.a = a;
    this.b = b;
    this.c = c;
  }
}

function mix(word: number, factor: number): number {
  const product = Math.imul(word, factor);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}

function round(hash: number, word: number): number {
  const mixed = hash ^ word;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** A table of key hashes, each with a note: open addressing, 16 bytes a slot, of one size for ever. */
export class KeyTable {
  readonly #words: Int32Array;
  readonly #mask: number;
  readonly #maxSize: number;
  #size = 0;

  /** @param slots a power of two */
  constructor(readonly slots: number) {
    this.#words = new Int32Array(slots * WORDS);
    this.#mask = slots - 1;
    this.#maxSize = Math.max(1, Math.floor(slots * MAX_LOAD));
  }

  /** Slots taken, forgotten keys included. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  get isFull(): boolean {
    return this.#size >= this.#maxSize;
  }

  /** The note beside a key, or -1. */
  find(key: KeyHash): number {
    const at = this.#seek(key);
    const note = this.#words[at + 3]!;
    return note < FIRST_NOTE ? -1 : note;
  }

  /** Puts a key that the table does not hold; call only where it is not full. */
  add(key: KeyHash, note: number): void {
    const at = this.#seek(key);
    const words = this.#words;
    if (words[at + 3] === EMPTY) this.#size++;
    words[at] = key.a;
    words[at + 1] = key.b;
    words[at + 2] = key.c;
    words[at + 3] = note;
  }

  /** Forgets a key where it stands with this note. */
  forget(key: KeyHash, note: number): void {
    const at = this.#seek(key);
    if (this.#words[at + 3] === note) this.#words[at + 3] = FORGOTTEN;
  }

  /** Where a key stands, or the empty slot where it would. */
  #seek(key: KeyHash): number {
    const words = this.#words;
    const mask = this.#mask;
    for (let slot = key.a & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      if (words[at + 3] === EMPTY) return at;
      if (words[at] === key.a && words[at + 1] === key.b && words[at + 2] === key.c) return at;
    }
  }
}
