import { randomBytes } from 'node:crypto';
import { FIRST_NOTE, KeyHasher, KeyTable } from './key-table.js';

/** Outcome of the batch in which a request event was first seen: resolves once it is durable, rejects if it was not stored. */
export type Commit = Promise<void>;

/** Names a batch that is being stored, from {@link DuplicateWindow.begin}. */
export type Batch = number & { readonly name: 'batch' };

/** Identity of a request event: ids as hexadecimal text. */
export interface EventIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** Note of keys whose events are durable. */
const DURABLE = FIRST_NOTE as Batch;
const FIRST_BATCH = FIRST_NOTE + 1;
const LAST_BATCH = 2 ** 31 - 1;

const TRACE_HEX = 32;
/** 16 bytes each. */
const MIN_SLOTS = 2 ** 12;
const MAX_SLOTS = 2 ** 20;
const MAX_TABLES = 8;

/**
 * Recognises request events that a sender repeats because it did not see our answer.
 *
 * Keys are remembered for `spanMs`: senders retry for a minute or two (OpenTelemetry's exporters stop after 64 s); ten
 * minutes leave room for a collector that was down in between. Memory is bounded instead under a flood: then the newest
 * five million keys are remembered (128 MB), which at 60,000 spans a second is a minute and a half.
 *
 * Keys are in a row of tables, each of them filled, aged and dropped as a whole. A table that was filled long before its
 * time is followed by one of twice its size, so that little traffic costs little memory and nothing is ever moved.
 */
export class DuplicateWindow {
  readonly #spanMs: number;
  readonly #maxSlots: number;
  readonly #hasher: KeyHasher;
  /** Newest last. */
  readonly #tables: { readonly keys: KeyTable; readonly sinceMs: number; untilMs: number }[] = [];
  readonly #pending = new Map<Batch, Commit>();
  #lastBatch = FIRST_BATCH - 1;

  /** @param options `maxSlots` of one table, a power of two, and `seeds` of the hash (default: random) are for tests */
  constructor(options: {
    readonly nowMs: number;
    readonly spanMs?: number;
    readonly maxSlots?: number;
    readonly seeds?: [number, number, number];
  }) {
    this.#spanMs = options.spanMs ?? 10 * 60_000;
    this.#maxSlots = options.maxSlots ?? MAX_SLOTS;
    const random = randomBytes(12);
    this.#hasher = new KeyHasher(
      options.seeds ?? [random.readInt32LE(0), random.readInt32LE(4), random.readInt32LE(8)],
    );
    this.#open(Math.min(MIN_SLOTS, this.#maxSlots), options.nowMs);
  }

  /** Starts a batch: its events are remembered as pending until it is settled or forgotten. */
  begin(commit: Commit): Batch {
    // The numbers of four years ago are long out of the window.
    this.#lastBatch = this.#lastBatch === LAST_BATCH ? FIRST_BATCH : this.#lastBatch + 1;
    const batch = this.#lastBatch as Batch;
    this.#pending.set(batch, commit);
    return batch;
  }

  /**
   * Looks for an event, and remembers it as one of `batch` where it is new.
   *
   * @returns `undefined` when it is new, `null` when it is durable already, or the commit that will tell
   */
  claim(event: EventIds, batch: Batch, nowMs: number): Commit | null | undefined {
    const key = this.#hasher.hash(event.traceId, event.spanId);
    for (let i = this.#tables.length - 1; i >= 0; i--) {
      const note = this.#tables[i]!.keys.find(key);
      if (note !== -1) return this.#pending.get(note as Batch) ?? null;
    }
    this.#room(nowMs).add(key, batch);
    return undefined;
  }

  /** The events of a batch are durable. */
  settle(batch: Batch): void {
    this.#pending.delete(batch);
  }

  /** The events of a batch could not be stored, so that the sender's next try is new again. */
  forget(events: Iterable<EventIds>, batch: Batch): void {
    this.#pending.delete(batch);
    for (const event of events) {
      const key = this.#hasher.hash(event.traceId, event.spanId);
      for (const { keys } of this.#tables) keys.forget(key, batch);
    }
  }

  /** Remembers events of an earlier run, by `requestEventKey`. */
  remember(keys: Iterable<string>, nowMs: number): void {
    for (const key of keys) {
      this.claim({ traceId: key.slice(0, TRACE_HEX), spanId: key.slice(TRACE_HEX) }, DURABLE, nowMs);
    }
  }

  /** Keys remembered. */
  get size(): number {
    return this.#tables.reduce((sum, { keys }) => sum + keys.size, 0);
  }

  /** Memory of the tables, bytes. */
  get bytes(): number {
    return this.#tables.reduce((sum, { keys }) => sum + keys.bytes, 0);
  }

  /** The table for a new key. */
  #room(nowMs: number): KeyTable {
    const newest = this.#tables.at(-1)!;
    const ageMs = nowMs - newest.sinceMs;
    newest.untilMs = nowMs;
    if (!newest.keys.isFull && ageMs < this.#spanMs) return newest.keys;
    while (this.#tables.length > 0 && nowMs - this.#tables[0]!.untilMs >= this.#spanMs) this.#tables.shift();
    const { slots } = newest.keys;
    const filledEarly = newest.keys.isFull && ageMs * 2 < this.#spanMs;
    if (filledEarly) return this.#open(Math.min(slots * 2, this.#maxSlots), nowMs);
    return this.#open(newest.keys.size * 4 < slots ? Math.max(slots / 2, Math.min(MIN_SLOTS, slots)) : slots, nowMs);
  }

  #open(slots: number, nowMs: number): KeyTable {
    if (this.#tables.length >= MAX_TABLES) this.#tables.shift();
    const keys = new KeyTable(slots);
    this.#tables.push({ keys, sinceMs: nowMs, untilMs: nowMs });
    return keys;
  }
}
