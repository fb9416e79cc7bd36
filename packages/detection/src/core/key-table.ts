import type { Key } from './hash.js';
import { type TableStats, takeIntoAccount } from './memory.js';

/** Kinds of column: the typed array that holds one number per key. */
type ColumnKind = 'f64' | 'f32' | 'i32' | 'u32' | 'u16' | 'u8';
type ColumnArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;
interface ArrayByKind {
  f64: Float64Array;
  f32: Float32Array;
  i32: Int32Array;
  u32: Uint32Array;
  u16: Uint16Array;
  u8: Uint8Array;
}
type ArrayOf<K extends ColumnKind> = ArrayByKind[K];
type ColumnsByKind = { readonly [K in ColumnKind]: ArrayByKind[K][] };
export type ColumnKinds = Readonly<Record<string, ColumnKind>>;
export type Columns<S extends ColumnKinds> = { -readonly [N in keyof S]: ArrayOf<S[N]> };

const BYTES: Readonly<Record<ColumnKind, number>> = { f64: 8, f32: 4, i32: 4, u32: 4, u16: 2, u8: 1 };
/** Head of a row (both key lanes, last seen), suspicion, flag. */
const HEAD_BYTES = 16 + 4 + 1;
/** An index entry: slot and one key lane. */
const ENTRY_BYTES = 8;
const INITIAL_ROWS = 256;
/**
 * Rows that one eviction looks at, four times as many while none of them is expendable: with one row in five on probation
 * the chance to see none of those among 64 is 0.8⁶⁴ = 6·10⁻⁷.
 */
const SAMPLE = 16;
/** Share of the rows that may be protected, so that new keys always find room (reference 7.2: 20 % probation). */
const PROTECTED_SHARE = 0.8;

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
  readonly head: Int32Array;
  readonly state: Uint8Array;
  readonly suspicion: Float32Array;
  readonly columns: Readonly<Record<string, ColumnArray>>;
}

/**
 * A bounded table from 64-bit keys to rows of numbers in typed arrays: open addressing, no object per key. With a
 * million keys a look-up costs what its cache misses cost, so there are few: the index holds half of the key, which tells
 * strangers apart without looking at their rows, and the other half lies beside the time last seen.
 *
 * When it is full, the row to go is the one with the least suspicion, then the oldest, among a sample of unprotected
 * rows: an attacker who floods it with keys evicts the flood, neither his own record nor settled benign ones (these are
 * {@link protect | protected} until their TTL). Rows are handed out as slot numbers, valid until the next `open`.
 */
export class KeyTable<S extends ColumnKinds> {
  readonly name: string;
  readonly maxKeys: number;
  readonly ttlMs: number;
  /** Read and written directly, by slot. The arrays are replaced when the table grows: do not keep them. */
  columns: Columns<S>;
  /** How much a row is worth keeping, from its detectors (nats). */
  suspicion: Float32Array;
  /** True when the last `open` made a new row. */
  fresh = false;
  /** Told before a row is emptied. */
  onRemove: ((slot: number) => void) | undefined;

  readonly #kinds: S;
  #lists: ColumnsByKind;
  /** Pairs of slot + 1 (0: empty) and the key's high lane. */
  #index: Int32Array;
  /** Entries of the index, and what a key's low lane is multiplied by to find its home among them. */
  #entries = 0;
  #scale = 0;
  /** Four words a row: low lane, high lane, and the time last seen, as {@link #seen} reads it. */
  #head: Int32Array;
  #seen: Float64Array;
  /** 0 free, 1 probation, 2 protected. */
  #state: Uint8Array;
  #rows: number;
  #used = 0;
  #keys = 0;
  #protected = 0;
  #hand = 0;
  #evictions = 0;
  #free: number[] = [];

  constructor(options: KeyTableOptions<S>) {
    this.name = options.name;
    this.maxKeys = Math.max(16, Math.floor(options.maxKeys));
    this.ttlMs = options.ttlMs;
    this.#kinds = options.columns;
    this.#rows = Math.min(INITIAL_ROWS, this.maxKeys);
    this.#head = new Int32Array(this.#rows * 4);
    this.#seen = new Float64Array(this.#head.buffer);
    this.#state = new Uint8Array(this.#rows);
    this.suspicion = new Float32Array(this.#rows);
    this.columns = makeColumns(this.#kinds, this.#rows);
    this.#lists = byKind(this.#kinds, this.columns);
    this.#index = this.#newIndex();
    takeIntoAccount(this);
  }

  /** Bytes of a table with room for so many keys. */
  static bytes(columns: ColumnKinds, rows: number): number {
    const rowBytes = Object.values(columns).reduce((sum, kind) => sum + BYTES[kind], HEAD_BYTES);
    return rows * rowBytes + indexSize(rows) * ENTRY_BYTES;
  }

  get size(): number {
    return this.#keys;
  }

  /** The slot of a key, or -1. Does not touch it. */
  find(key: Readonly<Key>, nowMs: number): number {
    const slot = this.#lookup(key.hi, key.lo);
    if (slot >= 0 && nowMs - this.#seen[slot * 2 + 1]! > this.ttlMs) {
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
      this.#head[slot * 4] = key.lo;
      this.#head[slot * 4 + 1] = key.hi;
      this.#seen[slot * 2 + 1] = nowMs;
      this.#state[slot] = 1;
      this.#keys++;
      this.#insert(slot);
    } else if (nowMs > this.#seen[slot * 2 + 1]!) {
      this.#seen[slot * 2 + 1] = nowMs;
    }
    return slot;
  }

  /** Marks a row as settled: only its TTL, or a table full of settled rows, removes it. */
  protect(slot: number): void {
    if (this.#state[slot] === 1 && this.#protected < this.maxKeys * PROTECTED_SHARE) {
      this.#state[slot] = 2;
      this.#protected++;
    }
  }

  /** Event time at which the row was last touched. */
  seenMs(slot: number): number {
    return this.#seen[slot * 2 + 1]!;
  }

  remove(slot: number): void {
    this.onRemove?.(slot);
    this.#unlink(slot);
    if (this.#state[slot] === 2) this.#protected--;
    this.#state[slot] = 0;
    this.suspicion[slot] = 0;
    this.#clear(slot);
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
    const used = this.#used;
    const columns: Record<string, ColumnArray> = {};
    for (const name in this.columns) columns[name] = this.columns[name].slice(0, used);
    return {
      used,
      keys: this.#keys,
      protected: this.#protected,
      hand: this.#hand,
      evictions: this.#evictions,
      free: this.#free.slice(),
      head: this.#head.slice(0, used * 4),
      state: this.#state.slice(0, used),
      suspicion: this.suspicion.slice(0, used),
      columns,
    };
  }

  /** Takes over what {@link save} gave. A smaller table than before is not an error: it keeps its old size. */
  load(saved: unknown): void {
    const from = saved as SavedTable;
    if (this.#rows < from.used) this.#grow(from.used);
    this.#used = from.used;
    this.#keys = from.keys;
    this.#protected = from.protected;
    this.#hand = from.hand;
    this.#evictions = from.evictions;
    this.#free = from.free;
    this.#head.set(from.head);
    this.#state.set(from.state);
    this.suspicion.set(from.suspicion);
    for (const name in this.columns) {
      const column = from.columns[name];
      if (column) this.columns[name].set(column);
    }
    this.#reindex();
  }

  /** By kind of array, because a store that meets all kinds is ten times as slow. */
  #clear(slot: number): void {
    const { f64, f32, i32, u32, u16, u8 } = this.#lists;
    for (let i = 0; i < f64.length; i++) f64[i]![slot] = 0;
    for (let i = 0; i < f32.length; i++) f32[i]![slot] = 0;
    for (let i = 0; i < i32.length; i++) i32[i]![slot] = 0;
    for (let i = 0; i < u32.length; i++) u32[i]![slot] = 0;
    for (let i = 0; i < u16.length; i++) u16[i]![slot] = 0;
    for (let i = 0; i < u8.length; i++) u8[i]![slot] = 0;
  }

  #lookup(hi: number, lo: number): number {
    const index = this.#index;
    for (let at = this.#home(lo); ; ) {
      const slot = index[at * 2]! - 1;
      if (slot < 0) return -1;
      if (index[at * 2 + 1] === hi && this.#head[slot * 4] === lo) return slot;
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
    let at = this.#home(this.#head[slot * 4]!);
    while (this.#index[at * 2] !== 0) if (++at === this.#entries) at = 0;
    this.#index[at * 2] = slot + 1;
    this.#index[at * 2 + 1] = this.#head[slot * 4 + 1]!;
  }

  /** Takes a row out of the index; the entries behind it move up (no tombstones, so look-ups stay short). */
  #unlink(slot: number): void {
    const index = this.#index;
    let hole = this.#home(this.#head[slot * 4]!);
    while (index[hole * 2] !== slot + 1) hole = this.#next(hole);
    for (let at = this.#next(hole); index[at * 2] !== 0; at = this.#next(at)) {
      const home = this.#home(this.#head[(index[at * 2]! - 1) * 4]!);
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
    if (this.#used < this.#rows) return this.#used++;
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
      const slot = (hand >>> 0) % used;
      if (victim < 0 || this.#worth(slot, victim) < 0) victim = slot;
    }
    this.#hand = hand;
    this.#evictions++;
    this.remove(victim);
  }

  #isWorthKeeping(slot: number): boolean {
    return this.#state[slot] === 2 || this.suspicion[slot]! > 0;
  }

  /** Negative when `left` should go before `right`. */
  #worth(left: number, right: number): number {
    return (
      this.#state[left]! - this.#state[right]! ||
      this.suspicion[left]! - this.suspicion[right]! ||
      this.#seen[left * 2 + 1]! - this.#seen[right * 2 + 1]!
    );
  }

  #grow(rows: number): void {
    this.#head = grown(this.#head, new Int32Array(rows * 4));
    this.#seen = new Float64Array(this.#head.buffer);
    this.#state = grown(this.#state, new Uint8Array(rows));
    this.suspicion = grown(this.suspicion, new Float32Array(rows));
    const columns = makeColumns(this.#kinds, rows);
    for (const name in columns) columns[name].set(this.columns[name]);
    this.columns = columns;
    this.#lists = byKind(this.#kinds, columns);
    this.#rows = rows;
    this.#reindex();
  }

  #reindex(): void {
    this.#index = this.#newIndex();
    for (let slot = 0; slot < this.#used; slot++) if (this.#state[slot] !== 0) this.#insert(slot);
  }
}

function grown<T extends ColumnArray>(from: T, to: T): T {
  to.set(from);
  return to;
}

/**
 * Entries of the index: at most two thirds full, where linear probing needs two steps for a hit and five for a miss (Knuth,
 * vol. 3, 6.4), eight of which lie in one cache line.
 */
function indexSize(rows: number): number {
  return Math.ceil(rows * 1.5);
}

function makeColumns<S extends ColumnKinds>(kinds: S, rows: number): Columns<S> {
  const columns: Record<string, ColumnArray> = {};
  for (const [name, kind] of Object.entries(kinds)) columns[name] = makeColumn(kind, rows);
  return columns as Columns<S>;
}

function byKind<S extends ColumnKinds>(kinds: S, columns: Columns<S>): ColumnsByKind {
  const lists: ColumnsByKind = { f64: [], f32: [], i32: [], u32: [], u16: [], u8: [] };
  for (const name in kinds) (lists[kinds[name]!] as ColumnArray[]).push(columns[name]);
  return lists;
}

function makeColumn(kind: ColumnKind, rows: number): ColumnArray {
  switch (kind) {
    case 'f64':
      return new Float64Array(rows);
    case 'f32':
      return new Float32Array(rows);
    case 'i32':
      return new Int32Array(rows);
    case 'u32':
      return new Uint32Array(rows);
    case 'u16':
      return new Uint16Array(rows);
    case 'u8':
      return new Uint8Array(rows);
  }
}
