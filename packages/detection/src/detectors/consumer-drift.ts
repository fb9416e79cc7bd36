import type { Evidence } from '@vedette/protocol';
import { type Campaign, Campaigns, noteRequest, type Statement } from '../core/campaigns.js';
import { KeyTable } from '../core/key-table.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import { counted, shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { type Changes, commonNow, newChanges } from './consumer-changes.js';
import { addRequest, type Consumer, newConsumer, note } from './consumer-habits.js';
import { type Sign, signsOf, sumOf } from './consumer-signs.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A key has habits from five active days on; how much they say grows with their number. */
const MIN_DAYS = 5;
/** Reference 5.14. */
const MIN_REQUESTS = 50;
const MIN_SIGNS = 2;
/** A consumer is weighed when it does something new and else every 25 requests: of all requests one in a hundred. */
const UPDATES_PER_MILLION = 10_000;
/** Requests between two looks at a consumer that does nothing new. */
const LOOK_EVERY = 25;
/**
 * So long others are waited for who change in the same way (a release), unless the key is used from a network that is not
 * its own.
 */
const HOLD_MS = 6 * HOUR_MS;
const MAX_CONSUMERS = 20_000;
/** Beyond the threshold by so much, from a network that is not its own, a key is not in its owner's hands. */
const CERTAIN_NATS = 4;

/** A row is nothing but a place: what the key does is kept beside it. */
const COLUMNS = {} as const;

interface Drift {
  readonly who: string;
  signs: Sign[];
  /** From another network than its only one. */
  readonly isElsewhere: boolean;
  /** The day on which it changed, and active days before. */
  readonly day: number;
  readonly days: number;
  readonly threshold: number;
}

/**
 * Consumer drift: a program with a key changes its habits. A stolen key, a misused one, or a partner's release.
 *
 * Listens to requests of API keys. Compares each day so far with the key's own past: routes, network, client software, mix,
 * volume, writing, hours; independent signs that add up, two of them at least. Sessions and people are no consumers. A day
 * is learned when it is over, so that a release is told once. How rare a change is, is counted: for this key, for all keys of
 * the service, and for the others these days, so that what many keys do at once is no evidence.
 */
class ConsumerDrift implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #rows: KeyTable<typeof COLUMNS>;
  readonly #consumers = new Map<number, Consumer>();
  readonly #campaigns: Campaigns<Drift>;
  readonly #days = new Map<string, Changes>();

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('consumer_drift', UPDATES_PER_MILLION);
    const maxKeys = Math.min(room.keys / 3, MAX_CONSUMERS);
    this.#rows = new KeyTable({ name: 'consumers', maxKeys, ttlMs: 60 * DAY_MS, columns: COLUMNS });
    this.#rows.onRemove = (slot) => {
      const consumer = this.#consumers.get(slot);
      if (consumer !== undefined) this.#changesOf(consumer.service).consumers--;
      this.#consumers.delete(slot);
    };
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'consumer_drift',
      idleMs: 6 * HOUR_MS,
      describe,
      confirm: (campaign) => this.#isOwn(campaign),
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
      consumer = newConsumer(event.service, facts.atMs);
      this.#consumers.set(slot, consumer);
      this.#changesOf(event.service).consumers++;
    }
    const isNew = addRequest(consumer, this.#changesOf(event.service), facts, this.#parts.routes.current);
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
      days: this.#days,
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      rows: unknown;
      consumers: Map<number, Consumer>;
      days: Map<string, Changes>;
      campaigns: unknown;
    };
    this.#rows.load(from.rows);
    for (const [slot, consumer] of from.consumers) this.#consumers.set(slot, consumer);
    for (const [service, days] of from.days) this.#days.set(service, days);
    this.#campaigns.load(from.campaigns);
  }

  /** Days of all consumers of a service. */
  #changesOf(service: string): Changes {
    let changes = this.#days.get(service);
    if (changes === undefined) {
      changes = newChanges();
      this.#days.set(service, changes);
    }
    return changes;
  }

  #weigh(facts: Facts, consumer: Consumer): void {
    const { event, atMs } = facts;
    const changes = this.#changesOf(event.service);
    const signs = signsOf(consumer, changes);
    for (const { change } of signs) note(consumer, changes, change);
    const threshold = this.#threshold.of(event.service);
    if (signs.filter(({ nats }) => nats > 0).length < MIN_SIGNS || sumOf(signs) < threshold) return;
    const isElsewhere = consumer.networks.length === 1 && consumer.networksToday.length > 0;
    const campaign = this.#campaigns.open({
      service: event.service,
      key: event.actor,
      atMs,
      holdMs: isElsewhere ? 0 : HOLD_MS,
      data: {
        who: `API key ${shortName(event.actor)}`,
        signs,
        isElsewhere,
        day: consumer.day,
        days: consumer.days,
        threshold,
      },
    });
    consumer.isTold = true;
    campaign.firstMs = Math.min(consumer.firstMs, atMs);
    noteRequest(campaign, event);
    campaign.requests = consumer.requests;
    for (const route of consumer.newRoutes.keys()) addToTally(campaign.targets, `route:${route}`);
    this.#campaigns.touch(campaign, atMs, true);
  }

  #continue(campaign: Campaign<Drift>, facts: Facts, consumer: Consumer): void {
    const { atMs, event } = facts;
    if (!this.#isOwn(campaign)) {
      this.#campaigns.withdraw(campaign, atMs);
      return;
    }
    const signs = signsOf(consumer, this.#changesOf(event.service));
    if (sumOf(signs) > sumOf(campaign.data.signs)) campaign.data.signs = signs;
    noteRequest(campaign, event);
    for (const route of consumer.newRoutes.keys()) addToTally(campaign.targets, `route:${route}`);
    this.#campaigns.touch(campaign, atMs);
  }

  /** Whether it is the consumer's own change: enough is left of the evidence beside what others changed since. */
  #isOwn(campaign: Campaign<Drift>): boolean {
    const { data, service } = campaign;
    let left = 0;
    for (const sign of data.signs) {
      const common = commonNow(sign.change, this.#changesOf(service), data.day + 1);
      left += Math.max(0, Math.min(sign.nats, sign.rarest - common));
    }
    return left >= data.threshold;
  }
}

function describe(campaign: Campaign<Drift>): Statement {
  const { who, signs, days, threshold, isElsewhere } = campaign.data;
  const ranked = signs.toSorted((left, right) => right.nats - left.nats);
  const evidence = ranked.map(
    (sign): Evidence => ({
      name: sign.name,
      text: sign.text,
      observed: sign.observed,
      expected: sign.expected,
      unit: sign.unit,
      baseline: { of: 'actor', size: days },
      logLikelihood: sign.nats,
    }),
  );
  const told = ranked.slice(0, 3).map((sign) => sign.text);
  return {
    title: `${who} has changed its habits`,
    summary: `${who} does what it did not do in ${counted(days, 'day')} before. ${told.join('. ')}.`,
    evidence,
    logLikelihood: sumOf(signs),
    threshold,
    units: Math.max(1, signs.length),
    // What it was let do is told by other detectors; this one tells of a change, and of a key in other hands.
    outcome: isElsewhere && sumOf(signs) >= threshold + CERTAIN_NATS ? 'partial' : 'none',
    discounts: [],
  };
}

export const consumerDrift: DetectorDefinition = {
  type: 'consumer_drift',
  create: (parts, room) => new ConsumerDrift(parts, room),
};
