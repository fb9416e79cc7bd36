import type { PeerVolumes } from '../core/peer-volumes.js';
import { surprise } from '../core/student-t.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { groupOf } from '../parts/routes.js';
import { PAST_DAYS } from '../parts/taker-windows.js';
import type { Peers } from '../parts/volume-peers.js';
import type { Expectation, Novelty, Volumes } from '../parts/volumes.js';
import type { Sign, Take } from './exfiltration-statement.js';

/** Less than this in an hour is not much, whatever it is compared with (reference 5.10). */
export const MIN_BYTES = 10_000_000;
/** How far beyond the largest hour so far, the own one or that of 999 in 1,000 peers (reference 5.10). */
export const BEYOND = 5;
/** A burst so many times the own largest hour is to be found whatever it consists of (reference 9.4: burst ×20). */
const OVERWHELMING = 20;
/** So many pages must be new in kind, with half of the bytes. */
const NEW_PAGES = 5;
/** So many pages larger than ever, and half of all of the hour. */
const LARGE_PAGES = 10;
/** Days of work from which on an hour of the day is new. */
const HOUR_DAYS = 10;
/** Kinds of networks (of 32) from which on one more says nothing: someone who roams. */
const ROAMER_NETWORKS = 8;
/**
 * A person's volume alone never pages: heavy tails produce any number now and then (reference 3.5). A program with a key
 * does today what it did yesterday: its record speaks for itself, and is an unusual export where nothing else is new.
 */
const VOLUME_LIMIT = { person: 12, program: 18 } as const;
/** Records rise with bytes: what they add is half evidence. */
const ITEMS_WEIGHT = 0.5;

/** Five times beyond in one, beyond in both: bytes and records are two views of one haul, and either may be blunt. */
export function isBeyond(bytes: number, items: number, mostBytes: number, mostItems: number): boolean {
  if (bytes <= mostBytes || items <= mostItems) return false;
  return bytes >= BEYOND * mostBytes || items >= BEYOND * mostItems;
}

/** An hour, files in full, that dwarfs the own largest one. */
export function isOverwhelming(all: number, mostAll: number): boolean {
  return all >= MIN_BYTES && mostAll > 0 && all >= OVERWHELMING * mostAll;
}

/** How surprising the event's hour is, by its bytes and by its records; evidence only grows while a haul goes on. */
export function weighVolume(take: Take, volumes: Volumes, peers: Peers, facts: Facts): void {
  const { bytes, all, items } = volumes.facts;
  const { nats } = take;
  const isProgram = facts.event.actorKind === 'api_key';
  const expected = { bytes: volumes.expect('bytes', peers), items: volumes.expect('items', peers) };
  let [byBytes, byItems] = [0, 0];
  if (volumes.activeDays >= PAST_DAYS) {
    const own = expected.bytes.own;
    byBytes = recordNats(bytes, volumes.mostBytes, own);
    if (isOverwhelming(all, volumes.mostAll)) {
      byBytes = Math.max(byBytes, recordNats(all, volumes.mostAll, own));
      // A program that does the same night after night has shown how far its hours lie apart, whoever its peers are.
      if (isProgram) byBytes = Math.max(byBytes, surprise(volumes.ownDeviation(all)));
    }
    byItems = recordNats(items, volumes.mostItems, own);
  } else {
    byBytes = tailNats(bytes, peers.bytes);
    byItems = tailNats(items, peers.items);
  }
  // Where few peers are known nothing is known of how far hours lie apart: the record is all there is.
  if (peers.isKnown(facts.atMs)) {
    byBytes = Math.max(byBytes, Math.min(VOLUME_LIMIT.person, distanceNats(bytes, expected.bytes)));
    byItems = Math.max(byItems, Math.min(VOLUME_LIMIT.person, distanceNats(items, expected.items)));
  }
  const shared = volumes.riseLimit(facts);
  byBytes = Math.min(byBytes, shared);
  byItems = Math.min(byItems, shared);
  const limit = isProgram ? VOLUME_LIMIT.program : VOLUME_LIMIT.person;
  nats.volume = Math.max(nats.volume, Math.min(limit, byBytes));
  nats.items = Math.max(nats.items, ITEMS_WEIGHT * Math.min(VOLUME_LIMIT.person, byItems));
}

/**
 * In which ways most of the hour's bytes are new in kind.
 *
 * @param areLarge the hour's pages are larger than those of peers who are known well
 */
export function signsOf(parts: Parts, facts: Facts, novelty: Novelty, areLarge: boolean): Sign[] {
  const { volumes } = parts;
  const { event } = facts;
  // Newcomers read what is theirs in pages of the usual size; while the service is young all are newcomers.
  if (novelty.ageDays === 0) return areLarge ? ['newTaker', 'largerThanPeers'] : [];
  const { activeDays } = volumes;
  if (activeDays < PAST_DAYS) return [];
  const half = volumes.facts.bytes / 2;
  const signs: Sign[] = [];
  if (novelty.routePages >= NEW_PAGES && novelty.routeBytes >= half) {
    signs.push(parts.routes.current?.isOrdinary(groupOf(facts)) ? 'ordinaryRoute' : 'newRoute');
  }
  if (novelty.networkPages >= NEW_PAGES && novelty.networkBytes >= half) {
    if (novelty.networks > 1) {
      if (novelty.networks < ROAMER_NETWORKS) signs.push('newNetwork');
    } else signs.push(event.actorKind === 'api_key' ? 'keyElsewhere' : 'leftNetwork');
  }
  if (novelty.largePages >= Math.max(LARGE_PAGES, volumes.facts.pages / 2)) signs.push('largePages');
  // People work late, and travellers at all hours.
  if (novelty.hour && event.actorKind === 'api_key' && activeDays >= HOUR_DAYS) signs.push('newHour');
  return signs;
}

/**
 * How surprising a record is: the chance to break that of n exchangeable hours is 1/(n+1), and to break it r times over r
 * times smaller (a Pareto tail of index one, heavier than any volume that was measured). It needs no scale, no peers, and
 * no shape of what is below the record.
 */
function recordNats(value: number, record: number, hours: number): number {
  return record > 0 && value > record ? Math.log(hours + 1) + Math.log(value / record) : 0;
}

/** The same for somebody without a past, beyond what 999 of 1,000 hours of his peers hold. */
function tailNats(value: number, peers: PeerVolumes): number {
  const most = peers.quantile(0.999);
  return most > 0 && value > most ? Math.log(Math.min(1_000, peers.size)) + Math.log(value / most) : 0;
}

/** By its distance from the usual (Student's t). */
function distanceNats(value: number, expected: Expectation): number {
  return surprise((Math.log1p(value) - expected.mean) / expected.deviation);
}
