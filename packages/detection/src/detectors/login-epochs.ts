import { clamp, nats } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import type { Threshold } from '../core/sensitivity.js';
import type { Parts } from '../detector.js';
import { RESOLVE_MS } from '../parts/attempts.js';
import type { Facts } from '../parts/facts.js';
import { isStrange } from '../parts/logins.js';
import type { ServiceLogins } from '../parts/service-logins.js';
import {
  clearEpochTest,
  countStrange,
  type EpochTest,
  explainStrange,
  lastBurst,
  newEpochTest,
  REMEMBERED,
  type Strange,
  takeBackStrange,
} from './epoch-test.js';
import { routeOf } from './list-campaign.js';
import { isRare, type LoginClients, learnClient, newLoginClients, usualShare } from './login-clients.js';
import { countVolume, isSurge, newVolume, type StrangeVolume, surplusOf, surplusShare } from './strange-volume.js';

const HOUR_MS = 3_600_000;
/** No epoch below so many sources, and failures more than usual (reference 5.1 and 6: ten sources; excess: see docs). */
const MIN_SOURCES = 10;
const MIN_EXCESS = 20;
/** Logins are one request in twenty (reference 3.3), each an update of two copies; the early one asks for half again. */
const UPDATES_PER_MILLION = 200_000;
const EARLY_FACTOR = 1.5;
/** While familiarity is young, as for single sources. */
const COLD_START_NATS = 2;
/** Within a minute half of those whom an outage keeps out try again, at the least; of a list's attempts three in a hundred. */
const AGAIN_MS = 60_000;
const TRIES_ONCE_NATS = nats(0.97, 0.5);
const TRIES_AGAIN_NATS = nats(0.03, 0.5);
/** Outages are rare: odds of 150 to one exclude one. */
const NO_OUTAGE_NATS = 5;
/** Posterior from which a source is named, and from which its attempts are no longer learned from. */
export const NAMED = 0.9;
export const SUSPECT = 0.5;
/**
 * Share of an attack's sources that are new here and show no page before the login; benign shares are learned from strangers
 * who get in. Whoever mistypes a name often does it at home, so a known source argues for a person by the factor of the
 * reference at least (6.3), and a page before the login by the half of it.
 */
const ATTACK_IS_NEW = 0.95;
const ATTACK_HAS_NO_PAGE = 0.95;
const MOST = { known: 1 / 4, hadPage: 1 / 2 } as const;
const CLIENT_MOST = 50;
/** Of an attack's attempts so many get in (published 0.1 to 2 %). */
const HIT_SHARE = 0.005;
/** Failures over which their share among the strange contacts is averaged, as of now. */
const RECENT_CONTACTS = 30;

interface Epoch {
  early: EpochTest;
  late: EpochTest;
  /** Strange contacts that are not ten minutes old, in order. */
  waiting: Strange[];
  readonly clients: LoginClients;
  readonly volume: StrangeVolume;
  /** Share of failures among strange contacts, as of now. */
  failing: number;
}

/** A strange contact after ten minutes: it has not got in, and it was tried again. */
interface Settled {
  readonly atMs: number;
  readonly failed: boolean;
  readonly again: boolean;
}

/** The test of a whole service passed. */
export interface EpochFound {
  readonly test: EpochTest;
  /** The failures of which it is made. */
  readonly attempts: readonly Strange[];
  readonly nats: number;
  readonly threshold: number;
  readonly usualSize: number;
}

/**
 * Distributed stuffing and spraying: thousands of sources with one to three attempts each, none of them conspicuous.
 *
 * Looks, for the whole service, at first contacts of strangers: accounts that never logged in here, and owners with a
 * network and a client both new to them. Some of those fail and do not get in within ten minutes; when many more do than
 * usual, while people at home get in as always or more come than in the busiest hour, it is a campaign. One copy of the
 * test looks at once and asks for more evidence, one looks ten minutes later.
 */
export class LoginEpochs implements Part {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #isOn: boolean;
  readonly #isCareful: boolean;
  readonly #epochs = new Map<string, Epoch>();

  readonly #settled: (service: string, contact: Settled) => void;

  /** @param settled told of contacts that are ten minutes old, while no campaign is open */
  constructor(parts: Parts, settled: (service: string, contact: Settled) => void = () => {}) {
    this.#parts = parts;
    this.#settled = settled;
    this.#threshold = parts.sensitivity.threshold('credential_stuffing', UPDATES_PER_MILLION);
    this.#isOn = !parts.without.has('epochs');
    this.#isCareful = !parts.without.has('cold_start');
  }

  /** One first contact that no narrower key explains. @param isOpen whether a campaign of the service is open */
  observe(facts: Facts, isOpen: boolean): EpochFound | null {
    const { event, login, atMs } = facts;
    if (login.contact !== 'first' || !this.#isOn) return null;
    const epoch = this.#epoch(event.service);
    // An attack's client is not among those of people who get in.
    if (login.ok && !isOpen) learnClient(epoch.clients, facts.clientName);
    if (!isStrange(login)) return null;
    const service = this.#parts.logins.services.of(event.service);
    const found = this.#carryOver(epoch, event.service, isOpen);
    const one = this.strange(facts);
    countVolume(epoch.volume, atMs, !one.ok, !isOpen && !facts.tainted);
    epoch.failing += ((one.ok ? 0 : 1) - epoch.failing) / RECENT_CONTACTS;
    if (epoch.waiting.length < REMEMBERED * 8) epoch.waiting.push(one);
    if (isOpen) return null;
    countStrange(epoch.early, one, !one.ok, service.strangeFailed.rate);
    return found ?? this.#judge(epoch, epoch.early, service, this.#threshold.of(event.service) * EARLY_FACTOR, atMs);
  }

  /** A failure resolved: it was a person. */
  resolved(facts: Facts): void {
    const epoch = this.#epochs.get(facts.event.service);
    if (epoch !== undefined)
      takeBackStrange(epoch.early, facts.event.source, facts.event.authIdentifier || facts.event.source);
  }

  /** What is remembered of a strange contact. */
  strange(facts: Facts): Strange {
    const { event, login, atMs } = facts;
    const before = this.#parts.population.seenBefore(facts);
    const { home } = this.#parts.logins.services.of(event.service);
    return {
      atMs,
      ok: login.ok,
      source: event.source,
      label: facts.address.label,
      // Where accounts are not visible each address is one contact.
      account: login.hasId ? event.authIdentifier : event.source,
      familiar: login.familiar,
      clientName: facts.clientName,
      isNew: before === null || atMs - before.firstMs < 24 * HOUR_MS,
      hadPage: before !== null,
      route: routeOf(facts),
      prefixKey: { ...facts.prefix },
      softwareKey: { ...facts.client },
      key: this.#parts.logins.attempts.keyOf(facts),
      home: { ...home },
    };
  }

  /** Share of the failures of strangers at the moment that are more than usual. */
  shareNow(service: string, atMs: number): number {
    const epoch = this.#epochs.get(service);
    if (epoch === undefined) return 0;
    const usual = clamp(this.#parts.logins.services.of(service).strangeFailed.rate, 0.1, 0.9);
    return Math.min(surplusOf(epoch.failing, usual), surplusShare(epoch.volume, atMs));
  }

  /** How likely a strange contact belongs to the campaign that makes up `share` of the failures. */
  posterior(service: string, one: Strange, share: number): number {
    const epoch = this.#epoch(service);
    const rates = this.#parts.logins.services.of(service);
    const attack = Math.min(0.95, Math.max(0.05, share));
    let odds = attack / (1 - attack);
    if (one.ok) {
      // Of the campaign's attempts few get in, of other people's most.
      const usual = clamp(rates.strangeFailed.rate, 0.1, 0.9);
      odds *= (HIT_SHARE * usual) / (1 - usual);
    }
    const isNew = clamp(rates.newSource.rate, 0.05, 0.95);
    const noPage = clamp(rates.noPage.rate, 0.05, 0.95);
    odds *= one.isNew ? ATTACK_IS_NEW / isNew : Math.min(MOST.known, (1 - ATTACK_IS_NEW) / (1 - isNew));
    odds *= one.hadPage ? Math.min(MOST.hadPage, (1 - ATTACK_HAS_NO_PAGE) / (1 - noPage)) : ATTACK_HAS_NO_PAGE / noPage;
    odds *= Math.min(CLIENT_MOST, Math.max(1, attack / usualShare(epoch.clients, one.clientName) / 10));
    return odds / (1 + odds);
  }

  /** Whether few people use a client software. */
  isRare(service: string, client: string): boolean {
    const epoch = this.#epochs.get(service);
    return epoch !== undefined && isRare(epoch.clients, client);
  }

  /** What these sources did is explained by a campaign. */
  explain(service: string, sources: { has(source: string): boolean }): void {
    const epoch = this.#epochs.get(service);
    if (epoch === undefined) return;
    const isExplained = (one: Strange): boolean => sources.has(one.source);
    explainStrange(epoch.early, isExplained);
    explainStrange(epoch.late, isExplained);
    epoch.waiting = epoch.waiting.filter((one) => !isExplained(one));
  }

  /** What led to a campaign of the whole service is explained. */
  clear(service: string): void {
    const epoch = this.#epochs.get(service);
    if (epoch === undefined) return;
    clearEpochTest(epoch.early);
    clearEpochTest(epoch.late);
  }

  /** People who got in with a client software. */
  peopleWith(service: string, client: string): number {
    return this.#epochs.get(service)?.clients.logins.get(client) ?? 0;
  }

  save(): unknown {
    return this.#epochs;
  }

  load(saved: unknown): void {
    this.#epochs.clear();
    for (const [service, epoch] of saved as Map<string, Epoch>) this.#epochs.set(service, epoch);
  }

  #epoch(service: string): Epoch {
    let epoch = this.#epochs.get(service);
    if (epoch === undefined) {
      epoch = {
        early: newEpochTest(),
        late: newEpochTest(),
        waiting: [],
        clients: newLoginClients(),
        volume: newVolume(),
        failing: 0,
      };
      this.#epochs.set(service, epoch);
    }
    return epoch;
  }

  /** What is ten minutes old by now goes to the late copy: whoever got in meanwhile counts as such. */
  #carryOver(epoch: Epoch, name: string, isOpen: boolean): EpochFound | null {
    const { agenda, logins } = this.#parts;
    const { nowMs } = agenda;
    const service = logins.services.of(name);
    let due = 0;
    let found: EpochFound | null = null;
    while (due < epoch.waiting.length && epoch.waiting[due]!.atMs <= nowMs - RESOLVE_MS) {
      const one = epoch.waiting[due++]!;
      if (isOpen) continue;
      const failed = !one.ok && logins.attempts.isUnresolved(one.key, nowMs);
      if (!one.ok) {
        // The success that resolved it is a repetition as well.
        const again = logins.attempts.repeatsOf(one.key, nowMs) > (failed ? 0 : 1);
        this.#settled(name, { atMs: one.atMs, failed, again });
      }
      countStrange(epoch.late, one, failed, service.strangeUnresolved.rate);
      service.strangeUnresolved.vote(failed, one.atMs);
      found ??= failed ? this.#judge(epoch, epoch.late, service, this.#threshold.of(name), one.atMs) : null;
    }
    if (due > 0) epoch.waiting.splice(0, due);
    return found;
  }

  #judge(epoch: Epoch, test: EpochTest, service: ServiceLogins, threshold: number, atMs: number): EpochFound | null {
    const asked = threshold + (service.isMature || !this.#isCareful ? 0 : COLD_START_NATS);
    const evidence = Math.max(...test.sums);
    if (evidence < asked || test.failed - test.expected < MIN_EXCESS || test.perSource.size < MIN_SOURCES) return null;
    const attempts = lastBurst(test.attempts);
    if (attempts.length < MIN_EXCESS || new Set(attempts.map((one) => one.source)).size < MIN_SOURCES) return null;
    const isNoOutage =
      service.wasHealthy(attempts[0]!.home) ||
      this.#areSingle(attempts) ||
      isSurge(epoch.volume, atMs, {
        firstMs: attempts[0]!.atMs,
        contacts: (attempts.length * test.contacts) / Math.max(1, test.failed),
      });
    if (!isNoOutage) return null;
    return { test, attempts, nats: evidence, threshold: asked, usualSize: service.strangeUnresolved.size };
  }

  /** People whom an outage keeps out try again; who goes through a list does not. */
  #areSingle(attempts: readonly Strange[]): boolean {
    const { logins, agenda } = this.#parts;
    let evidence = 0;
    for (const one of attempts) {
      if (agenda.nowMs - one.atMs < AGAIN_MS) break;
      evidence += logins.attempts.repeatsOf(one.key, agenda.nowMs) > 0 ? TRIES_AGAIN_NATS : TRIES_ONCE_NATS;
    }
    return evidence >= NO_OUTAGE_NATS;
  }
}
