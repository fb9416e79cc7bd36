import { newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { nats } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { CodeCampaigns, GIVE_UP, GUESS_FAILS, HIDDEN_AGAIN, type Note } from './code-campaigns.js';
import { CodeCrowds, crowdNats } from './code-crowd.js';
import { atPlace, CodeTries, type CodeTry } from './code-tries.js';
import { noteName, scopeKey } from './guess-scopes.js';

const HOUR_MS = 3_600_000;
/** One request in twenty tries a code at most, for four kinds of key (reference 3.3). */
const UPDATES_PER_MILLION = 200_000;
/** Where right and wrong look alike, another code within ten minutes says that the last one was wrong. */
const FOLLOWS_MS = 600_000;
/** Wrong codes below which no one is accused: of one account (reference 5.8), of anyone else, of anyone where codes are hidden. */
const MIN_FAILED = { account: 8, other: 8, hidden: 20 } as const;
/** An address with more returning users than this is shared, and a network is blamed where three of its addresses take part. */
const SHARED_USERS = 10;
const MIN_SOURCES = 3;

/** Whom the evidence is about, the narrowest first, and the name space of its keys. */
const SCOPES = ['account', 'who', 'source', 'prefix'] as const;
type Scope = (typeof SCOPES)[number];
const NO_SCOPES: readonly Scope[] = [];
const SCOPE_TAG: Readonly<Record<Scope, number>> = { account: 61, who: 62, source: 63, prefix: 64 };

const COLUMNS = {
  nats: 'f32',
  failed: 'u32',
  succeeded: 'u32',
  lastMs: 'f64',
  firstMs: 'f64',
  lastFailed: 'u32',
  gaveUp: 'u32',
} as const;

/**
 * Token enumeration: codes are guessed. One-time passwords of an account, coupons, gift cards, invitations, reset tokens.
 *
 * Listens to requests that try a code (see code-tries.ts). Keeps, per account, caller, address and network, a
 * sequential test of wrong codes that nobody had tried before, against how often people fail here at first and when
 * they try again; all sessions of an account count together. Guesses spread over many callers are found by how many of
 * them try three wrong codes and no right one (code-crowd.ts). Codes typed again, expired or given to everyone are no
 * evidence.
 */
class TokenEnumeration implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #tries: CodeTries;
  readonly #rows: KeyTable<typeof COLUMNS>;
  readonly #notes = new Map<number, Note>();
  readonly #crowds = new CodeCrowds();
  readonly #campaigns: CodeCampaigns;
  readonly #key = newKey();

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('token_enumeration', UPDATES_PER_MILLION);
    this.#tries = new CodeTries(parts.population, room);
    this.#rows = new KeyTable({ name: 'code guesses', maxKeys: room.keys, ttlMs: 24 * HOUR_MS, columns: COLUMNS });
    this.#rows.onRemove = (slot) => this.#notes.delete(slot);
    this.#campaigns = new CodeCampaigns(parts.agenda, this.#threshold);
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows, this.#tries.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const one = this.#tries.read(facts);
    if (one === null) return;
    for (const scope of this.#campaigns.isEmpty ? NO_SCOPES : SCOPES) {
      if (!applies(scope, facts, one)) continue;
      const campaign = this.#campaigns.of(scope, facts);
      if (campaign === undefined) continue;
      this.#campaigns.continue(campaign, facts, one);
      return;
    }
    if (one.isNewcomer) this.#crowds.newcomer(one.place);
    const isShared = facts.hasSource && this.#parts.population.users(facts) > SHARED_USERS;
    for (const scope of SCOPES) {
      if (!applies(scope, facts, one) || (isShared && scope === 'source')) continue;
      if (this.#weigh(scope, facts, one)) return;
    }
    if (one.isNewcomer && one.mayVote && one.knownHere) one.place.voteGaveUp(false, facts.atMs);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return {
      tries: this.#tries.save(),
      rows: this.#rows.save(),
      notes: this.#notes,
      crowds: this.#crowds.save(),
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#tries.load(from.tries);
    this.#rows.load(from.rows);
    for (const [slot, note] of from.notes as Map<number, Note>) this.#notes.set(slot, note);
    this.#crowds.load(from.crowds);
    this.#campaigns.load(from.campaigns);
  }

  /** Adds a try to one key's evidence. @returns whether the key is accused now */
  #weigh(scope: Scope, facts: Facts, one: CodeTry): boolean {
    const { atMs } = facts;
    atPlace(SCOPE_TAG[scope], scopeKey(scope, facts), one.place, this.#key);
    let slot = this.#rows.find(this.#key, atMs);
    if (scope === 'who') this.#vote(slot >= 0 && this.#rows.columns.lastFailed[slot] !== 0, facts, one);
    // Who is in good standing stays out of the table.
    if (slot < 0 && (one.outcome === 'ok' || !one.isNew)) return false;
    slot = this.#rows.open(this.#key, atMs);
    if (this.#rows.fresh) this.#rows.columns.firstMs.set(slot, atMs);
    const note = this.#note(slot, facts);
    if (one.outcome === 'ok') return this.#succeeded(scope, slot, facts, one);
    const failed = one.outcome === 'failed' || this.#follows(slot, atMs);
    const again = this.#rows.columns.lastFailed[slot] !== 0 || one.outcome === 'unknown';
    this.#rows.columns.lastMs.set(slot, atMs);
    if (!one.isNew || !failed) return false;
    const { columns } = this.#rows;
    const share = one.place.failShare(again, this.#parts.agenda.nowMs);
    columns.nats[slot]! += nats(GUESS_FAILS, one.hasCode ? share : Math.max(HIDDEN_AGAIN, share));
    columns.failed[slot]!++;
    columns.lastFailed[slot] = 1;
    this.#rows.suspicion[slot] = columns.nats[slot]!;
    if (scope === 'who') this.#giveUp(slot, facts, one);
    const minimum = one.hasCode ? (scope === 'account' ? MIN_FAILED.account : MIN_FAILED.other) : MIN_FAILED.hidden;
    if (columns.nats[slot]! < this.#threshold.of(facts.event.service) || columns.failed[slot]! < minimum) return false;
    if (scope === 'prefix' && note.sources.length < MIN_SOURCES) return false;
    const row = { nats: columns.nats[slot]!, failed: columns.failed[slot]!, succeeded: columns.succeeded[slot]! };
    this.#campaigns.accuse(scope, { ...row, firstMs: columns.firstMs.get(slot), note }, facts, one);
    this.#crowds.explain(one.place, note.sources);
    this.#rows.remove(slot);
    return true;
  }

  /** A right code: it speaks for the key, once for each code. @returns false */
  #succeeded(scope: Scope, slot: number, facts: Facts, one: CodeTry): false {
    const { columns } = this.#rows;
    if (columns.gaveUp[slot] !== 0) {
      this.#crowds.succeeded(one.place, facts.event.source);
      this.#campaigns.takeBack(facts);
      columns.gaveUp[slot] = 0;
    }
    if (!one.isFirstOk) return false;
    const share = one.place.failShare(columns.lastFailed[slot] !== 0, this.#parts.agenda.nowMs);
    // Of one account only one password can be right: whoever got in after a few tries was its owner.
    const isOwner = scope === 'account' && columns.failed[slot]! < MIN_FAILED.account;
    columns.nats[slot]! += nats(1 - GUESS_FAILS, 1 - share);
    columns.lastFailed[slot] = 0;
    if (one.isNew) columns.succeeded[slot]!++;
    this.#rows.suspicion[slot] = Math.max(0, columns.nats[slot]!);
    if (isOwner || columns.nats[slot]! <= 0) this.#rows.remove(slot);
    return false;
  }

  #follows(slot: number, atMs: number): boolean {
    const { lastMs } = this.#rows.columns;
    return lastMs.get(slot) > 0 && Math.abs(atMs - lastMs.get(slot)) <= FOLLOWS_MS;
  }

  /** Who comes from an address that was here before says what is usual: an attack at a place that few use must not. */
  #vote(again: boolean, facts: Facts, one: CodeTry): void {
    if (one.outcome === 'unknown' || !one.mayVote || !(one.isNew || one.isFirstOk)) return;
    if (!one.knownHere) return;
    one.place.vote(again, one.outcome === 'failed', facts.prefix.lo >>> 8, facts.atMs);
  }

  #giveUp(slot: number, facts: Facts, one: CodeTry): void {
    const { columns } = this.#rows;
    if (columns.failed[slot] !== GIVE_UP || columns.succeeded[slot]! > 0 || columns.gaveUp[slot] !== 0) return;
    columns.gaveUp[slot] = 1;
    if (this.#campaigns.gaveUp(facts)) return;
    const { event, atMs } = facts;
    const route = `${event.method} ${event.operation !== '' ? event.operation : event.route}`;
    const crowd = this.#crowds.gaveUp(one.place, { source: event.source, actor: event.actor, route }, atMs);
    const isBroken = one.place.isBroken(this.#parts.agenda.nowMs);
    if (!isBroken && one.knownHere) one.place.voteGaveUp(true, atMs);
    if (crowd === null || isBroken || crowdNats(crowd) < this.#threshold.of(event.service)) return;
    this.#crowds.forget(one.place);
    this.#campaigns.accuseCrowd(crowd, facts, one);
  }

  #note(slot: number, facts: Facts): Note {
    const { event } = facts;
    let note = this.#notes.get(slot);
    if (note === undefined) {
      note = { requests: 0, sources: [], actors: [], routes: [] };
      this.#notes.set(slot, note);
    }
    note.requests++;
    noteName(note.sources, event.source);
    noteName(note.actors, event.actor);
    if (event.route !== '' && note.routes.length === 0) note.routes.push(`${event.method} ${event.route}`);
    return note;
  }
}

function applies(scope: Scope, facts: Facts, one: CodeTry): boolean {
  if (scope === 'account') return one.place.isOtp && facts.event.authIdentifier !== '';
  return scope === 'who' ? facts.whoKind !== 'client' || facts.hasSource : facts.hasSource;
}

export const tokenEnumeration: DetectorDefinition = {
  type: 'token_enumeration',
  create: (parts, room) => new TokenEnumeration(parts, room),
};
