import type { Evidence } from '@vedette/protocol';
import { type Campaign, Campaigns, noteRequest, type Statement } from '../core/campaigns.js';
import { KeyTable } from '../core/key-table.js';
import { clamp } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import { counted, grouped, percent, shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { groupOf } from '../parts/routes.js';
import { addRequest, type Consumer, distanceOf, newConsumer } from './consumer-habits.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A key has habits from a week of active days on (reference 8.5); hours of the day from ten. */
const MIN_DAYS = 7;
const HOUR_DAYS = 10;
/** Reference 5.14. */
const MIN_REQUESTS = 50;
const MIN_BITS = 2;
/** A consumer is weighed when it does something new and else every 25 requests: of all requests one in a hundred. */
const UPDATES_PER_MILLION = 10_000;
/** Requests between two looks at a consumer that does nothing new. */
const LOOK_EVERY = 25;
/** Other keys that drift on the same day make it the doing of the service or its library (reference 5.14). */
const ECOSYSTEM = { share: 0.3, keys: 3, evidence: 6 } as const;
/** So long the others are waited for, unless the key is used from a network that is not its own. */
const HOLD_MS = HOUR_MS;
const MAX_CONSUMERS = 20_000;
/**
 * ln P(stolen or misused)/P(usual day of a consumer with a past): a route it never used, .8/.02, that few of its kind use
 * either; one that many of its kind use, .5/.1; sensitive values in what it gets there, as much again; a network when there
 * was only ever one, .7/.005, or few, .7/.05; other client software, .5/.02; writing where it only read, .3/.005; an hour in
 * which it never worked, .3/.01.
 */
const NATS = {
  route: 3.7,
  ordinaryRoute: 1.6,
  sensitive: 1.6,
  network: 4.9,
  oneOfFew: 2.6,
  client: 3.2,
  writes: 4.1,
  hour: 3.4,
};
/** More new routes, a larger mix or volume do not say more than these. */
const LIMIT = { routes: 7.4, mix: 5, volume: 6 } as const;
const FEW_NETWORKS = 4;
/** A mix is as it was below this distance, whatever its past (reference 5.14); each quarter beyond tells as much as four nats. */
const MIN_DISTANCE = 0.25;
const MIX_SLOPE = 16;
const VOLUME_TIMES = 3;
const WRITES = { before: 0.02, now: 0.2 } as const;
const HOUR_REQUESTS = 10;

/** A row is nothing but a place: what the key does is kept beside it. */
const COLUMNS = {} as const;

/** One way in which a consumer changed. */
interface Bit {
  readonly name: string;
  readonly text: string;
  readonly observed: number;
  readonly expected: number | null;
  readonly unit: string;
  readonly nats: number;
}

interface Drift {
  readonly who: string;
  bits: Bit[];
  days: number;
  readonly threshold: number;
}

/**
 * Consumer drift: a program with a key changes its habits. A stolen key, a misused one, or a partner's release.
 *
 * Listens to requests of API keys. Compares each day so far with the key's own past: routes, network, client software, mix,
 * volume, writing, hours; independent signs that add up, two of them at least. Sessions and people are no consumers. A day
 * is learned when it is over, so that a release is told once. What many keys do on one day is the service's own doing.
 */
class ConsumerDrift implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #rows: KeyTable<typeof COLUMNS>;
  readonly #consumers = new Map<number, Consumer>();
  readonly #campaigns: Campaigns<Drift>;
  /** Service → key → event time at which it last looked changed. */
  readonly #changed = new Map<string, Map<string, number>>();

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('consumer_drift', UPDATES_PER_MILLION);
    const maxKeys = Math.min(room.keys / 3, MAX_CONSUMERS);
    this.#rows = new KeyTable({ name: 'consumers', maxKeys, ttlMs: 60 * DAY_MS, columns: COLUMNS });
    this.#rows.onRemove = (slot) => this.#consumers.delete(slot);
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'consumer_drift',
      idleMs: 6 * HOUR_MS,
      describe,
      confirm: (campaign, nowMs) => !this.#isEcosystem(campaign.service, nowMs),
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { event } = facts;
    if (event.actorKind !== 'api_key' || facts.whoKind !== 'actor' || facts.tainted) return;
    const slot = this.#rows.open(facts.who, facts.atMs);
    let consumer = this.#consumers.get(slot);
    if (consumer === undefined) {
      consumer = newConsumer(facts.atMs);
      this.#consumers.set(slot, consumer);
    }
    const isNew = addRequest(consumer, facts, this.#routeNats(facts));
    if (consumer.days < MIN_DAYS) return;
    this.#rows.protect(slot);
    const campaign = this.#campaigns.get(event.service, event.actor);
    if (campaign === undefined) {
      if (consumer.requests < MIN_REQUESTS || (!isNew && consumer.requests % LOOK_EVERY !== 0)) return;
      this.#weigh(facts, consumer);
    } else if (isNew) this.#continue(campaign, facts, consumer);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return {
      rows: this.#rows.save(),
      consumers: this.#consumers,
      changed: this.#changed,
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      rows: unknown;
      consumers: Map<number, Consumer>;
      changed: Map<string, Map<string, number>>;
      campaigns: unknown;
    };
    this.#rows.load(from.rows);
    for (const [slot, consumer] of from.consumers) this.#consumers.set(slot, consumer);
    for (const [service, keys] of from.changed) this.#changed.set(service, keys);
    this.#campaigns.load(from.campaigns);
  }

  #routeNats(facts: Facts): number {
    const { current } = this.#parts.routes;
    const base = current?.isOrdinary(groupOf(facts)) ? NATS.ordinaryRoute : NATS.route;
    for (const kind in facts.event.sensitive) if (facts.event.sensitive[kind]! > 0) return base + NATS.sensitive;
    return base;
  }

  #weigh(facts: Facts, consumer: Consumer): void {
    const { event, atMs } = facts;
    const bits = bitsOf(consumer);
    const sum = total(bits);
    if (bits.length < MIN_BITS || sum < ECOSYSTEM.evidence) return;
    this.#noteChange(event.service, event.actor, atMs);
    if (sum < this.#threshold.of(event.service) || this.#isEcosystem(event.service, atMs)) return;
    const isElsewhere = bits.some((bit) => bit.name === 'new_network' && bit.nats >= NATS.network);
    const campaign = this.#campaigns.open({
      service: event.service,
      key: event.actor,
      atMs,
      holdMs: isElsewhere ? 0 : HOLD_MS,
      data: {
        who: `API key ${shortName(event.actor)}`,
        bits,
        days: consumer.days,
        threshold: this.#threshold.of(event.service),
      },
    });
    campaign.firstMs = Math.min(consumer.firstMs, atMs);
    noteRequest(campaign, event);
    campaign.requests = consumer.requests;
    for (const route of consumer.newRoutes.keys()) addToTally(campaign.targets, `route:${route}`);
    this.#campaigns.touch(campaign, atMs, true);
  }

  #continue(campaign: Campaign<Drift>, facts: Facts, consumer: Consumer): void {
    const { atMs, event } = facts;
    if (this.#isEcosystem(event.service, atMs)) {
      this.#campaigns.withdraw(campaign, atMs);
      return;
    }
    const bits = bitsOf(consumer);
    if (total(bits) > total(campaign.data.bits)) campaign.data.bits = bits;
    noteRequest(campaign, event);
    for (const route of consumer.newRoutes.keys()) addToTally(campaign.targets, `route:${route}`);
    this.#campaigns.touch(campaign, atMs);
  }

  #noteChange(service: string, key: string, atMs: number): void {
    let keys = this.#changed.get(service);
    if (keys === undefined) {
      keys = new Map();
      this.#changed.set(service, keys);
    }
    for (const [other, changedMs] of keys) if (atMs - changedMs > DAY_MS) keys.delete(other);
    if (keys.size < MAX_CONSUMERS) keys.set(key, atMs);
  }

  #isEcosystem(service: string, nowMs: number): boolean {
    const keys = this.#changed.get(service);
    if (keys === undefined || keys.size < ECOSYSTEM.keys) return false;
    let changed = 0;
    for (const changedMs of keys.values()) if (nowMs - changedMs <= DAY_MS) changed++;
    return changed >= Math.max(ECOSYSTEM.keys, ECOSYSTEM.share * this.#rows.size);
  }
}

function bitsOf(consumer: Consumer): Bit[] {
  const bits: Bit[] = [];
  const { requests, days } = consumer;
  const add = (nats: number, bit: Omit<Bit, 'nats'>): void => {
    if (nats > 0) bits.push({ ...bit, nats });
  };
  const routes = consumer.newRoutes;
  const routeNats = Math.min(
    LIMIT.routes,
    [...routes.values()].reduce((sum, nats) => sum + nats, 0),
  );
  add(routeNats, {
    name: 'new_routes',
    text: `${counted(routes.size, 'route')} that it did not use in ${counted(days, 'day')}: ${[...routes.keys()].slice(0, 3).join(', ')}`,
    observed: routes.size,
    expected: 0,
    unit: 'routes',
  });
  const networks = consumer.networks.length;
  const networkNats = networks === 1 ? NATS.network : networks <= FEW_NETWORKS ? NATS.oneOfFew : 0;
  add(consumer.networksToday.length > 0 ? networkNats : 0, {
    name: 'new_network',
    text: `Called from ${consumer.networksToday.slice(0, 3).join(', ')}; before from ${counted(networks, 'network')} only`,
    observed: consumer.networksToday.length,
    expected: 0,
    unit: 'networks',
  });
  add(consumer.clientsToday.length > 0 && consumer.clients.length <= FEW_NETWORKS ? NATS.client : 0, {
    name: 'new_client',
    text: 'Called by other client software than ever before',
    observed: consumer.clientsToday.length,
    expected: 0,
    unit: 'clients',
  });
  const distance = distanceOf(consumer);
  const usual = Math.max(MIN_DISTANCE, consumer.mostDistance);
  add(clamp((distance - usual) * MIX_SLOPE, 0, LIMIT.mix), {
    name: 'route_mix',
    text: `Its mix of routes is ${percent(distance)} away from its past; at most ${percent(consumer.mostDistance)} on earlier days`,
    observed: distance,
    expected: consumer.mostDistance,
    unit: 'distance',
  });
  const times = requests / Math.max(1, consumer.mostRequests);
  add(times > VOLUME_TIMES ? Math.min(LIMIT.volume, Math.log(days + 1) + Math.log(times)) : 0, {
    name: 'volume',
    text: `${counted(requests, 'request')} today; at most ${grouped(consumer.mostRequests)} on a day before`,
    observed: requests,
    expected: consumer.mostRequests,
    unit: 'requests',
  });
  const isWriting = consumer.mostWriteShare <= WRITES.before && consumer.writes >= WRITES.now * requests;
  add(isWriting ? NATS.writes : 0, {
    name: 'writes',
    text: `${percent(consumer.writes / requests)} of its requests write; before at most ${percent(consumer.mostWriteShare)} did`,
    observed: consumer.writes / requests,
    expected: consumer.mostWriteShare,
    unit: 'share',
  });
  add(days >= HOUR_DAYS && consumer.newHourRequests >= HOUR_REQUESTS ? NATS.hour : 0, {
    name: 'new_hour',
    text: `${counted(consumer.newHourRequests, 'request')} at hours of the day at which it never worked`,
    observed: consumer.newHourRequests,
    expected: 0,
    unit: 'requests',
  });
  return bits;
}

function total(bits: readonly Bit[]): number {
  return bits.reduce((sum, bit) => sum + bit.nats, 0);
}

function describe(campaign: Campaign<Drift>): Statement {
  const { who, bits, days, threshold } = campaign.data;
  const ranked = bits.toSorted((left, right) => right.nats - left.nats);
  const evidence = ranked.map(
    (bit): Evidence => ({
      name: bit.name,
      text: bit.text,
      observed: bit.observed,
      expected: bit.expected,
      unit: bit.unit,
      baseline: { of: 'actor', size: days },
      logLikelihood: bit.nats,
    }),
  );
  const told = ranked.slice(0, 3).map((bit) => bit.text);
  return {
    title: `${who} has changed its habits`,
    summary: `${who} does what it did not do in ${counted(days, 'day')} before. ${told.join('. ')}.`,
    evidence,
    logLikelihood: total(bits),
    threshold,
    units: Math.max(1, bits.length),
    // What it was let do is told by other detectors; this one tells of a change.
    outcome: 'none',
    discounts: [],
  };
}

export const consumerDrift: DetectorDefinition = {
  type: 'consumer_drift',
  create: (parts, room) => new ConsumerDrift(parts, room),
};
