import type { Discount, Evidence } from '@vedette/protocol';
import { type Campaign, Campaigns, type Statement } from '../core/campaigns.js';
import type { KeyTable } from '../core/key-table.js';
import { binaryNats, nats } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import {
  atLeast,
  countResponse,
  ExposurePlaces,
  levelOf,
  type Place,
  type ServicePlaces,
  type Stream,
  type Suspicion,
  streamOf,
} from './exposure-places.js';

const DAY_MS = 86_400_000;
/** Every response may hold something (reference 3.3). */
const UPDATES_PER_MILLION = 1_000_000;
/** A share of the past is never taken to be below this: one response in a thousand looks like something by chance. */
const FLOOR = 0.001;
/** Weight of the guess that one past response more, in a hundred more, had held as much. */
const UNSEEN = { hits: 1, responses: 100 } as const;
/**
 * At a route without a past, one response in five may look like it: one number in ten passes a check digit by chance, and
 * a response may hold two.
 */
const NEW_ROUTE_SHARE = 0.2;
/** A route has a past from so many responses and a day on. */
const PAST = { responses: 200, ms: DAY_MS } as const;
/** What is there from the beginning did not begin: routes that appear in a service's first week are only learned. */
const SERVICE_MS = 7 * DAY_MS;
/** Responses and different callers before anyone is told (reference 5.15). */
const MIN = { responses: 30, callers: 3, callersOfNewRoute: 5, units: 3 } as const;
/** A fault that shows in one of a dozen responses is one still. */
const FEW = 0.08;
/** A route one in ten of whose responses list several values has that for its job: longer lists are no news. */
const LISTS = 0.1;
/** After this long without, it is news again. */
const QUIET_MS = 7 * DAY_MS;
/** Eight times as much is news again at once. */
const LEVELS_UP = 3;
/**
 * When a fifth more of the callers of other routes seem unauthenticated than before, over twenty responses at least, it
 * is the recognition of callers that broke.
 */
const BROKEN = { rise: 0.2, responses: 20 } as const;
const REMEMBERED = 64;

interface Exposure {
  place: string;
  kind: string;
  anonymous: boolean;
  isNewRoute: boolean;
  usual: number;
  pastResponses: number;
  seenBefore: number;
  responses: number;
  hits: number;
  values: number;
  callers: number;
  nats: number;
  threshold: number;
}

/**
 * Sensitive data exposure: a route begins to return card numbers, secrets, other people's e-mail addresses, or goes on
 * returning them without asking who is there.
 *
 * Listens to successful responses, with what the agent counted in them. Keeps, per route and kind, how much past
 * responses held. Responses that hold more than nearly all before are evidence, one for each object (or caller, where the
 * route has no objects), against the past's share. Fires once for a route and kind, when three callers have seen it;
 * what goes on after that is learned. The caller's own e-mail address is nothing.
 */
class SensitiveDataExposure implements Detector {
  readonly #threshold: Threshold;
  readonly #places = new ExposurePlaces();
  readonly #campaigns: Campaigns<Exposure>;
  readonly tables: readonly KeyTable<never>[] = [];

  constructor(parts: Parts) {
    this.#threshold = parts.sensitivity.threshold('sensitive_data_exposure', UPDATES_PER_MILLION);
    this.#campaigns = new Campaigns(parts.agenda, { type: 'sensitive_data_exposure', idleMs: DAY_MS, describe });
  }

  observe(facts: Facts): void {
    const { event, atMs } = facts;
    if (event.status < 200 || event.status >= 300) return;
    const name = facts.place;
    if (name === '') return;
    const service = this.#places.service(event.service, atMs);
    if (service === null) return;
    const place = this.#places.place(service, name, atMs);
    if (place === null) return;
    if (!facts.tainted) for (const kind in event.sensitive) this.#observeKind(facts, kind, service, place);
    countResponse(service, place, event.actor === '');
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return { places: this.#places.save(), campaigns: this.#campaigns.save() };
  }

  load(saved: unknown): void {
    const from = saved as { places: unknown; campaigns: unknown };
    this.#places.load(from.places);
    this.#campaigns.load(from.campaigns);
  }

  #observeKind(facts: Facts, kind: string, service: ServicePlaces, place: Place): void {
    const { event } = facts;
    const count = event.sensitive[kind]!;
    if (count < (kind === 'email' ? 2 : 1)) return;
    const level = levelOf(count);
    const all = streamOf(place.streams, kind);
    if (all === null) return;
    const isNews = this.#judge(facts, { kind, count, level, anonymous: false, service, place, stream: all });
    if (event.actor !== '') return;
    const anonymous = streamOf(place.anonymous, kind);
    if (anonymous === null) return;
    if (isNews) anonymous.levels[level]!++;
    else this.#judge(facts, { kind, count, level, anonymous: true, service, place, stream: anonymous });
  }

  /** Judges and learns. @returns whether the response is news, so that its audience need not be looked at as well */
  #judge(facts: Facts, seen: Seen): boolean {
    const { atMs, event } = facts;
    const { stream, level, place } = seen;
    if (stream.saidMs >= 0 && atMs - stream.saidMs < QUIET_MS && level < stream.saidLevel + LEVELS_UP) {
      stream.saidMs = Math.max(stream.saidMs, atMs);
      const campaign = this.#campaigns.get(event.service, campaignKey(facts, seen));
      if (campaign !== undefined) this.#continue(campaign, facts, seen);
      return true;
    }
    const isNewRoute = place.past < PAST.responses || atMs - place.firstMs < PAST.ms;
    const suspicion = this.#mayBeNews(seen, isNewRoute) ? this.#suspect(facts, seen, isNewRoute) : null;
    if (suspicion === null) {
      stream.levels[level]!++;
      return false;
    }
    const responses = place.seen - suspicion.seenBefore + 1;
    const sum = newsNats(suspicion.hits, responses, suspicion.usual);
    if (sum <= 0 || (seen.anonymous && isRecognitionBroken(suspicion, seen))) {
      // Nothing new: what was held back as evidence is part of the past.
      stream.levels[suspicion.level]! += suspicion.learnable;
      stream.suspicion = null;
      return false;
    }
    const callers = isNewRoute ? MIN.callersOfNewRoute : MIN.callers;
    if (
      sum >= this.#threshold.of(facts.event.service) &&
      responses >= MIN.responses &&
      suspicion.callers.length >= callers &&
      suspicion.units.length >= MIN.units
    ) {
      this.#report(facts, seen, { suspicion, responses, sum, isNewRoute });
    }
    return true;
  }

  #mayBeNews(seen: Seen, isNewRoute: boolean): boolean {
    const { place, service, stream } = seen;
    if (isNewRoute) return place.firstMs - service.firstMs >= SERVICE_MS && !isOrdinary(seen);
    return seen.anonymous || atLeast(stream, 1) < LISTS * place.past;
  }

  /** Adds the response to the evidence, where it is rare enough to be one. */
  #suspect(facts: Facts, seen: Seen, isNewRoute: boolean): Suspicion | null {
    const { stream, level, place, service, count } = seen;
    const { objects } = facts.event;
    let suspicion = stream.suspicion;
    if (suspicion !== null && level < suspicion.level) return null;
    if (suspicion === null) {
      const learned = (atLeast(stream, level) + UNSEEN.hits) / (place.past + UNSEEN.responses);
      const usual = isNewRoute ? NEW_ROUTE_SHARE : Math.max(FLOOR, learned);
      if (usual >= LISTS && !isNewRoute) return null;
      suspicion = {
        usual,
        seenBefore: place.seen,
        serviceBefore: service.seen,
        anonymousBefore: service.anonymous,
        sinceMs: facts.atMs,
        level,
        hits: 0,
        learnable: 0,
        values: 0,
        units: [],
        callers: [],
      };
      stream.suspicion = suspicion;
    }
    suspicion.learnable++;
    remember(suspicion.callers, facts.who.lo);
    // An object whose id looks like a card number looks so to every reader: it counts once.
    if (remember(suspicion.units, objects.length > 0 ? objects[0]!.hash : facts.who.lo)) {
      suspicion.hits++;
      suspicion.values += count;
    }
    return suspicion;
  }

  #report(
    facts: Facts,
    seen: Seen,
    found: { suspicion: Suspicion; responses: number; sum: number; isNewRoute: boolean },
  ): void {
    const { event, atMs } = facts;
    const { suspicion } = found;
    const { stream, place, kind, anonymous } = seen;
    const name = event.operation !== '' ? event.operation : `${event.method} ${event.route}`;
    const campaign = this.#campaigns.open({
      service: event.service,
      key: campaignKey(facts, seen),
      atMs,
      holdMs: 0,
      data: {
        place: name,
        kind,
        anonymous,
        isNewRoute: found.isNewRoute,
        usual: suspicion.usual,
        pastResponses: Math.round(place.past),
        seenBefore: suspicion.seenBefore,
        responses: found.responses,
        hits: suspicion.hits,
        values: suspicion.values,
        callers: suspicion.callers.length,
        nats: found.sum,
        threshold: this.#threshold.of(facts.event.service),
      },
    });
    campaign.firstMs = Math.min(suspicion.sinceMs, atMs);
    campaign.requests = suspicion.hits;
    addToTally(campaign.targets, `route:${name}`);
    addToTally(campaign.routes, name);
    stream.suspicion = null;
    stream.saidMs = atMs;
    stream.saidLevel = seen.level;
    this.#campaigns.touch(campaign, atMs, true);
  }

  #continue(campaign: Campaign<Exposure>, facts: Facts, seen: Seen): void {
    const { data } = campaign;
    campaign.requests++;
    data.hits++;
    data.values += seen.count;
    data.responses = seen.place.seen - data.seenBefore + 1;
    data.nats = Math.max(data.nats, newsNats(data.hits, data.responses, data.usual));
    if (facts.atMs > campaign.lastMs) campaign.lastMs = facts.atMs;
    // It may go on for weeks on a busy route: said again when it has grown by a tenth.
    if (data.hits % Math.ceil(data.hits / 10) === 0) this.#campaigns.touch(campaign, facts.atMs);
  }
}

/** One kind of data in one response. */
interface Seen {
  readonly kind: string;
  readonly count: number;
  readonly level: number;
  readonly anonymous: boolean;
  readonly service: ServicePlaces;
  readonly place: Place;
  readonly stream: Stream;
}

/** New routes may list e-mail addresses to people who are logged in. */
function isOrdinary(seen: Seen): boolean {
  return seen.kind === 'email' && !seen.anonymous;
}

/** Evidence that the share has risen: to nearly all responses, to a quarter, or to a twelfth. */
function newsNats(hits: number, responses: number, usual: number): number {
  const few = Math.max(FEW, 3 * usual);
  const rest = Math.max(0, responses - hits);
  const atFew = few < 1 ? hits * nats(few, usual) + rest * nats(1 - few, 1 - usual) : 0;
  return Math.max(atFew, binaryNats(hits, responses, usual));
}

/** Other routes, too, see more callers without authentication than before. */
function isRecognitionBroken(suspicion: Suspicion, seen: Seen): boolean {
  const { service, place } = seen;
  const others = service.seen - suspicion.serviceBefore - (place.seen - suspicion.seenBefore);
  if (others < BROKEN.responses) return false;
  const without = Math.max(0, service.anonymous - suspicion.anonymousBefore - suspicion.learnable);
  const usual = suspicion.anonymousBefore / Math.max(1, suspicion.serviceBefore);
  return without / others > usual + BROKEN.rise;
}

function remember(list: number[], value: number): boolean {
  if (list.length >= REMEMBERED || list.includes(value)) return false;
  list.push(value);
  return true;
}

function campaignKey(facts: Facts, seen: Seen): string {
  const { event } = facts;
  const name = event.operation !== '' ? event.operation : event.route;
  return `${seen.kind} at ${name}${seen.anonymous ? ' without authentication' : ''}`;
}

const KIND_NAMES: Readonly<Record<string, readonly [one: string, many: string]>> = {
  card: ['card number', 'card numbers'],
  email: ['e-mail address', 'e-mail addresses'],
  iban: ['bank account number', 'bank account numbers'],
  national_id: ['national identity number', 'national identity numbers'],
  phone: ['phone number', 'phone numbers'],
  secret: ['secret', 'secrets'],
  jwt: ['access token', 'access tokens'],
};

function describe(campaign: Campaign<Exposure>): Statement {
  const { data } = campaign;
  const fallback = `value of kind ${data.kind.replaceAll('_', ' ')}`;
  const [one, many] = KIND_NAMES[data.kind] ?? [fallback, `values of kind ${data.kind.replaceAll('_', ' ')}`];
  const share = data.hits / Math.max(1, data.responses);
  const spanMs = campaign.lastMs - campaign.firstMs;
  const began = data.anonymous ? `returns ${many} without authentication` : `has begun to return ${many}`;
  const before = data.isNewRoute
    ? 'The route is new here'
    : `Of ${counted(data.pastResponses, 'response')} before, ${percent(data.usual)} at most held as much${data.anonymous ? ' for callers without authentication' : ''}`;
  const evidence: Evidence[] = [
    {
      name: 'responses_exposing',
      text: `${counted(data.hits, 'response')} of ${grouped(data.responses)} held ${many}; at most ${percent(data.usual)} usually do`,
      observed: share,
      expected: data.usual,
      unit: 'share',
      baseline: data.isNewRoute ? { of: 'prior', size: 0 } : { of: 'route', size: data.pastResponses },
      logLikelihood: data.nats,
    },
    {
      name: 'values_exposed',
      text: `${counted(data.values, one, many)} in these responses`,
      observed: data.values,
      expected: null,
      unit: 'values',
      baseline: null,
      logLikelihood: null,
    },
    {
      name: 'callers',
      text: `At least ${counted(data.callers, 'different caller')} had received them when it was noticed`,
      observed: data.callers,
      expected: null,
      unit: 'callers',
      baseline: null,
      logLikelihood: null,
    },
  ];
  const discounts: Discount[] = data.isNewRoute
    ? [{ reason: 'cold_start', text: 'the route is new, so nothing is known of what it usually returns', points: 10 }]
    : [];
  return {
    title: `${data.place} ${began}`,
    summary: `${data.place} ${began}: ${counted(data.hits, 'response')} of ${grouped(data.responses)} in ${duration(spanMs)}, ${counted(data.values, 'value')} in all. ${before}.`,
    evidence,
    logLikelihood: data.nats,
    threshold: data.threshold,
    units: data.values,
    outcome: data.anonymous ? 'success' : 'partial',
    discounts,
  };
}

export const sensitiveDataExposure: DetectorDefinition = {
  type: 'sensitive_data_exposure',
  create: (parts) => new SensitiveDataExposure(parts),
};
