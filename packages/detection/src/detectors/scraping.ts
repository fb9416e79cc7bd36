import type { Discount, Evidence } from '@vedette/protocol';
import { BloomGenerations } from '../core/bloom.js';
import { type Campaign, Campaigns, noteRequest, type Statement } from '../core/campaigns.js';
import { addDistinct, countDistinct, type Distinct, newDistinct } from '../core/distinct.js';
import { hashText, type Key, mixKeys, mixNumber, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { binaryNats } from '../core/likelihood.js';
import { PerService } from '../core/per-service.js';
import type { Threshold } from '../core/sensitivity.js';
import { surprise } from '../core/student-t.js';
import { addToTally, tallySize } from '../core/tally.js';
import { counted, duration, grouped, percent, shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import { type Catalogue, DailyReads } from '../parts/daily-reads.js';
import type { Facts } from '../parts/facts.js';
import { isStep } from '../parts/object-facts.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** What is judged is a day of a reader: twenty requests on average; of software, any read of an item. */
const UPDATES_PER_MILLION = { reader: 50_000, software: 1_000_000 } as const;
/** From this many reads in a day on a reader is looked at one by one. */
const CANDIDATE = 50;
/** No one is accused below this many different items in a day, and three times what 999 in 1,000 peers read. */
const MIN_ITEMS = { reader: 200, software: 300 } as const;
const BEYOND = 3;
/** Volume alone never pages (reference 3.5). */
const VOLUME_LIMIT = 12;
const MIN_DEVIATION = 0.5;
/** One reader seldom reads a thing twice; only a crowd must. */
const OVERLAP_LIMIT = 8;
const ORDER_LIMIT = 6;
/** Of those who go on for an hour, nearly all people pause for five minutes; programs hardly ever do. */
const STEADY_NATS = 2.3;
const PAUSE_MS = 300_000;
/** Under attack one read in fifty hits an item that was read already (retries). */
const REPEAT_SHARE = 0.02;
/** Where more of the catalogue was read than this, repeats say nothing. */
const COVERED = 0.6;
/** Expected repeats from which on their absence or presence says something (Poisson: none has a chance below e⁻¹⁰). */
const MIN_EXPECTED = 10;
/** Of the steps between a visitor's reads so many are this small at most: neighbours in a list. */
const USUAL_ORDER = 0.2;
/** One item in four is asked whether it is known to others. */
const SAMPLED = 3;
/** What a page brings with it is no item. */
const ASSET = /\.(?:js|mjs|css|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|mp4|webm)$/i;
/** A cluster of software is blamed only where at least this many addresses take part. */
const MIN_SOURCES = 10;
const SHARED_USERS = 10;
const COLD_START_NATS = 2;
/** Programs that say what they are, at a pace that harms no one. */
const CRAWLER = /bot\b|crawl|spider|slurp|archiver/i;
const POLITE_GAP_MS = 1_500;
const TAG = { software: 71, reader: 72, item: 73, seen: 74 } as const;

const COLUMNS = {
  day: 'u16',
  items: 'u32',
  reads: 'u32',
  steps: 'u32',
  ordered: 'u32',
  firstMs: 'f64',
  lastMs: 'f64',
  lastId: 'f64',
  pauses: 'u16',
  overlap: 'f32',
  sourcesLo: 'u32',
  sourcesHi: 'u32',
  days: 'u16',
  ownItems: 'u32',
} as const;

interface Copy {
  who: string;
  scope: 'reader' | 'software';
  kind: string;
  items: Distinct;
  /** Items before the names were kept. */
  before: number;
  reads: number;
  catalogue: number;
  peerReads: number;
  peerDays: number;
  ownItems: number;
  gapMs: number;
  nats: { volume: number; overlap: number; order: number; steady: number };
  threshold: number;
  isCrawler: boolean;
  known: boolean;
}

/**
 * Scraping: what is there for all is read from end to end.
 *
 * Listens to successful reads of items of public kinds: objects, or pages of a route with a parameter or query. Two tests. *Readers* (actor, session or address) who read far
 * more different items in a day than 999 in 1,000 peers and than they ever did: volume, items read twice (of n items out of
 * C a crowd would hit n/C again), order, no pause. *Software* from many addresses: a crowd reads popular things again and
 * again, proxies that share out a list never read one twice; only that counts. What is private is object enumeration's.
 */
class Scraping implements Detector {
  readonly #parts: Parts;
  readonly #thresholds: { readonly reader: Threshold; readonly software: Threshold };
  readonly #rows: KeyTable<typeof COLUMNS>;
  readonly #services = new PerService(() => new DailyReads());
  /** (software or heavy reader, item) within a day at least: as long as a row counts. */
  readonly #seen: BloomGenerations;
  /** Items that someone read, and (reader, item), for the votes about what is public. */
  readonly #known: BloomGenerations;
  readonly #campaigns: Campaigns<Copy>;
  readonly #software = newKey();
  readonly #reader = newKey();
  readonly #item = newKey();
  readonly #key = newKey();
  #kind = '';
  #number = Number.NaN;

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#thresholds = {
      reader: parts.sensitivity.threshold('scraping', UPDATES_PER_MILLION.reader),
      software: parts.sensitivity.threshold('scraping', UPDATES_PER_MILLION.software),
    };
    this.#rows = new KeyTable({ name: 'copies', maxKeys: room.active / 8, ttlMs: 45 * DAY_MS, columns: COLUMNS });
    this.#seen = new BloomGenerations({
      name: 'items read',
      keys: room.contacts / 2,
      generations: 2,
      generationMs: DAY_MS,
    });
    this.#known = new BloomGenerations({
      name: 'items known',
      keys: room.contacts / 4,
      generations: 2,
      generationMs: 30 * DAY_MS,
    });
    this.#campaigns = new Campaigns(parts.agenda, { type: 'scraping', idleMs: HOUR_MS, describe });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { event, atMs, tainted } = facts;
    if (event.status < 200 || event.status >= 300 || tainted || !this.#readItem(facts)) return;
    if (facts.whoKind === 'client' && !facts.hasSource) return;
    const reads = this.#services.of(event.service);
    reads.openDay(atMs);
    const catalogue = reads.kind(this.#kind);
    if (catalogue === null) return;
    mixKeys(TAG.reader, facts.whoKind === 'client' ? facts.source : facts.who, facts.service, this.#reader);
    catalogue.add(this.#item);
    if ((this.#item.hi & SAMPLED) === 0) this.#vote(catalogue, reads, facts);
    if (!catalogue.isPublic) return;
    const count = event.actorKind === 'api_key' ? CANDIDATE : reads.add(this.#reader);
    if (catalogue.size === 0 || !reads.isKnown(atMs)) return;
    if (count >= CANDIDATE && this.#observeReader(facts, reads, catalogue.size)) return;
    if (event.actorKind !== 'api_key' && facts.clientName !== '') this.#observeSoftware(facts, reads, catalogue.size);
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
      services: this.#services.save(),
      seen: this.#seen.save(),
      known: this.#known.save(),
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<'rows' | 'services' | 'seen' | 'known' | 'campaigns', unknown>;
    this.#rows.load(from.rows);
    this.#services.load(from.services);
    this.#seen.load(from.seen);
    this.#known.load(from.known);
    this.#campaigns.load(from.campaigns);
  }

  /**
   * Which item is read: the object, or the page of a route with a parameter or a query. @returns false where it is neither
   */
  #readItem(facts: Facts): boolean {
    const { objects, operation, method, route, query, path } = facts.event;
    if (operation === '' && method !== 'GET') return false;
    if (objects.length > 1) return false;
    if (objects.length === 1) {
      this.#kind = objects[0]!.kind;
      this.#number = Number(objects[0]!.id);
      mixNumber(TAG.item, facts.service, objects[0]!.hash, this.#item);
      return true;
    }
    if (operation !== '' || route === '' || (query === '' && !route.includes('{')) || ASSET.test(path)) return false;
    this.#kind = route;
    this.#number = Number.NaN;
    hashText(query === '' ? path : `${path}?${query}`, 0, this.#item);
    mixKeys(TAG.item, facts.service, this.#item, this.#item);
    return true;
  }

  /** Is what the reader meets for the first time known to others? Asked of a sample of the items, the same for all. */
  #vote(catalogue: Catalogue, reads: DailyReads, facts: Facts): void {
    const isKnown = this.#known.add(this.#item, facts.atMs);
    mixKeys(TAG.reader, this.#reader, this.#item, this.#key);
    if (this.#known.add(this.#key, facts.atMs) || !reads.takeVote(this.#reader)) return;
    catalogue.vote(isKnown, facts.event.actor === '');
  }

  /** @returns whether the read belongs to a campaign */
  #observeReader(facts: Facts, reads: DailyReads, catalogue: number): boolean {
    const slot = this.#open(this.#reader, facts.atMs);
    const { columns } = this.#rows;
    mixKeys(TAG.seen, this.#reader, this.#item, this.#key);
    const isRepeat = this.#seen.add(this.#key, facts.atMs);
    this.#addRead(slot, facts, isRepeat, catalogue);
    if (isRepeat) reads.takeBack(this.#reader, CANDIDATE);
    const step = this.#number - columns.lastId[slot]!;
    if (!isRepeat && !Number.isNaN(step)) {
      columns.steps[slot]!++;
      if (isStep(step)) columns.ordered[slot]!++;
    }
    columns.lastId[slot] = this.#number;
    const campaign = this.#campaigns.find(facts.event.service, readerKey, facts);
    if (campaign !== undefined) {
      reads.markHeavy(this.#reader);
      this.#continue(campaign, facts, slot);
      return true;
    }
    const items = columns.items[slot]!;
    const { actorKind } = facts.event;
    const peers = actorKind === 'api_key' ? 0 : reads.peerReads;
    if (isRepeat || items < Math.max(MIN_ITEMS.reader, BEYOND * Math.max(peers, columns.ownItems[slot]!))) return false;
    reads.markHeavy(this.#reader);
    if (actorKind === 'api_key' && columns.days[slot]! < 3) return false;
    if (facts.whoKind === 'client' && this.#parts.population.users(facts) > SHARED_USERS) return false;
    if (isLikeCrowd(columns.reads[slot]!, items, catalogue)) return false;
    const nats = this.#readerNats(slot, facts, reads);
    const threshold = this.#thresholds.reader.of(facts.event.service) + (reads.peerReads > 0 ? 0 : COLD_START_NATS);
    this.#rows.suspicion[slot] = sum(nats);
    if (sum(nats) < threshold) return false;
    this.#accuse(slot, facts, { nats, threshold, reads, catalogue, scope: 'reader' });
    return true;
  }

  #observeSoftware(facts: Facts, reads: DailyReads, catalogue: number): void {
    mixKeys(TAG.software, facts.client, facts.service, this.#software);
    const slot = this.#open(this.#software, facts.atMs);
    const { columns } = this.#rows;
    if (columns.items[slot]! > COVERED * catalogue) return;
    mixKeys(TAG.seen, this.#software, this.#item, this.#key);
    this.#addRead(slot, facts, this.#seen.add(this.#key, facts.atMs), catalogue);
    const bit = 1 << (facts.source.lo & 31);
    if (facts.source.lo & 32) columns.sourcesHi[slot] = columns.sourcesHi[slot]! | bit;
    else columns.sourcesLo[slot] = columns.sourcesLo[slot]! | bit;
    const overlap = columns.overlap[slot]!;
    this.#rows.suspicion[slot] = overlap;
    const threshold = this.#thresholds.software.of(facts.event.service);
    if (overlap < threshold / 2) return;
    const campaign = this.#campaigns.find(facts.event.service, softwareKey, facts);
    if (campaign !== undefined) {
      this.#continue(campaign, facts, slot);
      return;
    }
    if (overlap < threshold || columns.items[slot]! < MIN_ITEMS.software) return;
    if (ones(columns.sourcesLo[slot]!) + ones(columns.sourcesHi[slot]!) < MIN_SOURCES) return;
    if (isLikeCrowd(columns.reads[slot]!, columns.items[slot]!, catalogue)) return;
    const nats = { volume: 0, overlap, order: 0, steady: 0 };
    this.#accuse(slot, facts, { nats, threshold, reads, catalogue, scope: 'software' });
  }

  #open(key: Readonly<Key>, atMs: number): number {
    const slot = this.#rows.open(key, atMs);
    const { columns } = this.#rows;
    const day = Math.floor(atMs / DAY_MS);
    if (day <= columns.day[slot]!) return slot;
    if (columns.day[slot] !== 0) {
      columns.ownItems[slot] = Math.max(columns.ownItems[slot]!, columns.items[slot]!);
      columns.days[slot]!++;
      this.#rows.protect(slot);
    }
    columns.day[slot] = day;
    columns.items[slot] = columns.reads[slot] = columns.steps[slot] = columns.ordered[slot] = 0;
    columns.pauses[slot] = columns.overlap[slot] = 0;
    columns.sourcesLo[slot] = columns.sourcesHi[slot] = 0;
    columns.firstMs[slot] = columns.lastMs[slot] = atMs;
    columns.lastId[slot] = Number.NaN;
    return slot;
  }

  /** One read more, and what it says: a crowd would have hit one of the items read before with probability n/C. */
  #addRead(slot: number, facts: Facts, isRepeat: boolean, catalogue: number): void {
    const { columns } = this.#rows;
    columns.reads[slot]!++;
    if (facts.atMs - columns.lastMs[slot]! > PAUSE_MS) columns.pauses[slot]!++;
    if (facts.atMs > columns.lastMs[slot]!) columns.lastMs[slot] = facts.atMs;
    const covered = Math.min(COVERED, columns.items[slot]! / catalogue);
    if (!isRepeat) columns.items[slot]!++;
    if (covered <= REPEAT_SHARE) return;
    const told = isRepeat ? Math.log(REPEAT_SHARE / covered) : Math.log((1 - REPEAT_SHARE) / (1 - covered));
    columns.overlap[slot] = Math.max(0, columns.overlap[slot]! + told);
  }

  #readerNats(slot: number, facts: Facts, reads: DailyReads): Copy['nats'] {
    const { columns } = this.#rows;
    const items = columns.items[slot]!;
    const past = reads.reads.log;
    const spanMs = facts.atMs - columns.firstMs[slot]!;
    const mean = reads.peerReads > 0 ? past.mean : PRIOR.mean;
    const deviation = reads.peerReads > 0 ? Math.max(MIN_DEVIATION, past.deviation) : PRIOR.deviation;
    const isFast = spanMs < items * 1_000;
    const isSteady = isFast || (spanMs >= HOUR_MS && columns.pauses[slot]! * HOUR_MS < spanMs / 2);
    const order = binaryNats(columns.ordered[slot]!, columns.steps[slot]!, USUAL_ORDER);
    return {
      volume: Math.min(VOLUME_LIMIT, surprise((Math.log1p(items) - mean) / deviation)),
      overlap: Math.min(OVERLAP_LIMIT, columns.overlap[slot]!),
      order: Math.min(ORDER_LIMIT, Math.max(0, order)),
      steady: isSteady ? STEADY_NATS : 0,
    };
  }

  #accuse(
    slot: number,
    facts: Facts,
    found: {
      readonly nats: Copy['nats'];
      readonly threshold: number;
      readonly reads: DailyReads;
      readonly catalogue: number;
      readonly scope: Copy['scope'];
    },
  ): void {
    const { event, atMs } = facts;
    const { columns } = this.#rows;
    const { nats, threshold, reads, catalogue, scope } = found;
    const gapMs = (atMs - columns.firstMs[slot]!) / Math.max(1, columns.reads[slot]!);
    const campaign = this.#campaigns.open({
      service: event.service,
      key: scope === 'reader' ? readerKey(facts) : softwareKey(facts),
      atMs,
      holdMs: 0,
      data: {
        who:
          scope === 'reader'
            ? readerName(facts)
            : `Clients of one kind (${event.userAgent.slice(0, 60) || facts.clientName})`,
        scope,
        kind: this.#kind,
        items: newDistinct(),
        before: columns.items[slot]!,
        reads: columns.reads[slot]!,
        catalogue,
        peerReads: reads.peerReads,
        peerDays: reads.reads.size,
        ownItems: columns.ownItems[slot]!,
        gapMs,
        nats,
        threshold,
        isCrawler: CRAWLER.test(event.userAgent) && gapMs >= POLITE_GAP_MS,
        known: reads.peerReads > 0,
      },
    });
    campaign.firstMs = Math.min(atMs, columns.firstMs[slot]!);
    noteRequest(campaign, event);
    campaign.requests = columns.reads[slot]!;
    this.#target(campaign, facts);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  #continue(campaign: Campaign<Copy>, facts: Facts, slot: number): void {
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, facts.event);
    data.reads++;
    addDistinct(data.items, this.#item.lo);
    if (data.scope === 'software') data.nats.overlap = Math.max(data.nats.overlap, this.#rows.columns.overlap[slot]!);
    this.#target(campaign, facts);
    this.#campaigns.touch(campaign, facts.atMs);
  }

  #target(campaign: Campaign<Copy>, facts: Facts): void {
    const { event } = facts;
    const place = event.operation || event.route;
    if (place !== '') addToTally(campaign.targets, `route:${event.method} ${place}`);
  }
}

/** Before the peers are known: a visit shows five things, one in a hundred visits eighty (σ of ln 1.2). */
const PRIOR = { mean: Math.log(6), deviation: 1.2 } as const;

/**
 * Reads that meet what was read before half as often as independent readers would, who of C equally liked items hit one
 * again in n²/2C of n reads (and more often where some are liked more): many people behind one address.
 */
function isLikeCrowd(reads: number, items: number, catalogue: number): boolean {
  const expected = (reads * reads) / (2 * catalogue);
  return expected >= MIN_EXPECTED && reads - items > expected / 2;
}

function sum(nats: Copy['nats']): number {
  return nats.volume + nats.overlap + nats.order + nats.steady;
}

function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function readerKey(facts: Facts): string {
  if (facts.whoKind === 'actor') return `actor:${facts.event.actor}`;
  if (facts.whoKind === 'session') return `session:${facts.event.session}`;
  return `source:${facts.address.label}`;
}

function softwareKey(facts: Facts): string {
  return `software:${facts.clientName}`;
}

function readerName(facts: Facts): string {
  const { event } = facts;
  if (facts.whoKind === 'actor') {
    return `${event.actorKind === 'api_key' ? 'API key' : 'User'} ${shortName(event.actor)}`;
  }
  if (facts.whoKind === 'session') return `Session ${shortName(event.session)}`;
  return facts.address.label;
}

function describe(campaign: Campaign<Copy>): Statement {
  const { data } = campaign;
  const { nats } = data;
  const items = data.before + countDistinct(data.items);
  const share = Math.min(1, items / Math.max(data.catalogue, items));
  const spanMs = campaign.lastMs - campaign.firstMs;
  const evidence: Evidence[] = [];
  const usual =
    data.peerReads > 0
      ? `; 999 in 1,000 readers read at most ${grouped(data.peerReads)} a day`
      : '; how much others read in a day is not known yet';
  if (data.scope === 'reader') {
    evidence.push({
      name: 'items_read',
      text: `${counted(items, 'different item')} read${usual}`,
      observed: items,
      expected: data.peerReads > 0 ? data.peerReads : null,
      unit: 'items',
      baseline: data.peerReads > 0 ? { of: 'peers', size: data.peerDays } : { of: 'prior', size: 0 },
      logLikelihood: nats.volume,
    });
  }
  evidence.push({
    name: 'items_repeated',
    text: `${counted(items, 'different item')} in ${counted(data.reads, 'read')} out of ${grouped(data.catalogue)} known: a crowd would have read ${grouped((data.reads * data.reads) / (2 * Math.max(1, data.catalogue)))} of them again`,
    observed: Math.max(0, data.reads - items),
    expected: (data.reads * data.reads) / (2 * Math.max(1, data.catalogue)),
    unit: 'reads',
    baseline: { of: 'route', size: data.catalogue },
    logLikelihood: nats.overlap,
  });
  if (nats.order > 0) {
    evidence.push({
      name: 'items_in_order',
      text: 'Items were read in the order of their ids',
      observed: items,
      expected: null,
      unit: 'items',
      baseline: null,
      logLikelihood: nats.order,
    });
  }
  if (nats.steady > 0) {
    evidence.push({
      name: 'no_pause',
      text: `One read every ${duration(Math.max(1_000, data.gapMs))} on average, with hardly a pause of five minutes`,
      observed: data.gapMs,
      expected: null,
      unit: 'ms',
      baseline: null,
      logLikelihood: nats.steady,
    });
  }
  const discounts: Discount[] = [];
  if (data.isCrawler) {
    discounts.push({
      reason: 'known_consumer',
      text: 'The client says that it is a crawler and keeps a crawler’s pace',
      points: 15,
    });
  }
  if (!data.known)
    discounts.push({ reason: 'cold_start', text: 'How much readers read in a day is not known yet', points: 10 });
  const sources = tallySize(campaign.sources);
  const from = sources > 1 ? ` from ${counted(sources, 'address', 'addresses')}` : '';
  return {
    title: `Scraping by ${data.who}`,
    summary: `${data.who} read ${counted(items, 'different item')} (${data.kind}), ${percent(share)} of those known, in ${duration(spanMs)}${from}${data.scope === 'reader' ? usual : ', next to none of them twice'}.`,
    evidence,
    logLikelihood: sum(nats),
    threshold: data.threshold,
    units: Math.max(1, items),
    outcome: 'partial',
    discounts,
  };
}

export const scraping: DetectorDefinition = {
  type: 'scraping',
  create: (parts, room) => new Scraping(parts, room),
};
