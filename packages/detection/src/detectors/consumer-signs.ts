import { counted, grouped, percent } from '../core/words.js';
import { type Change, type Changes, commonNats, rarestNats } from './consumer-changes.js';
import { type Consumer, distanceOf, HOUR_REQUESTS } from './consumer-habits.js';

/** Each route more than one tells that it is no single addition, .5/.2; four of them do. */
const FURTHER_ROUTE = 0.9;
const MAX_FURTHER = 4;
/** A route that most of its kind use, .5/.1; sensitive values in what it gets there, .5/.1. */
const ORDINARY_ROUTE = 1.6;
const SENSITIVE = 1.6;
/**
 * Consumers take up what others use: in proportion to how many do, from one in fifty on (below, it is nobody's habit).
 */
const ORDINARY_SHARE = 0.02;
/** Writing where it only read. */
const WRITES = { before: 0.02, now: 0.2 } as const;
/** What more of the same does not exceed. */
const LIMIT = { routes: 9, mix: 8, volume: 6 } as const;
/** Networks or kinds of client from which on one more says nothing. */
const FEW = 4;
/**
 * A mix is as it was below this distance, whatever its past: fifty requests over five routes lie .12 apart by chance. A
 * mix that never moved before tells of less than the .25 of reference 5.14; one that did has its own record to beat.
 */
const MIN_DISTANCE = 0.15;
/**
 * How far n requests over k routes lie apart by chance: √((k−1)/(8 n ln 2)) is the root of the mean square of this distance,
 * and one in five samples lies beyond 1.25 times as much (χ² with a handful of degrees of freedom).
 */
const CHANCE = 1.25;
/** Every row of days breaks its record now and then: less evidence than this is no change (odds of fifty). */
const LEAST_MIX = 4;
/** Tail index of distances of one habit: they are bounded, and twice the record is sixteen times rarer. */
const DISTANCE_TAIL = 4;
const VOLUME_TIMES = 3;
/** Hours of the day are known after ten active days. */
const HOUR_DAYS = 10;

/** One way in which a consumer changed. */
export interface Sign {
  readonly name: string;
  readonly change: Change;
  readonly text: string;
  readonly observed: number;
  readonly expected: number | null;
  readonly unit: string;
  /** Evidence as if nobody else ever did this, and what is left of it. */
  readonly rarest: number;
  nats: number;
}

/** What is new about the consumer's day so far, against its own past and the days of all consumers of the service. */
export function signsOf(consumer: Readonly<Consumer>, all: Readonly<Changes>): Sign[] {
  const signs: Sign[] = [];
  const { requests, days } = consumer;
  const add = (rarest: number, sign: Omit<Sign, 'nats' | 'rarest'>): void => {
    if (rarest <= 0) return;
    const nats = rarest - commonNats(sign.change, consumer.novelties, all, consumer.day);
    signs.push({ ...sign, rarest, nats: Math.max(0, nats) });
  };
  const routes = [...consumer.newRoutes.keys()];
  add(routesNats(consumer, rarestNats('routes')), {
    name: 'new_routes',
    change: 'routes',
    text: `${counted(routes.length, 'route')} that it did not use in ${counted(days, 'day')}: ${routes.slice(0, 3).join(', ')}`,
    observed: routes.length,
    expected: 0,
    unit: 'routes',
  });
  const networks = consumer.networks.length;
  add(consumer.networksToday.length > 0 && networks <= FEW ? rarestNats('networks') : 0, {
    name: 'new_network',
    change: 'networks',
    text: `Called from ${consumer.networksToday.slice(0, 3).join(', ')}; before from ${counted(networks, 'network')} only`,
    observed: consumer.networksToday.length,
    expected: 0,
    unit: 'networks',
  });
  add(consumer.clientsToday.length > 0 && consumer.clients.length <= FEW ? rarestNats('clients') : 0, {
    name: 'new_client',
    change: 'clients',
    text: 'Called by other client software than ever before',
    observed: consumer.clientsToday.length,
    expected: 0,
    unit: 'clients',
  });
  const distance = distanceOf(consumer);
  add(mixNats(distance, consumer), {
    name: 'route_mix',
    change: 'mix',
    text: `Its mix of routes is ${percent(distance)} away from its past; at most ${percent(consumer.mostDistance)} on earlier days`,
    observed: distance,
    expected: consumer.mostDistance,
    unit: 'distance',
  });
  add(volumeNats(consumer), {
    name: 'volume',
    change: 'volume',
    text: `${counted(requests, 'request')} today; at most ${grouped(consumer.mostRequests)} on a day before`,
    observed: requests,
    expected: consumer.mostRequests,
    unit: 'requests',
  });
  const isWriting = consumer.mostWriteShare <= WRITES.before && consumer.writes >= WRITES.now * requests;
  add(isWriting ? rarestNats('writes') : 0, {
    name: 'writes',
    change: 'writes',
    text: `${percent(consumer.writes / requests)} of its requests write; before at most ${percent(consumer.mostWriteShare)} did`,
    observed: consumer.writes / requests,
    expected: consumer.mostWriteShare,
    unit: 'share',
  });
  add(days >= HOUR_DAYS && consumer.newHourRequests >= HOUR_REQUESTS ? rarestNats('hours') : 0, {
    name: 'new_hour',
    change: 'hours',
    text: `${counted(consumer.newHourRequests, 'request')} at hours of the day at which it never worked`,
    observed: consumer.newHourRequests,
    expected: 0,
    unit: 'requests',
  });
  return signs;
}

export function sumOf(signs: readonly Sign[]): number {
  return signs.reduce((sum, sign) => sum + sign.nats, 0);
}

function routesNats(consumer: Readonly<Consumer>, rarity: number): number {
  if (consumer.newRoutes.size === 0) return 0;
  let first = 0;
  for (const { share, isSensitive } of consumer.newRoutes.values()) {
    const known = Math.max(0, Math.log(share / ORDINARY_SHARE));
    first = Math.max(first, Math.max(ORDINARY_ROUTE, rarity - known) + (isSensitive ? SENSITIVE : 0));
  }
  return Math.min(LIMIT.routes, first + FURTHER_ROUTE * Math.min(MAX_FURTHER, consumer.newRoutes.size - 1));
}

/** The chance that a day's mix lies farther from the past than that of n days before, and r times as far. */
function mixNats(distance: number, consumer: Readonly<Consumer>): number {
  const { requests, days, past, newRoutes, mostDistance } = consumer;
  const freedom = Math.max(1, past.size + newRoutes.size - 1);
  const most = Math.max(CHANCE * Math.sqrt(freedom / (8 * requests * Math.LN2)), mostDistance);
  if (distance < MIN_DISTANCE || distance <= most) return 0;
  const nats = Math.log(days + 1) + DISTANCE_TAIL * Math.log(distance / most);
  return nats < LEAST_MIX ? 0 : Math.min(LIMIT.mix, nats);
}

function volumeNats(consumer: Readonly<Consumer>): number {
  const times = consumer.requests / Math.max(1, consumer.mostRequests);
  return times > VOLUME_TIMES ? Math.min(LIMIT.volume, Math.log(consumer.days + 1) + Math.log(times)) : 0;
}
