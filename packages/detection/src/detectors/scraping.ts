import { BloomGenerations } from '../core/bloom.js';
import { mixKeys, newKey } from '../core/hash.js';
import type { KeyTable } from '../core/key-table.js';
import { PerService } from '../core/per-service.js';
import type { Threshold } from '../core/sensitivity.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Catalogue } from '../parts/catalogue.js';
import { DailyReads } from '../parts/daily-reads.js';
import type { Facts } from '../parts/facts.js';
import { isStep } from '../parts/object-facts.js';
import { CopyCampaigns } from './copy-campaigns.js';
import { CopyDays } from './copy-days.js';
import { addRead, COVERED, CopyScale, isLikeCrowd, totalCopyNats } from './copy-evidence.js';
import { ReadItem } from './copy-items.js';

const DAY_MS = 86_400_000;
/** What is judged is a day of a reader: twenty requests on average; of software, any read of an item. */
const UPDATES_PER_MILLION = { reader: 50_000, software: 1_000_000 } as const;
/** From this many reads in a day on a reader is looked at one by one. */
const CANDIDATE = 25;
/**
 * No one is accused below this many different items in a day, and so many times what 999 in 1,000 peers read: fewer where
 * hardly an item was looked at, more where it is not certain that the items are there for all.
 */
const MIN_ITEMS = { quick: 100, reader: 200, unproven: 300, software: 300 } as const;
const BEYOND = { quick: 1.5, reader: 3 } as const;
/** One item in four is asked whether it is known to others. */
const SAMPLED = 3;
/**
 * A kind of software is blamed only where at least this many addresses take part, and hardly a read is by somebody with a
 * life of their own here (a name, or an address that was here before this day): what a browser reads is many people's.
 */
const MIN_SOURCES = 10;
const MAX_SETTLED = 0.1;
const SHARED_USERS = 10;
const COLD_START_NATS = 2;
const TAG = { software: 71, reader: 72, seen: 74 } as const;

/** Whether it is certain that what is read is there for all. */
type Openness = 'public' | 'unproven';

/**
 * Scraping: what is there for all is read from end to end.
 *
 * Listens to successful reads of items (objects, or pages of a route with a parameter or query) of public kinds, and of
 * those that are handed out to readers without a name. Two tests. *Readers* (actor, session or address) who read far more
 * different items in a day than 999 in 1,000 peers and than they ever did: volume, items read twice (of n items out of C a
 * crowd would hit n/C again), order, pace, no pause. *Software* from many addresses: a crowd reads popular things again and
 * again, proxies that share out a list never read one twice; only that counts. What is private is object enumeration's.
 */
class Scraping implements Detector {
  readonly #parts: Parts;
  readonly #thresholds: { readonly reader: Threshold; readonly software: Threshold };
  readonly #scale: CopyScale;
  readonly #coldStartNats: number;
  readonly #days: CopyDays;
  readonly #services = new PerService(() => new DailyReads());
  /** (software or heavy reader, item) within a day at least: as long as a row counts. */
  readonly #seen: BloomGenerations;
  /** Items that someone read, and (reader, item), for the votes about what is public. */
  readonly #known: BloomGenerations;
  readonly #campaigns: CopyCampaigns;
  readonly #software = newKey();
  readonly #reader = newKey();
  readonly #item = new ReadItem();
  readonly #key = newKey();

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#thresholds = {
      reader: parts.sensitivity.threshold('scraping', UPDATES_PER_MILLION.reader),
      software: parts.sensitivity.threshold('scraping', UPDATES_PER_MILLION.software),
    };
    this.#scale = new CopyScale(parts.without);
    this.#coldStartNats = parts.without.has('cold_start') ? 0 : COLD_START_NATS;
    this.#days = new CopyDays(room.active / 8);
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
    this.#campaigns = new CopyCampaigns(parts.agenda, this.#days, this.#item);
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#days.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { event, atMs, tainted } = facts;
    if (event.status < 200 || event.status >= 300 || tainted || !this.#item.read(facts)) return;
    if (facts.whoKind === 'client' && !facts.hasSource) return;
    // What belongs to those who read it is no catalogue.
    if (event.objects.length === 1 && this.#parts.objects.read(facts, event.objects[0]!).habits.areOwned) return;
    const reads = this.#services.of(event.service);
    reads.openDay(atMs);
    const catalogue = reads.kind(this.#item.kind);
    if (catalogue === null) return;
    mixKeys(TAG.reader, facts.whoKind === 'client' ? facts.source : facts.who, facts.service, this.#reader);
    catalogue.add(this.#item.key);
    if ((this.#item.key.hi & SAMPLED) === 0) this.#vote(catalogue, reads, facts);
    const isPublic = catalogue.isPublic || (facts.whoKind === 'client' && reads.hasNames);
    if (!isPublic && (facts.whoKind !== 'client' || reads.hasNames)) return;
    if (catalogue.size === 0 || !reads.isKnown(atMs)) return;
    const count = event.actorKind === 'api_key' ? CANDIDATE : reads.add(this.#reader);
    const openness = isPublic ? 'public' : 'unproven';
    if (count >= CANDIDATE && this.#observeReader(facts, reads, catalogue.size, openness)) return;
    if (isPublic && event.actorKind !== 'api_key' && facts.clientName !== '') {
      this.#observeSoftware(facts, reads, catalogue.size);
    }
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return {
      days: this.#days.save(),
      services: this.#services.save(),
      seen: this.#seen.save(),
      known: this.#known.save(),
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<'days' | 'services' | 'seen' | 'known' | 'campaigns', unknown>;
    this.#days.load(from.days);
    this.#services.load(from.services);
    this.#seen.load(from.seen);
    this.#known.load(from.known);
    this.#campaigns.load(from.campaigns);
  }

  /** Is what the reader meets for the first time known to others? Asked of a sample of the items, the same for all. */
  #vote(catalogue: Catalogue, reads: DailyReads, facts: Facts): void {
    const isKnown = this.#known.add(this.#item.key, facts.atMs);
    mixKeys(TAG.reader, this.#reader, this.#item.key, this.#key);
    if (this.#known.add(this.#key, facts.atMs) || !reads.takeVote(this.#reader)) return;
    catalogue.vote(isKnown, facts.event.actor === '');
    reads.voteNamed(facts.whoKind !== 'client');
  }

  /** @returns whether the read belongs to a campaign */
  #observeReader(facts: Facts, reads: DailyReads, catalogue: number, openness: Openness): boolean {
    const { atMs, event } = facts;
    const slot = this.#days.open(this.#reader, atMs);
    const { columns } = this.#days.table;
    mixKeys(TAG.seen, this.#reader, this.#item.key, this.#key);
    const isRepeat = this.#seen.add(this.#key, atMs);
    addRead(columns, slot, { atMs, isRepeat, catalogue });
    if (isRepeat) reads.takeBack(this.#reader, CANDIDATE);
    const step = this.#item.number - columns.lastId.get(slot);
    if (!isRepeat && !Number.isNaN(step)) {
      columns.steps[slot]!++;
      if (isStep(step)) columns.ordered[slot]!++;
    }
    columns.lastId.set(slot, this.#item.number);
    const campaign = this.#campaigns.ofReader(facts);
    if (campaign !== undefined) {
      reads.markHeavy(this.#reader);
      this.#campaigns.continue(campaign, facts, slot);
      return true;
    }
    const isKey = event.actorKind === 'api_key';
    const items = columns.items[slot]!;
    if (isRepeat || !this.#isMuch(slot, facts, reads, openness)) return false;
    reads.markHeavy(this.#reader);
    if (isKey && columns.days[slot]! < 3) return false;
    if (facts.whoKind === 'client' && this.#parts.population.users(facts) > SHARED_USERS) return false;
    if (isLikeCrowd(columns.reads[slot]!, items, catalogue)) return false;
    const nats = this.#scale.weigh(columns, slot, { atMs, isKey, reads });
    const threshold = this.#thresholds.reader.of(event.service) + (reads.peerReads > 0 ? 0 : this.#coldStartNats);
    const sum = totalCopyNats(nats);
    this.#days.table.suspicion[slot] = sum;
    if (sum < threshold) return false;
    this.#campaigns.accuse(slot, facts, { nats, threshold, reads, catalogue, scope: 'reader' });
    return true;
  }

  /** More items than others read, and than this reader did on any day before. */
  #isMuch(slot: number, facts: Facts, reads: DailyReads, openness: Openness): boolean {
    const { columns } = this.#days.table;
    const items = columns.items[slot]!;
    if (items < MIN_ITEMS.quick) return false;
    const isKey = facts.event.actorKind === 'api_key';
    const isQuick = this.#scale.isQuick(columns, slot, isKey);
    if (openness === 'unproven' && reads.peerReads === 0) return false;
    // Where it is not known what others read, or whether they may, only a newcomer who reads like no person is looked at.
    if (openness === 'unproven' || (!isKey && reads.peerReads === 0)) {
      if (!(isQuick || this.#scale.isSteady(columns, slot, facts.atMs))) return false;
      if (items < (isQuick && openness === 'public' ? MIN_ITEMS.reader : MIN_ITEMS.unproven)) return false;
      // Of somebody who is here day by day it may be the daily work.
      if (this.#wasHere(facts)) return false;
    }
    const least = isQuick ? 'quick' : 'reader';
    const peers = isKey ? 0 : BEYOND[least] * reads.peerReads;
    return items >= Math.max(MIN_ITEMS[least], peers, BEYOND.reader * columns.ownItems[slot]!);
  }

  #observeSoftware(facts: Facts, reads: DailyReads, catalogue: number): void {
    const { atMs, event } = facts;
    mixKeys(TAG.software, facts.client, facts.service, this.#software);
    const slot = this.#days.open(this.#software, atMs);
    const { columns } = this.#days.table;
    if (columns.items[slot]! > COVERED * catalogue) return;
    mixKeys(TAG.seen, this.#software, this.#item.key, this.#key);
    addRead(columns, slot, { atMs, isRepeat: this.#seen.add(this.#key, atMs), catalogue });
    const isSettled = facts.whoKind !== 'client' || this.#wasHere(facts);
    if (isSettled) columns.settled[slot]!++;
    else this.#days.addSource(slot, facts.source);
    const overlap = columns.overlap[slot]!;
    this.#days.table.suspicion[slot] = overlap;
    const threshold = this.#thresholds.software.of(event.service);
    if (overlap < threshold / 2) {
      this.#days.takeSources(slot);
      return;
    }
    const campaign = this.#campaigns.ofSoftware(facts);
    if (isSettled) return;
    if (campaign?.data.clients.includes(facts.clientName)) {
      this.#campaigns.continue(campaign, facts, slot);
      return;
    }
    this.#days.nameSource(slot, event.source);
    if (overlap < threshold || columns.items[slot]! < MIN_ITEMS.software) return;
    if (this.#days.sourceCount(slot) < MIN_SOURCES) return;
    if (columns.settled[slot]! > MAX_SETTLED * columns.reads[slot]!) return;
    if (isLikeCrowd(columns.reads[slot]!, columns.items[slot]!, catalogue)) return;
    if (campaign === undefined) {
      const nats = { volume: 0, overlap, order: 0, steady: 0, pace: 0 };
      this.#campaigns.accuse(slot, facts, { nats, threshold, reads, catalogue, scope: 'software' });
      return;
    }
    this.#campaigns.join(campaign, facts, slot);
  }

  /** The address was here a day ago or before. */
  #wasHere(facts: Facts): boolean {
    const before = this.#parts.population.seenBefore(facts);
    return before !== null && facts.atMs - before.firstMs > DAY_MS;
  }
}

export const scraping: DetectorDefinition = {
  type: 'scraping',
  create: (parts, room) => new Scraping(parts, room),
};
