import type { Key } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';

const DAY_MS = 86_400_000;
/** An object read by three on two days or more is shared: it belongs to no one. */
const SHARED_READERS = 3;
/** Misses by three different readers make an id the site's own doing (a broken link, a deleted object). */
const SHARED_MISSES = 3;

const COLUMNS = {
  owner: 'u32',
  second: 'u32',
  readers: 'u32',
  missers: 'u32',
  misser: 'u32',
  firstDay: 'u32',
  lastDay: 'u32',
} as const;

/** Which reader read an object first (and so owns it), who else does, and who missed it. Readers are tags of 32 bits. */
export class ObjectOwners implements Part {
  readonly table: KeyTable<typeof COLUMNS>;

  constructor(maxObjects: number) {
    this.table = new KeyTable({ name: 'objects', maxKeys: maxObjects, ttlMs: 90 * DAY_MS, columns: COLUMNS });
  }

  /** Row of an object, or -1. */
  find(object: Readonly<Key>, atMs: number): number {
    return this.table.find(object, atMs);
  }

  /** Tag of the first reader; 0 where the object was only missed so far. */
  owner(row: number): number {
    return this.table.columns.owner[row]!;
  }

  isReadBy(row: number, tag: number): boolean {
    const { owner, second } = this.table.columns;
    return owner[row] === tag || second[row] === tag;
  }

  hasOneReader(row: number): boolean {
    return this.table.columns.second[row] === 0;
  }

  isShared(row: number): boolean {
    const { readers, firstDay, lastDay } = this.table.columns;
    return readers[row]! >= SHARED_READERS && lastDay[row]! > firstDay[row]!;
  }

  /** Many miss it: the site's own doing. */
  isMissing(row: number): boolean {
    return this.table.columns.missers[row]! >= SHARED_MISSES;
  }

  read(object: Readonly<Key>, tag: number, atMs: number): void {
    const row = this.table.open(object, atMs);
    const { columns } = this.table;
    const today = Math.floor(atMs / DAY_MS);
    if (columns.owner[row] === 0) {
      columns.owner[row] = tag;
      columns.readers[row] = 1;
      columns.firstDay[row] = today;
      // Ids that were only missed go first when room is needed.
      this.table.suspicion[row] = 1;
    } else if (columns.owner[row] !== tag && columns.second[row] !== tag) {
      columns.second[row] = tag;
      if (columns.readers[row]! < 255) columns.readers[row]!++;
    }
    if (today > columns.lastDay[row]!) columns.lastDay[row] = today;
    if (today > columns.firstDay[row]!) this.table.protect(row);
  }

  missed(object: Readonly<Key>, tag: number, atMs: number): void {
    const row = this.table.open(object, atMs);
    const { columns } = this.table;
    if (columns.misser[row] === tag) return;
    columns.misser[row] = tag;
    if (columns.missers[row]! < 255) columns.missers[row]!++;
  }

  save(): unknown {
    return this.table.save();
  }

  load(saved: unknown): void {
    this.table.load(saved);
  }
}
