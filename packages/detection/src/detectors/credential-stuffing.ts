import type { Discount, Evidence } from '@vedette/protocol';
import { z } from 'zod';
import { BloomGenerations } from '../core/bloom.js';
import { type Campaign, Campaigns, noteCompromised, noteRequest, type Statement } from '../core/campaigns.js';
import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { BUDGET_PER_TYPE, thresholdFor } from '../core/likelihood.js';
import { addToTally, newTally, type Tally, tallySize } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import { type Detector, defineDetector, type Parts, type Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import type { ServiceLogins } from '../parts/logins.js';
import { BareLogins } from './bare-logins.js';
import {
  addContact,
  EVIDENCE_COLUMNS,
  type EvidenceTable,
  familiarityNats,
  type LoginClass,
  type LoginCounts,
  type LoginWeights,
  loginWeights,
  outcomeNats,
  retractFailure,
} from './login-evidence.js';
import { StuffingEpochs } from './stuffing-epoch.js';

const HOUR_MS = 3_600_000;
/** Logins are one request in twenty, and each is a contact of four kinds of key (reference 3.3). */
const UPDATES_PER_MILLION = 200_000;
/** Below six failing accounts no one is accused, whatever the numbers say (reference 5.1). */
const MIN_ACCOUNTS = 6;
/** More returning users than this make an address shared: only its single clients can be blamed (guard G3). */
const SHARED_USERS = 10;
/** A network or a kind of client is blamed only where at least this many of its addresses take part. */
const MIN_SOURCES = 3;
/**
 * An outage is excluded when this many others got in since the failures began, and no more of them failed: where half
 * of all logins fail, the first three to count are all successes in 1 of 8 cases only, and the tests' p₀ bears up to
 * six in ten failing.
 */
const OTHERS_OK = 3;
/** While familiarity or rates are young, two nats more are asked for (reference 8.5). */
const COLD_START_NATS = 2;
/** A source is tried for this long after its last request of the campaign before the campaign is over. */
const IDLE_MS = HOUR_MS / 2;
/** Distinct facts remembered of a key that is under suspicion but not accused. */
const NOTED = 64;

const Settings = z
  .object({
    enabled: z.boolean().default(true),
    /** Wanted false alarms per million requests of benign traffic. */
    falseAlarmsPerMillion: z.number().positive().max(1000).default(BUDGET_PER_TYPE),
    /** How long a finding is held where an outage of the login service would look the same. */
    holdMs: z.number().min(0).max(60_000).default(60_000),
  })
  .strict();

/** Whom the evidence is about; also the bit that marks an attempt as counted there. */
const SCOPES = ['source', 'client', 'prefix', 'software'] as const;
type Scope = (typeof SCOPES)[number];
const SCOPE_BIT: Readonly<Record<Scope, number>> = { source: 1, client: 2, prefix: 4, software: 8 };
/** Marks an attempt that was counted as one on an unfamiliar account. */
const COUNTED_NEW = 16;

/** What is remembered of a key that is under suspicion, to name names when it is accused. Short lists, for there are many. */
interface Note {
  firstMs: number;
  requests: number;
  readonly accounts: string[];
  readonly sources: string[];
  readonly routes: string[];
  /** Accounts that got in from where they never had. */
  readonly entered: string[];
}

interface StuffingData extends LoginCounts {
  scope: Scope;
  /** The address, network or client software as people write it. */
  offender: string;
  /** Distinct accounts tried. */
  accounts: Tally;
  threshold: number;
  failShare: number;
  failShareSize: number;
  failNewShare: number;
  weights: LoginWeights;
  mature: boolean;
  usualPerHour: number | null;
  usualSize: number;
  population: number;
  /** The service's successes and failures when the evidence began. */
  okBase: number;
  failBase: number;
}

/**
 * Credential stuffing: many accounts, each tried once or twice, nearly all failing.
 *
 * Listens to logins with an identifier and an outcome. Keeps, per address, per (address, client software) where the
 * address is shared, per network and per client software, how many distinct accounts failed and succeeded since the
 * evidence was last at zero. Fires when either of two sequential tests passes its threshold: B on outcomes, C on
 * outcomes and familiarity (see login-evidence.ts), with at least six accounts failing. An account that succeeds within
 * ten minutes takes its failure back. Held for a minute where an outage would look the same.
 */
class CredentialStuffing implements Detector {
  readonly #parts: Parts;
  readonly #threshold: number;
  readonly #holdMs: number;
  readonly #rows: EvidenceTable;
  readonly #notes = new Map<number, Note>();
  /** (network or software, account) within a day; the attempts table does this for addresses. */
  readonly #contacted: BloomGenerations;
  readonly #campaigns: Campaigns<StuffingData>;
  readonly #epochs: StuffingEpochs;
  readonly #bare: BareLogins;
  readonly #key = newKey();

  constructor(parts: Parts, settings: z.infer<typeof Settings>, room: Room) {
    this.#parts = parts;
    this.#threshold = thresholdFor(UPDATES_PER_MILLION, settings.falseAlarmsPerMillion);
    this.#holdMs = settings.holdMs;
    this.#rows = new KeyTable({ name: 'stuffing', maxKeys: room.keys, ttlMs: 24 * HOUR_MS, columns: EVIDENCE_COLUMNS });
    this.#rows.onRemove = (slot) => this.#notes.delete(slot);
    this.#contacted = new BloomGenerations({ keys: room.contacts, generations: 2, generationMs: 12 * HOUR_MS });
    this.#epochs = new StuffingEpochs(parts);
    this.#bare = new BareLogins(parts, { threshold: this.#threshold, holdMs: settings.holdMs, keys: room.keys });
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'credential_stuffing',
      idleMs: IDLE_MS,
      describe,
      confirm: (campaign, nowMs) => this.#confirm(campaign, nowMs),
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows, this.#bare.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { login } = facts;
    if (!login.active) return;
    if (!login.hasId) {
      this.#bare.observe(facts);
      return;
    }
    const kind = classOf(facts);
    for (const scope of SCOPES) {
      const campaign = this.#campaigns.get(facts.event.service, campaignKey(scope, facts));
      if (campaign !== undefined) {
        this.#continue(campaign, facts, kind);
        return;
      }
    }
    if (login.resolved >= 0) {
      this.#retract(facts);
      this.#epochs.resolved(facts);
    }
    if (login.contact === 'repeat') {
      this.#noteRepeat(facts);
      return;
    }
    const shared = this.#parts.population.users(facts) > SHARED_USERS;
    for (const scope of SCOPES) {
      if (scope === (shared ? 'source' : 'client')) continue;
      if (this.#weigh(scope, facts, kind)) return;
    }
    this.#epochs.observe(facts);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
    this.#epochs.tick(nowMs);
    this.#bare.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
    this.#epochs.flush(nowMs);
    this.#bare.flush(nowMs);
  }

  save(): unknown {
    return {
      rows: this.#rows.save(),
      notes: this.#notes,
      contacted: this.#contacted.save(),
      campaigns: this.#campaigns.save(),
      epochs: this.#epochs.save(),
      bare: this.#bare.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      rows: unknown;
      notes: Map<number, Note>;
      contacted: unknown;
      campaigns: unknown;
      epochs: unknown;
      bare: unknown;
    };
    this.#rows.load(from.rows);
    for (const [slot, note] of from.notes) this.#notes.set(slot, note);
    this.#contacted.load(from.contacted);
    this.#campaigns.load(from.campaigns);
    this.#epochs.load(from.epochs);
    this.#bare.load(from.bare);
  }

  /** Adds one first contact to one key. @returns whether the key is accused now */
  #weigh(scope: Scope, facts: Facts, kind: LoginClass): boolean {
    const { event, login, atMs } = facts;
    const key = scopeKey(scope, facts);
    const wide = scope === 'prefix' || scope === 'software';
    if (wide) {
      mixKeys(SCOPE_BIT[scope], key, login.id, this.#key);
      if (this.#contacted.add(this.#key, atMs)) return false;
    }
    const failed = kind === 'failedNew' || kind === 'failedFamiliar';
    let slot = this.#rows.find(key, atMs);
    // A key in good standing stays out of the table: its evidence is zero anyway.
    if (slot < 0 && !failed) return false;
    slot = this.#rows.open(key, atMs);
    const service = this.#parts.logins.services.of(event.service);
    if (this.#rows.fresh) {
      this.#rows.columns.okBase[slot] = service.okTotal;
      this.#rows.columns.failBase[slot] = service.failTotal;
    }
    const counts = this.#counts(slot);
    const mature = service.isMature;
    addContact(counts, kind, login.credit);
    const weights = loginWeights(service, atMs);
    const degraded = service.isDegraded(this.#parts.agenda.nowMs);
    // Client software alone is only judged by strangers failing: a broken release fails its own familiar users.
    const outcome = scope === 'software' || degraded ? 0 : outcomeNats(counts, weights);
    const familiarity = familiarityNats(counts, weights);
    if (outcome <= 0) counts.failed = counts.succeeded = 0;
    if (familiarity <= 0) counts.failedNew = counts.failedFamiliar = counts.okNew = counts.okFamiliar = 0;
    if (outcome <= 0 && familiarity <= 0 && !degraded) {
      this.#rows.remove(slot);
      return false;
    }
    this.#store(slot, counts);
    const nats = Math.max(outcome, mature ? familiarity : 0);
    this.#rows.suspicion[slot] = nats;
    if (failed) this.#mark(login.attempt, scope, kind);
    const note = this.#note(slot, facts);
    if (nats < this.#threshold + (mature ? 0 : COLD_START_NATS)) return false;
    if (Math.max(counts.failed, counts.failedNew + counts.failedFamiliar) < MIN_ACCOUNTS) return false;
    if (wide && note.sources.length < MIN_SOURCES) return false;
    this.#accuse({ scope, slot, counts, weights, note, facts });
    return true;
  }

  #accuse(accused: {
    scope: Scope;
    slot: number;
    counts: LoginCounts;
    weights: LoginWeights;
    note: Note;
    facts: Facts;
  }): void {
    const { scope, slot, counts, weights, note, facts } = accused;
    const { event, atMs } = facts;
    const service = this.#parts.logins.services.of(event.service);
    const mature = service.isMature;
    const usual = scope === 'source' ? this.#parts.population.loginsPerHour(facts, note.firstMs) : null;
    const data: StuffingData = {
      ...counts,
      scope,
      offender: offenderName(scope, facts),
      accounts: tallyOf(note.accounts),
      threshold: this.#threshold + (mature ? 0 : COLD_START_NATS),
      failShare: weights.failShare,
      failShareSize: service.failed.size,
      failNewShare: weights.failNewShare,
      weights,
      mature,
      usualPerHour: usual?.perHour ?? null,
      usualSize: usual?.logins ?? 0,
      population: this.#parts.population.users(facts),
      okBase: this.#rows.columns.okBase[slot]!,
      failBase: this.#rows.columns.failBase[slot]!,
    };
    const clear = this.#isNoOutage(data, service);
    const campaign = this.#campaigns.open({
      service: event.service,
      key: campaignKey(scope, facts),
      atMs,
      holdMs: clear || note.entered.length > 0 ? 0 : this.#holdMs,
      data,
    });
    campaign.firstMs = Math.min(note.firstMs, atMs);
    campaign.requests = note.requests;
    for (const name of note.sources) addToTally(campaign.sources, name);
    for (const name of note.routes) addToTally(campaign.routes, name);
    for (const name of note.accounts) addToTally(campaign.targets, `account:${name}`);
    for (const account of note.entered) noteCompromised(campaign, account);
    this.#rows.remove(slot);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** A login from a key that is already accused. */
  #continue(campaign: Campaign<StuffingData>, facts: Facts, kind: LoginClass): void {
    const { event, login, atMs } = facts;
    // People at the same address who log in as always are no part of it.
    if (login.knownPair) return;
    facts.tainted = true;
    noteRequest(campaign, event);
    addToTally(campaign.data.accounts, event.authIdentifier);
    addToTally(campaign.targets, `account:${event.authIdentifier}`);
    if (login.resolved >= 0) retractFailure(campaign.data, this.#takeMarks(login.resolved).kind);
    if (login.contact !== 'repeat') {
      addContact(campaign.data, kind, login.credit);
      if (!login.ok) this.#mark(login.attempt, campaign.data.scope, kind);
    }
    if (login.ok && login.resolved >= 0 && this.#nats(campaign.data) < this.#threshold / 2) {
      // Those who failed get in one after the other: people, not a list.
      this.#campaigns.withdraw(campaign, atMs);
      return;
    }
    const urgent = login.ok && noteCompromised(campaign, event.authIdentifier);
    if (campaign.heldUntilMs > 0) {
      if (this.#isNoOutage(campaign.data, this.#parts.logins.services.of(event.service))) {
        this.#campaigns.release(campaign, atMs);
        return;
      }
    }
    this.#campaigns.touch(campaign, atMs, urgent);
  }

  /** Whether an outage of the login service can be excluded at once: strangers fail, or others get in meanwhile. */
  #isNoOutage(data: StuffingData, service: ServiceLogins): boolean {
    if (data.mature && familiarityNats(data, data.weights) >= this.#threshold) return true;
    const othersOk = service.okTotal - data.okBase - data.succeeded;
    const othersFailed = Math.max(0, service.failTotal - data.failBase - data.failed);
    return othersOk >= OTHERS_OK && othersFailed <= othersOk;
  }

  /** A hold is over: still convincing with the failure share of the last minute? */
  #confirm(campaign: Campaign<StuffingData>, nowMs: number): boolean {
    const { data } = campaign;
    const service = this.#parts.logins.services.of(campaign.service);
    const weights = loginWeights(service, nowMs);
    data.weights = weights;
    data.failShare = weights.failShare;
    const outcome = service.isDegraded(nowMs) ? 0 : outcomeNats(data, weights);
    return Math.max(outcome, data.mature ? familiarityNats(data, weights) : 0) >= data.threshold;
  }

  #nats(data: StuffingData): number {
    return Math.max(outcomeNats(data, data.weights), data.mature ? familiarityNats(data, data.weights) : 0);
  }

  #mark(attempt: number, scope: Scope, kind: LoginClass): void {
    const { marks } = this.#parts.logins.attempts.columns;
    marks[attempt] = marks[attempt]! | SCOPE_BIT[scope] | (kind === 'failedNew' ? COUNTED_NEW : 0);
  }

  /** The scopes at which an attempt was counted, and as what; it counts nowhere from now on. */
  #takeMarks(attempt: number): { scopes: number; kind: 'failedNew' | 'failedFamiliar' } {
    const { marks } = this.#parts.logins.attempts.columns;
    const scopes = marks[attempt]!;
    marks[attempt] = 0;
    return { scopes, kind: (scopes & COUNTED_NEW) !== 0 ? 'failedNew' : 'failedFamiliar' };
  }

  /** A failure that was counted has resolved: what it added is taken back everywhere. */
  #retract(facts: Facts): void {
    const { login, atMs, event } = facts;
    const { scopes, kind } = this.#takeMarks(login.resolved);
    for (const scope of SCOPES) {
      if ((scopes & SCOPE_BIT[scope]) === 0) continue;
      const slot = this.#rows.find(scopeKey(scope, facts), atMs);
      if (slot < 0) continue;
      const counts = this.#counts(slot);
      retractFailure(counts, kind);
      this.#store(slot, counts);
      const note = this.#notes.get(slot);
      const at = note?.accounts.indexOf(event.authIdentifier) ?? -1;
      if (at >= 0) note!.accounts.splice(at, 1);
    }
  }

  #noteRepeat(facts: Facts): void {
    const { login, atMs } = facts;
    const marked = this.#parts.logins.attempts.columns.marks[login.attempt]!;
    if (marked === 0) return;
    for (const scope of SCOPES) {
      if ((marked & SCOPE_BIT[scope]) === 0) continue;
      const slot = this.#rows.find(scopeKey(scope, facts), atMs);
      if (slot >= 0) this.#note(slot, facts);
    }
  }

  #note(slot: number, facts: Facts): Note {
    const { event, login, atMs } = facts;
    let note = this.#notes.get(slot);
    if (note === undefined) {
      note = { firstMs: atMs, requests: 0, accounts: [], sources: [], routes: [], entered: [] };
      this.#notes.set(slot, note);
    }
    if (login.knownPair) return note;
    note.firstMs = Math.min(note.firstMs, atMs);
    note.requests++;
    noteName(note.sources, event.source);
    if (event.route !== '') noteName(note.routes, `${event.method} ${event.route}`);
    noteName(note.accounts, event.authIdentifier);
    if (login.ok) noteName(note.entered, event.authIdentifier);
    return note;
  }

  #counts(slot: number): LoginCounts {
    const { columns } = this.#rows;
    return {
      failed: columns.failed[slot]!,
      succeeded: columns.succeeded[slot]!,
      failedNew: columns.failedNew[slot]!,
      failedFamiliar: columns.failedFamiliar[slot]!,
      okNew: columns.okNew[slot]!,
      okFamiliar: columns.okFamiliar[slot]!,
    };
  }

  #store(slot: number, counts: LoginCounts): void {
    const { columns } = this.#rows;
    columns.failed[slot] = counts.failed;
    columns.succeeded[slot] = counts.succeeded;
    columns.failedNew[slot] = counts.failedNew;
    columns.failedFamiliar[slot] = counts.failedFamiliar;
    columns.okNew[slot] = counts.okNew;
    columns.okFamiliar[slot] = counts.okFamiliar;
  }
}

function noteName(names: string[], name: string): void {
  if (names.length < NOTED && !names.includes(name)) names.push(name);
}

function tallyOf(names: readonly string[]): Tally {
  const tally = newTally();
  for (const name of names) addToTally(tally, name);
  return tally;
}

function classOf(facts: Facts): LoginClass {
  const { login } = facts;
  if (login.ok) return login.familiar ? 'okFamiliar' : 'okNew';
  if (login.knownPair) return 'failedKnown';
  return login.familiar ? 'failedFamiliar' : 'failedNew';
}

function scopeKey(scope: Scope, facts: Facts): Key {
  switch (scope) {
    case 'source':
      return facts.source;
    case 'client':
      return facts.sourceClient;
    case 'prefix':
      return facts.prefix;
    case 'software':
      return facts.client;
  }
}

function campaignKey(scope: Scope, facts: Facts): string {
  switch (scope) {
    case 'source':
      return `source:${facts.address.label}`;
    case 'client':
      return `client:${facts.address.label} ${facts.clientName}`;
    case 'prefix':
      return `prefix:${facts.address.prefixLabel}`;
    case 'software':
      return `software:${facts.clientName}`;
  }
}

function offenderName(scope: Scope, facts: Facts): string {
  switch (scope) {
    case 'source':
      return facts.address.label;
    case 'client':
      return `one client at ${facts.address.label}`;
    case 'prefix':
      return facts.address.prefixLabel;
    case 'software':
      return 'one kind of client';
  }
}

function describe(campaign: Campaign<StuffingData>): Statement {
  const { data, compromised } = campaign;
  const accounts = tallySize(data.accounts);
  const failed = Math.max(data.failed, data.failedNew + data.failedFamiliar);
  const tried = failed + compromised.length;
  const outcome = outcomeNats(data, data.weights);
  const familiarity = data.mature ? familiarityNats(data, data.weights) : 0;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const sources = tallySize(campaign.sources);
  const from =
    data.scope === 'software' ? `${counted(sources, 'address', 'addresses')} with the same client` : data.offender;
  const share = tried === 0 ? 0 : failed / tried;
  const usual =
    data.usualPerHour === null
      ? data.scope === 'source'
        ? '; this address was not known here before'
        : ''
      : `; usual for this address: ${grouped(Math.round(data.usualPerHour * 10) / 10)} per hour`;
  const evidence: Evidence[] = [
    {
      name: 'accounts_tried',
      text: `${counted(accounts, 'account')} tried in ${duration(spanMs)}, ${percent(share)} failed${usual}`,
      observed: accounts,
      expected: data.usualPerHour === null ? null : (data.usualPerHour * spanMs) / HOUR_MS,
      unit: 'accounts',
      baseline: data.usualPerHour === null ? null : { of: 'source', size: data.usualSize },
      logLikelihood: null,
    },
    {
      name: 'first_attempts_failed',
      text: `${grouped(failed)} of ${counted(tried, 'first attempt')} failed; here ${percent(data.failShare)} usually do`,
      observed: share,
      expected: data.failShare,
      unit: 'share',
      baseline: data.failShareSize === 0 ? { of: 'prior', size: 0 } : { of: 'service', size: data.failShareSize },
      logLikelihood: outcome >= familiarity ? outcome : null,
    },
  ];
  if (data.mature) {
    evidence.push({
      name: 'unfamiliar_accounts_failed',
      text: `${grouped(data.failedNew)} of ${counted(failed, 'failing account')} had never logged in here`,
      observed: data.failedNew,
      expected: data.failNewShare * tried,
      unit: 'accounts',
      baseline: data.failShareSize === 0 ? { of: 'prior', size: 0 } : { of: 'service', size: data.failShareSize },
      logLikelihood: familiarity > outcome ? familiarity : null,
    });
  }
  if (data.population > 1) {
    evidence.push({
      name: 'returning_users',
      text: `about ${counted(data.population, 'returning user')} share this address`,
      observed: data.population,
      expected: null,
      unit: 'users',
      baseline: null,
      logLikelihood: null,
    });
  }
  if (compromised.length > 0) {
    evidence.push({
      name: 'accounts_entered',
      text: `${counted(compromised.length, 'account')} got in from an address new to ${compromised.length === 1 ? 'it' : 'them'}`,
      observed: compromised.length,
      expected: null,
      unit: 'accounts',
      baseline: null,
      logLikelihood: null,
    });
  }
  const entered = compromised.length === 0 ? 'None got in.' : `${counted(compromised.length, 'account')} got in.`;
  const discounts: Discount[] = data.mature
    ? []
    : [{ reason: 'cold_start', text: 'still learning which accounts are familiar here', points: 10 }];
  return {
    title: `Credential stuffing from ${from}`,
    summary: `${counted(accounts, 'account')} tried from ${from} in ${duration(spanMs)}, ${percent(share)} failed${usual}. ${entered}`,
    evidence,
    logLikelihood: Math.max(outcome, familiarity),
    threshold: data.threshold,
    units: accounts,
    outcome: compromised.length > 0 ? 'success' : 'none',
    discounts,
  };
}

export const credentialStuffing = defineDetector({
  type: 'credential_stuffing',
  settings: Settings,
  create: (parts, settings, room) => new CredentialStuffing(parts, settings, room),
});
