import { hashText, newKey } from '../core/hash.js';
import { binaryNats, nats } from '../core/likelihood.js';
import type { Facts } from '../parts/facts.js';
import type { Routes } from '../parts/routes.js';
import { atLeast, type Place, type ServicePlaces, type Stream, type Suspicion } from './exposure-places.js';
import { actorName } from './who.js';

const DAY_MS = 86_400_000;
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
/**
 * Earlier where it is clear: five different objects (new numbers of orders that happen to pass a check digit do so once
 * in ten, five of them in a hundred thousand), and a share beyond 5 % by the lower bound of 95 % (reference 5.15; Wilson
 * 1927). The first one is left out of that share: it is why one looks.
 */
const CLEAR = { units: 5, share: 0.05, z: 1.645 } as const;
/** A fault that shows in one of a dozen responses is one still. */
const FEW = 0.08;
/** A route one in ten of whose responses list several values has that for its job: longer lists are no news. */
const LISTS = 0.1;
/**
 * When a fifth more of the callers of other routes seem unauthenticated than before, over twenty responses at least, it
 * is the recognition of callers that broke.
 */
const BROKEN = { rise: 0.2, responses: 20 } as const;
const REMEMBERED = 64;
/** Where responses have no objects a caller counts three times: often enough to be weighed against what held nothing. */
const PER_CALLER = 3;
/**
 * Routes of one or two partners have no three callers. Who read such a route two hundred times without, and now gets it in
 * answers to three different requests, is witness enough: it is the route that changed. Below this many readers requests
 * count in place of callers.
 */
const FEW_READERS = 5;
const REQUEST = newKey();
/** Readers who are named. */
const NAMED = 5;

/** One kind of data in one response. */
export interface Seen {
  readonly kind: string;
  readonly count: number;
  readonly level: number;
  readonly anonymous: boolean;
  /** The place has so few readers that their different requests speak, not their number. */
  readonly isNarrow: boolean;
  readonly service: ServicePlaces;
  readonly place: Place;
  readonly stream: Stream;
}

/** What a suspicion amounts to. */
export interface Weighed {
  /** Responses since it began, and the same without those that held what had counted already. */
  readonly all: number;
  readonly responses: number;
  /** Evidence that the share has risen, nats. */
  readonly sum: number;
}

export function isNewRoute(place: Place, atMs: number): boolean {
  return place.past < PAST.responses || atMs - place.firstMs < PAST.ms;
}

/** Adds the response to the evidence of its stream. @returns null where it is nothing that could be news */
export function suspect(facts: Facts, seen: Seen): Suspicion | null {
  const { stream, level, place, service } = seen;
  const isNew = isNewRoute(place, facts.atMs);
  if (!mayBeNews(seen, isNew)) return null;
  let suspicion = stream.suspicion;
  if (suspicion !== null && level < suspicion.level) return null;
  if (suspicion === null) {
    const learned = (atLeast(stream, level) + UNSEEN.hits) / (place.past + UNSEEN.responses);
    const usual = isNew ? NEW_ROUTE_SHARE : Math.max(FLOOR, learned);
    if (usual >= LISTS && !isNew) return null;
    // What is as rare as this counts as well: where nothing was ever held, one value is as new as four.
    let least = level;
    while (least > 0 && stream.levels[least - 1] === 0) least--;
    suspicion = {
      usual,
      seenBefore: place.seen,
      serviceBefore: service.seen,
      anonymousBefore: service.anonymous,
      sinceMs: facts.atMs,
      level: least,
      hits: 0,
      learnable: 0,
      values: 0,
      units: [],
      callers: [],
      readers: [],
    };
    stream.suspicion = suspicion;
  }
  addResponse(suspicion, facts, seen);
  return suspicion;
}

export function weighSuspicion(suspicion: Suspicion, seen: Seen): Weighed {
  const all = seen.place.seen - suspicion.seenBefore + 1;
  const responses = all - (suspicion.learnable - suspicion.hits);
  return { all, responses, sum: newsNats(suspicion.hits, responses, suspicion.usual) };
}

/** Whether so many have received it, in so many responses, that someone is to be told. */
export function isEnough(suspicion: Suspicion, weighed: Weighed, seen: Seen, isNew: boolean): boolean {
  const { callers, hits } = suspicion;
  const units = new Set(suspicion.units).size;
  const least = isNew ? MIN.callersOfNewRoute : seen.isNarrow ? 1 : MIN.callers;
  if (callers.length < least || units < MIN.units) return false;
  if (weighed.all >= MIN.responses) return true;
  // Whether callers are still recognised elsewhere is known after some more.
  return !seen.anonymous && units >= CLEAR.units && lowerBound(hits - 1, weighed.responses - 1) > CLEAR.share;
}

/** Evidence that the share has risen: to nearly all responses, to a quarter, or to a twelfth. */
export function newsNats(hits: number, responses: number, usual: number): number {
  const few = Math.max(FEW, 3 * usual);
  const rest = Math.max(0, responses - hits);
  const atFew = few < 1 ? hits * nats(few, usual) + rest * nats(1 - few, 1 - usual) : 0;
  return Math.max(atFew, binaryNats(hits, responses, usual));
}

/** Other routes, too, see more callers without authentication than before. */
export function isRecognitionBroken(suspicion: Suspicion, seen: Seen): boolean {
  const { service, place } = seen;
  const others = service.seen - suspicion.serviceBefore - (place.seen - suspicion.seenBefore);
  if (others < BROKEN.responses) return false;
  const without = Math.max(0, service.anonymous - suspicion.anonymousBefore - suspicion.learnable);
  const usual = suspicion.anonymousBefore / Math.max(1, suspicion.serviceBefore);
  return without / others > usual + BROKEN.rise;
}

/** Whether so few read the event's place that their number says nothing. */
export function isNarrow(routes: Routes): boolean {
  const { current } = routes;
  return current !== null && current.users(0) + current.users(1) + current.users(2) < FEW_READERS;
}

function mayBeNews(seen: Seen, isNew: boolean): boolean {
  const { place, service, stream } = seen;
  if (isNew) return place.firstMs - service.firstMs >= SERVICE_MS && !isOrdinary(seen);
  return seen.anonymous || atLeast(stream, 1) < LISTS * place.past;
}

/** New routes may list e-mail addresses to people who are logged in. */
function isOrdinary(seen: Seen): boolean {
  return seen.kind === 'email' && !seen.anonymous;
}

function addResponse(suspicion: Suspicion, facts: Facts, seen: Seen): void {
  const { objects, path, query } = facts.event;
  suspicion.learnable++;
  if (remember(suspicion.callers, facts.who.lo) && suspicion.readers.length < NAMED) {
    suspicion.readers.push(facts.event.actor === '' ? facts.address.label : actorName(facts.event));
  }
  // An object whose id looks like a card number looks so to every reader: it counts once.
  const isObject = objects.length > 0;
  const isRequest = seen.isNarrow && !isObject;
  const unit = isObject ? objects[0]!.hash : isRequest ? requestOf(path, query) : facts.who.lo;
  if (suspicion.units.length >= REMEMBERED) return;
  if (suspicion.units.filter((one) => one === unit).length >= (isObject || isRequest ? 1 : PER_CALLER)) return;
  suspicion.units.push(unit);
  suspicion.hits++;
  suspicion.values += seen.count;
}

function requestOf(path: string, query: string): number {
  hashText(`${path}?${query}`, 0, REQUEST);
  return REQUEST.lo;
}

function remember(list: number[], value: number): boolean {
  if (list.length >= REMEMBERED || list.includes(value)) return false;
  list.push(value);
  return true;
}

/** Lower bound of a share (Wilson 1927). */
function lowerBound(hits: number, responses: number): number {
  if (responses <= 0) return 0;
  const share = Math.min(1, hits / responses);
  const z2 = CLEAR.z ** 2 / responses;
  return (share + z2 / 2 - Math.sqrt(z2 * (share * (1 - share) + z2 / 4))) / (1 + z2);
}
