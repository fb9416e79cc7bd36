import { type Campaign, Campaigns, noteCompromised, noteRequest } from '../core/campaigns.js';
import { type Key, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { nats } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import { shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { CodeCrowds, crowdNats } from './code-crowd.js';
import { atPlace, CodeTries, type CodeTry } from './code-tries.js';
import { JoinedCampaigns } from './joined-campaigns.js';
import { describe, type Guessing } from './token-statement.js';

const HOUR_MS = 3_600_000;
/** One request in twenty tries a code at most, for four kinds of key (reference 3.3). */
const UPDATES_PER_MILLION = 200_000;
/** Of guesses nearly all fail: a six-digit number is right once in a million, a gift card's rarely more often. */
const GUESS_FAILS = 0.98;
/** Without codes a failure may be the same code once more, as it is in three of five cases at least. */
const HIDDEN_AGAIN = 0.6;
/** Where right and wrong look alike, another code within ten minutes says that the last one was wrong. */
const FOLLOWS_MS = 600_000;
/** Wrong codes below which no one is accused: of one account (reference 5.8), of anyone else, of anyone where codes are hidden. */
const MIN_FAILED = { account: 8, other: 8, hidden: 20 } as const;
/** An address with more returning users than this is shared, and a network is blamed where three of its addresses take part. */
const SHARED_USERS = 10;
const MIN_SOURCES = 3;
/** Who has tried so many wrong codes without a right one has given up, or guesses. */
const GIVE_UP = 3;
const NOTED = 64;
/** Two unrelated campaigns at one place are days apart at the worst rates published (reference 1.2). */
const TOGETHER_MS = 900_000;
/** An address seen a day ago was not rented for this attack. */
const KNOWN_MS = 24 * HOUR_MS;

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
  lastFailed: 'u8',
  gaveUp: 'u8',
} as const;

/** What is remembered of a key under suspicion, to name names when it is accused. */
interface Note {
  requests: number;
  readonly sources: string[];
  readonly actors: string[];
  readonly routes: string[];
}

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
  readonly #campaigns: Campaigns<Guessing>;
  readonly #joined: JoinedCampaigns<Guessing>;
  readonly #key = newKey();

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('token_enumeration', UPDATES_PER_MILLION);
    this.#tries = new CodeTries(room);
    this.#rows = new KeyTable({ name: 'code guesses', maxKeys: room.keys, ttlMs: 24 * HOUR_MS, columns: COLUMNS });
    this.#rows.onRemove = (slot) => this.#notes.delete(slot);
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'token_enumeration',
      idleMs: HOUR_MS / 2,
      describe,
      closed: (campaign) => this.#joined.forget(campaign),
    });
    this.#joined = new JoinedCampaigns(this.#campaigns);
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows, this.#tries.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const one = this.#tries.read(facts);
    if (one === null) return;
    for (const scope of this.#joined.isEmpty ? NO_SCOPES : SCOPES) {
      if (!applies(scope, facts, one)) continue;
      const campaign = this.#joined.get(facts.event.service, campaignKey(scope, facts));
      if (campaign === undefined) continue;
      this.#continue(campaign, facts, one);
      return;
    }
    if (one.isNewcomer) this.#crowds.newcomer(one.place, facts.atMs);
    const isShared = facts.hasSource && this.#parts.population.users(facts) > SHARED_USERS;
    for (const scope of SCOPES) {
      if (!applies(scope, facts, one) || (isShared && scope === 'source')) continue;
      if (this.#weigh(scope, facts, one)) return;
    }
    if (one.isNewcomer && one.mayVote) one.place.voteGaveUp(false, facts.atMs);
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
      joined: this.#joined.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#tries.load(from.tries);
    this.#rows.load(from.rows);
    for (const [slot, note] of from.notes as Map<number, Note>) this.#notes.set(slot, note);
    this.#crowds.load(from.crowds);
    this.#campaigns.load(from.campaigns);
    this.#joined.load(from.joined);
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
    if (this.#rows.fresh) this.#rows.columns.firstMs[slot] = atMs;
    const note = this.#note(slot, facts);
    if (one.outcome === 'ok') return this.#succeeded(scope, slot, facts, one);
    const failed = one.outcome === 'failed' || this.#follows(slot, atMs);
    const again = this.#rows.columns.lastFailed[slot] !== 0 || one.outcome === 'unknown';
    this.#rows.columns.lastMs[slot] = atMs;
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
    this.#accuse(scope, slot, note, facts, one);
    return true;
  }

  /** A right code: it speaks for the key, once for each code. @returns false */
  #succeeded(scope: Scope, slot: number, facts: Facts, one: CodeTry): false {
    const { columns } = this.#rows;
    if (columns.gaveUp[slot] !== 0) {
      this.#takeBack(facts, one);
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
    return lastMs[slot]! > 0 && Math.abs(atMs - lastMs[slot]!) <= FOLLOWS_MS;
  }

  /** Who comes from an address that was here before says what is usual: an attack at a place that few use must not. */
  #vote(again: boolean, facts: Facts, one: CodeTry): void {
    if (one.outcome === 'unknown' || !one.mayVote || !(one.isNew || one.isFirstOk)) return;
    const before = this.#parts.population.seenBefore(facts);
    if (before === null || facts.atMs - before.firstMs < KNOWN_MS) return;
    one.place.vote(again, one.outcome === 'failed', facts.prefix.lo >>> 8, facts.atMs);
  }

  #giveUp(slot: number, facts: Facts, one: CodeTry): void {
    const { columns } = this.#rows;
    if (columns.failed[slot] !== GIVE_UP || columns.succeeded[slot]! > 0 || columns.gaveUp[slot] !== 0) return;
    columns.gaveUp[slot] = 1;
    const { event, atMs } = facts;
    const key = placeKey(facts);
    const open = this.#campaigns.get(event.service, key);
    if (open !== undefined) {
      facts.tainted = true;
      noteRequest(open, event);
      open.data.gaveUp++;
      open.data.failed += GIVE_UP;
      open.data.callers++;
      open.data.nats += Math.log(4) / 2;
      this.#campaigns.touch(open, atMs);
      return;
    }
    const route = `${event.method} ${event.operation !== '' ? event.operation : event.route}`;
    const crowd = this.#crowds.gaveUp(one.place, { source: event.source, actor: event.actor, route }, atMs);
    const isBroken = one.place.isBroken(this.#parts.agenda.nowMs);
    if (!isBroken) one.place.voteGaveUp(true, atMs);
    if (crowd === null || isBroken || crowdNats(crowd) < this.#threshold.of(event.service)) return;
    const beside = this.#home(event.service, one.place.id, crowd.sinceMs);
    if (beside !== undefined && !one.place.isOtp) {
      // A crowd beside single callers: the campaign is larger than they are.
      beside.data.members += crowd.gaveUp;
      beside.data.failed += crowd.gaveUp * GIVE_UP;
      beside.data.nats += crowdNats(crowd);
      for (const name of crowd.sources) addToTally(beside.sources, name);
      for (const name of crowd.actors) addToTally(beside.actors, name);
      this.#crowds.forget(one.place);
      this.#campaigns.touch(beside, atMs);
      return;
    }
    const campaign = this.#campaigns.open({
      service: event.service,
      key,
      atMs,
      holdMs: 0,
      data: {
        ...this.#common(facts, one),
        scope: 'place',
        offender: '',
        failed: crowd.gaveUp * GIVE_UP,
        succeeded: 0,
        nats: crowdNats(crowd),
        usual: crowd.expected / Math.max(1, crowd.newcomers),
        usualSize: one.place.size,
        callers: crowd.newcomers,
        gaveUp: crowd.gaveUp,
      },
    });
    campaign.firstMs = Math.min(crowd.sinceMs, atMs);
    campaign.requests = crowd.gaveUp * GIVE_UP;
    for (const name of crowd.sources) addToTally(campaign.sources, name);
    for (const name of crowd.actors) addToTally(campaign.actors, name);
    addToTally(campaign.routes, crowd.route);
    addToTally(campaign.targets, `route:${crowd.route}`);
    facts.tainted = true;
    this.#crowds.forget(one.place);
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** One who had given up has found a right code. */
  #takeBack(facts: Facts, one: CodeTry): void {
    const { event } = facts;
    this.#crowds.succeeded(one.place, event.source);
    const open = this.#campaigns.get(event.service, placeKey(facts));
    if (open === undefined) return;
    open.data.gaveUp--;
    open.sources.counts.delete(event.source);
    open.actors.counts.delete(event.actor);
  }

  #home(service: string, placeId: number, firstMs: number): Campaign<Guessing> | undefined {
    for (const campaign of this.#campaigns.all()) {
      if (campaign.service !== service || campaign.data.placeId !== placeId) continue;
      if (firstMs <= campaign.lastMs + TOGETHER_MS) return campaign;
    }
    return undefined;
  }

  #accuse(scope: Scope, slot: number, note: Note, facts: Facts, one: CodeTry): void {
    const { event, atMs } = facts;
    const { columns } = this.#rows;
    const key = campaignKey(scope, facts);
    // Who guesses coupons at one place at one time acts together; accounts are attacked one by one.
    let campaign = one.place.isOtp ? undefined : this.#home(event.service, one.place.id, columns.firstMs[slot]!);
    if (campaign !== undefined) {
      this.#joined.join(campaign, key);
      campaign.data.members++;
      campaign.data.failed += columns.failed[slot]!;
      campaign.data.succeeded += columns.succeeded[slot]!;
      campaign.data.nats += columns.nats[slot]!;
    }
    campaign ??= this.#campaigns.open({
      service: event.service,
      key,
      atMs,
      holdMs: 0,
      data: {
        ...this.#common(facts, one),
        scope,
        offender: offenderName(scope, facts),
        failed: columns.failed[slot]!,
        succeeded: columns.succeeded[slot]!,
        nats: columns.nats[slot]!,
        usual: one.place.failShare(true, this.#parts.agenda.nowMs),
        usualSize: one.place.size,
        callers: 1,
        gaveUp: 0,
      },
    });
    campaign.firstMs = Math.min(columns.firstMs[slot]!, campaign.firstMs);
    campaign.requests += note.requests;
    for (const name of note.sources) addToTally(campaign.sources, name);
    for (const name of note.actors) addToTally(campaign.actors, name);
    for (const name of note.routes) addToTally(campaign.routes, name);
    addToTally(campaign.targets, targetOf(facts, one));
    this.#rows.remove(slot);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** A try by a key, or at an account, that is already accused. */
  #continue(campaign: Campaign<Guessing>, facts: Facts, one: CodeTry): void {
    const { event, atMs } = facts;
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, event);
    addToTally(campaign.targets, targetOf(facts, one));
    let isHit = false;
    if (one.outcome === 'ok') {
      if (one.isNew) data.succeeded++;
      isHit = one.isNew;
      if (one.isNew && event.authIdentifier !== '') noteCompromised(campaign, event.authIdentifier);
    } else if (one.isNew) {
      data.failed++;
      const share = one.place.failShare(true, this.#parts.agenda.nowMs);
      data.nats += nats(GUESS_FAILS, one.hasCode ? share : Math.max(HIDDEN_AGAIN, share));
    }
    this.#campaigns.touch(campaign, atMs, isHit);
  }

  #common(
    facts: Facts,
    one: CodeTry,
  ): Pick<Guessing, 'place' | 'placeId' | 'members' | 'isOtp' | 'hasCode' | 'threshold'> {
    const { event } = facts;
    const place = event.operation !== '' ? event.operation : `${event.method} ${event.route}`;
    return {
      place,
      placeId: one.place.id,
      members: 1,
      isOtp: one.place.isOtp,
      hasCode: one.hasCode,
      threshold: this.#threshold.of(event.service),
    };
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

function noteName(names: string[], name: string): void {
  if (name !== '' && names.length < NOTED && !names.includes(name)) names.push(name);
}

function applies(scope: Scope, facts: Facts, one: CodeTry): boolean {
  if (scope === 'account') return one.place.isOtp && facts.event.authIdentifier !== '';
  return scope === 'who' ? facts.whoKind !== 'client' || facts.hasSource : facts.hasSource;
}

function scopeKey(scope: Scope, facts: Facts): Readonly<Key> {
  switch (scope) {
    case 'account':
      return facts.login.id;
    case 'who':
      return facts.who;
    case 'source':
      return facts.source;
    case 'prefix':
      return facts.prefix;
  }
}

function placeKey(facts: Facts): string {
  const { event } = facts;
  return `place:${event.operation !== '' ? event.operation : event.route}`;
}

function campaignKey(scope: Scope, facts: Facts): string {
  const { event, address } = facts;
  switch (scope) {
    case 'account':
      return `account:${event.authIdentifier}`;
    case 'who':
      if (facts.whoKind === 'actor') return `actor:${event.actor}`;
      return facts.whoKind === 'session' ? `session:${event.session}` : `client:${address.label} ${facts.clientName}`;
    case 'source':
      return `source:${address.label}`;
    case 'prefix':
      return `prefix:${address.prefixLabel}`;
  }
}

function offenderName(scope: Scope, facts: Facts): string {
  const { event, address } = facts;
  switch (scope) {
    case 'account':
      return `account ${shortName(event.authIdentifier)}`;
    case 'who':
      if (facts.whoKind === 'actor') {
        return `${event.actorKind === 'api_key' ? 'API key' : 'user'} ${shortName(event.actor)}`;
      }
      return facts.whoKind === 'session' ? `session ${shortName(event.session)}` : address.label;
    case 'source':
      return address.label;
    case 'prefix':
      return address.prefixLabel;
  }
}

function targetOf(facts: Facts, one: CodeTry): string {
  const { event } = facts;
  if (one.place.isOtp && event.authIdentifier !== '') return `account:${event.authIdentifier}`;
  return `route:${event.operation !== '' ? event.operation : `${event.method} ${event.route}`}`;
}

export const tokenEnumeration: DetectorDefinition = {
  type: 'token_enumeration',
  create: (parts, room) => new TokenEnumeration(parts, room),
};
