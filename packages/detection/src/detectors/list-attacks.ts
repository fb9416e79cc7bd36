import type { AlertType } from '@vedette/protocol';
import { BloomGenerations } from '../core/bloom.js';
import { type Campaign, Campaigns, HOLD_MS, noteCompromised, noteRequest, type Statement } from '../core/campaigns.js';
import { mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally, topOf } from '../core/tally.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import type { ServiceLogins } from '../parts/logins.js';
import { ACCUSED_SOURCES } from '../parts/suspects.js';
import { JoinedCampaigns } from './joined-campaigns.js';
import { absorb, type ListData, type Notes, newListData, newNote, noteOf } from './list-campaign.js';
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
import {
  COUNTED_NEW,
  campaignKey,
  classOf,
  isWide,
  offenderName,
  SCOPE_BIT,
  SCOPES,
  type Scope,
  scopeKey,
} from './login-scopes.js';
import { type ClassNats, dropPerson, isNamed, type Participant, participate } from './participants.js';

const HOUR_MS = 3_600_000;
/** Logins are one request in twenty, and each is a contact of four kinds of key (reference 3.3). */
const UPDATES_PER_MILLION = 200_000;
/** More returning users than this make an address or a network shared: only its single clients can be blamed (guard G3). */
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

/** What tells one kind of list attack from the other. */
export interface ListAttackOptions {
  readonly type: AlertType;
  /** Number under which its keys are owned (parts/suspects.ts). */
  readonly owner: number;
  /** Column of the attempts in which it marks what it counted. */
  readonly marks: 'marks' | 'sprayMarks';
  /** Below so many failing accounts no one is accused, whatever the numbers say. */
  readonly minAccounts: number;
  /** Evidence is remembered for so long after the key was last seen. */
  readonly memoryMs: number;
  /** Whether unfamiliar accounts speak for it (test C). */
  readonly usesFamiliarity: boolean;
  /** Failures with which the evidence against a key may begin. */
  readonly opensWith: (kind: LoginClass) => boolean;
  /** Whether what the outcomes show (test B) is its own kind of list. */
  readonly accepts: (counts: LoginCounts, isMature: boolean) => boolean;
  readonly classNats: ClassNats;
  readonly describe: (campaign: Campaign<ListData>) => Statement;
  readonly keys: number;
  readonly contacts: number;
}

/**
 * Lists of accounts tried one after the other, nearly all failing: the machinery of credential stuffing and of password
 * spraying, which differ in whose accounts are on the list.
 *
 * Listens to logins with an identifier and an outcome. Keeps, per address, per (address, client software) where the
 * address is shared, per network and per client software, how many distinct accounts failed and succeeded since the
 * evidence was last at zero. Fires when a sequential test passes its threshold: B on outcomes, C on outcomes and
 * familiarity (see login-evidence.ts). An account that succeeds within ten minutes takes its failure back. Held for a
 * minute where an outage would look the same.
 */
export class ListAttacks implements Part {
  readonly #parts: Parts;
  readonly #options: ListAttackOptions;
  readonly #threshold: Threshold;
  readonly #rows: EvidenceTable;
  readonly #notes: Notes = new Map();
  /** (network or software, account) within a day; the attempts table does this for addresses. */
  readonly #contacted: BloomGenerations;
  readonly #campaigns: Campaigns<ListData>;
  readonly #joined: JoinedCampaigns<ListData>;
  readonly #key = newKey();

  constructor(parts: Parts, options: ListAttackOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#threshold = parts.sensitivity.threshold(options.type, UPDATES_PER_MILLION);
    this.#rows = new KeyTable({
      name: options.type,
      maxKeys: options.keys,
      ttlMs: options.memoryMs,
      columns: EVIDENCE_COLUMNS,
    });
    this.#rows.onRemove = (slot) => this.#notes.delete(slot);
    this.#contacted = new BloomGenerations({ keys: options.contacts, generations: 2, generationMs: 12 * HOUR_MS });
    this.#campaigns = new Campaigns(parts.agenda, {
      type: options.type,
      idleMs: IDLE_MS,
      describe: options.describe,
      confirm: (campaign, nowMs) => this.#confirm(campaign, nowMs),
      confirmed: (campaign, nowMs) => {
        if (!campaign.data.told) this.#tellTakeovers(campaign, nowMs);
      },
      closed: (campaign) => this.#joined.forget(campaign),
    });
    this.#joined = new JoinedCampaigns(this.#campaigns);
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows] as unknown as readonly KeyTable<never>[];
  }

  /** @returns whether the login belongs to a campaign, or to somebody else's, and is nothing that others should count */
  observe(facts: Facts): boolean {
    const { login } = facts;
    const kind = classOf(facts);
    if (!this.#joined.isEmpty) {
      for (const scope of SCOPES) {
        const campaign = this.#joined.get(facts.event.service, campaignKey(scope, facts));
        if (campaign !== undefined) {
          this.#continue(campaign, scope, facts, kind);
          return true;
        }
      }
    }
    const owner = this.#parts.suspects.owner(facts);
    if (owner !== 0 && owner !== this.#options.owner) return true;
    if (login.resolved >= 0) this.#retract(facts);
    if (login.contact === 'repeat') {
      this.#noteRepeat(facts);
      return false;
    }
    const shared = this.#parts.population.users(facts) > SHARED_USERS;
    // A carrier's network is a crowd as well: its addresses and clients are judged one by one.
    const isCrowd = this.#parts.population.usersOfNetwork(facts) > SHARED_USERS;
    for (const scope of SCOPES) {
      if (scope === (shared ? 'source' : 'client') || (isCrowd && scope === 'prefix')) continue;
      if (this.#weigh(scope, facts, kind)) return true;
    }
    return false;
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return {
      rows: this.#rows.save(),
      notes: this.#notes,
      contacted: this.#contacted.save(),
      campaigns: this.#campaigns.save(),
      joined: this.#joined.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as { rows: unknown; notes: Notes; contacted: unknown; campaigns: unknown; joined: unknown };
    this.#rows.load(from.rows);
    this.#notes.clear();
    for (const [slot, note] of from.notes) this.#notes.set(slot, note);
    this.#contacted.load(from.contacted);
    this.#campaigns.load(from.campaigns);
    this.#joined.load(from.joined);
  }

  /** Adds one first contact to one key. @returns whether the key is accused now */
  #weigh(scope: Scope, facts: Facts, kind: LoginClass): boolean {
    const { event, login, atMs } = facts;
    const key = scopeKey(scope, facts);
    if (isWide(scope)) {
      mixKeys(SCOPE_BIT[scope], key, login.id, this.#key);
      if (this.#contacted.add(this.#key, atMs)) return false;
    }
    const failed = kind === 'failedNew' || kind === 'failedFamiliar';
    let slot = this.#rows.find(key, atMs);
    // A key in good standing stays out of the table: its evidence is zero anyway.
    if (slot < 0 && !this.#options.opensWith(kind)) return false;
    slot = this.#rows.open(key, atMs);
    const service = this.#parts.logins.services.of(event.service);
    if (this.#rows.fresh) {
      this.#rows.columns.okBase[slot] = service.okTotal;
      this.#rows.columns.failBase[slot] = service.failTotal;
    }
    const counts = this.#counts(slot);
    const mature = service.isMature;
    // With one kind of client its owners' failures at home argue for a broken release as much as successes do.
    if (scope === 'software' && kind === 'failedKnown' && !this.#options.usesFamiliarity) counts.succeeded++;
    addContact(counts, kind, login.credit);
    const weights = loginWeights(service, atMs);
    const degraded = service.isDegraded(this.#parts.agenda.nowMs);
    // Strangers failing with one kind of client are judged by test C: a broken release fails its own familiar users.
    const isBlind = degraded || (scope === 'software' && this.#options.usesFamiliarity);
    const outcome = isBlind ? 0 : outcomeNats(counts, weights);
    const familiarity = this.#options.usesFamiliarity ? familiarityNats(counts, weights) : 0;
    if (outcome <= 0) counts.failed = counts.failedExisting = counts.succeeded = 0;
    if (familiarity <= 0) counts.failedNew = counts.failedFamiliar = counts.okNew = counts.okFamiliar = 0;
    if (outcome <= 0 && familiarity <= 0 && !degraded) {
      this.#rows.remove(slot);
      return false;
    }
    this.#store(slot, counts);
    const accepted = this.#options.accepts(counts, mature) ? outcome : 0;
    const nats = Math.max(accepted, mature ? familiarity : 0);
    this.#rows.suspicion[slot] = Math.max(nats, outcome);
    const threshold = this.#threshold.of(event.service);
    if (!isWide(scope) && nats >= threshold / 2) this.#parts.suspects.note(key, nats, atMs);
    if (failed) this.#mark(login.attempt, scope, kind);
    noteOf(this.#notes, slot, facts, this.#evidenceFor(scope, facts, kind));
    if (nats < threshold + (mature ? 0 : COLD_START_NATS)) return false;
    if (Math.max(counts.failed, counts.failedNew + counts.failedFamiliar) < this.#options.minAccounts) return false;
    if (isWide(scope) && this.#notes.get(slot)!.participants.size < MIN_SOURCES) return false;
    this.#accuse(scope, slot, facts);
    return true;
  }

  #accuse(scope: Scope, slot: number, facts: Facts): void {
    const { event, atMs } = facts;
    const service = this.#parts.logins.services.of(event.service);
    const note = this.#notes.get(slot) ?? newNote(atMs);
    const data = newListData(this.#parts, facts, {
      scope,
      counts: this.#counts(slot),
      threshold: this.#threshold.of(event.service) + (service.isMature ? 0 : COLD_START_NATS),
      okBase: this.#rows.columns.okBase[slot]!,
      failBase: this.#rows.columns.failBase[slot]!,
      firstMs: note.firstMs,
    });
    const key = campaignKey(scope, facts);
    const offender = offenderName(scope, facts);
    let campaign = this.#joined.home(event.service, { firstMs: note.firstMs, atMs, requests: note.requests });
    if (campaign === undefined) {
      campaign = this.#campaigns.open({
        service: event.service,
        key,
        atMs,
        holdMs: this.#isNoOutage(data, service) || note.entered > 0 ? 0 : HOLD_MS,
        data,
      });
    } else {
      this.#joined.join(campaign, key);
      absorb(campaign.data, data);
    }
    campaign.data.offenders.push(offender);
    campaign.firstMs = Math.min(note.firstMs, campaign.firstMs, atMs);
    for (const name of note.routes) addToTally(campaign.routes, name);
    if (isWide(scope)) this.#adopt(campaign, note.participants);
    else this.#adoptAll(campaign, note.participants);
    this.#rows.remove(slot);
    facts.tainted = true;
    this.#parts.suspects.own(scopeKey(scope, facts), this.#options.owner, atMs);
    this.#campaigns.touch(campaign, atMs, true);
    this.#tellTakeovers(campaign, atMs);
  }

  /** Those of a network or software who are likely enough take part. */
  #adopt(campaign: Campaign<ListData>, participants: Map<string, Participant>): void {
    const { data } = campaign;
    for (const [source, one] of participants) {
      data.participants.set(source, one);
      if (isNamed(one, shareOf(data))) this.#nameSource(campaign, source, one);
    }
  }

  /** An accused address is one participant, and certain. */
  #adoptAll(campaign: Campaign<ListData>, participants: Map<string, Participant>): void {
    for (const [source, one] of participants) this.#nameSource(campaign, source, one);
  }

  #nameSource(campaign: Campaign<ListData>, source: string, one: Participant): void {
    one.named = true;
    campaign.requests += one.requests;
    addToTally(campaign.sources, source, one.requests);
    for (const account of one.accounts) {
      addToTally(campaign.data.accounts, account);
      addToTally(campaign.targets, `account:${account}`);
    }
    for (const account of one.entered) noteCompromised(campaign, account);
  }

  /** A login from a key that is already accused. */
  #continue(campaign: Campaign<ListData>, scope: Scope, facts: Facts, kind: LoginClass): void {
    const { event, login, atMs } = facts;
    const { data } = campaign;
    if (login.contact === 'first' && login.ok && login.knownPair) data.others++;
    // People at the same address who log in as always are no part of it.
    if (login.knownPair) return;
    this.#parts.suspects.own(scopeKey(scope, facts), this.#options.owner, atMs);
    if (login.resolved >= 0) retractFailure(data, this.#takeMarks(login.resolved).kind);
    if (login.contact !== 'repeat') {
      addContact(data, kind, login.credit);
      if (!login.ok) this.#mark(login.attempt, scope, kind);
    }
    if (login.ok && login.resolved >= 0 && this.#nats(data) < data.threshold / 2) {
      // Those who failed get in one after the other: people, not a list.
      this.#campaigns.withdraw(campaign, atMs);
      this.#takeBack(campaign, atMs);
      return;
    }
    let urgent = false;
    let isNewcomer = false;
    if (isWide(scope)) {
      if (login.ok && login.resolved >= 0 && dropPerson(data.participants, event.source)) {
        // One account that failed and got in: a person who shares the network or the client.
        if (campaign.sources.counts.delete(event.source)) this.#campaigns.touch(campaign, campaign.lastMs);
        return;
      }
      const one = participate(data.participants, facts, this.#evidenceFor(scope, facts, kind));
      if (one === undefined || (!one.named && !isNamed(one, shareOf(data)))) return;
      if (!one.named) {
        const before = campaign.compromised.length;
        this.#nameSource(campaign, event.source, one);
        isNewcomer = true;
        urgent = campaign.compromised.length > before;
      } else noteRequest(campaign, event);
    } else noteRequest(campaign, event);
    facts.tainted = true;
    addToTally(data.accounts, event.authIdentifier);
    addToTally(campaign.targets, `account:${event.authIdentifier}`);
    if (login.ok) urgent = noteCompromised(campaign, event.authIdentifier) || urgent;
    const { told } = data;
    if (campaign.heldUntilMs > 0 && this.#isNoOutage(data, this.#parts.logins.services.of(event.service))) {
      this.#campaigns.release(campaign, atMs);
    } else this.#campaigns.touch(campaign, atMs, urgent);
    if (!told || login.ok || isNewcomer) this.#tellTakeovers(campaign, atMs, event.source);
  }

  /** Whoever looks for takeovers is told who takes part: of everyone once, then of those who matter. */
  #tellTakeovers(campaign: Campaign<ListData>, atMs: number, source?: string): void {
    const { data } = campaign;
    if (campaign.heldUntilMs > 0) return;
    const isFirst = !data.told;
    data.told = true;
    this.#parts.suspects.accuse({
      type: this.#options.type,
      service: campaign.service,
      campaignKey: campaign.key,
      sources: isFirst || source === undefined ? topOf(campaign.sources, ACCUSED_SOURCES) : [source],
      clientName: data.clientName,
      account: null,
      firstMs: campaign.firstMs,
      atMs,
      nats: this.#nats(data),
      threshold: data.threshold,
    });
  }

  #takeBack(campaign: Campaign<ListData>, atMs: number): void {
    this.#parts.suspects.accuse({
      type: this.#options.type,
      service: campaign.service,
      campaignKey: campaign.key,
      sources: [],
      clientName: null,
      account: null,
      firstMs: campaign.firstMs,
      atMs,
      nats: 0,
      threshold: campaign.data.threshold,
      withdrawn: true,
    });
  }

  #evidenceFor(
    scope: Scope,
    facts: Facts,
    kind: LoginClass,
  ): { nats: number; past: { firstMs: number } | null; users: number } {
    const isEvidence = facts.login.contact !== 'repeat';
    const nats = isEvidence && isWide(scope) ? this.#options.classNats[kind] : 0;
    const { population } = this.#parts;
    return { nats, past: population.seenBefore(facts), users: population.users(facts) };
  }

  /** Whether an outage of the login service can be excluded at once: strangers fail, or others get in meanwhile. */
  #isNoOutage(data: ListData, service: ServiceLogins): boolean {
    if (this.#familiarity(data) >= data.threshold) return true;
    const othersOk = service.okTotal - data.okBase - data.succeeded;
    const othersFailed = Math.max(0, service.failTotal - data.failBase - data.failed);
    return othersOk >= OTHERS_OK && othersFailed <= othersOk;
  }

  /** A hold is over: still convincing with the failure share of the last minute? */
  #confirm(campaign: Campaign<ListData>, nowMs: number): boolean {
    const { data } = campaign;
    const service = this.#parts.logins.services.of(campaign.service);
    const weights = loginWeights(service, nowMs);
    data.weights = weights;
    data.failShare = weights.failShare;
    const outcome = service.isDegraded(nowMs) ? 0 : outcomeNats(data, weights);
    return Math.max(outcome, this.#familiarity(data)) >= data.threshold;
  }

  #nats(data: ListData): number {
    return Math.max(outcomeNats(data, data.weights), this.#familiarity(data));
  }

  #familiarity(data: ListData): number {
    return data.mature && this.#options.usesFamiliarity ? familiarityNats(data, data.weights) : 0;
  }

  #mark(attempt: number, scope: Scope, kind: LoginClass): void {
    const marks = this.#parts.logins.attempts.columns[this.#options.marks];
    marks[attempt] = marks[attempt]! | SCOPE_BIT[scope] | (kind === 'failedNew' ? COUNTED_NEW : 0);
  }

  /** The scopes at which an attempt was counted, and as what; it counts nowhere from now on. */
  #takeMarks(attempt: number): { scopes: number; kind: 'failedNew' | 'failedFamiliar' } {
    const marks = this.#parts.logins.attempts.columns[this.#options.marks];
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
      const accounts = this.#notes.get(slot)?.participants.get(event.source)?.accounts;
      const at = accounts?.indexOf(event.authIdentifier) ?? -1;
      if (at >= 0) accounts!.splice(at, 1);
    }
  }

  #noteRepeat(facts: Facts): void {
    const { login, atMs } = facts;
    const marked = this.#parts.logins.attempts.columns[this.#options.marks][login.attempt]!;
    if (marked === 0) return;
    for (const scope of SCOPES) {
      if ((marked & SCOPE_BIT[scope]) === 0) continue;
      const slot = this.#rows.find(scopeKey(scope, facts), atMs);
      if (slot >= 0) noteOf(this.#notes, slot, facts, this.#evidenceFor(scope, facts, classOf(facts)));
    }
  }

  #counts(slot: number): LoginCounts {
    const { columns } = this.#rows;
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

  #store(slot: number, counts: LoginCounts): void {
    const { columns } = this.#rows;
    columns.failed[slot] = counts.failed;
    columns.failedExisting[slot] = counts.failedExisting;
    columns.succeeded[slot] = counts.succeeded;
    columns.failedNew[slot] = counts.failedNew;
    columns.failedFamiliar[slot] = counts.failedFamiliar;
    columns.okNew[slot] = counts.okNew;
    columns.okFamiliar[slot] = counts.okFamiliar;
  }
}

/** Share of the logins of an accused network or software that fail: so much of it is the campaign. */
function shareOf(data: ListData): number {
  const failed = Math.max(data.failed, data.failedNew + data.failedFamiliar);
  return failed / Math.max(1, failed + Math.max(data.succeeded, data.okNew + data.okFamiliar) + data.others);
}
