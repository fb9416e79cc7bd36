import { VedetteError } from '@vedette/protocol';
import type { Key } from './hash.js';
import { type TableStats, takeIntoAccount } from './memory.js';

/** Kinds of column. */
type ColumnKind = 'f64' | 'f32' | 'i32' | 'u32';
interface ColumnByKind {
  f64: Float64Column;
  f32: Float32Array;
  i32: Int32Array;
  u32: Uint32Array;
}
export type ColumnKinds = Readonly<Record<string, ColumnKind>>;
export type Columns<S extends ColumnKinds> = { -readonly [N in keyof S]: ColumnByKind[S[N]] };

/** Head of a row, in words: both key lanes, the time last seen (two words), suspicion, state. */
const HEAD = { low: 0, high: 1, seen: 2, suspicion: 4, state: 5, words: 6 } as const;
/** An index entry: row and one key lane. */
const ENTRY_BYTES = 8;
const INITIAL_ROWS = 256;
/** Words of one table at most: what one array holds in every supported version of Node (4 GB). */
const MAX_WORDS = 2 ** 30 - 1;
/**
 * Rows that one eviction looks at, four times as many while none of them is expendable: with one row in five on probation
 * the chance to see none of those among 64 is 0.8⁶⁴ = 6·10⁻⁷.
 */
const SAMPLE = 16;
/** Share of the rows that may be protected, so that new keys always find room (reference 7.2: 20 % probation). */
const PROTECTED_SHARE = 0.8;

/** A column of doubles: two words of each row. */
export class Float64Column {
  readonly #values: Float64Array;

  constructor(values: Float64Array) {
    this.#values = values;
  }

  get(slot: number): number {
    return this.#values[slot >> 1]!;
  }

  set(slot: number, value: number): void {
    this.#values[slot >> 1] = value;
  }
}

export interface KeyTableOptions<S extends ColumnKinds> {
  readonly name: string;
  readonly maxKeys: number;
  /** Event time without a touch after which a key is forgotten. */
  readonly ttlMs: number;
  readonly columns: S;
}

interface SavedTable {
  readonly used: number;
  readonly keys: number;
  readonly protected: number;
  readonly hand: number;
  readonly evictions: number;
  readonly free: number[];
  readonly stride: number;
  readonly words: Int32Array;
}

/**
 * A bounded table from 64-bit keys to rows of numbers: open addressing, no object per key. With a million keys a look-up
 * costs what its cache misses cost, so there are few: the index holds half of the key, which tells strangers apart without
 * looking at their rows; and a row is one piece of memory, head and columns together, so that whoever has looked at one of
 * its first columns has the next ones in the cache. What is used most comes first among the columns.
 *
 * When it is full, the row to go is the one with the least suspicion, then the oldest, among a sample of unprotected
 * rows: an attacker who floods it with keys evicts the flood, neither his own record nor settled benign ones (these are
 * {@link protect | protected} until their TTL). Rows are handed out as slots, valid until the next `open`: places of the
 * row in every column of words, not numbers without gaps.
 */
export class KeyTable<S extends ColumnKinds> {
  readonly name: string;
  readonly maxKeys: number;
  readonly ttlMs: number;
  /** Read and written directly, by slot. The columns are replaced when the table grows: do not keep them. */
  columns: Columns<S>;
  /** How much a row is worth keeping, from its detectors (nats). */
  suspicion: Float32Array;
  /** True when the last `open` made a new row. */
  fresh = false;
  /** Told before a row is emptied. */
  onRemove: ((slot: number) => void) | undefined;

  readonly #kinds: S;
  /** Words of a row; even, so that doubles are aligned. */
  readonly #stride: number;
  /** Pairs of slot + 1 (0: empty) and the key's high lane. */
  #index: Int32Array;
  /** Entries of the index, and what a key's low lane is multiplied by to find its home among them. */
  #entries = 0;
  #scale = 0;
  /** All rows, as words and as doubles. State: 0 free, 1 probation, 2 protected. */
  #words: Int32Array;
  #doubles: Float64Array;
  #rows: number;
  #used = 0;
  #keys = 0;
  #protected = 0;
  #hand = 0;
  #evictions = 0;
  #free: number[] = [];

  constructor(options: KeyTableOptions<S>) {
    this.name = options.name;
    this.#kinds = options.columns;
    this.#stride = strideOf(options.columns);
    this.maxKeys = Math.min(Math.max(16, Math.floor(options.maxKeys)), Math.floor(MAX_WORDS / this.#stride));
    this.ttlMs = options.ttlMs;
    this.#rows = Math.min(INITIAL_ROWS, this.maxKeys);
    this.#words = new Int32Array(this.#rows * this.#stride);
    this.#doubles = new Float64Array(this.#words.buffer);
    this.suspicion = suspicionOf(this.#words.buffer);
    this.columns = columnsOf(this.#kinds, this.#words.buffer);
    this.#index = this.#newIndex();
    takeIntoAccount(this);
  }

  /** Bytes of a table with room for so many keys. */
  static bytes(columns: ColumnKinds, rows: number): number {
    return rows * strideOf(columns) * 4 + indexSize(rows) * ENTRY_BYTES;
  }

  get size(): number {
    return this.#keys;
  }

  /** The slot of a key, or -1. Does not touch it. */
  find(key: Readonly<Key>, nowMs: number): number {
    const slot = this.#lookup(key.hi, key.lo);
    if (slot >= 0 && nowMs - this.seenMs(slot) > this.ttlMs) {
      this.remove(slot);
      return -1;
    }
    return slot;
  }

  /** The slot of a key, made when it is new; touches it. */
  open(key: Readonly<Key>, nowMs: number): number {
    let slot = this.find(key, nowMs);
    this.fresh = slot < 0;
    if (slot < 0) {
      slot = this.#claim();
      this.#words[slot + HEAD.low] = key.lo;
      this.#words[slot + HEAD.high] = key.hi;
      this.#words[slot + HEAD.state] = 1;
      this.#see(slot, nowMs);
      this.#keys++;
      this.#insert(slot);
    } else if (nowMs > this.seenMs(slot)) this.#see(slot, nowMs);
    return slot;
  }

  /** Marks a row as settled: only its TTL, or a table full of settled rows, removes it. */
  protect(slot: number): void {
    if (this.#words[slot + HEAD.state] === 1 && this.#protected < this.maxKeys * PROTECTED_SHARE) {
      this.#words[slot + HEAD.state] = 2;
      this.#protected++;
    }
  }

  /** Event time at which the row was last touched. */
  seenMs(slot: number): number {
    return this.#doubles[(slot + HEAD.seen) >> 1]!;
  }

  remove(slot: number): void {
    this.onRemove?.(slot);
    this.#unlink(slot);
    if (this.#words[slot + HEAD.state] === 2) this.#protected--;
    for (let at = slot; at < slot + this.#stride; at++) this.#words[at] = 0;
    this.#keys--;
    this.#free.push(slot);
  }

  stats(): TableStats {
    return {
      name: this.name,
      keys: this.#keys,
      maxKeys: this.maxKeys,
      evictions: this.#evictions,
      bytes: KeyTable.bytes(this.#kinds, this.#rows),
      maxBytes: KeyTable.bytes(this.#kinds, this.maxKeys),
    };
  }

  save(): SavedTable {
    return {
      used: this.#used,
      keys: this.#keys,
      protected: this.#protected,
      hand: this.#hand,
      evictions: this.#evictions,
      free: this.#free.slice(),
      stride: this.#stride,
      words: this.#words.slice(0, this.#used * this.#stride),
    };
  }

  /** Takes over what {@link save} gave. A smaller table than before is not an error: it keeps its old size. */
  load(saved: unknown): void {
    const from = saved as SavedTable;
    if (from.stride !== this.#stride) {
      throw new VedetteError('VDT_SNAPSHOT_VERSION', `the table of ${this.name} has rows of another version`);
    }
    if (this.#rows < from.used) this.#grow(from.used);
    this.#used = from.used;
    this.#keys = from.keys;
    this.#protected = from.protected;
    this.#hand = from.hand;
    this.#evictions = from.evictions;
    this.#free = from.free;
    this.#words.set(from.words);
    this.#reindex();
  }

  #see(slot: number, nowMs: number): void {
    this.#doubles[(slot + HEAD.seen) >> 1] = nowMs;
  }

  #lookup(hi: number, lo: number): number {
    const index = this.#index;
    for (let at = this.#home(lo); ; ) {
      const slot = index[at * 2]! - 1;
      if (slot < 0) return -1;
      if (index[at * 2 + 1] === hi && this.#words[slot + HEAD.low] === lo) return slot;
      if (++at === this.#entries) at = 0;
    }
  }

  #newIndex(): Int32Array {
    this.#entries = indexSize(this.#rows);
    this.#scale = this.#entries / 2 ** 32;
    return new Int32Array(this.#entries * 2);
  }

  /** A multiplication instead of a mask, so that the index is as large as it must be and not as the next power of two. */
  #home(lo: number): number {
    return Math.floor((lo >>> 0) * this.#scale);
  }

  #insert(slot: number): void {
    let at = this.#home(this.#words[slot + HEAD.low]!);
    while (this.#index[at * 2] !== 0) if (++at === this.#entries) at = 0;
    this.#index[at * 2] = slot + 1;
    this.#index[at * 2 + 1] = this.#words[slot + HEAD.high]!;
  }

  /** Takes a row out of the index; the entries behind it move up (no tombstones, so look-ups stay short). */
  #unlink(slot: number): void {
    const index = this.#index;
    let hole = this.#home(this.#words[slot + HEAD.low]!);
    while (index[hole * 2] !== slot + 1) hole = this.#next(hole);
    for (let at = this.#next(hole); index[at * 2] !== 0; at = this.#next(at)) {
      const home = this.#home(this.#words[index[at * 2]! - 1 + HEAD.low]!);
      if (this.#steps(home, at) >= this.#steps(hole, at)) {
        index[hole * 2] = index[at * 2]!;
        index[hole * 2 + 1] = index[at * 2 + 1]!;
        hole = at;
      }
    }
    index[hole * 2] = 0;
  }

  #next(at: number): number {
    return at + 1 === this.#entries ? 0 : at + 1;
  }

  /** Entries from one to another, round the ring. */
  #steps(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#entries;
  }

  #claim(): number {
    if (this.#free.length > 0) return this.#free.pop()!;
    if (this.#used === this.#rows && this.#rows < this.maxKeys) this.#grow(Math.min(this.#rows * 2, this.maxKeys));
    if (this.#used < this.#rows) return this.#used++ * this.#stride;
    this.#evict();
    return this.#free.pop()!;
  }

  /**
   * Looks at rows in a fixed pseudo-random order (a full-period congruential generator, Numerical Recipes' constants), so
   * that rows made one after the other are not looked at together.
   */
  #evict(): void {
    let victim = -1;
    // Both are unsigned words, or the remainder would be taken of doubles, at ten times the cost.
    let hand = this.#hand;
    const used = this.#used >>> 0;
    for (let looked = 0; looked < SAMPLE || (looked < SAMPLE * 4 && this.#isWorthKeeping(victim)); looked++) {
      hand = (Math.imul(hand, 1_664_525) + 1_013_904_223) | 0;
      const slot = ((hand >>> 0) % used) * this.#stride;
      if (victim < 0 || this.#worth(slot, victim) < 0) victim = slot;
    }
    this.#hand = hand;
    this.#evictions++;
    this.remove(victim);
  }

  #isWorthKeeping(slot: number): boolean {
    return this.#words[slot + HEAD.state] === 2 || this.suspicion[slot]! > 0;
  }

  /** Negative when `left` should go before `right`. */
  #worth(left: number, right: number): number {
    return (
      this.#words[left + HEAD.state]! - this.#words[right + HEAD.state]! ||
      this.suspicion[left]! - this.suspicion[right]! ||
      this.seenMs(left) - this.seenMs(right)
    );
  }

  #grow(rows: number): void {
    const words = new Int32Array(rows * this.#stride);
    words.set(this.#words);
    this.#words = words;
    this.#doubles = new Float64Array(words.buffer);
    this.suspicion = suspicionOf(words.buffer);
    this.columns = columnsOf(this.#kinds, words.buffer);
    this.#rows = rows;
    this.#reindex();
  }

  #reindex(): void {
    this.#index = this.#newIndex();
    const end = this.#used * this.#stride;
    for (let slot = 0; slot < end; slot += this.#stride) if (this.#words[slot + HEAD.state] !== 0) this.#insert(slot);
  }
}

/**
 * Entries of the index: at most two thirds full, where linear probing needs two steps for a hit and five for a miss (Knuth,
 * vol. 3, 6.4), eight of which lie in one cache line.
 */
function indexSize(rows: number): number {
  return Math.ceil(rows * 1.5);
}

/** Word of a row at which each column stands: as declared, doubles at even words. */
function* layoutOf(kinds: ColumnKinds): Generator<readonly [name: string, kind: ColumnKind, at: number]> {
  let at: number = HEAD.words;
  for (const [name, kind] of Object.entries(kinds)) {
    if (kind === 'f64') at += at & 1;
    yield [name, kind, at];
    at += kind === 'f64' ? 2 : 1;
  }
}

function strideOf(kinds: ColumnKinds): number {
  let end: number = HEAD.words;
  for (const [, kind, at] of layoutOf(kinds)) end = at + (kind === 'f64' ? 2 : 1);
  return end + (end & 1);
}

function suspicionOf(buffer: ArrayBufferLike): Float32Array {
  return new Float32Array(buffer, HEAD.suspicion * 4);
}

/** Each column is a view of all rows that begins at its own word of the first: what stands at a slot is the slot's row's. */
function columnsOf<S extends ColumnKinds>(kinds: S, buffer: ArrayBufferLike): Columns<S> {
  // A copy of the literal: an object made by adding more than a dozen computed names is a slow dictionary.
  const columns: Record<string, unknown> = { ...kinds };
  for (const [name, kind, at] of layoutOf(kinds)) columns[name] = columnOf(kind, buffer, at * 4);
  return columns as Columns<S>;
}

function columnOf(kind: ColumnKind, buffer: ArrayBufferLike, byteOffset: number): ColumnByKind[ColumnKind] {
  switch (kind) {
    case 'f64':
      return new Float64Column(new Float64Array(buffer, byteOffset));
    case 'f32':
      return new Float32Array(buffer, byteOffset);
    case 'i32':
      return new Int32Array(buffer, byteOffset);
    case 'u32':
      return new Uint32Array(buffer, byteOffset);
  }
}
