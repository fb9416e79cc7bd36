import type { Key } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';

const DAY_MS = 86_400_000;
/** Sessions of others in which the same client is the second party, from which on it stands between on purpose. */
const SESSIONS = { usual: 8, young: 3 } as const;
const COLUMNS = { firstMs: 'f64', lo: 'u32', hi: 'u32', accused: 'u32' } as const;

/**
 * Clients (network and software) that take part in the sessions of many: a server that renders pages and calls with
 * its visitors' cookies, a proxy that rewrites headers. They are learned from sessions in which nobody was accused;
 * who has been accused once never becomes one.
 */
export class RelayHabits implements Part {
  readonly table: KeyTable<typeof COLUMNS>;

  constructor(maxKeys: number) {
    this.table = new KeyTable({ name: 'session relays', maxKeys, ttlMs: 30 * DAY_MS, columns: COLUMNS });
  }

  /** @param session any well-mixed bits of the session in which the client was the second party */
  learn(endpoint: Readonly<Key>, session: number, atMs: number): void {
    const slot = this.table.open(endpoint, atMs);
    const { columns } = this.table;
    if (this.table.fresh) columns.firstMs.set(slot, atMs);
    const bit = 1 << (session & 31);
    if (session & 32) columns.hi[slot] = columns.hi[slot]! | bit;
    else columns.lo[slot] = columns.lo[slot]! | bit;
    if (this.#sessions(slot) >= SESSIONS.young) this.table.protect(slot);
  }

  /** @param young whether the service itself is seen for less than a day: then a relay need not be older either */
  isRelay(endpoint: Readonly<Key>, nowMs: number, young: boolean): boolean {
    const slot = this.table.find(endpoint, nowMs);
    if (slot < 0 || this.table.columns.accused[slot] !== 0) return false;
    if (young) return this.#sessions(slot) >= SESSIONS.young;
    return this.#sessions(slot) >= SESSIONS.usual && nowMs - this.table.columns.firstMs.get(slot) >= DAY_MS;
  }

  accuse(endpoint: Readonly<Key>, atMs: number): void {
    this.table.columns.accused[this.table.open(endpoint, atMs)] = 1;
  }

  save(): unknown {
    return this.table.save();
  }

  load(saved: unknown): void {
    this.table.load(saved);
  }

  /** Distinct sessions: bits of a map of 64, a lower bound that is close while there are few. */
  #sessions(slot: number): number {
    let count = 0;
    for (let rest = this.table.columns.lo[slot]!; rest !== 0; rest &= rest - 1) count++;
    for (let rest = this.table.columns.hi[slot]!; rest !== 0; rest &= rest - 1) count++;
    return count;
  }
}
