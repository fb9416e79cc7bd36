import type { Discount, Evidence } from '@vedette/protocol';
import { type Campaign, Campaigns, noteRequest, type Statement } from '../core/campaigns.js';
import type { KeyTable } from '../core/key-table.js';
import type { Threshold } from '../core/sensitivity.js';
import { surprise } from '../core/student-t.js';
import { addToTally } from '../core/tally.js';
import { bytesText, counted, duration, shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { type Expectation, SLOW_THRESHOLD } from '../parts/volumes.js';

const HOUR_MS = 3_600_000;
/** What is judged is an hour of a taker: twenty requests on average, so fifty thousand hours in a million requests. */
const UPDATES_PER_MILLION = 50_000;
/**
 * A taker without a past of its own is not accused below this (reference 5.10): a new partner is large beside customers.
 * With a past the measure is that past and this service, whatever its size: ninety-nine in a hundred hours of all takers.
 */
const MIN_BYTES = 10_000_000;
const MIN_ITEMS = 1_000;
/** How far beyond the largest hour so far, the own one or that of 999 in 1,000 peers (reference 5.10). */
const BEYOND = 5;
/** Active days that make a past to break the record of. */
const PAST_RECORD_DAYS = 5;
/** Different requests of an hour before a record is a copy of something: a program that moved house catches up first. */
const RECORD_PAGES = 10;
/** A past that is long enough to be compared with instead of the peers': two weeks, or as many hours as make them. */
const LONG_PAST = { hours: 56, days: 14 } as const;
/** Volume alone never pages: heavy tails produce any number now and then (reference 3.5). */
const VOLUME_LIMIT = 12;
/** Items rise with bytes: what they add is half evidence. Fewer pages than these are one export, whatever their size. */
const ITEMS_WEIGHT = 0.5;
const MIN_PAGES = 20;
/**
 * ln of the odds of each sign, P(attack) / P(benign hour of bulk): a route that the taker never used, .8/.02; a network it
 * never came from, .7/.05; an hour of the day in which it never worked, .3/.01; first seen today, .5/.05.
 */
const SIGN = {
  newRoute: 3.7,
  newNetwork: 2.6,
  newHour: 3.4,
  newTaker: 2.3,
  /** A person that came from one network on five days or more, .7/.02; a program with a key that did, .7/.005. */
  leftNetwork: 3.6,
  keyElsewhere: 4.9,
  /** More than 999 in 1,000 hours of everyone: with a record of its own, .5/.05. */
  beyondAll: 2.3,
} as const;
/** Past days before "never" means something. */
const PAST_DAYS = { route: 5, network: 5, hour: 10 } as const;
/** A slow campaign may pause over a long weekend. */
const SLOW_IDLE_MS = 96 * HOUR_MS;
const SHARED_USERS = 10;
const COLD_START_NATS = 2;

type Sign = keyof typeof SIGN;

interface Take {
  who: string;
  /** `burst`: one hour far beyond the past; `slow`: days of moderate rise. */
  kind: 'burst' | 'slow';
  bytes: number;
  pages: number;
  items: number;
  usualBytes: number;
  usualItems: number;
  ownWindows: number;
  peerWindows: number;
  peerMaximum: number;
  ownMaximum: number;
  nats: { volume: number; items: number; signs: number };
  signs: Sign[];
  threshold: number;
  mature: boolean;
}

/**
 * Data exfiltration: far more data leaves with someone than ever before.
 *
 * Listens to successful responses. Compares the bytes of the current hour with the taker's own past, shrunk to its peers'
 * (see parts/volumes.ts), on a log scale with heavy tails, and asks for a second dimension: many different pages or
 * records, a route, network or hour that are new to the taker, or a taker that is new itself. The same URL counts once. A
 * second test adds up days: bytes *and* pages above the own past for days on end (CUSUM, two weeks of past at least).
 */
class DataExfiltration implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #campaigns: Campaigns<Take>;
  readonly #slow: Campaigns<Take>;
  readonly tables: readonly KeyTable<never>[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('data_exfiltration', UPDATES_PER_MILLION);
    this.#campaigns = new Campaigns(parts.agenda, { type: 'data_exfiltration', idleMs: HOUR_MS / 2, describe });
    this.#slow = new Campaigns(parts.agenda, { type: 'data_exfiltration', idleMs: SLOW_IDLE_MS, describe });
  }

  observe(facts: Facts): void {
    const volume = this.#parts.volumes.facts;
    if (!volume.active) return;
    const campaign = this.#campaigns.find(facts.event.service, whoKey, facts);
    if (campaign !== undefined) {
      this.#continue(campaign, facts);
      return;
    }
    if (facts.whoKind === 'client' && this.#parts.population.users(facts) > SHARED_USERS) return;
    if (Math.min(volume.byteCusum, volume.itemCusum) >= SLOW_THRESHOLD) {
      const slow = this.#slow.get(facts.event.service, slowKey(facts));
      if (slow === undefined) this.#accuse(this.#slow, slowKey(facts), facts, this.#slowTake(facts));
      else this.#continue(slow, facts);
      return;
    }
    if (volume.bytes >= MIN_BYTES || volume.items >= MIN_ITEMS) this.#weighBurst(facts);
    else if (volume.activeDays >= PAST_RECORD_DAYS && volume.pages >= RECORD_PAGES) {
      if (volume.bytes >= BEYOND * this.#parts.volumes.ownMaximum.bytes) this.#weighBurst(facts);
    }
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
    const { peers, bytes, pages, items } = volumes.facts;
    if (!peers.isKnown(facts.atMs)) return;
    const expected = volumes.expect('bytes');
    const own = volumes.ownMaximum;
    const signs = this.#signs(facts);
    const isElsewhere = signs.includes('leftNetwork') || signs.includes('keyElsewhere');
    const hasPast = volumes.facts.activeDays >= PAST_RECORD_DAYS && own.bytes > 0;
    const isLong = expected.own >= LONG_PAST.hours || volumes.facts.activeDays >= LONG_PAST.days;
    const isSmall = bytes < MIN_BYTES && items < MIN_ITEMS;
    const most = isLong || (hasPast && isSmall) ? own.bytes : peers.bytes.quantile(0.999);
    if (bytes < BEYOND * most) return;
    const { everyone } = volumes.facts;
    if (isSmall && bytes < everyone.bytes.quantile(0.99)) return;
    if (hasPast && bytes > everyone.bytes.quantile(0.999)) signs.push('beyondAll');
    const expectedItems = volumes.expect('items');
    const take = this.#take(facts, 'burst', expected, expectedItems);
    take.nats.volume = volumeNats(bytes, own.bytes, expected, hasPast);
    if (pages >= MIN_PAGES || (hasPast && pages >= RECORD_PAGES)) {
      take.nats.items = ITEMS_WEIGHT * volumeNats(items, own.items, expectedItems, hasPast);
    }
    take.signs = signs;
    take.nats.signs = take.signs.reduce((sum, sign) => sum + SIGN[sign], 0);
    // A single export, however large, is someone's work unless it goes where this taker never worked.
    const isBulk = pages >= MIN_PAGES || items >= MIN_ITEMS || (hasPast && isElsewhere && pages >= RECORD_PAGES);
    if (!isBulk && !isElsewhere && !take.signs.includes('newNetwork') && !take.signs.includes('newTaker')) return;
    // Volume alone never suffices on a small scale: one thing must be new as well.
    if (isSmall && !take.signs.some((sign) => sign !== 'beyondAll')) return;
    if (total(take) >= take.threshold) this.#accuse(this.#campaigns, whoKey(facts), facts, take);
  }

  #slowTake(facts: Facts): Take {
    const { volumes } = this.#parts;
    const take = this.#take(facts, 'slow', volumes.expect('bytes'), volumes.expect('items'));
    take.nats.volume = volumes.facts.byteCusum;
    take.nats.items = volumes.facts.itemCusum;
    take.threshold = 2 * SLOW_THRESHOLD;
    return take;
  }

  #take(facts: Facts, kind: Take['kind'], bytes: Expectation, items: Expectation): Take {
    const { peers, ...volume } = this.#parts.volumes.facts;
    const mature = peers.isMature(facts.atMs);
    return {
      who: whoName(facts),
      kind,
      bytes: volume.bytes,
      pages: volume.pages,
      items: volume.items,
      usualBytes: Math.expm1(bytes.mean),
      usualItems: Math.expm1(items.mean),
      ownWindows: bytes.own,
      peerWindows: peers.bytes.size,
      peerMaximum: peers.bytes.quantile(0.999),
      ownMaximum: this.#parts.volumes.ownMaximum.bytes,
      nats: { volume: 0, items: 0, signs: 0 },
      signs: [],
      threshold: this.#threshold.of(facts.event.service) + (mature ? 0 : COLD_START_NATS),
      mature,
    };
  }

  #signs(facts: Facts): Sign[] {
    const { activeDays, ageDays, newRoute, newNetwork, newHour, networks } = this.#parts.volumes.facts;
    if (ageDays === 0) return ['newTaker'];
    const signs: Sign[] = [];
    if (newRoute && activeDays >= PAST_DAYS.route) signs.push('newRoute');
    if (newNetwork && activeDays >= PAST_DAYS.network) {
      if (networks !== 1) signs.push('newNetwork');
      else signs.push(facts.event.actorKind === 'api_key' ? 'keyElsewhere' : 'leftNetwork');
    }
    if (newHour && activeDays >= PAST_DAYS.hour) signs.push('newHour');
    return signs;
  }

  #accuse(campaigns: Campaigns<Take>, key: string, facts: Facts, take: Take): void {
    const { event, atMs } = facts;
    const volume = this.#parts.volumes.facts;
    const campaign = campaigns.open({ service: event.service, key, atMs, holdMs: 0, data: take });
    campaign.firstMs = take.kind === 'slow' ? atMs : Math.min(atMs, volume.firstMs);
    noteRequest(campaign, event);
    campaign.requests = Math.max(1, volume.requests);
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
    const { bytes, pages, items } = volumes.facts;
    const own = volumes.ownMaximum;
    const hasPast = volumes.facts.activeDays >= PAST_RECORD_DAYS && own.bytes > 0;
    const volume = volumeNats(bytes, own.bytes, volumes.expect('bytes'), hasPast);
    data.nats.volume = Math.max(data.nats.volume, volume);
    if (pages >= MIN_PAGES) {
      const more = ITEMS_WEIGHT * volumeNats(items, own.items, volumes.expect('items'), hasPast);
      data.nats.items = Math.max(data.nats.items, more);
    }
    this.#campaigns.touch(campaign, facts.atMs);
  }
}

/**
 * How surprising an hour is: by its distance from the usual (Student's t), or as a record: the chance to break that of n
 * exchangeable hours is 1/(n+1), and to break it r times over r times smaller (a Pareto tail of index one, heavier than
 * any volume that was measured). The second needs no scale, and no shape of what is below the record.
 */
function volumeNats(value: number, maximum: number, expected: Expectation, hasPast: boolean): number {
  const far = surprise(beyond(value, expected));
  const isRecord = hasPast && maximum > 0 && value > maximum;
  const record = isRecord ? Math.log(expected.own + 1) + Math.log(value / maximum) : 0;
  return Math.min(VOLUME_LIMIT, Math.max(far, record));
}

/** Deviations of ln(1+value) beyond what is expected. */
function beyond(value: number, expected: Expectation): number {
  return (Math.log1p(value) - expected.mean) / expected.deviation;
}

function total(take: Take): number {
  return take.nats.volume + take.nats.items + take.nats.signs;
}

function whoKey(facts: Facts): string {
  if (facts.whoKind === 'actor') return `actor:${facts.event.actor}`;
  if (facts.whoKind === 'session') return `session:${facts.event.session}`;
  return `source:${facts.address.label}`;
}

function slowKey(facts: Facts): string {
  return `${whoKey(facts)} slow`;
}

function whoName(facts: Facts): string {
  const { event } = facts;
  if (facts.whoKind === 'actor')
    return `${event.actorKind === 'api_key' ? 'API key' : 'user'} ${shortName(event.actor)}`;
  if (facts.whoKind === 'session') return `session ${shortName(event.session)}`;
  return facts.address.label;
}

const SIGN_TEXT: Readonly<Record<Sign, string>> = {
  newRoute: 'over a route it never used before',
  newNetwork: 'from a network it never used before',
  newHour: 'at an hour of the day at which it never worked before',
  newTaker: 'on the day it was first seen',
  leftNetwork: 'from another network than the one it always came from',
  keyElsewhere: 'from another network than the one that its owner always called from',
  beyondAll: 'more than anyone takes in 999 of 1,000 hours',
};

function describe(campaign: Campaign<Take>): Statement {
  const { data } = campaign;
  const { nats } = data;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const own = data.ownWindows > 0;
  const usual = own
    ? `usual for ${data.who}: ${bytesText(data.usualBytes)} per hour, at most ${bytesText(data.ownMaximum)} so far`
    : `999 of 1,000 hours of its peers stay below ${bytesText(data.peerMaximum)}`;
  const evidence: Evidence[] = [
    {
      name: data.kind === 'burst' ? 'bytes_taken' : 'bytes_rise',
      text:
        data.kind === 'burst'
          ? `${bytesText(data.bytes)} taken in ${duration(spanMs)}; ${usual}`
          : `for days more than usual was taken each day; ${usual}`,
      observed: data.bytes,
      expected: data.usualBytes,
      unit: 'bytes',
      baseline: own ? { of: 'actor', size: data.ownWindows } : { of: 'peers', size: data.peerWindows },
      logLikelihood: nats.volume,
    },
    {
      name: data.kind === 'burst' ? 'items_taken' : 'items_rise',
      text: `${counted(data.items, 'record')} in ${counted(data.pages, 'different request')}; usually ${counted(Math.round(data.usualItems), 'record')} an hour`,
      observed: data.items,
      expected: data.usualItems,
      unit: 'records',
      baseline: own ? { of: 'actor', size: data.ownWindows } : { of: 'peers', size: data.peerWindows },
      logLikelihood: nats.items > 0 ? nats.items : null,
    },
  ];
  for (const sign of data.signs) {
    evidence.push({
      name: `sign_${sign}`,
      text: SIGN_TEXT[sign],
      observed: 1,
      expected: null,
      unit: 'signs',
      baseline: null,
      logLikelihood: SIGN[sign],
    });
  }
  const signs = data.signs.length === 0 ? '' : `, ${data.signs.map((sign) => SIGN_TEXT[sign]).join(', ')}`;
  const discounts: Discount[] = data.mature
    ? []
    : [{ reason: 'cold_start', text: 'less than a week of volumes is known here', points: 10 }];
  return {
    title: `Data exfiltration by ${data.who}`,
    summary:
      data.kind === 'burst'
        ? `${data.who} took ${bytesText(data.bytes)} with ${counted(data.pages, 'different request')} in ${duration(spanMs)}${signs}; ${usual}.`
        : `${data.who} has taken more data and more pages than usual for days; ${usual}.`,
    evidence,
    logLikelihood: total(data),
    threshold: data.threshold,
    units: Math.max(1, data.bytes / 1_000_000),
    outcome: data.kind === 'burst' && total(data) >= data.threshold + 4 ? 'success' : 'partial',
    discounts,
  };
}

export const dataExfiltration: DetectorDefinition = {
  type: 'data_exfiltration',
  create: (parts) => new DataExfiltration(parts),
};
