import { newTally, type Tally } from '../core/tally.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { type LoginCounts, type LoginWeights, loginWeights } from './login-evidence.js';
import type { Scope } from './login-scopes.js';
import { type Participants, participate } from './participants.js';

/** Routes remembered of a key that is under suspicion. */
const ROUTES = 8;

/** What is remembered of a key that is under suspicion, to name names when it is accused. Short lists, for there are many. */
interface Note {
  firstMs: number;
  requests: number;
  /** Logins that got in from where they never had. */
  entered: number;
  readonly routes: string[];
  readonly participants: Participants;
}

/** Notes by row of evidence. */
export type Notes = Map<number, Note>;

export interface ListData extends LoginCounts {
  /** Scope with which the campaign began. */
  readonly scope: Scope;
  /** The addresses, networks or client software that were accused, as people write them. */
  readonly offenders: string[];
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
  /** The service's successes and failures when the evidence began. */
  readonly okBase: number;
  readonly failBase: number;
  /** Sources of accused networks and software, named or not. */
  readonly participants: Participants;
  /** People with an accused network or software who logged in as always. */
  others: number;
  /** Client software to which the campaign is confined at a shared address, or `null`. */
  clientName: string | null;
  /** The detector of takeovers knows of it. */
  told: boolean;
}

export function newNote(atMs: number): Note {
  return { firstMs: atMs, requests: 0, entered: 0, routes: [], participants: new Map() };
}

/** Remembers one login of a key that is under suspicion. People who are at home there are not remembered. */
export function noteOf(notes: Notes, slot: number, facts: Facts, evidence: Parameters<typeof participate>[2]): void {
  const { event, login, atMs } = facts;
  let note = notes.get(slot);
  if (note === undefined) {
    note = newNote(atMs);
    notes.set(slot, note);
  }
  if (login.knownPair) return;
  note.firstMs = Math.min(note.firstMs, atMs);
  note.requests++;
  if (login.ok) note.entered++;
  const route = event.route === '' ? '' : `${event.method} ${event.route}`;
  if (route !== '' && note.routes.length < ROUTES && !note.routes.includes(route)) note.routes.push(route);
  participate(note.participants, facts, evidence);
}

export function newListData(
  parts: Parts,
  facts: Facts,
  start: {
    readonly scope: Scope;
    readonly counts: LoginCounts;
    readonly threshold: number;
    readonly okBase: number;
    readonly failBase: number;
    readonly firstMs: number;
  },
): ListData {
  const service = parts.logins.services.of(facts.event.service);
  const weights = loginWeights(service, facts.atMs);
  const usual = start.scope === 'source' ? parts.population.loginsPerHour(facts, start.firstMs) : null;
  return {
    ...start.counts,
    scope: start.scope,
    offenders: [],
    accounts: newTally(),
    threshold: start.threshold,
    failShare: weights.failShare,
    failShareSize: service.failed.size,
    failNewShare: weights.failNewShare,
    weights,
    mature: service.isMature,
    usualPerHour: usual?.perHour ?? null,
    usualSize: usual?.logins ?? 0,
    population: parts.population.users(facts),
    okBase: start.okBase,
    failBase: start.failBase,
    participants: new Map(),
    others: 0,
    clientName: start.scope === 'client' ? facts.clientName : null,
    told: false,
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
}
