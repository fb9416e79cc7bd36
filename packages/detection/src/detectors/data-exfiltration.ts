import { type Campaign, Campaigns, noteRequest } from '../core/campaigns.js';
import type { KeyTable } from '../core/key-table.js';
import type { PeerVolumes } from '../core/peer-volumes.js';
import type { Threshold } from '../core/sensitivity.js';
import { surprise } from '../core/student-t.js';
import { addToTally } from '../core/tally.js';
import type { Detector, DetectorDefinition, Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { groupOf } from '../parts/routes.js';
import { SLOW_THRESHOLD } from '../parts/volume-moments.js';
import type { Peers } from '../parts/volume-peers.js';
import type { Expectation, Novelty } from '../parts/volumes.js';
import { describeTake, SIGN, type Sign, type Take, totalOf } from './exfiltration-statement.js';
import { takerKey, takerName } from './taker.js';

const HOUR_MS = 3_600_000;
/** What is judged is an hour of a taker: twenty requests on average, so fifty thousand hours in a million requests. */
const UPDATES_PER_MILLION = 50_000;
/** A taker without a past of its own is not accused below this (reference 5.10). */
const MIN_BYTES = 10_000_000;
const MIN_ITEMS = 1_000;
/** With a past: below this it is what a person reads in an hour of work, whatever it is compared with. */
const LEAST = { bytes: 1_000_000, items: 100 } as const;
/** How far beyond the largest hour so far, the own one or that of 999 in 1,000 peers (reference 5.10). */
const BEYOND = 5;
/** Active days that make a past to break the record of. */
const PAST_DAYS = 5;
/** Fewer different requests are one export, whatever its size; without a past, a visit. */
const MIN_PAGES = { past: 10, none: 20 } as const;
/** So many of them must be new in kind, with half of the bytes. */
const NEW_PAGES = 5;
/** How far beyond the record is enough for what is new in two ways. */
const BEYOND_NEW = 2;
/** Volume alone never pages: heavy tails produce any number now and then (reference 3.5). */
const VOLUME_LIMIT = 12;
/** Records rise with bytes: what they add is half evidence. */
const ITEMS_WEIGHT = 0.5;
/** Days of work from which on an hour of the day is new. */
const HOUR_DAYS = 10;
/** Kinds of networks (of 32) from which on one more says nothing: someone who roams. */
const ROAMER_NETWORKS = 8;
/** A slow campaign may pause over a long weekend. */
const SLOW_IDLE_MS = 96 * HOUR_MS;
const SHARED_USERS = 10;
const COLD_START_NATS = 2;

/**
 * Data exfiltration: far more data leaves with someone than ever before.
 *
 * Listens to successful responses. Compares the current hour with the taker's own record, or with its peers' while it has
 * none (see parts/volumes.ts), in bytes and in records: five times beyond in one, beyond in both. Volume alone does not
 * suffice; most of the hour's bytes must be new in kind as well (a route, a network, larger pages, an hour of the day, a
 * taker first seen today), or bytes and records both be five times beyond. The same URL counts once, a file as one page.
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
    const campaign = this.#campaigns.find(facts.event.service, takerKey, facts);
    if (campaign !== undefined) {
      this.#continue(campaign, facts);
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
    const { bytes, pages, items } = volumes.facts;
    const isLarge = bytes >= MIN_BYTES || items >= MIN_ITEMS;
    const hasPast = volumes.activeDays >= PAST_DAYS && volumes.mostBytes > 0;
    if (!hasPast && (!isLarge || pages < MIN_PAGES.none)) return;
    // The cheap half of what follows: most who take much took as much before.
    if (hasPast && bytes < BEYOND_NEW * volumes.mostBytes && items < BEYOND_NEW * volumes.mostItems) return;
    const peers = volumes.peersOf(facts);
    if (!peers.isKnown(facts.atMs)) return;
    const most = { bytes: peers.bytes.quantile(0.999), items: peers.items.quantile(0.999) };
    const hasLargePages = bytes / pages > peers.pages.quantile(0.999);
    // Pages of others hold as many records as one can tell: where none are named, their size stands for it.
    const isFar = isBeyond(bytes, items, most.bytes, most.items) || (hasLargePages && bytes >= BEYOND * most.bytes);
    if (!hasPast && !isFar) return;
    const novelty = volumes.novelty(facts.atMs);
    const signs = this.#usesNovelty ? this.#signs(facts, novelty, hasLargePages, peers.isMature(facts.atMs)) : [];
    // An hour that is usual for others is left alone: someone does what his peers do. Only keys do not travel.
    const isUsual = bytes < peers.bytes.quantile(0.99) && items < peers.items.quantile(0.99);
    if (isUsual && !signs.includes('keyElsewhere')) return;
    if (facts.whoKind === 'client' && this.#parts.population.users(facts) > SHARED_USERS) return;
    if (hasPast && signs.length < 2 && !isBeyond(bytes, items, volumes.mostBytes, volumes.mostItems)) return;
    const isMany = isFar && bytes >= BEYOND * volumes.mostBytes && items >= BEYOND * volumes.mostItems;
    // People page through all that is theirs now and then; programs do as they always did.
    if (signs.length === 0 && !(isLarge && isMany && event.actorKind === 'api_key')) return;
    const take = this.#take(facts, 'burst', peers, novelty);
    if (this.#usesVolume) this.#weighVolume(take, peers, hasPast);
    take.signs = signs;
    take.nats.signs = signs.reduce((sum, sign) => sum + SIGN[sign], 0);
    if (totalOf(take) >= take.threshold) this.#accuse(this.#campaigns, takerKey(facts), facts, take);
  }

  #weighVolume(take: Take, peers: Peers, hasPast: boolean): void {
    const { volumes } = this.#parts;
    const { bytes, items } = volumes.facts;
    const { nats } = take;
    const expected = { bytes: volumes.expect('bytes', peers), items: volumes.expect('items', peers) };
    const volume = hasPast
      ? recordNats(bytes, volumes.mostBytes, expected.bytes)
      : tailNats(bytes, peers.bytes, expected.bytes);
    const records = hasPast
      ? recordNats(items, volumes.mostItems, expected.items)
      : tailNats(items, peers.items, expected.items);
    nats.volume = Math.max(nats.volume, volume);
    nats.items = Math.max(nats.items, ITEMS_WEIGHT * records);
  }

  /** In which ways most of the hour's bytes are new in kind. */
  #signs(facts: Facts, novelty: Novelty, hasLargePages: boolean, isMature: boolean): Sign[] {
    const { volumes } = this.#parts;
    const { event } = facts;
    // Newcomers read what is theirs in pages of the usual size; while the service is young all are newcomers.
    if (novelty.ageDays === 0) return hasLargePages && isMature ? ['newTaker', 'largerThanPeers'] : [];
    const { activeDays } = volumes;
    if (activeDays < PAST_DAYS) return [];
    const half = volumes.facts.bytes / 2;
    const signs: Sign[] = [];
    if (novelty.routePages >= NEW_PAGES && novelty.routeBytes >= half) {
      signs.push(this.#parts.routes.current?.isOrdinary(groupOf(facts)) ? 'ordinaryRoute' : 'newRoute');
    }
    if (novelty.networkPages >= NEW_PAGES && novelty.networkBytes >= half) {
      if (novelty.networks > 1) {
        if (novelty.networks < ROAMER_NETWORKS) signs.push('newNetwork');
      } else signs.push(event.actorKind === 'api_key' ? 'keyElsewhere' : 'leftNetwork');
    }
    if (novelty.largePages >= Math.max(MIN_PAGES.past, volumes.facts.pages / 2)) signs.push('largePages');
    // People work late, and travellers at all hours.
    if (novelty.hour && event.actorKind === 'api_key' && activeDays >= HOUR_DAYS) signs.push('newHour');
    return signs;
  }

  #observeSlow(facts: Facts): void {
    const { volumes } = this.#parts;
    const key = `${takerKey(facts)} slow`;
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
    const mature = peers.isMature(facts.atMs);
    return {
      who: takerName(facts),
      kind,
      bytes: volumes.hour.allBytes,
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
    campaign.firstMs = take.kind === 'slow' ? atMs : Math.min(atMs, this.#parts.volumes.hour.firstMs);
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
    if (this.#usesVolume) this.#weighVolume(data, volumes.peersOf(facts), volumes.activeDays >= PAST_DAYS);
    this.#campaigns.touch(campaign, facts.atMs);
  }
}

/** Five times beyond in one, beyond in both: bytes and records are two views of one haul, and either may be blunt. */
function isBeyond(bytes: number, items: number, mostBytes: number, mostItems: number): boolean {
  if (bytes <= mostBytes || items <= mostItems) return false;
  return bytes >= BEYOND * mostBytes || items >= BEYOND * mostItems;
}

/**
 * How surprising an hour is: by its distance from the usual (Student's t), or as a record: the chance to break that of n
 * exchangeable hours is 1/(n+1), and to break it r times over r times smaller (a Pareto tail of index one, heavier than
 * any volume that was measured). The second needs no scale, and no shape of what is below the record.
 */
function recordNats(value: number, record: number, expected: Expectation): number {
  const isRecord = record > 0 && value > record;
  const nats = isRecord ? Math.log(expected.own + 1) + Math.log(value / record) : 0;
  return Math.min(VOLUME_LIMIT, Math.max(distanceNats(value, expected), nats));
}

/** The same for somebody without a past, beyond what 999 of 1,000 hours of his peers hold. */
function tailNats(value: number, peers: PeerVolumes, expected: Expectation): number {
  const most = peers.quantile(0.999);
  const nats = most > 0 && value > most ? Math.log(Math.min(1_000, peers.size)) + Math.log(value / most) : 0;
  return Math.min(VOLUME_LIMIT, Math.max(distanceNats(value, expected), nats));
}

function distanceNats(value: number, expected: Expectation): number {
  return surprise((Math.log1p(value) - expected.mean) / expected.deviation);
}

export const dataExfiltration: DetectorDefinition = {
  type: 'data_exfiltration',
  create: (parts) => new DataExfiltration(parts),
};
