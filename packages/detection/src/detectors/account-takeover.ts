import type { AlertType } from '@vedette/protocol';
import { type Campaign, Campaigns, noteCompromised } from '../core/campaigns.js';
import type { KeyTable } from '../core/key-table.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { type SensitiveActions, sensitiveKindOf, sensitivePlaceOf } from '../parts/sensitive-actions.js';
import type { Accusation } from '../parts/suspects.js';
import { type Entrance, Entrances } from './entrances.js';
import { isStrange, ratesOf, type Together, takeoverNats, togetherNats } from './takeover-evidence.js';
import { describeTakeover } from './takeover-statement.js';

const DAY_MS = 86_400_000;
/** Thefts that follow each other so closely and go on alike are one wave; false alarms are months apart. */
const WAVE_MS = 3_600_000;
/** Different sensitive places remembered of one entrance. */
const MAX_PLACES = 16;
/** Logins are one request in twenty (reference 3.3). */
const UPDATES_PER_MILLION = 50_000;

export interface TakeoverData {
  /** The attack in which the accounts were entered, or `null` where only what followed shows it. */
  cause: AlertType | null;
  evidence: number;
  threshold: number;
  readonly entrances: Entrance[];
  /** How common each action is, in logins, when it was done. */
  readonly rates: Map<string, { rate: number; size: number }>;
  /** Share of owners who go on to another kind of action after one, when it was opened. */
  readonly goesOn: number;
  clientName: string;
}

/**
 * Account takeover: a login that succeeded and was not its owner's.
 *
 * (a) From a source that takes part in stuffing, spraying or brute force, also when it got in within a day before that was
 * known. (b) After ten guesses or more at the account, from where it was never used. (c) From a network and with a client both
 * new to the account, followed within a day by what thieves do, with that client: new e-mail, password, payout, second factor, an
 * export. For (c) the likelihood ratio is against the account's own history and the service's habits (takeover-evidence.ts).
 * Not held. People known from the network are never named, and at a shared address nobody who uses his own client.
 */
class AccountTakeover implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #entrances: Entrances;
  readonly #rates: SensitiveActions;
  readonly #campaigns: Campaigns<TakeoverData>;

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#rates = parts.actions;
    this.#entrances = new Entrances(room.keys / 3, parts.pasts);
    this.#threshold = parts.sensitivity.threshold('account_takeover', UPDATES_PER_MILLION);
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'account_takeover',
      idleMs: DAY_MS,
      describe: describeTakeover,
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#entrances.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { login, event } = facts;
    if (login.active) {
      if (login.ok && login.hasId) this.#entered(facts);
    } else if (event.authEvent === '') this.#acted(facts);
    this.#judgeAccused();
  }

  tick(nowMs: number): void {
    this.#judgeAccused();
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#judgeAccused();
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return { entrances: this.#entrances.save(), campaigns: this.#campaigns.save() };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#entrances.load(from.entrances);
    this.#campaigns.load(from.campaigns);
  }

  #entered(facts: Facts): void {
    const { event, login, atMs } = facts;
    if (!facts.tainted) this.#rates.login(event.service);
    if (login.knownPair) return;
    const service = this.#parts.logins.services.of(event.service);
    this.#entrances.add(facts, {
      service: event.service,
      source: event.source,
      clientName: facts.clientName,
      account: event.authIdentifier,
      route: event.route === '' ? '' : `${event.method} ${event.route}`,
      atMs,
      familiar: login.familiar,
      novelClient: !login.knownClient,
      past: { hasPast: false, network: false, device: false },
      usualBoth: this.#parts.pasts.habits.of(event.service).both,
      users: this.#parts.population.usersOfNetwork(facts),
      successes: login.successes,
      novelSuccesses: login.novelSuccesses,
      usualShare: service.novelOk.rate,
      usualSize: service.novelOk.size,
      suspicion: this.#parts.suspects.against(facts),
      afterReset: login.recentReset,
      who: '',
      actor: '',
      kinds: [],
      places: [],
      requests: 1,
      campaign: '',
    });
  }

  #acted(facts: Facts): void {
    const { event, atMs } = facts;
    const kind = sensitiveKindOf(event);
    if (kind === '') {
      // Which identity the login led to is seen from any request after it.
      if (facts.whoKind !== 'client' && this.#entrances.isAwaited(facts)) this.#entrances.followed(facts);
      return;
    }
    const place = sensitivePlaceOf(event);
    const entrance = this.#entrances.followed(facts);
    if (entrance === undefined) {
      if (!facts.tainted) this.#rates.action(event.service, place);
      return;
    }
    const rate = this.#rates.of(event.service, place);
    entrance.requests++;
    const isNew = !entrance.places.includes(place) && entrance.places.length < MAX_PLACES;
    const isFurther = isNew && entrance.kinds.length > 0 && !entrance.kinds.includes(kind);
    if (isNew) entrance.places.push(place);
    if (!entrance.kinds.includes(kind)) entrance.kinds.push(kind);
    const open = entrance.campaign === '' ? undefined : this.#campaigns.get(event.service, entrance.campaign);
    if (open !== undefined) {
      facts.tainted = true;
      open.requests++;
      if (!open.data.rates.has(kind)) open.data.rates.set(kind, rate);
      if (event.route !== '') addToTally(open.routes, `${event.method} ${event.route}`);
      if (entrance.actor !== '') addToTally(open.actors, entrance.actor);
      this.#campaigns.touch(open, atMs, isNew);
      return;
    }
    if (isNew && isStrange(entrance)) this.#judgeActions(entrance, facts);
    // An entrance like a thief's teaches nothing: thieves would make their own acts usual.
    if (entrance.campaign !== '' || isStrange(entrance)) return;
    this.#rates.action(event.service, place);
    if (isFurther || (isNew && entrance.places.length === 1)) this.#rates.spree(event.service, isFurther);
  }

  /** (c) What followed the entrance, against the account's history. */
  #judgeActions(entrance: Entrance, facts: Facts): void {
    const { event, atMs } = facts;
    const rates = ratesOf(entrance, (place) => this.#rates.of(event.service, place));
    const threshold = this.#threshold.of(entrance.service);
    const goesOn = this.#rates.goesOn(event.service);
    const alone = takeoverNats(entrance, rates, goesOn);
    const together = alone < threshold ? this.#together(entrance, atMs) : null;
    const nats = together?.nats ?? alone;
    if (nats < threshold) return;
    const campaign = this.#homeOf(entrance, atMs, nats);
    for (const [kind, rate] of rates) campaign.data.rates.set(kind, rate);
    facts.tainted = true;
    if (event.route !== '') addToTally(campaign.routes, `${event.method} ${event.route}`);
    this.#take(campaign, entrance, atMs, nats);
    for (const other of together?.acted ?? []) if (other.campaign === '') this.#take(campaign, other, atMs, nats);
  }

  /** What the accounts that one client entered from one address say together; `null` where there is no other. */
  #together(entrance: Entrance, atMs: number): Together | null {
    const { service, source } = entrance;
    // Where people come back to, new clients of several accounts are the place's doing.
    if (entrance.users > 0) return null;
    const alike: Entrance[] = [];
    for (const one of this.#entrances.of(service, source)) {
      if (one.clientName === entrance.clientName && isStrange(one)) alike.push(one);
    }
    return alike.length < 2
      ? null
      : togetherNats(
          alike,
          { rateOf: (place) => this.#rates.of(service, place), goesOn: this.#rates.goesOn(service) },
          atMs,
        );
  }

  /** The open campaign from the same address or with the same client, or a new one. */
  #homeOf(entrance: Entrance, atMs: number, nats: number): Campaign<TakeoverData> {
    const key = `source:${entrance.source}`;
    const own = this.#campaigns.get(entrance.service, key);
    if (own !== undefined) return own;
    for (const other of this.#campaigns.all()) {
      const { data } = other;
      if (other.service !== entrance.service || data.cause !== null) continue;
      // Two thefts with the same client within a day, each new to its account and each followed up, are one thief's; so are
      // two within an hour that go on alike.
      if (data.clientName === entrance.clientName && entrance.clientName !== '') return other;
      const alike = entrance.kinds.filter((kind) => data.rates.has(kind)).length;
      if (atMs - other.lastMs <= WAVE_MS && alike >= 2) return other;
    }
    return this.#open(entrance.service, key, atMs, {
      cause: null,
      nats,
      threshold: this.#threshold.of(entrance.service),
    });
  }

  #open(
    service: string,
    key: string,
    atMs: number,
    why: { readonly cause: AlertType | null; readonly nats: number; readonly threshold: number },
  ): Campaign<TakeoverData> {
    return this.#campaigns.open({
      service,
      key,
      atMs,
      holdMs: 0,
      data: {
        cause: why.cause,
        evidence: why.nats,
        threshold: why.threshold,
        entrances: [],
        rates: new Map(),
        goesOn: this.#rates.goesOn(service),
        clientName: '',
      },
    });
  }

  /** (a) and (b) Entrances of those who are accused, also before they were. */
  #judgeAccused(): void {
    if (!this.#parts.suspects.hasAccusations) return;
    for (const accusation of this.#parts.suspects.takeAccusations()) {
      const key = `${accusation.type} ${accusation.campaignKey}`;
      if (accusation.withdrawn) {
        const campaign = this.#campaigns.get(accusation.service, key);
        if (campaign !== undefined) this.#campaigns.withdraw(campaign, accusation.atMs);
        continue;
      }
      for (const source of accusation.sources) {
        for (const entrance of this.#entrances.of(accusation.service, source)) {
          if (belongsTo(entrance, accusation)) this.#takeFor(accusation, key, entrance);
        }
      }
    }
  }

  #takeFor(accusation: Accusation, key: string, entrance: Entrance): void {
    const { type: cause, nats, threshold, service } = accusation;
    const campaign =
      this.#campaigns.get(service, key) ?? this.#open(service, key, entrance.atMs, { cause, nats, threshold });
    campaign.data.evidence = Math.max(campaign.data.evidence, nats);
    this.#take(campaign, entrance, Math.max(entrance.atMs, accusation.atMs), nats);
  }

  #take(campaign: Campaign<TakeoverData>, entrance: Entrance, atMs: number, nats: number): void {
    const { data } = campaign;
    entrance.campaign = campaign.key;
    data.clientName = entrance.clientName;
    data.evidence = Math.max(data.evidence, nats);
    if (data.entrances.length < 50) data.entrances.push(entrance);
    campaign.requests += entrance.requests;
    addToTally(campaign.sources, entrance.source);
    addToTally(campaign.targets, `account:${entrance.account}`);
    if (entrance.actor !== '') addToTally(campaign.actors, entrance.actor);
    if (entrance.route !== '') addToTally(campaign.routes, entrance.route);
    campaign.firstMs = Math.min(campaign.firstMs, entrance.atMs);
    noteCompromised(campaign, entrance.account);
    this.#campaigns.touch(campaign, atMs, true);
  }
}

/** Whether an entrance of an accused source is the campaign's: not what people behind the same address do. */
function belongsTo(entrance: Entrance, accusation: Accusation): boolean {
  if (entrance.campaign !== '' || entrance.atMs < accusation.firstMs - DAY_MS) return false;
  if (accusation.account !== null && entrance.account !== accusation.account) return false;
  if (accusation.clientName !== null && entrance.clientName !== accusation.clientName) return false;
  return entrance.users === 0 || entrance.novelClient;
}

export const accountTakeover: DetectorDefinition = {
  type: 'account_takeover',
  create: (parts, room) => new AccountTakeover(parts, room),
};
