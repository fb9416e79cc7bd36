import type { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import type { Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { KeyEvidence } from './key-evidence.js';
import { addName, type Note, newListData, shareOf } from './list-campaign.js';
import { type ListCampaign, ListCampaigns } from './list-campaigns.js';
import { type ListType, nameList } from './list-naming.js';
import {
  addContact,
  failedAccounts,
  familiarityNats,
  type LoginClass,
  type LoginCounts,
  loginWeights,
  outcomeNats,
  retractFailure,
} from './login-evidence.js';
import {
  campaignKey,
  classOf,
  isWide,
  offenderName,
  SCOPES,
  type Scope,
  scopeKey,
  WIDE_SCOPES,
} from './login-scopes.js';
import { dropPerson, isNamed, participate, pastOf } from './participants.js';
import { ServiceLists } from './service-lists.js';

/** Logins are one request in twenty, and each is a contact of four kinds of key (reference 3.3). */
const UPDATES_PER_MILLION = 200_000;
/** More returning users than this make an address or a network shared: only its single clients can be blamed (guard G3). */
const SHARED_USERS = 10;
/** A network or a kind of client is blamed only where at least this many of its addresses take part. */
const MIN_SOURCES = 3;
/** While familiarity or rates are young, two nats more are asked for (reference 8.5). */
const COLD_START_NATS = 2;

/**
 * Lists of accounts tried one after the other, nearly all failing: credential stuffing and password spraying, which are
 * one behaviour and differ in whose accounts are on the list (list-naming.ts).
 *
 * Listens to logins with an identifier and an outcome. Keeps evidence per address, per client at a shared address, per
 * network and per client software (key-evidence.ts), and for the whole service (login-epochs.ts). Fires when one of
 * the tests passes its threshold; keys that act alike are one campaign (list-campaigns.ts). An account that succeeds
 * within ten minutes takes its failure back. Held for a minute where an outage would look the same.
 */
export class ListAttacks implements Part {
  readonly #parts: Parts;
  readonly #thresholds: Readonly<Record<ListType, Threshold>>;
  readonly #usesMinimum: boolean;
  readonly #usesFamiliarity: boolean;
  readonly #usesWideScopes: boolean;
  readonly #isCareful: boolean;
  /** The event that was observed last: two detectors pass it on. */
  #seen: Facts['event'] | null = null;
  readonly #evidence: KeyEvidence;
  readonly #campaigns: ListCampaigns;
  readonly #services: ServiceLists;

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#thresholds = {
      credential_stuffing: parts.sensitivity.threshold('credential_stuffing', UPDATES_PER_MILLION),
      password_spraying: parts.sensitivity.threshold('password_spraying', UPDATES_PER_MILLION),
    };
    this.#usesMinimum = !parts.without.has('minimum');
    this.#usesFamiliarity = !parts.without.has('familiarity');
    this.#usesWideScopes = !parts.without.has('wide_scopes');
    this.#isCareful = !parts.without.has('cold_start');
    this.#evidence = new KeyEvidence(parts, room);
    this.#campaigns = new ListCampaigns(parts);
    this.#services = new ServiceLists(parts, this.#campaigns, this.#evidence);
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#evidence.rows] as unknown as readonly KeyTable<never>[];
  }

  /** A login with an account, or a request that explains one. @param by the detector that passes it on */
  observe(facts: Facts, by: ListType): void {
    if (by === 'password_spraying' && this.#seen === facts.event) return;
    this.#seen = facts.event;
    if (facts.login.active) this.#login(facts);
    else this.#excused(facts);
  }

  #login(facts: Facts): void {
    const { login, event } = facts;
    const kind = classOf(facts);
    if (!this.#campaigns.joined.isEmpty) {
      for (const scope of SCOPES) {
        const campaign = this.#campaigns.joined.get(event.service, campaignKey(scope, facts));
        if (campaign === undefined) continue;
        this.#continue(campaign, scope, facts, kind);
        return;
      }
    }
    if (login.resolved >= 0) this.#excused(facts);
    if (login.contact === 'repeat') {
      this.#evidence.noteRepeat(facts);
      return;
    }
    const shared = this.#parts.population.users(facts) > SHARED_USERS;
    // A carrier's network is a crowd as well: its addresses and clients are judged one by one.
    const isCrowd = this.#parts.population.usersOfNetwork(facts) > SHARED_USERS;
    if (this.#weigh(shared ? 'client' : 'source', facts, kind)) return;
    const open = this.#campaigns.ofService(event.service);
    if (open !== undefined && this.#services.join(open, facts)) return;
    for (const scope of WIDE_SCOPES) {
      if ((isCrowd && scope === 'prefix') || !this.#usesWideScopes) continue;
      if (this.#weigh(scope, facts, kind)) return;
    }
    if (open === undefined) this.#services.observe(facts);
  }

  /** An earlier failure turned out to be a person's. */
  #excused(facts: Facts): void {
    this.#evidence.retract(facts);
    this.#services.excused(facts);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return { evidence: this.#evidence.save(), campaigns: this.#campaigns.save(), services: this.#services.save() };
  }

  load(saved: unknown): void {
    const from = saved as { evidence: unknown; campaigns: unknown; services: unknown };
    this.#evidence.load(from.evidence);
    this.#campaigns.load(from.campaigns);
    this.#services.load(from.services);
  }

  /** Adds one first contact to one key. @returns whether the key is accused now */
  #weigh(scope: Scope, facts: Facts, kind: LoginClass): boolean {
    const { event, atMs } = facts;
    const slot = this.#evidence.add(scope, facts, kind);
    if (slot < 0) return false;
    const service = this.#parts.logins.services.of(event.service);
    const counts = this.#evidence.countsOf(slot);
    const weights = loginWeights(service, atMs);
    // A broken release fails its own familiar users: with one kind of client only strangers are evidence of stuffing.
    const type = nameList(counts, service.coverage, this.#usesMinimum);
    const isBlind =
      service.isDegraded(this.#parts.agenda.nowMs) || (scope === 'software' && type !== 'password_spraying');
    const outcome = isBlind ? 0 : outcomeNats(counts, weights);
    const nats = Math.max(outcome, this.#usesFamiliarity ? familiarityNats(counts, weights) : 0);
    const threshold = this.#thresholdOf(type ?? 'credential_stuffing', event.service, service.isMature);
    if (!isWide(scope) && nats >= threshold / 2) this.#parts.suspects.note(scopeKey(scope, facts), nats, atMs);
    if (type === null || nats < threshold) return false;
    const note = this.#evidence.noteOf(slot);
    if (note === undefined || (isWide(scope) && !this.#isMadeOfMany(scope, facts, note, counts))) return false;
    const data = newListData(this.#parts, facts, {
      type,
      scope,
      counts,
      threshold,
      since: this.#evidence.sinceOf(slot),
      firstMs: note.firstMs,
      epoch: null,
    });
    const campaign = this.#campaigns.accuse(
      facts,
      campaignKey(scope, facts),
      data,
      {
        firstMs: note.firstMs,
        atMs,
        requests: note.requests,
        sources: note.participants.size,
        clients: note.clients,
      },
      {
        isRare: (client) => this.#services.epochs.isRare(event.service, client),
        isCertain: note.entered > 0 || (!isWide(scope) && this.#isNoPlaceOfMany(facts, service)),
      },
    );
    addName(campaign.data.offenders, offenderName(scope, facts), 64);
    for (const name of note.routes) addToTally(campaign.routes, name);
    if (isWide(scope)) this.#campaigns.adopt(campaign, note.participants);
    else for (const [source, one] of note.participants) this.#campaigns.nameSource(campaign, source, one);
    this.#evidence.remove(slot);
    this.#services.epochs.explain(event.service, campaign.sources.counts);
    facts.tainted = true;
    this.#campaigns.of(campaign).touch(campaign, atMs, true);
    this.#campaigns.tellTakeovers(campaign, atMs);
    return true;
  }

  /** Several addresses are likely part of it, and people who get in seldom use that kind of client. */
  #isMadeOfMany(scope: Scope, facts: Facts, note: Note, counts: LoginCounts): boolean {
    const failed = failedAccounts(counts);
    if (scope === 'software' && this.#services.epochs.peopleWith(facts.event.service, facts.clientName) > failed)
      return false;
    const share = failed / Math.max(1, failed + Math.max(counts.succeeded, counts.okNew + counts.okFamiliar));
    let likely = 0;
    for (const one of note.participants.values()) if (isNamed(one, share)) likely++;
    return likely >= MIN_SOURCES;
  }

  /**
   * An outage makes logins fail, but it does not bring many people to an address where none of several ever logged in:
   * whatever fails there needs no second look. On a service's first day no address has a past.
   */
  #isNoPlaceOfMany(facts: Facts, service: { readonly firstMs: number }): boolean {
    const { population } = this.#parts;
    return facts.atMs - service.firstMs >= 86_400_000 && population.usersOfNetwork(facts) < 2;
  }

  /** A login from a key that is already accused. */
  #continue(campaign: ListCampaign, scope: Scope, facts: Facts, kind: LoginClass): void {
    const { event, login, atMs } = facts;
    const { data } = campaign;
    if (login.contact === 'first' && login.ok && login.knownPair) data.others++;
    // People at the same address who log in as always are no part of it.
    if (login.knownPair) return;
    if (login.resolved >= 0) retractFailure(data, this.#evidence.takeMarks(login.resolved).kind);
    if (login.contact !== 'repeat') {
      addContact(data, kind, login.credit);
      if (!login.ok) this.#evidence.mark(login.attempt, scope, kind);
    }
    if (login.ok && login.resolved >= 0 && this.#campaigns.natsOf(data) < data.threshold / 2) {
      // Those who failed get in one after the other: people, not a list.
      this.#campaigns.withdraw(campaign, atMs);
      return;
    }
    if (this.#isPerson(campaign, facts)) return;
    let urgent = false;
    let isNewcomer = false;
    if (isWide(scope)) {
      const one = participate(data.participants, facts, kind, pastOf(this.#parts, facts));
      if (one === undefined || (!one.named && !isNamed(one, shareOf(data)))) return;
      if (!one.named) {
        const before = campaign.compromised.length;
        this.#campaigns.nameSource(campaign, event.source, one);
        isNewcomer = true;
        urgent = campaign.compromised.length > before;
      }
    }
    this.#campaigns.continued(campaign, facts, urgent, isNewcomer);
  }

  /** One of many sources whose only account got in after it had failed: somebody who shares the network, the client or the hour. */
  #isPerson(campaign: ListCampaign, facts: Facts): boolean {
    const { event, login } = facts;
    if (!login.ok || login.contact === 'first' || !dropPerson(campaign.data.participants, event.source)) return false;
    this.#campaigns.joined.leave(campaign, `source:${facts.address.label}`);
    if (campaign.sources.counts.delete(event.source)) this.#campaigns.of(campaign).touch(campaign, campaign.lastMs);
    return true;
  }

  #thresholdOf(type: ListType, service: string, isMature: boolean): number {
    return this.#thresholds[type].of(service) + (isMature || !this.#isCareful ? 0 : COLD_START_NATS);
  }
}
