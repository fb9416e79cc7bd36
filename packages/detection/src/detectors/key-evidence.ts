import { BloomGenerations } from '../core/bloom.js';
import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { type Note, type Notes, noteLogin } from './list-campaign.js';
import {
  addContact,
  EVIDENCE_COLUMNS,
  type EvidenceTable,
  familiarityNats,
  type LoginClass,
  type LoginCounts,
  loginWeights,
  outcomeNats,
  retractFailure,
} from './login-evidence.js';
import { COUNTED_NEW, classOf, isWide, SCOPE_BIT, SCOPES, type Scope, scopeKey } from './login-scopes.js';
import { pastOf } from './participants.js';

const HOUR_MS = 3_600_000;
/** Evidence is remembered for so long after the key was last seen: one try in half an hour adds up (reference 5.3). */
const MEMORY_MS = 72 * HOUR_MS;

/** What the service had seen when the evidence against a key began. */
export interface Since {
  readonly okTotal: number;
  readonly failTotal: number;
  readonly home: { readonly ok: number; readonly failed: number };
}

/**
 * Evidence against addresses, clients at shared addresses, networks and client software: how many distinct accounts failed
 * and succeeded with each since the evidence was last at zero (login-evidence.ts).
 */
export class KeyEvidence implements Part {
  readonly #parts: Parts;
  readonly rows: EvidenceTable;
  readonly #notes: Notes = new Map();
  /** (network or software, account) within a day; the attempts table does this for addresses. */
  readonly #contacted: BloomGenerations;
  readonly #key = newKey();
  readonly #usesFamiliarity: boolean;

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#usesFamiliarity = !parts.without.has('familiarity');
    this.rows = new KeyTable({
      name: 'login evidence',
      maxKeys: room.keys,
      ttlMs: MEMORY_MS,
      columns: EVIDENCE_COLUMNS,
    });
    this.rows.onRemove = (slot) => this.#notes.delete(slot);
    this.#contacted = new BloomGenerations({
      name: 'login contacts',
      keys: room.contacts,
      generations: 2,
      generationMs: 12 * HOUR_MS,
    });
  }

  /**
   * Adds one first contact to one key.
   *
   * @returns the row of its evidence, or -1 where it has none
   */
  add(scope: Scope, facts: Facts, kind: LoginClass): number {
    const { event, login, atMs } = facts;
    const key = scopeKey(scope, facts);
    if (isWide(scope)) {
      mixKeys(SCOPE_BIT[scope], key, login.id, this.#key);
      if (this.#contacted.add(this.#key, atMs)) return -1;
    }
    const failed = kind === 'failedNew' || kind === 'failedFamiliar';
    let slot = this.rows.find(key, atMs);
    // A key in good standing stays out of the table: its evidence is zero anyway.
    if (slot < 0 && !failed) return -1;
    slot = this.rows.open(key, atMs);
    const service = this.#parts.logins.services.of(event.service);
    const { columns } = this.rows;
    if (this.rows.fresh) {
      columns.okBase[slot] = service.okTotal;
      columns.failBase[slot] = service.failTotal;
      columns.homeOk[slot] = service.home.ok;
      columns.homeFailed[slot] = service.home.failed;
    }
    const counts = this.countsOf(slot);
    // With one kind of client its owners' failures at home argue for a broken release as much as successes do.
    if (scope === 'software' && kind === 'failedKnown') counts.succeeded++;
    addContact(counts, kind, login.credit);
    const weights = loginWeights(service, atMs);
    const degraded = service.isDegraded(this.#parts.agenda.nowMs);
    const outcome = degraded ? 0 : outcomeNats(counts, weights);
    const familiarity = this.#usesFamiliarity ? familiarityNats(counts, weights) : 0;
    if (outcome <= 0) counts.failed = counts.failedExisting = counts.succeeded = 0;
    if (familiarity <= 0) counts.failedNew = counts.failedFamiliar = counts.okNew = counts.okFamiliar = 0;
    if (outcome <= 0 && familiarity <= 0 && !degraded) {
      this.rows.remove(slot);
      return -1;
    }
    this.#store(slot, counts);
    this.rows.suspicion[slot] = Math.max(outcome, familiarity);
    if (failed) this.mark(login.attempt, scope, kind);
    this.#note(slot, facts, scope, kind);
    return slot;
  }

  countsOf(slot: number): LoginCounts {
    const { columns } = this.rows;
    return {
      failed: columns.failed[slot]!,
      failedExisting: columns.failedExisting[slot]!,
      succeeded: columns.succeeded[slot]!,
      failedNew: columns.failedNew[slot]!,
      failedFamiliar: columns.failedFamiliar[slot]!,
      okNew: columns.okNew[slot]!,
      okFamiliar: columns.okFamiliar[slot]!,
    };
  }

  sinceOf(slot: number): Since {
    const { columns } = this.rows;
    return {
      okTotal: columns.okBase[slot]!,
      failTotal: columns.failBase[slot]!,
      home: { ok: columns.homeOk[slot]!, failed: columns.homeFailed[slot]! },
    };
  }

  noteOf(slot: number): Note | undefined {
    return this.#notes.get(slot);
  }

  remove(slot: number): void {
    this.rows.remove(slot);
  }

  /** What was counted for a key is explained by a campaign. */
  forget(key: Readonly<Key>, nowMs: number): void {
    const slot = this.rows.find(key, nowMs);
    if (slot >= 0) this.rows.remove(slot);
  }

  /** A failure that was counted has resolved: what it added is taken back everywhere. */
  retract(facts: Facts): void {
    const { login, atMs, event } = facts;
    const { scopes, kind } = this.takeMarks(login.resolved);
    for (const scope of SCOPES) {
      if ((scopes & SCOPE_BIT[scope]) === 0) continue;
      const slot = this.rows.find(scopeKey(scope, facts), atMs);
      if (slot < 0) continue;
      const counts = this.countsOf(slot);
      retractFailure(counts, kind);
      this.#store(slot, counts);
      const accounts = this.#notes.get(slot)?.participants.get(event.source)?.accounts;
      const at = accounts?.indexOf(event.authIdentifier) ?? -1;
      if (at >= 0) accounts!.splice(at, 1);
    }
  }

  /** One more attempt at an account that was counted: no evidence, but a request of whoever it is. */
  noteRepeat(facts: Facts): void {
    const { login, atMs } = facts;
    const marked = this.#parts.logins.attempts.table.columns.marks[login.attempt]!;
    if (marked === 0) return;
    for (const scope of SCOPES) {
      if ((marked & SCOPE_BIT[scope]) === 0) continue;
      const slot = this.rows.find(scopeKey(scope, facts), atMs);
      if (slot >= 0) this.#note(slot, facts, scope, classOf(facts));
    }
  }

  mark(attempt: number, scope: Scope, kind: LoginClass): void {
    const { marks } = this.#parts.logins.attempts.table.columns;
    marks[attempt] = marks[attempt]! | SCOPE_BIT[scope] | (kind === 'failedNew' ? COUNTED_NEW : 0);
  }

  /** The scopes at which an attempt was counted, and as what; it counts nowhere from now on. */
  takeMarks(attempt: number): { scopes: number; kind: 'failedNew' | 'failedFamiliar' } {
    const { marks } = this.#parts.logins.attempts.table.columns;
    const scopes = marks[attempt]!;
    marks[attempt] = 0;
    return { scopes, kind: (scopes & COUNTED_NEW) !== 0 ? 'failedNew' : 'failedFamiliar' };
  }

  save(): unknown {
    return { rows: this.rows.save(), notes: this.#notes, contacted: this.#contacted.save() };
  }

  load(saved: unknown): void {
    const from = saved as { rows: unknown; notes: Notes; contacted: unknown };
    this.rows.load(from.rows);
    this.#notes.clear();
    for (const [slot, note] of from.notes) this.#notes.set(slot, note);
    this.#contacted.load(from.contacted);
  }

  #note(slot: number, facts: Facts, scope: Scope, kind: LoginClass): void {
    noteLogin(this.#notes, slot, facts, { kind: isWide(scope) ? kind : null, past: pastOf(this.#parts, facts) });
  }

  #store(slot: number, counts: LoginCounts): void {
    const { columns } = this.rows;
    columns.failed[slot] = counts.failed;
    columns.failedExisting[slot] = counts.failedExisting;
    columns.succeeded[slot] = counts.succeeded;
    columns.failedNew[slot] = counts.failedNew;
    columns.failedFamiliar[slot] = counts.failedFamiliar;
    columns.okNew[slot] = counts.okNew;
    columns.okFamiliar[slot] = counts.okFamiliar;
  }
}
