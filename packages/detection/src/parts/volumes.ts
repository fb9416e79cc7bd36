import type { Key } from '../core/hash.js';
import type { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import { PerService } from '../core/per-service.js';
import type { Without } from '../without.js';
import type { Facts } from './facts.js';
import type { Routes } from './routes.js';
import { TakenPages } from './taken-pages.js';
import { hourBit, networkBit, ones, TakerWindows } from './taker-windows.js';
import { MIN_DEVIATION, OWN_MEMORY } from './volume-moments.js';
import { type Peers, ServicePeers } from './volume-peers.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/**
 * More than a page of a thousand records of 1 kB, and no ids in it, is a file (an export, an archive, a film). How large it
 * is is the service's doing, not its reader's: it counts as a page of a hundred records, and half where new pages count.
 */
const FILE_BYTES = 1_000_000;
const FILE_COUNTS = 100_000;
/** So many pages in an hour that are larger than ever teach how large pages are; a few are a chance. */
const LARGE_PAGES = 5;
/** The peers count as so many windows of a taker's own (empirical Bayes, reference 3.5). */
const PRIOR_WINDOWS = 10;

/** Centre and spread of ln(1+x) that an hour is judged by: the own past, shrunk towards the peers while it is short. */
export interface Expectation {
  readonly mean: number;
  readonly deviation: number;
  /** Windows of the own past. */
  readonly own: number;
}

/** What is new about the event's hour. */
export interface Novelty {
  /** Pages over routes that the taker never used on a day before, and their bytes. */
  readonly routePages: number;
  readonly routeBytes: number;
  /** Pages from networks that it never came from. */
  readonly networkPages: number;
  readonly networkBytes: number;
  /** Pages larger than the largest one of past days. */
  readonly largePages: number;
  /** An hour of the day in which it never worked. */
  readonly hour: boolean;
  /** Networks it came from on past days, of 32 kinds. */
  readonly networks: number;
  readonly ageDays: number;
}

/** What one taker has taken in this hour. Overwritten by every event. */
interface VolumeFacts {
  /** The response handed out something; the rest is meaningless where it did not. */
  active: boolean;
  /** It is not the same as an earlier one. */
  isNew: boolean;
  slot: number;
  /** Bytes of this hour, files as pages. */
  bytes: number;
  /** The same with files in full. */
  all: number;
  /** Different requests (path and query) of this hour that returned something. */
  pages: number;
  /** Records handed out or asked for, at least one a page. */
  items: number;
}

/**
 * Volumes: what each actor (or session, or address) takes per hour and day, how that compares with its own past and with
 * its peers. The same answer counts once in half a day: polling and retries are not volume (see parts/taken-pages.ts).
 */
export class Volumes implements Part {
  readonly facts: VolumeFacts = { active: false, isNew: false, slot: -1, bytes: 0, all: 0, pages: 0, items: 0 };
  readonly #table: TakerWindows;
  readonly #services = new PerService(() => new ServicePeers());
  readonly #taken: TakenPages;
  readonly #routes: Routes;
  readonly #usesOwn: boolean;
  readonly #usesOthers: boolean;
  /** The event is new in some way, so that there is something to learn. */
  #isNovel = false;

  constructor(
    size: { readonly takers: number; readonly contacts: number },
    from: { readonly routes: Routes; readonly seed: number; readonly without: Without },
  ) {
    this.#routes = from.routes;
    this.#usesOwn = !from.without.has('own_past');
    this.#usesOthers = !from.without.has('shared_rise');
    this.#table = new TakerWindows(size.takers, from.without);
    this.#taken = new TakenPages(size.contacts, from.seed);
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#table] as unknown as readonly KeyTable<never>[];
  }

  /** Adds a successful response to its taker's hour, closing the one before when it is over. */
  read(facts: Facts): void {
    const { event, atMs } = facts;
    const out = this.facts;
    out.active = event.status >= 200 && event.status < 300 && (event.responseBytes > 0 || event.handedOut.length > 0);
    if (out.active && facts.whoKind === 'client') out.active = facts.hasSource;
    if (!out.active) return;
    const taker = takerOf(facts);
    const slot = this.#table.open(taker, atMs);
    out.slot = slot;
    const { columns } = this.#table;
    if (this.#table.fresh) columns.firstDay[slot] = Math.floor(atMs / DAY_MS);
    const hour = Math.floor(atMs / HOUR_MS);
    if (hour > columns.hour[slot]!) this.#openHour(slot, facts);
    out.isNew = this.#taken.add(facts, taker);
    this.#isNovel = false;
    if (out.isNew) {
      this.#add(slot, facts);
      if (this.#table.rises(slot)) this.#groupOf(facts).rises.noteRise(columns.hour[slot]!);
    }
    out.bytes = columns.bytes.get(slot);
    out.all = out.bytes + columns.rest.get(slot);
    out.pages = columns.pages[slot]!;
    out.items = columns.items[slot]!;
  }

  /** Learns where, when and over which routes the taker works. */
  learn(facts: Facts): void {
    const { active, slot } = this.facts;
    if (!active || (!this.#isNovel && !facts.tainted)) return;
    const { columns } = this.#table;
    if (facts.tainted) {
      columns.tainted[slot] = 1;
      return;
    }
    columns.hoursToday[slot] = columns.hoursToday[slot]! | hourBit(facts.atMs);
    columns.networksToday[slot] = columns.networksToday[slot]! | networkBit(facts);
    if (columns.largePages[slot]! >= LARGE_PAGES && facts.event.responseBytes <= FILE_BYTES) {
      columns.largestToday[slot] = Math.max(columns.largestToday[slot]!, facts.event.responseBytes);
    }
    const route = this.#routes.current?.key.lo;
    if (route === undefined) return;
    const routes = route & 32 ? columns.routesHiToday : columns.routesLoToday;
    routes[slot] = routes[slot]! | (1 << (route & 31));
  }

  /** Those that the event's taker is compared with: its kind, or all where its kind is too small to speak. */
  peersOf(facts: Facts): Peers {
    const own = this.#groupOf(facts);
    return own.isKnown(facts.atMs) ? own : this.#services.of(facts.event.service).everyone;
  }

  /** The most that the taker's rise can say, nats, where many of its kind rise in the same hour (leave-one-out). */
  riseLimit(facts: Facts): number {
    const times = this.#usesOthers ? this.#table.timesRisen(this.facts.slot) : 0;
    return times === 0 ? Number.POSITIVE_INFINITY : this.#groupOf(facts).rises.limitOf(times);
  }

  /** What is usual for the taker's hour. */
  expect(what: 'bytes' | 'items', peers: Peers): Expectation {
    const { slot } = this.facts;
    const { columns } = this.#table;
    const own = this.#usesOwn ? columns.windows[slot]! : 0;
    const mean = what === 'bytes' ? columns.byteMean[slot]! : columns.itemMean[slot]!;
    const variance = what === 'bytes' ? columns.byteVar[slot]! : columns.itemVar[slot]!;
    const group = peers[what].log;
    const weight = Math.min(own, OWN_MEMORY * 2);
    const pooled = (PRIOR_WINDOWS * group.deviation ** 2 + weight * variance) / (PRIOR_WINDOWS + weight);
    return {
      mean: (PRIOR_WINDOWS * group.mean + weight * mean) / (PRIOR_WINDOWS + weight),
      deviation: Math.max(MIN_DEVIATION, Math.sqrt(pooled)) * Math.sqrt(1 + 1 / (PRIOR_WINDOWS + weight)),
      own,
    };
  }

  /** How far an hour of so many bytes lies from the taker's own hours alone, in deviations; 0 while they are few. */
  ownDeviation(bytes: number): number {
    return this.#usesOwn ? this.#table.deviationOf(this.facts.slot, bytes) : 0;
  }

  /** Bytes of the taker's usual day, 0 before a week of them: an hour within a few of them is work caught up on. */
  get usualDay(): number {
    return this.#table.usualDay(this.facts.slot);
  }

  /** Active days of the taker's past. */
  get activeDays(): number {
    return this.#usesOwn ? this.#table.columns.days[this.facts.slot]! : 0;
  }

  /** The largest hours of the taker's past. */
  get mostBytes(): number {
    return this.#table.columns.maxBytes.get(this.facts.slot);
  }

  get mostItems(): number {
    return this.#table.columns.maxItems[this.facts.slot]!;
  }

  /** The largest hour of the past with files in full. */
  get mostAll(): number {
    return this.#table.columns.maxAll.get(this.facts.slot);
  }

  /** Unix ms. */
  get firstMs(): number {
    return this.#table.columns.firstMs.get(this.facts.slot);
  }

  /** Nats of the slow tests, days added up. */
  get slowBytes(): number {
    return this.#table.columns.byteCusum[this.facts.slot]!;
  }

  get slowItems(): number {
    return this.#table.columns.itemCusum[this.facts.slot]!;
  }

  novelty(atMs: number): Novelty {
    const { slot } = this.facts;
    const { columns } = this.#table;
    return {
      routePages: columns.routePages[slot]!,
      routeBytes: columns.routeBytes[slot]!,
      networkPages: columns.networkPages[slot]!,
      networkBytes: columns.networkBytes[slot]!,
      largePages: columns.largePages[slot]!,
      hour: (columns.hours[slot]! & hourBit(atMs)) === 0,
      networks: ones(columns.networks[slot]!),
      ageDays: Math.max(0, Math.floor(atMs / DAY_MS) - columns.firstDay[slot]!),
    };
  }

  save(): unknown {
    return { table: this.#table.save(), services: this.#services.save(), taken: this.#taken.save() };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#table.load(from.table);
    this.#services.load(from.services);
    this.#taken.load(from.taken);
  }

  #add(slot: number, facts: Facts): void {
    const { columns } = this.#table;
    const { event } = facts;
    columns.pages[slot]!++;
    columns.items[slot]! += Math.max(1, event.handedOut.length, event.objects.length);
    const allBytes = Math.max(0, event.responseBytes);
    const isFile = allBytes > FILE_BYTES && event.handedOut.length < 2;
    const bytes = isFile ? FILE_COUNTS : allBytes;
    const page = isFile ? 0.5 : 1;
    columns.bytes.set(slot, columns.bytes.get(slot) + bytes);
    if (isFile) columns.rest.set(slot, columns.rest.get(slot) + allBytes - bytes);
    let isNovel = (columns.hours[slot]! & hourBit(facts.atMs)) === 0;
    if ((columns.networks[slot]! & networkBit(facts)) === 0) {
      columns.networkPages[slot]! += page;
      columns.networkBytes[slot]! += bytes;
      isNovel = true;
    }
    const route = this.#routes.current?.key.lo;
    let isKnownRoute = false;
    if (route !== undefined) {
      const routes = route & 32 ? columns.routesHi : columns.routesLo;
      isKnownRoute = (routes[slot]! & (1 << (route & 31))) !== 0;
      if (!isKnownRoute) {
        columns.routePages[slot]! += page;
        columns.routeBytes[slot]! += bytes;
        isNovel = true;
      }
    }
    // How large a file is, is not its reader's doing; a program that always used the route asks for more of it.
    const mayBeLarge = !isFile || (isKnownRoute && event.actorKind === 'api_key');
    if (mayBeLarge && allBytes > columns.largest[slot]!) {
      columns.largePages[slot]!++;
      isNovel = true;
    }
    this.#isNovel = isNovel;
  }

  #groupOf(facts: Facts): Peers {
    return this.#services.of(facts.event.service).groups.of(groupName(facts));
  }

  #openHour(slot: number, facts: Facts): void {
    const service = this.#services.of(facts.event.service);
    const peers = service.groups.of(groupName(facts));
    if (Number.isNaN(peers.firstMs)) peers.firstMs = facts.atMs;
    if (Number.isNaN(service.everyone.firstMs)) service.everyone.firstMs = facts.atMs;
    this.#table.openHour(slot, facts.atMs, peers, service.everyone);
  }
}

/** Who takes: the actor, the session, or the address where there is neither. */
function takerOf(facts: Facts): Key {
  return facts.whoKind === 'client' ? facts.source : facts.who;
}

function groupName(facts: Facts): string {
  return facts.event.actorKind !== '' ? facts.event.actorKind : facts.whoKind;
}
