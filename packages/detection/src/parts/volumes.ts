import type { RequestEvent } from '@vedette/protocol';
import { BloomGenerations } from '../core/bloom.js';
import { hashText, type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import { PeerVolumes } from '../core/peer-volumes.js';
import { PerService } from '../core/per-service.js';
import type { Facts } from './facts.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Route names whose bits are remembered. */
const CACHED_ROUTES = 10_000;
/** Peers are known from two hundred windows of three days on; a week shows the rhythm (reference 8.5 asks for it). */
const MIN_WINDOWS = 200;
const MIN_PEERS = 10;
const YOUNG_MS = 3 * DAY_MS;
const MATURE_MS = 7 * DAY_MS;
/** Windows of one taker that its peers learn from, a day. */
const VOTES_PER_DAY = 4;
/** Weight of the newest window in a taker's own past once it is long: a month of days, a few weeks of hours. */
const OWN_MEMORY = 30;
/** No window teaches more than this many deviations: an outlier is remembered as large, not as normal. */
const WINSOR = 3;
/** The least spread a habit has: hours of one habit vary by half again at least (σ of ln). */
const MIN_DEVIATION = 0.5;

const COLUMNS = {
  firstDay: 'u16',
  days: 'u16',
  hour: 'u32',
  bytes: 'f64',
  pages: 'u32',
  items: 'u32',
  requests: 'u32',
  firstMs: 'f64',
  tainted: 'u8',
  windows: 'u16',
  byteMean: 'f32',
  byteVar: 'f32',
  itemMean: 'f32',
  itemVar: 'f32',
  maxBytes: 'f64',
  maxItems: 'u32',
  voteDay: 'u16',
  votes: 'u8',
  hours: 'u32',
  hoursToday: 'u32',
  networks: 'u32',
  networksToday: 'u32',
  routesLo: 'u32',
  routesLoToday: 'u32',
  routesHi: 'u32',
  routesHiToday: 'u32',
  day: 'u16',
  dayBytes: 'f64',
  dayItems: 'u32',
  dayWindows: 'u16',
  dayByteMean: 'f32',
  dayByteVar: 'f32',
  dayItemMean: 'f32',
  dayItemVar: 'f32',
  byteCusum: 'f32',
  itemCusum: 'f32',
  waitingDay: 'u16',
  waitingBytes: 'f32',
  waitingItems: 'f32',
} as const;

/** What a group of peers (actors of one kind, at one service) usually takes in an hour. */
export class Peers implements Part {
  readonly bytes = new PeerVolumes();
  readonly items = new PeerVolumes();
  members = 0;
  firstMs = Number.NaN;
  /** Deviations of the members' days from their own past, by day of the week: what everyone does is no one's doing. */
  shifts: { day: number; sum: number; count: number }[] = Array.from({ length: 7 }, () => ({
    day: 0,
    sum: 0,
    count: 0,
  }));

  isKnown(nowMs: number): boolean {
    return this.bytes.size >= MIN_WINDOWS && this.members >= MIN_PEERS && nowMs - this.firstMs >= YOUNG_MS;
  }

  isMature(nowMs: number): boolean {
    return this.isKnown(nowMs) && nowMs - this.firstMs >= MATURE_MS;
  }

  save(): unknown {
    const { members, firstMs, shifts } = this;
    return { bytes: this.bytes.save(), items: this.items.save(), members, firstMs, shifts };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.bytes.load(from.bytes);
    this.items.load(from.items);
    this.members = from.members as number;
    this.firstMs = from.firstMs as number;
    this.shifts = from.shifts as typeof this.shifts;
  }
}

class ServicePeers implements Part {
  readonly groups = new PerService(() => new Peers());

  save(): unknown {
    return this.groups.save();
  }

  load(saved: unknown): void {
    this.groups.load(saved);
  }
}

/** Centre and spread of ln(1+x) that an hour is judged by: the own past, shrunk towards the peers while it is short. */
export interface Expectation {
  readonly mean: number;
  readonly deviation: number;
  /** Windows of the own past. */
  readonly own: number;
}

/** What one taker has taken in this hour, with what is usual for it. Overwritten by every event. */
export interface VolumeFacts {
  active: boolean;
  slot: number;
  peers: Peers;
  bytes: number;
  /** Different requests (path and query) of this hour that returned something. */
  pages: number;
  /** Records handed out or asked for, at least one a page. */
  items: number;
  requests: number;
  /** First request of this hour, Unix ms. */
  firstMs: number;
  /** Nats of the slow tests, days added up. */
  byteCusum: number;
  itemCusum: number;
  ageDays: number;
  activeDays: number;
  newRoute: boolean;
  newNetwork: boolean;
  newHour: boolean;
  /** Networks it came from on past days, of 32 kinds. */
  networks: number;
  /** All takers of the service. */
  everyone: Peers;
}

/**
 * Volumes: what each actor (or session, or address) takes per hour and day, how that compares with its own past and with
 * its peers. The same URL counts once in half a day: polling and retries are not volume.
 */
export class Volumes implements Part {
  readonly facts: VolumeFacts;
  readonly #table: KeyTable<typeof COLUMNS>;
  readonly #services = new PerService(() => new ServicePeers());
  readonly #seen: BloomGenerations;
  readonly #target = newKey();
  /** Only a cache. */
  readonly #routes = new Map<string, number>();
  /** Bits of the event's route. */
  #route = 0;
  readonly #seed: number;

  constructor(size: { readonly sources: number; readonly contacts: number }, seed: number) {
    this.#seed = seed;
    this.#table = new KeyTable({ name: 'volumes', maxKeys: size.sources, ttlMs: 60 * DAY_MS, columns: COLUMNS });
    this.#seen = new BloomGenerations({ keys: size.contacts, generations: 2, generationMs: DAY_MS / 4 });
    this.facts = {
      active: false,
      slot: -1,
      peers: new Peers(),
      bytes: 0,
      pages: 0,
      items: 0,
      requests: 0,
      firstMs: 0,
      byteCusum: 0,
      itemCusum: 0,
      ageDays: 0,
      activeDays: 0,
      newRoute: false,
      newNetwork: false,
      newHour: false,
      networks: 0,
      everyone: new Peers(),
    };
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#table] as unknown as readonly KeyTable<never>[];
  }

  /** Adds a successful response to its taker's hour and day, closing those that are over. */
  read(facts: Facts): void {
    const { event, atMs } = facts;
    const out = this.facts;
    out.active = event.status >= 200 && event.status < 300 && (event.responseBytes > 0 || event.handedOut.length > 0);
    if (out.active && facts.whoKind === 'client') out.active = facts.hasSource;
    if (!out.active) return;
    const taker = takerOf(facts);
    const group = event.actorKind !== '' ? event.actorKind : facts.whoKind;
    const { groups } = this.#services.of(event.service);
    const own = groups.of(group);
    const everyone = groups.of('everyone');
    // A group that is too small to speak (one API key among users) is judged by all.
    out.peers = own.isKnown(atMs) ? own : everyone;
    out.everyone = everyone;
    const slot = this.#table.open(taker, atMs);
    out.slot = slot;
    const { columns } = this.#table;
    if (this.#table.fresh) columns.firstDay[slot] = Math.floor(atMs / DAY_MS);
    this.#closeWindows(slot, atMs, own, everyone);
    this.#novelty(slot, facts);
    if (!this.#isRepeat(facts, taker)) this.#add(slot, event);
    this.#report(slot, atMs);
  }

  #add(slot: number, event: RequestEvent): void {
    const { columns } = this.#table;
    columns.bytes[slot]! += Math.max(0, event.responseBytes);
    columns.dayBytes[slot]! += Math.max(0, event.responseBytes);
    columns.pages[slot]!++;
    columns.requests[slot]!++;
    const items = Math.max(1, event.handedOut.length, event.objects.length);
    columns.items[slot]! += items;
    columns.dayItems[slot]! += items;
  }

  /** Learns where, when and over which routes the taker works. */
  learn(facts: Facts): void {
    const { active, slot } = this.facts;
    if (!active) return;
    const { columns } = this.#table;
    if (facts.tainted) {
      columns.tainted[slot] = 1;
      return;
    }
    columns.hoursToday[slot] = columns.hoursToday[slot]! | hourBit(facts.atMs);
    columns.networksToday[slot] = columns.networksToday[slot]! | networkBit(facts);
    const bit = 1 << (this.#route & 31);
    const routes = this.#route & 32 ? columns.routesHiToday : columns.routesLoToday;
    routes[slot] = routes[slot]! | bit;
  }

  /** What is usual for the taker's hour. */
  expect(what: 'bytes' | 'items'): Expectation {
    const { slot, peers } = this.facts;
    const { columns } = this.#table;
    const own = columns.windows[slot]!;
    const [mean, variance] =
      what === 'bytes'
        ? [columns.byteMean[slot]!, columns.byteVar[slot]!]
        : [columns.itemMean[slot]!, columns.itemVar[slot]!];
    const group = peers[what].log;
    const weight = Math.min(own, OWN_MEMORY * 2);
    const pooled = (PRIOR_WINDOWS * group.deviation ** 2 + weight * variance) / (PRIOR_WINDOWS + weight);
    return {
      mean: (PRIOR_WINDOWS * group.mean + weight * mean) / (PRIOR_WINDOWS + weight),
      deviation: Math.max(MIN_DEVIATION, Math.sqrt(pooled)) * Math.sqrt(1 + 1 / (PRIOR_WINDOWS + weight)),
      own,
    };
  }

  /** The largest hours of the taker's past: bytes and items. */
  get ownMaximum(): { readonly bytes: number; readonly items: number } {
    const { slot } = this.facts;
    return { bytes: this.#table.columns.maxBytes[slot]!, items: this.#table.columns.maxItems[slot]! };
  }

  save(): unknown {
    return { table: this.#table.save(), services: this.#services.save(), seen: this.#seen.save() };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#table.load(from.table);
    this.#services.load(from.services);
    this.#seen.load(from.seen);
  }

  #report(slot: number, atMs: number): void {
    const out = this.facts;
    const { columns } = this.#table;
    out.bytes = columns.bytes[slot]!;
    out.pages = columns.pages[slot]!;
    out.items = columns.items[slot]!;
    out.requests = columns.requests[slot]!;
    out.firstMs = columns.firstMs[slot]!;
    out.byteCusum = columns.byteCusum[slot]!;
    out.itemCusum = columns.itemCusum[slot]!;
    out.ageDays = Math.max(0, Math.floor(atMs / DAY_MS) - columns.firstDay[slot]!);
    out.activeDays = columns.days[slot]!;
  }

  #novelty(slot: number, facts: Facts): void {
    const out = this.facts;
    const { columns } = this.#table;
    this.#route = this.#routeOf(facts.place);
    const routes = this.#route & 32 ? columns.routesHi : columns.routesLo;
    out.newRoute = (routes[slot]! & (1 << (this.#route & 31))) === 0;
    out.newNetwork = (columns.networks[slot]! & networkBit(facts)) === 0;
    out.networks = ones(columns.networks[slot]!);
    out.newHour = (columns.hours[slot]! & hourBit(facts.atMs)) === 0;
  }

  /** Well-mixed bits of the route or operation. */
  #routeOf(name: string): number {
    let bits = this.#routes.get(name);
    if (bits === undefined) {
      if (this.#routes.size >= CACHED_ROUTES) this.#routes.clear();
      hashText(name, this.#seed, this.#target);
      bits = this.#target.lo;
      this.#routes.set(name, bits);
    }
    return bits;
  }

  #isRepeat(facts: Facts, taker: Readonly<Key>): boolean {
    const { event } = facts;
    // What a POST asks for stands in its body, which is not seen: every one counts.
    if (event.method !== 'GET' && event.method !== 'HEAD') return false;
    hashText(event.query === '' ? event.path : `${event.path}?${event.query}`, this.#seed, this.#target);
    mixKeys(31, taker, this.#target, this.#target);
    return this.#seen.add(this.#target, facts.atMs);
  }

  #closeWindows(slot: number, atMs: number, peers: Peers, everyone: Peers): void {
    const { columns } = this.#table;
    if (Number.isNaN(peers.firstMs)) peers.firstMs = atMs;
    if (Number.isNaN(everyone.firstMs)) everyone.firstMs = atMs;
    const hour = Math.floor(atMs / HOUR_MS);
    if (hour <= columns.hour[slot]!) return;
    if (columns.hour[slot] !== 0) this.#closeHour(slot, peers, everyone);
    columns.hour[slot] = hour;
    columns.firstMs[slot] = atMs;
    columns.bytes[slot] = columns.pages[slot] = columns.items[slot] = columns.requests[slot] = 0;
    const day = Math.floor(atMs / DAY_MS);
    if (day > columns.day[slot]!) {
      if (columns.dayItems[slot] !== 0) this.#closeDay(slot, peers);
      columns.day[slot] = day;
      columns.dayBytes[slot] = columns.dayItems[slot] = 0;
      columns.tainted[slot] = 0;
      this.#rememberToday(slot);
    }
  }

  #closeHour(slot: number, peers: Peers, everyone: Peers): void {
    const { columns } = this.#table;
    // An hour of nothing but repeats is not a small hour.
    if (columns.tainted[slot] === 1 || columns.pages[slot] === 0) return;
    const bytes = columns.bytes[slot]!;
    const items = columns.items[slot]!;
    const windows = columns.windows[slot]!;
    learnMoment(columns.byteMean, columns.byteVar, slot, windows, Math.log1p(bytes));
    learnMoment(columns.itemMean, columns.itemVar, slot, windows, Math.log1p(items));
    columns.windows[slot] = Math.min(65_535, windows + 1);
    if (bytes > columns.maxBytes[slot]!) columns.maxBytes[slot] = bytes;
    if (items > columns.maxItems[slot]!) columns.maxItems[slot] = items;
    const day = Math.floor(columns.hour[slot]! / 24);
    if (columns.voteDay[slot] !== day) {
      if (columns.voteDay[slot] === 0) {
        peers.members++;
        everyone.members++;
      }
      columns.voteDay[slot] = day;
      columns.votes[slot] = 0;
      columns.days[slot] = Math.min(65_535, columns.days[slot]! + 1);
      if (columns.days[slot]! > 1) this.#table.protect(slot);
    }
    if (columns.votes[slot]! >= VOTES_PER_DAY) return;
    columns.votes[slot]!++;
    for (const group of [peers, everyone]) {
      group.bytes.add(bytes);
      group.items.add(items);
    }
  }

  /** What is new today is new all day. */
  #rememberToday(slot: number): void {
    const { columns } = this.#table;
    columns.hours[slot] = columns.hours[slot]! | columns.hoursToday[slot]!;
    columns.networks[slot] = columns.networks[slot]! | columns.networksToday[slot]!;
    columns.routesLo[slot] = columns.routesLo[slot]! | columns.routesLoToday[slot]!;
    columns.routesHi[slot] = columns.routesHi[slot]! | columns.routesHiToday[slot]!;
    columns.hoursToday[slot] = columns.networksToday[slot] = 0;
    columns.routesLoToday[slot] = columns.routesHiToday[slot] = 0;
  }

  /**
   * Ends a day of the slow tests. Its deviations wait until the next day ends: by then it is known how much all peers rose.
   */
  #closeDay(slot: number, peers: Peers): void {
    const { columns } = this.#table;
    this.#addWaiting(slot, peers);
    const days = columns.dayWindows[slot]!;
    const bytes = Math.log1p(columns.dayBytes[slot]!);
    const items = Math.log1p(columns.dayItems[slot]!);
    if (days >= MIN_DAYS) {
      columns.waitingDay[slot] = columns.day[slot]!;
      columns.waitingBytes[slot] = deviations(bytes, columns.dayByteMean[slot]!, columns.dayByteVar[slot]!, days);
      columns.waitingItems[slot] = deviations(items, columns.dayItemMean[slot]!, columns.dayItemVar[slot]!, days);
      addShift(peers, columns.day[slot]!, columns.waitingBytes[slot]!);
    }
    // A rise in progress must not teach that it is normal.
    if (columns.tainted[slot] === 1 || this.#table.suspicion[slot]! > FREEZE) return;
    learnMoment(columns.dayByteMean, columns.dayByteVar, slot, days, bytes);
    learnMoment(columns.dayItemMean, columns.dayItemVar, slot, days, items);
    columns.dayWindows[slot] = Math.min(65_535, days + 1);
  }

  /** Adds a day to the slow tests: CUSUM of deviations with allowance ½, the exact test of a shift by one deviation. */
  #addWaiting(slot: number, peers: Peers): void {
    const { columns } = this.#table;
    if (columns.waitingDay[slot] === 0) return;
    const shift = shiftOf(peers, columns.waitingDay[slot]!);
    columns.byteCusum[slot] = added(columns.byteCusum[slot]!, columns.waitingBytes[slot]! - shift);
    columns.itemCusum[slot] = added(columns.itemCusum[slot]!, columns.waitingItems[slot]! - shift);
    columns.waitingDay[slot] = 0;
    this.#table.suspicion[slot] = Math.min(columns.byteCusum[slot]!, columns.itemCusum[slot]!);
  }
}

/** One day more of a slow test. Once it has fired, a day without a rise halves it: the campaign ends within days. */
function added(sum: number, deviation: number): number {
  if (sum >= SLOW_THRESHOLD && deviation < 1) return sum / 2;
  return Math.min(SLOW_THRESHOLD * 2, Math.max(0, sum + deviation - 0.5));
}

function addShift(peers: Peers, day: number, deviation: number): void {
  const shift = peers.shifts[day % peers.shifts.length]!;
  if (shift.day !== day) {
    if (shift.day > day) return;
    shift.day = day;
    shift.sum = shift.count = 0;
  }
  shift.sum += deviation;
  shift.count++;
}

/** How much all peers rose on a day, from ten of them on. */
function shiftOf(peers: Peers, day: number): number {
  const shift = peers.shifts[day % peers.shifts.length]!;
  return shift.day === day && shift.count >= MIN_PEERS ? Math.max(0, shift.sum / shift.count) : 0;
}

/** Both slow tests, bytes and items, must pass this (reference 5.10); their sum is the evidence. */
export const SLOW_THRESHOLD = 12;
/** The peers count as so many windows of a taker's own (empirical Bayes, reference 3.5). */
const PRIOR_WINDOWS = 10;
/** Days of own past before the slow tests run. */
const MIN_DAYS = 14;
/** A slow test above this is a suspicion: the past is frozen (a third of the threshold, as for all tests). */
const FREEZE = 4;
/** Days of one habit vary less than hours: a third at least. */
const MIN_DAY_DEVIATION = 0.35;

/** Deviation of one day from the own past, in predictive standard deviations, winsorised. */
function deviations(value: number, mean: number, variance: number, days: number): number {
  const deviation = Math.max(MIN_DAY_DEVIATION, Math.sqrt(variance)) * Math.sqrt(1 + 1 / Math.min(days, OWN_MEMORY));
  return Math.min(WINSOR, Math.max(-WINSOR, (value - mean) / deviation));
}

/** Mean and variance with memory: exact while short, then exponential with a weight of 1/30 (West 1979), winsorised. */
function learnMoment(means: Float32Array, variances: Float32Array, slot: number, seen: number, value: number): void {
  const weight = 1 / Math.min(seen + 1, OWN_MEMORY);
  let difference = value - means[slot]!;
  if (seen >= 5) {
    const limit = WINSOR * Math.max(MIN_DEVIATION, Math.sqrt(variances[slot]!));
    difference = Math.min(limit, Math.max(-limit, difference));
  }
  means[slot]! += weight * difference;
  variances[slot] = (1 - weight) * (variances[slot]! + weight * difference * difference);
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Who takes: the actor, the session, or the address where there is neither. */
function takerOf(facts: Facts): Key {
  return facts.whoKind === 'client' ? facts.source : facts.who;
}

function hourBit(atMs: number): number {
  return 1 << (Math.floor(atMs / HOUR_MS) % 24);
}

function networkBit(facts: Facts): number {
  return 1 << (facts.prefix.lo & 31);
}
