import type { Key } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import { COPY_COLUMNS } from './copy-evidence.js';

const DAY_MS = 86_400_000;
/** Addresses remembered of software under suspicion. */
const MAX_SOURCES = 500;

/** The present day of readers and kinds of software, and the largest day each had before. */
export class CopyDays implements Part {
  readonly table: KeyTable<typeof COPY_COLUMNS>;
  /** Addresses of software under suspicion, by row. */
  readonly #sources = new Map<number, string[]>();

  constructor(maxKeys: number) {
    this.table = new KeyTable({ name: 'copies', maxKeys, ttlMs: 45 * DAY_MS, columns: COPY_COLUMNS });
    this.table.onRemove = (slot) => this.#sources.delete(slot);
  }

  /** Row of a key, turned over to the day of `atMs`. */
  open(key: Readonly<Key>, atMs: number): number {
    const slot = this.table.open(key, atMs);
    const { columns } = this.table;
    const day = Math.floor(atMs / DAY_MS);
    if (day <= columns.day[slot]!) return slot;
    if (columns.day[slot] !== 0) {
      columns.ownItems[slot] = Math.max(columns.ownItems[slot]!, columns.items[slot]!);
      columns.days[slot]!++;
      this.table.protect(slot);
    }
    columns.day[slot] = day;
    columns.items[slot] = columns.reads[slot] = columns.steps[slot] = columns.ordered[slot] = 0;
    columns.pauses[slot] = columns.overlap[slot] = columns.pace[slot] = 0;
    columns.sourcesLo[slot] = columns.sourcesHi[slot] = columns.settled[slot] = 0;
    columns.firstMs.set(slot, atMs);
    columns.lastMs.set(slot, atMs);
    columns.lastId.set(slot, Number.NaN);
    return slot;
  }

  /** Counts the address of a read: 64 bits are enough to tell few from many. */
  addSource(slot: number, source: Readonly<Key>): void {
    const { columns } = this.table;
    const bit = 1 << (source.lo & 31);
    if (source.lo & 32) columns.sourcesHi[slot] = columns.sourcesHi[slot]! | bit;
    else columns.sourcesLo[slot] = columns.sourcesLo[slot]! | bit;
  }

  sourceCount(slot: number): number {
    const { columns } = this.table;
    return ones(columns.sourcesLo[slot]!) + ones(columns.sourcesHi[slot]!);
  }

  /** Remembers an address by name, while the row is under suspicion. */
  nameSource(slot: number, source: string): void {
    let sources = this.#sources.get(slot);
    if (sources === undefined) {
      sources = [];
      this.#sources.set(slot, sources);
    }
    if (sources.length < MAX_SOURCES && !sources.includes(source)) sources.push(source);
  }

  /** The addresses remembered of a row, which are then forgotten. */
  takeSources(slot: number): readonly string[] {
    if (this.#sources.size === 0) return [];
    const sources = this.#sources.get(slot) ?? [];
    this.#sources.delete(slot);
    return sources;
  }

  save(): unknown {
    return { table: this.table.save(), sources: this.#sources };
  }

  load(saved: unknown): void {
    const from = saved as { table: unknown; sources: Map<number, string[]> };
    this.table.load(from.table);
    this.#sources.clear();
    for (const [slot, sources] of from.sources) this.#sources.set(slot, [...sources]);
  }
}

function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}
