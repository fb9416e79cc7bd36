import { SENSITIVE_UNREAD } from '@vedette/protocol';
import type { Facts } from '../parts/facts.js';
import { groupOf, type RouteHabits } from '../parts/routes.js';
import { type Change, type Changes, type Novelties, newNovelties, noteActive, noteChange } from './consumer-changes.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Days after which a habit has half faded (a month of days counts, reference 5.14). */
const MEMORY_DAYS = 28;
/** Different names kept of one consumer; programs use few. */
const MAX_ROUTES = 64;
const MAX_PLACES = 16;

/** So many requests at hours that are new are more than a late start. */
export const HOUR_REQUESTS = 10;
/** The first days of a consumer show what it is, not what it changes. */
const FIRST_DAYS = 3;
/** Fewer requests have no mix: a day of two may lie anywhere. */
const MIX_REQUESTS = 20;

/** A route that a consumer never used before. Plain data. */
export interface NewRoute {
  /** It returned sensitive values. */
  isSensitive: boolean;
  /** Share of the consumers of the service that use it. */
  readonly share: number;
}

/** What one program with a key does: the past by days, and today. Plain data. */
export interface Consumer {
  readonly service: string;
  day: number;
  /** Days of the past on which it was active. */
  days: number;
  /** Route → share of a usual day's requests, fading. */
  readonly past: Map<string, number>;
  readonly today: Map<string, number>;
  readonly networks: string[];
  readonly networksToday: string[];
  /** Client software without its version numbers. */
  readonly clients: string[];
  readonly clientsToday: string[];
  hours: number;
  hoursToday: number;
  requests: number;
  writes: number;
  mostRequests: number;
  mostWriteShare: number;
  /** Largest distance of a past day from the days before it. */
  mostDistance: number;
  /** Routes never used before, by name. */
  readonly newRoutes: Map<string, NewRoute>;
  newHourRequests: number;
  readonly novelties: Novelties;
  /** Today's change was told. */
  isTold: boolean;
  /** How today differs from the past. */
  readonly changed: Set<Change>;
  firstMs: number;
  /** The last request's network and user agent, and whether they were new: most requests are from where the last one was. */
  networkHi: number;
  networkLo: number;
  isNetworkNew: boolean;
  userAgent: string;
  isClientNew: boolean;
}

export function newConsumer(service: string, atMs: number): Consumer {
  return {
    service,
    day: Math.floor(atMs / DAY_MS),
    days: 0,
    past: new Map(),
    today: new Map(),
    networks: [],
    networksToday: [],
    clients: [],
    clientsToday: [],
    hours: 0,
    hoursToday: 0,
    requests: 0,
    writes: 0,
    mostRequests: 0,
    mostWriteShare: 0,
    mostDistance: 0,
    newRoutes: new Map(),
    newHourRequests: 0,
    novelties: newNovelties(),
    changed: new Set(),
    isTold: false,
    firstMs: atMs,
    networkHi: 0,
    networkLo: 0,
    isNetworkNew: false,
    userAgent: '',
    isClientNew: false,
  };
}

/**
 * Counts a request of today, closing yesterday, also among the days of all consumers of the service.
 *
 * @returns whether it is new in any way to a consumer with a past
 */
export function addRequest(consumer: Consumer, all: Changes, facts: Facts, habits: RouteHabits | null): boolean {
  const { event, atMs } = facts;
  const day = Math.floor(atMs / DAY_MS);
  if (day > consumer.day) closeDay(consumer, all, day, atMs);
  consumer.requests++;
  if (consumer.requests === 1 && consumer.days >= FIRST_DAYS) noteActive(all, day);
  const isWrite = event.method !== 'GET' && event.method !== 'HEAD' && event.method !== 'OPTIONS';
  if (isWrite && event.operation === '') consumer.writes++;
  const hour = 1 << (Math.floor(atMs / HOUR_MS) % 24);
  consumer.hoursToday |= hour;
  let isNew = (consumer.hours & hour) === 0;
  if (isNew) consumer.newHourRequests++;
  if (isNetworkNew(consumer, facts)) isNew = true;
  if (isClientNew(consumer, event.userAgent)) isNew = true;
  const { place } = facts;
  if (place === '') return isNew;
  const route = `${event.method} ${place}`;
  const count = consumer.today.get(route);
  if (count !== undefined || consumer.today.size < MAX_ROUTES) consumer.today.set(route, (count ?? 0) + 1);
  if (!consumer.past.has(route) && event.status < 400 && consumer.newRoutes.size < MAX_ROUTES) {
    note(consumer, all, 'routes');
    const known = consumer.newRoutes.get(route);
    if (known !== undefined) known.isSensitive ||= hasSensitive(facts);
    else {
      isNew = true;
      consumer.newRoutes.set(route, { isSensitive: hasSensitive(facts), share: habits?.share(groupOf(facts)) ?? 0 });
    }
  }
  return isNew;
}

/**
 * Jensen–Shannon distance between today's mix of routes and the past one: square root of the divergence in bits, 0 for the
 * same mix, 1 for mixes without a common route (Endres, Schindelin 2003).
 */
export function distanceOf(consumer: Readonly<Consumer>): number {
  let [now, before] = [0, 0];
  for (const count of consumer.today.values()) now += count;
  for (const share of consumer.past.values()) before += share;
  if (now === 0 || before === 0) return 0;
  let sum = 0;
  for (const [route, count] of consumer.today) sum += termOf(count / now, (consumer.past.get(route) ?? 0) / before);
  for (const [route, share] of consumer.past) if (!consumer.today.has(route)) sum += share / before;
  return Math.sqrt(Math.min(1, Math.max(0, sum / 2)));
}

/** Chrome/126.0.1 and Chrome/127.0 are one family: an update is no new client. */
export function familyOf(userAgent: string): string {
  return userAgent.replace(/\d+/g, '#').replace(/#([._-]#)+/g, '#');
}

function hasSensitive(facts: Facts): boolean {
  const { sensitive } = facts.event;
  for (const kind in sensitive) if (kind !== SENSITIVE_UNREAD && sensitive[kind]! > 0) return true;
  return false;
}

function closeDay(consumer: Consumer, all: Changes, day: number, atMs: number): void {
  if (consumer.requests > 0) {
    // What was told is no usual day.
    if (consumer.days >= FIRST_DAYS && !consumer.isTold) {
      noteDay(consumer, consumer.novelties);
      noteDay(consumer, all.past);
    }
    if (consumer.days >= FIRST_DAYS && consumer.requests >= MIX_REQUESTS)
      consumer.mostDistance = Math.max(consumer.mostDistance * 0.99, distanceOf(consumer));
    const fade = consumer.days === 0 ? 0 : 1 - 1 / Math.min(consumer.days + 1, MEMORY_DAYS);
    for (const [route, share] of consumer.past) consumer.past.set(route, share * fade);
    for (const [route, count] of consumer.today) {
      if (!consumer.past.has(route) && consumer.past.size >= MAX_ROUTES) continue;
      consumer.past.set(route, (consumer.past.get(route) ?? 0) + (1 - fade) * (count / consumer.requests));
    }
    consumer.mostRequests = Math.max(consumer.mostRequests, consumer.requests);
    consumer.mostWriteShare = Math.max(consumer.mostWriteShare, consumer.writes / consumer.requests);
    consumer.hours |= consumer.hoursToday;
    moveInto(consumer.networks, consumer.networksToday);
    moveInto(consumer.clients, consumer.clientsToday);
    consumer.days = Math.min(consumer.days + 1, 10_000);
  }
  consumer.today.clear();
  consumer.newRoutes.clear();
  consumer.changed.clear();
  consumer.isTold = false;
  consumer.hoursToday = consumer.requests = consumer.writes = consumer.newHourRequests = 0;
  consumer.day = day;
  consumer.firstMs = atMs;
  consumer.networkHi = consumer.networkLo = 0;
  consumer.userAgent = '';
  consumer.isClientNew = false;
}

function isNetworkNew(consumer: Consumer, facts: Facts): boolean {
  const { hi, lo } = facts.prefix;
  if (hi !== consumer.networkHi || lo !== consumer.networkLo) {
    consumer.networkHi = hi;
    consumer.networkLo = lo;
    consumer.isNetworkNew = addPlace(consumer.networks, consumer.networksToday, facts.address.prefixLabel);
  }
  return consumer.isNetworkNew;
}

function isClientNew(consumer: Consumer, userAgent: string): boolean {
  if (userAgent !== consumer.userAgent) {
    consumer.userAgent = userAgent;
    consumer.isClientNew = addPlace(consumer.clients, consumer.clientsToday, familyOf(userAgent));
  }
  return consumer.isClientNew;
}

/** Notes that the consumer changes today, once it has a past. */
export function note(consumer: Consumer, all: Changes, change: Change): void {
  if (consumer.days >= FIRST_DAYS) noteChange(consumer.changed, all, consumer.day, change);
}

function noteDay(consumer: Readonly<Consumer>, into: Novelties): void {
  into.days++;
  for (const change of consumer.changed) into[change]++;
}

function addPlace(known: readonly string[], today: string[], place: string): boolean {
  if (place === '' || known.includes(place)) return false;
  if (today.includes(place)) return true;
  if (today.length < MAX_PLACES) today.push(place);
  return true;
}

function moveInto(known: string[], today: string[]): void {
  for (const place of today) {
    if (known.length >= MAX_PLACES) known.shift();
    known.push(place);
  }
  today.length = 0;
}

/** One route's part of twice the divergence, its share now and before. */
function termOf(now: number, before: number): number {
  const middle = (now + before) / 2;
  return now * Math.log2(now / middle) + (before > 0 ? before * Math.log2(before / middle) : 0);
}
