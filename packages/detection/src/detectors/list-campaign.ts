import { newTally, type Tally } from '../core/tally.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import type { Since } from './key-evidence.js';
import type { ListType } from './list-naming.js';
import { type LoginClass, type LoginCounts, type LoginWeights, loginWeights } from './login-evidence.js';
import type { Scope } from './login-scopes.js';
import { type Participants, type Past, participate } from './participants.js';

/** Routes and clients remembered of a key that is under suspicion. */
const ROUTES = 8;
const CLIENTS = 8;

/** What is remembered of a key that is under suspicion, to name names when it is accused. Short lists, for there are many. */
export interface Note {
  firstMs: number;
  requests: number;
  /** Logins that got in from where they never had. */
  entered: number;
  readonly routes: string[];
  readonly clients: string[];
  readonly participants: Participants;
}

/** Notes by row of evidence. */
export type Notes = Map<number, Note>;

/** What the test of the whole service found, where that is how the campaign was noticed. */
export interface EpochNumbers {
  /** Failures beyond those expected. */
  excess: number;
  unresolved: number;
  expected: number;
  contacts: number;
  nats: number;
  threshold: number;
  /** Expected share of unresolved strange contacts. */
  usual: number;
  usualSize: number;
}

export interface ListData extends LoginCounts {
  readonly type: ListType;
  /** Scope with which the campaign began. */
  readonly scope: Scope | 'service';
  /** The addresses, networks or client software that were accused, as people write them. */
  readonly offenders: string[];
  /** Client software of those who were accused. */
  readonly clients: string[];
  /** Distinct accounts tried. */
  readonly accounts: Tally;
  threshold: number;
  failShare: number;
  readonly failShareSize: number;
  readonly failNewShare: number;
  weights: LoginWeights;
  readonly mature: boolean;
  readonly usualPerHour: number | null;
  readonly usualSize: number;
  readonly population: number;
  /** The service when the evidence began. */
  readonly since: Since;
  /** Sources of accused networks and software, named or not. */
  readonly participants: Participants;
  /** People with an accused network or software who logged in as always. */
  others: number;
  /** Client software to which the campaign is confined at a shared address, or `null`. */
  clientName: string | null;
  /** The detector of takeovers knows of it. */
  told: boolean;
  epoch: EpochNumbers | null;
}

function newNote(atMs: number): Note {
  return { firstMs: atMs, requests: 0, entered: 0, routes: [], clients: [], participants: new Map() };
}

/** Remembers one login of a key that is under suspicion. People who are at home there are not remembered. */
export function noteLogin(
  notes: Notes,
  slot: number,
  facts: Facts,
  evidence: { readonly kind: LoginClass | null; readonly past: Past },
): void {
  const { login, atMs } = facts;
  let note = notes.get(slot);
  if (note === undefined) {
    note = newNote(atMs);
    notes.set(slot, note);
  }
  if (login.knownPair) return;
  note.firstMs = Math.min(note.firstMs, atMs);
  note.requests++;
  if (login.ok) note.entered++;
  addName(note.routes, routeOf(facts), ROUTES);
  addName(note.clients, facts.clientName, CLIENTS);
  participate(note.participants, facts, evidence.kind, evidence.past);
}

export function routeOf(facts: Facts): string {
  return facts.event.route === '' ? '' : `${facts.event.method} ${facts.event.route}`;
}

export function addName(names: string[], name: string, most: number): void {
  if (name !== '' && names.length < most && !names.includes(name)) names.push(name);
}

export function newListData(
  parts: Parts,
  facts: Facts,
  start: {
    readonly type: ListType;
    readonly scope: Scope | 'service';
    readonly counts: LoginCounts;
    readonly threshold: number;
    readonly since: Since;
    readonly firstMs: number;
    readonly epoch: EpochNumbers | null;
  },
): ListData {
  const service = parts.logins.services.of(facts.event.service);
  const weights = loginWeights(service, facts.atMs);
  const usual = start.scope === 'source' ? parts.population.loginsPerHour(facts, start.firstMs) : null;
  return {
    ...start.counts,
    type: start.type,
    scope: start.scope,
    offenders: [],
    clients: [],
    accounts: newTally(),
    threshold: start.threshold,
    failShare: weights.failShare,
    failShareSize: service.failed.size,
    failNewShare: weights.failNewShare,
    weights,
    mature: service.isMature,
    usualPerHour: usual?.perHour ?? null,
    usualSize: usual?.logins ?? 0,
    population: start.scope === 'service' ? 0 : parts.population.users(facts),
    since: start.since,
    participants: new Map(),
    others: 0,
    clientName: start.scope === 'client' ? facts.clientName : null,
    told: false,
    epoch: start.epoch,
  };
}

/** A key that acts alike joins a campaign: their evidence, of different attempts, adds up. */
export function absorb(data: ListData, other: ListData): void {
  if (data.clientName !== other.clientName) data.clientName = null;
  data.failed += other.failed;
  data.failedExisting += other.failedExisting;
  data.succeeded += other.succeeded;
  data.failedNew += other.failedNew;
  data.failedFamiliar += other.failedFamiliar;
  data.okNew += other.okNew;
  data.okFamiliar += other.okFamiliar;
  data.epoch ??= other.epoch;
}

/** Share of the logins of an accused network or software that fail: so much of it is the campaign. */
export function shareOf(data: ListData): number {
  const failed = Math.max(data.failed, data.failedNew + data.failedFamiliar);
  return failed / Math.max(1, failed + Math.max(data.succeeded, data.okNew + data.okFamiliar) + data.others);
}
