import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Without } from '../without.js';
import type { Facts } from './facts.js';

const DAY_MS = 86_400_000;
const COLUMNS = { usersLo: 'u32', usersHi: 'u32', firstMs: 'f64', logins: 'u32', requests: 'u32' } as const;

/**
 * How many people stand behind an address. Only *returning* users count (who has been here before from this network):
 * an attacker's own hits must not make his address look shared (reference 11.5).
 */
export class Population implements Part {
  readonly #table: KeyTable<typeof COLUMNS>;
  readonly #key = newKey();
  readonly #sharing: boolean;

  constructor(maxSources: number, without: Without) {
    this.#sharing = !without.has('shared_address');
    this.#table = new KeyTable({ name: 'sources', maxKeys: maxSources, ttlMs: 7 * DAY_MS, columns: COLUMNS });
  }

  get table(): KeyTable<typeof COLUMNS> {
    return this.#table;
  }

  /** Counts a request of its source. */
  learn(facts: Facts): void {
    if (!facts.hasSource) return;
    const row = this.#table.open(facts.source, facts.atMs);
    const { firstMs, logins, requests } = this.#table.columns;
    if (this.#table.fresh) firstMs.set(row, facts.atMs);
    requests[row]!++;
    if (facts.login.active && facts.login.contact === 'first' && !facts.tainted) logins[row]!++;
  }

  /** A user came back to a network where he had been before. */
  returned(facts: Facts, user: Readonly<Key>): void {
    this.#note(facts.source, facts, user);
    this.#note(facts.prefix, facts, user);
  }

  /**
   * Returning users of the event's source within a week: linear counting over 64 bits (Whang et al. 1990), usable to
   * about 200; a full map reads as 266.
   */
  users(facts: Facts): number {
    return this.#usersOf(facts.source, facts.atMs);
  }

  /** The same of the event's network: a carrier's gateways share it, and its customers. */
  usersOfNetwork(facts: Facts): number {
    return this.#usersOf(facts.prefix, facts.atMs);
  }

  /** What was seen of the event's source before, or `null`. */
  seenBefore(facts: Facts): { readonly firstMs: number; readonly requests: number } | null {
    const row = this.#table.find(facts.source, facts.atMs);
    if (row < 0) return null;
    return { firstMs: this.#table.columns.firstMs.get(row), requests: this.#table.columns.requests[row]! };
  }

  /** First-contact logins per hour over the source's life before `beforeMs`, or `null` when it is younger than an hour. */
  loginsPerHour(facts: Facts, beforeMs: number): { perHour: number; logins: number } | null {
    const row = this.#table.find(facts.source, facts.atMs);
    if (row < 0) return null;
    const { firstMs, logins } = this.#table.columns;
    const hours = (beforeMs - firstMs.get(row)) / 3_600_000;
    return hours < 1 ? null : { perHour: logins[row]! / hours, logins: logins[row]! };
  }

  #note(place: Readonly<Key>, facts: Facts, user: Readonly<Key>): void {
    const row = this.#table.open(place, facts.atMs);
    if (this.#table.fresh) this.#table.columns.firstMs.set(row, facts.atMs);
    mixKeys(0, user, place, this.#key);
    const bit = 1 << (this.#key.lo & 31);
    const { usersLo, usersHi } = this.#table.columns;
    if (this.#key.lo & 32) usersHi[row] = usersHi[row]! | bit;
    else usersLo[row] = usersLo[row]! | bit;
    if (this.#usersIn(row) > 3) this.#table.protect(row);
  }

  #usersOf(place: Readonly<Key>, atMs: number): number {
    if (!this.#sharing) return 0;
    const row = this.#table.find(place, atMs);
    return row < 0 ? 0 : this.#usersIn(row);
  }

  #usersIn(row: number): number {
    const { usersLo, usersHi } = this.#table.columns;
    const zeros = 64 - ones(usersLo[row]!) - ones(usersHi[row]!);
    return Math.round(64 * Math.log(64 / Math.max(zeros, 1)));
  }

  save(): unknown {
    return this.#table.save();
  }

  load(saved: unknown): void {
    this.#table.load(saved);
  }
}

function ones(value: number): number {
  let rest = value >>> 0;
  rest -= (rest >>> 1) & 0x55555555;
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
