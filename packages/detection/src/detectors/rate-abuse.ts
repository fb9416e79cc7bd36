import type { Discount, Evidence } from '@vedette/protocol';
import { type Campaign, Campaigns, noteRequest, type Statement } from '../core/campaigns.js';
import type { Key } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { PerService } from '../core/per-service.js';
import type { Threshold } from '../core/sensitivity.js';
import { surprise } from '../core/student-t.js';
import { addToTally } from '../core/tally.js';
import { counted, duration, grouped, percent, shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { MinuteLoad } from '../parts/minute-load.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** What is judged is a minute of a taker: three requests on average. */
const UPDATES_PER_MILLION = 300_000;
/** From this many requests in a minute on a taker is looked at one by one. */
const CANDIDATE = 30;
/** No one is accused below this many in a minute; where they are expensive, one a second. */
const MIN_COUNT = 100;
const MIN_COUNT_BUSY = 60;
/** How far beyond what 999 in 1,000 minutes of peers stay below, and beyond the own largest minute so far. */
const BEYOND = 3;
/** Volume alone, minute by minute: two at least, unless one is ten times beyond even that. */
const MINUTE_LIMIT = 8;
const FAR_BEYOND = 10;
/** A minute below the limit takes half a full one back. */
const RECOVERY = 4;
const MIN_DEVIATION = 0.5;
/**
 * Who takes less than a twentieth of the service's time, and less than a quarter of a route's requests with a hundredth of
 * the time, harms no one (reference 5.13); nor who keeps the service busy for less than a twentieth of a minute.
 */
const MIN_BUSY_MS = 3_000;
const HARM = { service: 0.05, route: 0.25, serviceOfRoute: 0.01 } as const;
/** From this share of the service's time on others feel it. */
const HEAVY_SHARE = 0.2;
const SLOWED = 1.3;
/** A device that was offline writes what it has (guard G10): writes of someone known are judged after ten minutes. */
const SYNC_MS = 600_000;
const WRITE_SHARE = 0.8;
/** A crowd behind one address uses many clients: one of them must make most of the requests. */
const ONE_CLIENT = 0.5;
const SHARED_USERS = 10;
/** Before a day of the service is known, only what is beyond all reason. */
const COLD_BEYOND = 20;
const COLD_COUNT = 600;
/** Load generators that say what they are. */
const LOAD_TEST =
  /\b(?:k6|jmeter|apachebench|wrk|locust|gatling|autocannon|vegeta|artillery|siege|loadrunner|tsung)\b|^hey\//i;

const COLUMNS = {
  minute: 'u32',
  count: 'u32',
  busyMs: 'f32',
  writes: 'u32',
  route: 'i32',
  routeCount: 'i32',
  client: 'i32',
  clientCount: 'i32',
  closedNats: 'f32',
  burstMs: 'f64',
  day: 'u16',
  dayCount: 'u32',
  dayBusyMs: 'f32',
  ownCount: 'u32',
  ownBusyMs: 'f32',
} as const;

interface Load {
  who: string;
  perMinute: number;
  peerPerMinute: number;
  peerMinutes: number;
  busyMs: number;
  peerBusyMs: number;
  ownPerMinute: number;
  serviceShare: number;
  routeShare: number;
  route: string;
  minutes: number;
  nats: number;
  threshold: number;
  isLoadTest: boolean;
  /** How many times as long as usual the requests of others took. */
  slowdown: number;
}

/**
 * Rate abuse: one taker takes the capacity of the service.
 *
 * Listens to requests that were answered without error (retries after 5xx and 429 are a broken client's). Counts requests
 * and service time of every taker by the minute; from thirty requests on a taker has a row with its own past. A minute is
 * evidence when it is three times beyond what 999 in 1,000 minutes of peers hold, and the own largest of earlier days, in
 * requests or in time, and takes a share of the service's time or of a route's requests that others miss.
 */
class RateAbuse implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #rows: KeyTable<typeof COLUMNS>;
  readonly #services = new PerService(() => new MinuteLoad());
  readonly #campaigns: Campaigns<Load>;
  #load: MinuteLoad | undefined;
  #name = '';

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('rate_abuse', UPDATES_PER_MILLION);
    this.#rows = new KeyTable({
      name: 'heavy takers',
      maxKeys: room.active / 16,
      ttlMs: 45 * DAY_MS,
      columns: COLUMNS,
    });
    this.#campaigns = new Campaigns(parts.agenda, { type: 'rate_abuse', idleMs: 10 * MINUTE_MS, describe });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { event, atMs } = facts;
    if (event.status >= 500 || event.status === 429 || event.status < 200) return;
    if (this.#load === undefined || this.#name !== event.service) {
      this.#load = this.#services.of(event.service);
      this.#name = event.service;
    }
    const load = this.#load;
    load.openMinute(atMs);
    const taker = facts.whoKind === 'client' ? facts.source : facts.who;
    const route = this.#parts.routes.current?.key.lo ?? 0;
    if (load.add(taker, route, event.durationMs) < CANDIDATE) return;
    if (facts.whoKind !== 'client' || facts.hasSource) this.#observeHeavy(facts, taker, load);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return { rows: this.#rows.save(), services: this.#services.save(), campaigns: this.#campaigns.save() };
  }

  load(saved: unknown): void {
    const from = saved as { rows: unknown; services: unknown; campaigns: unknown };
    this.#rows.load(from.rows);
    this.#services.load(from.services);
    this.#load = undefined;
    this.#campaigns.load(from.campaigns);
  }

  #observeHeavy(facts: Facts, taker: Readonly<Key>, load: MinuteLoad): void {
    const { event, atMs } = facts;
    const slot = this.#rows.open(taker, atMs);
    if (this.#rows.columns.minute[slot] !== load.minute) this.#openRow(slot, facts, taker, load);
    this.#count(slot, facts);
    const campaign = this.#campaigns.find(event.service, whoKey, facts);
    if (campaign !== undefined) {
      this.#continue(campaign, slot, facts, load);
      return;
    }
    const { count, busyMs } = this.#rows.columns;
    const isMany = count[slot]! >= this.#limit(slot, load);
    const isBusy = count[slot]! >= MIN_COUNT_BUSY && busyMs[slot]! >= this.#busyLimit(slot, load);
    if (isMany || isBusy) this.#weigh(slot, facts, load);
  }

  #weigh(slot: number, facts: Facts, load: MinuteLoad): void {
    const { columns } = this.#rows;
    const { event, atMs } = facts;
    load.markHeavy(facts.whoKind === 'client' ? facts.source : facts.who);
    const nats = this.#minuteNats(slot, load) + columns.closedNats[slot]!;
    this.#rows.suspicion[slot] = nats;
    if (nats < this.#threshold.of(event.service) || !this.#harms(slot, load)) return;
    if (!load.isKnown(atMs) && columns.count[slot]! < Math.max(COLD_COUNT, COLD_BEYOND * load.peerCount)) return;
    const isSync = event.actor !== '' && columns.writes[slot]! > WRITE_SHARE * (columns.count[slot]! - CANDIDATE);
    if (isSync && atMs - columns.burstMs[slot]! < SYNC_MS) return;
    if (facts.whoKind === 'client') {
      if (this.#parts.population.users(facts) > SHARED_USERS) return;
      if (columns.clientCount[slot]! < (2 * ONE_CLIENT - 1) * columns.count[slot]!) return;
    }
    // A load test that says so, and slows nobody else, is someone's work.
    if (load.slowdown < SLOWED && LOAD_TEST.test(event.userAgent)) return;
    const campaign = this.#campaigns.open({
      service: event.service,
      key: whoKey(facts),
      atMs,
      holdMs: 0,
      data: { ...this.#describeLoad(slot, facts, load), nats, minutes: 1 },
    });
    campaign.firstMs = Math.min(atMs, columns.burstMs[slot]!);
    noteRequest(campaign, event);
    campaign.requests = columns.count[slot]!;
    if (event.route !== '') addToTally(campaign.targets, `route:${event.method} ${event.route}`);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  #continue(campaign: Campaign<Load>, slot: number, facts: Facts, load: MinuteLoad): void {
    const { columns } = this.#rows;
    const { data } = campaign;
    load.markHeavy(facts.whoKind === 'client' ? facts.source : facts.who);
    facts.tainted = true;
    noteRequest(campaign, facts.event);
    if (columns.count[slot] === CANDIDATE + 1) {
      data.minutes++;
      campaign.requests += CANDIDATE;
    }
    data.nats = Math.max(data.nats, columns.closedNats[slot]! + this.#minuteNats(slot, load));
    if (columns.count[slot]! > data.perMinute || columns.busyMs[slot]! > data.busyMs) {
      const slowdown = Math.max(data.slowdown, load.slowdown);
      Object.assign(data, this.#describeLoad(slot, facts, load), { slowdown });
    }
    this.#campaigns.touch(campaign, facts.atMs);
  }

  /** A new minute of a heavy taker: the one before is added up, a new day closes the one before. */
  #openRow(slot: number, facts: Facts, taker: Readonly<Key>, load: MinuteLoad): void {
    const { columns } = this.#rows;
    const { atMs } = facts;
    const day = Math.floor(atMs / DAY_MS);
    if (columns.day[slot] !== day) {
      columns.ownCount[slot] = Math.max(columns.ownCount[slot]!, columns.dayCount[slot]!);
      columns.ownBusyMs[slot] = Math.max(columns.ownBusyMs[slot]!, columns.dayBusyMs[slot]!);
      columns.dayCount[slot] = columns.dayBusyMs[slot] = 0;
      if (columns.day[slot] !== 0) this.#rows.protect(slot);
      columns.day[slot] = day;
    }
    const past = load.minute - columns.minute[slot]!;
    if (past === 1 && columns.count[slot]! > 0) {
      const nats = this.#minuteNats(slot, load);
      columns.closedNats[slot] =
        nats > 0 ? columns.closedNats[slot]! + nats : Math.max(0, columns.closedNats[slot]! - RECOVERY);
    } else {
      columns.closedNats[slot] = 0;
    }
    if (columns.closedNats[slot] === 0) columns.burstMs[slot] = atMs;
    columns.minute[slot] = load.minute;
    columns.count[slot] = CANDIDATE;
    columns.busyMs[slot] = load.busyOf(taker);
    columns.writes[slot] = columns.routeCount[slot] = 0;
    columns.client[slot] = 0;
    columns.clientCount[slot] = 0;
  }

  #count(slot: number, facts: Facts): void {
    const { columns } = this.#rows;
    const { event } = facts;
    columns.count[slot]!++;
    columns.busyMs[slot]! += Math.max(0, event.durationMs);
    if (event.method !== 'GET' && event.method !== 'HEAD' && event.operation === '') columns.writes[slot]!++;
    // The majority of a stream in one number (Boyer, Moore 1981), for the route and the client software.
    const route = this.#parts.routes.current?.key.lo ?? 0;
    if (columns.routeCount[slot] === 0) columns.route[slot] = route;
    columns.routeCount[slot]! += columns.route[slot] === route ? 1 : -1;
    if (columns.clientCount[slot] === 0) columns.client[slot] = facts.client.lo;
    columns.clientCount[slot]! += columns.client[slot] === facts.client.lo ? 1 : -1;
    if (!facts.tainted) {
      columns.dayCount[slot] = Math.max(columns.dayCount[slot]!, columns.count[slot]!);
      columns.dayBusyMs[slot] = Math.max(columns.dayBusyMs[slot]!, columns.busyMs[slot]!);
    }
  }

  #limit(slot: number, load: MinuteLoad): number {
    return Math.max(MIN_COUNT, BEYOND * Math.max(load.peerCount, this.#rows.columns.ownCount[slot]!));
  }

  #busyLimit(slot: number, load: MinuteLoad): number {
    return BEYOND * Math.max(load.peerBusyMs, this.#rows.columns.ownBusyMs[slot]!, 1_000);
  }

  /** Nats of the minute as it stands in the row. */
  #minuteNats(slot: number, load: MinuteLoad): number {
    const { columns } = this.#rows;
    const count = columns.count[slot]!;
    const busyMs = columns.busyMs[slot]!;
    const limit = this.#limit(slot, load);
    const busyLimit = this.#busyLimit(slot, load);
    let nats = 0;
    let beyond = 0;
    if (count >= limit) {
      nats = surprise(deviations(count, load.counts.log));
      beyond = count / limit;
    }
    if (count >= MIN_COUNT_BUSY && busyMs >= busyLimit) {
      nats = Math.max(nats, surprise(deviations(busyMs, load.busy.log)));
      beyond = Math.max(beyond, busyMs / busyLimit);
    }
    return Math.min(beyond >= FAR_BEYOND ? 2 * MINUTE_LIMIT : MINUTE_LIMIT, nats);
  }

  #harms(slot: number, load: MinuteLoad): boolean {
    // An access log without durations: the share of requests stands for the share of time.
    if (load.totalBusyMs === 0) return this.#rows.columns.count[slot]! >= HARM.route * load.totalCount;
    if (this.#rows.columns.busyMs[slot]! < MIN_BUSY_MS) return false;
    const share = this.#serviceShare(slot, load);
    return share >= HARM.service || (share >= HARM.serviceOfRoute && this.#routeShare(slot, load) >= HARM.route);
  }

  #serviceShare(slot: number, load: MinuteLoad): number {
    return Math.min(1, this.#rows.columns.busyMs[slot]! / Math.max(1, load.totalBusyMs));
  }

  /** At least this share of the requests of its main route are the taker's. */
  #routeShare(slot: number, load: MinuteLoad): number {
    const { columns } = this.#rows;
    const route = load.routeCount(columns.route[slot]!);
    return columns.route[slot] === 0 || route === 0 ? 0 : Math.min(1, columns.routeCount[slot]! / route);
  }

  #describeLoad(slot: number, facts: Facts, load: MinuteLoad): Omit<Load, 'nats' | 'minutes'> {
    const { columns } = this.#rows;
    const { event } = facts;
    return {
      who: whoName(facts),
      perMinute: columns.count[slot]!,
      peerPerMinute: load.peerCount,
      peerMinutes: load.counts.size,
      busyMs: columns.busyMs[slot]!,
      peerBusyMs: load.peerBusyMs,
      ownPerMinute: columns.ownCount[slot]!,
      serviceShare: this.#serviceShare(slot, load),
      routeShare: this.#routeShare(slot, load),
      route: `${event.method} ${event.operation || event.route || event.path}`,
      threshold: this.#threshold.of(event.service),
      isLoadTest: LOAD_TEST.test(event.userAgent),
      slowdown: load.slowdown,
    };
  }
}

function deviations(value: number, past: { readonly mean: number; readonly deviation: number }): number {
  return (Math.log1p(value) - past.mean) / Math.max(MIN_DEVIATION, past.deviation);
}

function whoKey(facts: Facts): string {
  if (facts.whoKind === 'actor') return `actor:${facts.event.actor}`;
  if (facts.whoKind === 'session') return `session:${facts.event.session}`;
  return `source:${facts.address.label}`;
}

function whoName(facts: Facts): string {
  const { event } = facts;
  if (facts.whoKind === 'actor') {
    return `${event.actorKind === 'api_key' ? 'API key' : 'User'} ${shortName(event.actor)}`;
  }
  if (facts.whoKind === 'session') return `Session ${shortName(event.session)}`;
  return facts.address.label;
}

function describe(campaign: Campaign<Load>): Statement {
  const { data } = campaign;
  const taken = data.busyMs > 0 ? `, and took ${percent(data.serviceShare)} of the service's time` : '';
  const usual = data.ownPerMinute > 0 ? `; its own largest minute so far had ${grouped(data.ownPerMinute)}` : '';
  const evidence: Evidence[] = [
    {
      name: 'requests_per_minute',
      text: `${counted(data.perMinute, 'request')} in one minute; 999 in 1,000 minutes of others have at most ${grouped(data.peerPerMinute)}${usual}`,
      observed: data.perMinute,
      expected: data.peerPerMinute,
      unit: 'per minute',
      baseline: { of: 'peers', size: data.peerMinutes },
      logLikelihood: data.nats,
    },
    {
      name: 'service_time',
      text: `${duration(data.busyMs)} of service time in one minute, ${percent(data.serviceShare)} of all; 999 in 1,000 minutes of others take at most ${duration(data.peerBusyMs)}`,
      observed: data.busyMs,
      expected: data.peerBusyMs,
      unit: 'ms',
      baseline: { of: 'peers', size: data.peerMinutes },
      logLikelihood: null,
    },
  ];
  if (data.slowdown >= SLOWED) {
    evidence.push({
      name: 'others_slowed',
      text: `Requests of others took ${grouped(data.slowdown)} times as long as usual`,
      observed: data.slowdown,
      expected: 1,
      unit: 'times',
      baseline: null,
      logLikelihood: null,
    });
  }
  const discounts: Discount[] = data.isLoadTest
    ? [{ reason: 'known_consumer', text: 'The client says that it is a load generator', points: 15 }]
    : [];
  return {
    title: `Rate abuse by ${data.who}`,
    summary: `${data.who} sent ${counted(campaign.requests, 'request')} in ${duration(campaign.lastMs - campaign.firstMs)}, up to ${grouped(data.perMinute)} a minute, mostly ${data.route}${taken}; 999 in 1,000 minutes of others have at most ${counted(data.peerPerMinute, 'request')}.`,
    evidence,
    logLikelihood: data.nats,
    threshold: data.threshold,
    units: Math.max(1, campaign.requests),
    outcome: data.serviceShare >= HEAVY_SHARE || data.slowdown >= SLOWED ? 'partial' : 'none',
    discounts,
  };
}

export const rateAbuse: DetectorDefinition = {
  type: 'rate_abuse',
  create: (parts, room) => new RateAbuse(parts, room),
};
