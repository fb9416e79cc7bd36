import { type Campaign, Campaigns, noteRequest } from '../core/campaigns.js';
import type { KeyTable } from '../core/key-table.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import type { Detector, DetectorDefinition, Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { PAST_DAYS } from '../parts/taker-windows.js';
import { SLOW_THRESHOLD } from '../parts/volume-moments.js';
import type { Peers } from '../parts/volume-peers.js';
import type { Novelty } from '../parts/volumes.js';
import { describeTake, SIGN, type Take, totalOf } from './exfiltration-statement.js';
import { BEYOND, isBeyond, isOverwhelming, MIN_BYTES, signsOf, weighVolume } from './haul-evidence.js';
import { whoKey, whoName } from './who.js';

const HOUR_MS = 3_600_000;
/** What is judged is an hour of a taker: twenty requests on average, so fifty thousand hours in a million requests. */
const UPDATES_PER_MILLION = 50_000;
const MIN_ITEMS = 1_000;
/** With a past: below this it is what a person reads in an hour of work, whatever it is compared with. */
const LEAST = { bytes: 1_000_000, items: 100 } as const;
/** Fewer different requests are one export, whatever its size; without a past, a visit. */
const MIN_PAGES = { past: 10, none: 20 } as const;
/** How far beyond the record is enough for what is new in two ways. */
const BEYOND_NEW = 2;
/** A slow campaign may pause over a long weekend. */
const SLOW_IDLE_MS = 96 * HOUR_MS;
const SHARED_USERS = 10;
const COLD_START_NATS = 2;
/** A week shows the rhythm, that of peers or the own one (reference 8.5). */
const MATURE_DAYS = 7;

/**
 * Data exfiltration: far more data leaves with someone than ever before.
 *
 * Listens to successful responses. Compares the current hour with the taker's own record, or with its peers' while it has
 * none (see parts/volumes.ts), in bytes and in records: five times beyond in one, beyond in both. Volume alone does not
 * suffice; most of the hour's bytes must be new in kind as well (a route, a network, larger pages, an hour of the day, a
 * taker first seen today), or bytes and records both be five times beyond. The same URL counts once, a file as one page,
 * unless all of it is twenty times what the taker ever took in an hour.
 * A second test adds up days: bytes *and* records above the own past for days on end (CUSUM, two weeks of past at least).
 */
class DataExfiltration implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #campaigns: Campaigns<Take>;
  readonly #slow: Campaigns<Take>;
  readonly #usesNovelty: boolean;
  readonly #usesVolume: boolean;
  readonly #slowThreshold: number;
  readonly #coldNats: number;
  readonly tables: readonly KeyTable<never>[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('data_exfiltration', UPDATES_PER_MILLION);
    this.#usesNovelty = !parts.without.has('novelty');
    this.#usesVolume = !parts.without.has('volume');
    this.#slowThreshold = parts.without.has('slow_sums') ? Number.POSITIVE_INFINITY : SLOW_THRESHOLD;
    this.#coldNats = parts.without.has('cold_start') ? 0 : COLD_START_NATS;
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'data_exfiltration',
      idleMs: HOUR_MS / 2,
      describe: describeTake,
    });
    this.#slow = new Campaigns(parts.agenda, {
      type: 'data_exfiltration',
      idleMs: SLOW_IDLE_MS,
      describe: describeTake,
    });
  }

  observe(facts: Facts): void {
    const { volumes } = this.#parts;
    const volume = volumes.facts;
    if (!volume.active || !volume.isNew) return;
    const campaign = this.#campaigns.find(facts.event.service, whoKey, facts);
    if (campaign !== undefined) {
      // A key that goes on as it always did does not go on with the haul.
      if (volume.bytes > volumes.mostBytes || volume.items > volumes.mostItems) this.#continue(campaign, facts);
      return;
    }
    if (volume.pages < MIN_PAGES.past) return;
    if (Math.min(volumes.slowBytes, volumes.slowItems) >= this.#slowThreshold) this.#observeSlow(facts);
    else if (volume.items >= LEAST.items || volume.bytes >= LEAST.bytes) this.#weighBurst(facts);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
    this.#slow.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
    this.#slow.flush(nowMs);
  }

  save(): unknown {
    return { campaigns: this.#campaigns.save(), slow: this.#slow.save() };
  }

  load(saved: unknown): void {
    const from = saved as { campaigns: unknown; slow: unknown };
    this.#campaigns.load(from.campaigns);
    this.#slow.load(from.slow);
  }

  #weighBurst(facts: Facts): void {
    const { volumes } = this.#parts;
    const { event } = facts;
    const { bytes, all, pages, items } = volumes.facts;
    const isLarge = bytes >= MIN_BYTES || items >= MIN_ITEMS;
    const hasPast = volumes.activeDays >= PAST_DAYS && volumes.mostBytes > 0;
    if (!hasPast && (!isLarge || pages < MIN_PAGES.none)) return;
    // The cheap half of what follows: most who take much took as much before.
    const isClear = hasPast && isOverwhelming(all, volumes.mostAll);
    const isMore = bytes >= BEYOND_NEW * volumes.mostBytes || items >= BEYOND_NEW * volumes.mostItems;
    if (hasPast && !isMore && !isClear) return;
    const peers = volumes.peersOf(facts);
    const knowsPeers = peers.isKnown(facts.atMs);
    if (!knowsPeers && !isClear) return;
    const most = { bytes: peers.bytes.quantile(0.999), items: peers.items.quantile(0.999) };
    const hasLargePages = bytes / pages > peers.pages.quantile(0.999);
    // Pages of others hold as many records as one can tell: where none are named, their size stands for it.
    const isFar = isBeyond(bytes, items, most.bytes, most.items) || (hasLargePages && bytes >= BEYOND * most.bytes);
    if (!hasPast && !isFar) return;
    const novelty = volumes.novelty(facts.atMs);
    const isMature = peers.isMature(facts.atMs);
    const signs = this.#usesNovelty ? signsOf(this.#parts, facts, novelty, isMature && hasLargePages) : [];
    // An hour that is usual for others is left alone: someone does what his peers do. Only keys do not travel.
    const isRecord = isClear && all > peers.all.quantile(0.999);
    const isUsual = bytes < peers.bytes.quantile(0.99) && items < peers.items.quantile(0.99);
    if (isUsual && !isRecord && !signs.includes('keyElsewhere')) return;
    if (facts.whoKind === 'client' && this.#parts.population.users(facts) > SHARED_USERS) return;
    const isOwnRecord = isRecord || isBeyond(bytes, items, volumes.mostBytes, volumes.mostItems);
    if (hasPast && signs.length < 2 && !isOwnRecord) return;
    const isMany = isFar && bytes >= BEYOND * volumes.mostBytes && items >= BEYOND * volumes.mostItems;
    // People page through all that is theirs now and then; programs do as they always did.
    if (signs.length === 0 && !(event.actorKind === 'api_key' && (isRecord || (isLarge && isMany)))) return;
    if (signs.length === 0 && all < BEYOND * volumes.usualDay) return;
    const take = this.#take(facts, 'burst', peers, novelty);
    if (this.#usesVolume) weighVolume(take, volumes, peers, facts);
    take.signs = signs;
    take.nats.signs = signs.reduce((sum, sign) => sum + SIGN[sign], 0);
    if (totalOf(take) >= take.threshold) this.#accuse(this.#campaigns, whoKey(facts), facts, take);
  }

  #observeSlow(facts: Facts): void {
    const { volumes } = this.#parts;
    const key = `${whoKey(facts)} slow`;
    const open = this.#slow.get(facts.event.service, key);
    if (open !== undefined) {
      this.#continue(open, facts);
      return;
    }
    if (facts.whoKind === 'client' && this.#parts.population.users(facts) > SHARED_USERS) return;
    const take = this.#take(facts, 'slow', volumes.peersOf(facts), volumes.novelty(facts.atMs));
    take.nats.volume = volumes.slowBytes;
    take.nats.items = volumes.slowItems;
    take.threshold = 2 * SLOW_THRESHOLD;
    this.#accuse(this.#slow, key, facts, take);
  }

  #take(facts: Facts, kind: Take['kind'], peers: Peers, novelty: Novelty): Take {
    const { volumes } = this.#parts;
    const expected = volumes.expect('bytes', peers);
    const mature = peers.isMature(facts.atMs) || volumes.activeDays >= MATURE_DAYS;
    return {
      who: whoName(facts),
      kind,
      bytes: volumes.facts.all,
      pages: volumes.facts.pages,
      items: volumes.facts.items,
      usualBytes: Math.min(Math.expm1(expected.mean), volumes.mostBytes || Number.POSITIVE_INFINITY),
      usualItems: Math.expm1(volumes.expect('items', peers).mean),
      ownWindows: expected.own,
      peerWindows: peers.bytes.size,
      peerMaximum: peers.bytes.quantile(0.999),
      ownMaximum: volumes.mostBytes,
      nats: { volume: 0, items: 0, signs: 0 },
      signs: [],
      threshold: this.#threshold.of(facts.event.service) + (mature ? 0 : this.#coldNats),
      mature,
      isAtHome: volumes.activeDays >= PAST_DAYS && novelty.networkBytes < volumes.facts.bytes / 2,
    };
  }

  #accuse(campaigns: Campaigns<Take>, key: string, facts: Facts, take: Take): void {
    const { event, atMs } = facts;
    const campaign = campaigns.open({ service: event.service, key, atMs, holdMs: 0, data: take });
    campaign.firstMs = take.kind === 'slow' ? atMs : Math.min(atMs, this.#parts.volumes.firstMs);
    noteRequest(campaign, event);
    campaign.requests = Math.max(1, take.pages);
    if (event.route !== '') addToTally(campaign.targets, `route:${event.method} ${event.route}`);
    facts.tainted = true;
    campaigns.touch(campaign, atMs, true);
  }

  #continue(campaign: Campaign<Take>, facts: Facts): void {
    const { event } = facts;
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, event);
    if (event.route !== '') addToTally(campaign.targets, `route:${event.method} ${event.route}`);
    data.bytes += Math.max(0, event.responseBytes);
    data.pages++;
    data.items += Math.max(1, event.handedOut.length, event.objects.length);
    if (data.kind === 'slow') {
      this.#slow.touch(campaign, facts.atMs);
      return;
    }
    const { volumes } = this.#parts;
    if (this.#usesVolume) weighVolume(data, volumes, volumes.peersOf(facts), facts);
    this.#campaigns.touch(campaign, facts.atMs);
  }
}

export const dataExfiltration: DetectorDefinition = {
  type: 'data_exfiltration',
  create: (parts) => new DataExfiltration(parts),
};
