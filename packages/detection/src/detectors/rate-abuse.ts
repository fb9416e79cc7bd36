import { type Campaign, Campaigns, noteRequest } from '../core/campaigns.js';
import type { Key } from '../core/hash.js';
import type { KeyTable } from '../core/key-table.js';
import { PerService } from '../core/per-service.js';
import type { Threshold } from '../core/sensitivity.js';
import { surprise } from '../core/student-t.js';
import { addToTally } from '../core/tally.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { MinuteLoad } from '../parts/minute-load.js';
import { CANDIDATE, HeavyTakers } from './heavy-takers.js';
import { describeLoad, HEAVY_SHARE, type Load, SLOWED } from './rate-statement.js';
import { whoKey, whoName } from './who.js';

const MINUTE_MS = 60_000;
/** What is judged is a minute of a taker: three requests on average. */
const UPDATES_PER_MILLION = 300_000;
/** No one is accused below this many in a minute; where they are expensive, one a second. */
const MIN_COUNT = 100;
const MIN_COUNT_BUSY = 60;
/** How far beyond what 999 in 1,000 minutes of peers stay below, and beyond the own largest minute so far. */
const BEYOND = 3;
/** Volume alone, minute by minute: two at least, unless one is ten times beyond even that. */
const MINUTE_LIMIT = 8;
const FAR_BEYOND = 10;
const MIN_DEVIATION = 0.5;
/**
 * Who takes less than a twentieth of the service's time, and less than a quarter of a route's requests with a hundredth of
 * the time, harms no one (reference 5.13); nor who keeps the service busy for less than a twentieth of a minute.
 */
const MIN_BUSY_MS = 3_000;
const HARM = { service: 0.05, route: 0.25, serviceOfRoute: 0.01 } as const;
/** A device that was offline writes what it has (guard G10): writes of someone known are judged after ten minutes. */
const SYNC_MS = 600_000;
const WRITE_SHARE = 0.8;
/** A crowd behind one address uses many clients: one of them must make most of the requests. */
const ONE_CLIENT = 0.5;
const SHARED_USERS = 10;
/** Before a day of the service is known, only what is beyond all reason. */
const COLD_BEYOND = 20;
const COLD_COUNT = 600;

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
  readonly #rows: HeavyTakers;
  readonly #services = new PerService(() => new MinuteLoad());
  readonly #usesSync: boolean;
  readonly #campaigns: Campaigns<Load>;
  #load: MinuteLoad | undefined;
  #name = '';

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('rate_abuse', UPDATES_PER_MILLION);
    this.#rows = new HeavyTakers(room.keys / 8);
    this.#usesSync = !parts.without.has('sync_burst');
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'rate_abuse',
      idleMs: 10 * MINUTE_MS,
      describe: describeLoad,
    });
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
    if (this.#rows.columns.minute[slot] !== load.minute) this.#openMinute(slot, facts, taker, load);
    this.#rows.count(slot, facts, this.#parts.routes.current?.key.lo ?? 0);
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
    if (this.#usesSync && isSync && atMs - columns.burstMs.get(slot) < SYNC_MS) return;
    if (facts.whoKind === 'client') {
      if (this.#parts.population.users(facts) > SHARED_USERS) return;
      if (columns.clientCount[slot]! < (2 * ONE_CLIENT - 1) * columns.count[slot]!) return;
    }
    // Who tries logins is told by those who watch them, unless others feel it.
    if ((event.authEvent !== '' || facts.tainted) && !this.#isFelt(slot, load)) return;
    const campaign = this.#campaigns.open({
      service: event.service,
      key: whoKey(facts),
      atMs,
      holdMs: 0,
      data: { ...this.#loadOf(slot, facts, load), nats, minutes: 1 },
    });
    campaign.firstMs = Math.min(atMs, columns.burstMs.get(slot));
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
      Object.assign(data, this.#loadOf(slot, facts, load), { slowdown });
    }
    this.#campaigns.touch(campaign, facts.atMs);
  }

  /** The minute before is judged by the limits of now, which its own requests did not move. */
  #openMinute(slot: number, facts: Facts, taker: Readonly<Key>, load: MinuteLoad): void {
    const closedNats = this.#minuteNats(slot, load);
    this.#rows.openMinute(slot, facts.atMs, { minute: load.minute, busyMs: load.busyOf(taker), closedNats });
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
    const isEnough = beyond >= FAR_BEYOND || (beyond > 0 && this.#isFelt(slot, load));
    return Math.min(isEnough ? 2 * MINUTE_LIMIT : MINUTE_LIMIT, nats);
  }

  /** Others are slower than usual while the taker has a fifth of the service's time: volume is not alone any more. */
  #isFelt(slot: number, load: MinuteLoad): boolean {
    return load.slowdown >= SLOWED && this.#serviceShare(slot, load) >= HEAVY_SHARE;
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

  #loadOf(slot: number, facts: Facts, load: MinuteLoad): Omit<Load, 'nats' | 'minutes'> {
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
      slowdown: load.slowdown,
    };
  }
}

function deviations(value: number, past: { readonly mean: number; readonly deviation: number }): number {
  return (Math.log1p(value) - past.mean) / Math.max(MIN_DEVIATION, past.deviation);
}

export const rateAbuse: DetectorDefinition = {
  type: 'rate_abuse',
  create: (parts, room) => new RateAbuse(parts, room),
};
