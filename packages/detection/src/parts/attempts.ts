import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Without } from '../without.js';
import type { Facts } from './facts.js';

const DAY_MS = 86_400_000;
/** A failure that succeeds within ten minutes was a person (reference 11.2). */
export const RESOLVE_MS = 600_000;
const TAG = { attempt: 12, lastFailure: 15 } as const;

/** State of an attempt (source, account) within a day. */
const ATTEMPT = { failedNew: 1, failedFamiliar: 2, failedKnown: 3, ok: 4, explained: 5 } as const;

const ATTEMPT_COLUMNS = { state: 'u32', marks: 'u32', tries: 'u32', atMs: 'f64' } as const;
/** The attempt that failed last somewhere: its key, and when. */
const FAILURE_COLUMNS = { hi: 'i32', lo: 'i32', atMs: 'f64' } as const;

/**
 * Attempts: pairs of a source and an account within a day. Which login is the first contact of the two, and which earlier
 * failure a success explains: of the same account there, of the same account with the same client elsewhere (a phone at
 * its carrier), of a mistyped one before it, and by a request for a new password.
 */
export class Attempts implements Part {
  /** (service, source, account) within a day. Detectors mark in `marks` which of their keys counted it. */
  readonly table: KeyTable<typeof ATTEMPT_COLUMNS>;
  readonly failures: KeyTable<typeof FAILURE_COLUMNS>;
  readonly #key = newKey();
  readonly #resolves: boolean;
  readonly #seesResets: boolean;

  constructor(size: { readonly attempts: number; readonly loginSources: number }, without: Without) {
    this.#resolves = !without.has('unresolved');
    this.#seesResets = !without.has('resets');
    this.table = new KeyTable({
      name: 'login attempts',
      maxKeys: size.attempts,
      ttlMs: DAY_MS,
      columns: ATTEMPT_COLUMNS,
    });
    this.failures = new KeyTable({
      name: 'login failures',
      // They wait for ten minutes, the sources for a day.
      maxKeys: Math.ceil(size.loginSources / 3),
      ttlMs: RESOLVE_MS,
      columns: FAILURE_COLUMNS,
    });
  }

  /** Key of the attempt (source, account), to ask later whether it resolved. */
  keyOf(facts: Facts): Key {
    const key = newKey();
    mixKeys(TAG.attempt, facts.source, facts.login.id, key);
    return key;
  }

  isUnresolved(attempt: Readonly<Key>, nowMs: number): boolean {
    const slot = this.table.find(attempt, nowMs);
    return slot < 0 || this.table.columns.state[slot]! <= ATTEMPT.failedKnown;
  }

  /** How often the attempt was repeated. */
  repeatsOf(attempt: Readonly<Key>, nowMs: number): number {
    const slot = this.table.find(attempt, nowMs);
    return slot < 0 ? 0 : this.table.columns.tries[slot]!;
  }

  /** Says of a login what contact it is and what it resolves, and remembers it. */
  read(facts: Facts): void {
    const { login, atMs } = facts;
    const { columns } = this.table;
    mixKeys(TAG.attempt, facts.source, login.id, this.#key);
    const slot = this.table.open(this.#key, atMs);
    login.attempt = slot;
    const failed = columnFor(login);
    if (this.table.fresh) {
      this.table.columns.state[slot] = login.ok ? ATTEMPT.ok : failed;
      this.table.columns.atMs.set(slot, atMs);
      if (login.ok) {
        if (!this.#resolveElsewhere(facts)) this.#explainTypo(facts, slot);
      } else this.#noteFailure(facts);
      return;
    }
    const state = columns.state[slot]!;
    if (columns.tries[slot]! < 255) columns.tries[slot]!++;
    login.contact = 'repeat';
    if (login.ok && state <= ATTEMPT.failedKnown && this.#resolves) {
      columns.state[slot] = ATTEMPT.ok;
      if (Math.abs(atMs - columns.atMs.get(slot)) <= RESOLVE_MS) {
        login.contact = 'resolves';
        login.resolved = slot;
      }
    }
  }

  /** Whoever asks for a new password after failing is a person: that failure is explained (guard G7). */
  readReset(facts: Facts): void {
    if (!this.#seesResets) return;
    mixKeys(TAG.lastFailure, facts.login.id, facts.client, this.#key);
    const failed = this.#failedAt(this.#key, facts.atMs);
    if (failed < 0) return;
    this.table.columns.state[failed] = ATTEMPT.explained;
    facts.login.resolved = failed;
  }

  save(): unknown {
    return { table: this.table.save(), failures: this.failures.save() };
  }

  load(saved: unknown): void {
    const from = saved as { table: unknown; failures: unknown };
    this.table.load(from.table);
    this.failures.load(from.failures);
  }

  /** Remembers the attempt (its key is at hand) by who made it, and by account and client, wherever that is. */
  #noteFailure(facts: Facts): void {
    const { hi, lo } = this.#key;
    mixKeys(TAG.lastFailure, facts.login.id, facts.client, this.#key);
    for (const place of [facts.sourceClient, this.#key]) {
      const row = this.failures.open(place, facts.atMs);
      const { columns } = this.failures;
      columns.hi[row] = hi;
      columns.lo[row] = lo;
      columns.atMs.set(row, facts.atMs);
    }
  }

  /** A phone that failed with one address of its carrier gets in with the next one. */
  #resolveElsewhere(facts: Facts): boolean {
    const { login, atMs } = facts;
    mixKeys(TAG.lastFailure, login.id, facts.client, this.#key);
    const failed = this.#failedAt(this.#key, atMs);
    if (failed < 0) return false;
    this.table.columns.state[failed] = ATTEMPT.ok;
    login.contact = 'resolves';
    login.resolved = failed;
    return true;
  }

  /** The attempt that failed last there and may still resolve, or -1; it is told once. */
  #failedAt(place: Readonly<Key>, atMs: number): number {
    if (!this.#resolves) return -1;
    const row = this.failures.find(place, atMs);
    if (row < 0) return -1;
    const { columns } = this.failures;
    if (columns.atMs.get(row) === 0 || atMs - columns.atMs.get(row) > RESOLVE_MS) return -1;
    this.#key.hi = columns.hi[row]!;
    this.#key.lo = columns.lo[row]!;
    columns.atMs.set(row, 0);
    const failed = this.table.find(this.#key, atMs);
    return failed < 0 || this.table.columns.state[failed]! > ATTEMPT.failedKnown ? -1 : failed;
  }

  /** The same client mistyped its name just before: that failure is explained, once per account and day. */
  #explainTypo(facts: Facts, slot: number): void {
    // Only an account that was not made for this, and only for so many sources a day.
    if (!facts.login.familiar || !facts.login.explains) return;
    const failed = this.#failedAt(facts.sourceClient, facts.atMs);
    if (failed < 0 || failed === slot) return;
    this.table.columns.state[failed] = ATTEMPT.explained;
    facts.login.resolved = failed;
  }
}

function columnFor(login: { familiar: boolean; knownPair: boolean }): number {
  if (login.knownPair) return ATTEMPT.failedKnown;
  return login.familiar ? ATTEMPT.failedFamiliar : ATTEMPT.failedNew;
}
