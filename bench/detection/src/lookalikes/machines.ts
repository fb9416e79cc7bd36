import type { Script } from '../core/scheduler.js';
import { DAY, HOUR, SECOND } from '../core/time.js';
import { programDevice } from '../population/devices.js';
import { datacentreAddress } from '../population/networks.js';
import { habitualRoute } from '../services/habits.js';
import type { Service } from '../services/service.js';
import type { ApiKey } from '../services/visitor.js';
import type { Lookalike } from './lookalike.js';

const CRAWLERS = [
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', '66.249.66'],
  ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', '157.55.39'],
  ['Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)', '5.255.231'],
] as const;

/** L8: a search engine's crawler at its steady pace, from its own range, also on pages that no longer exist. */
export const searchCrawler: Lookalike = {
  id: 'L8',
  name: 'search crawler',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world } = service;
    const [userAgent, block] = rng.pick(CRAWLERS);
    const device = programDevice(userAgent);
    const pages = Math.min(service.catalogueSize, rng.between(300, 1500));
    const gapMs = rng.uniform(4, 25) * SECOND;
    world.mark('L8', pages * gapMs);
    for (let i = 0; i < pages; i++) {
      const visitor = service.visitor(`${block}.${1 + rng.int(40)}`, device, 'L8');
      if (i === 0) service.probe(visitor, '/robots.txt');
      if (rng.chance(0.06)) service.probe(visitor, `/old/${rng.pick(['sale', 'news', 'items'])}/${rng.int(900)}`);
      else service.browse(visitor, rng.int(service.catalogueSize));
      yield rng.exponential(gapMs);
    }
  },
};

/** L9: uptime checks from three places, every half minute, for the rest of the run. */
export const uptimeChecks: Lookalike = {
  id: 'L9',
  name: 'uptime checks',
  isLasting: true,
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world } = service;
    const device = programDevice('UptimeRobot/2.0 (+http://www.uptimerobot.com/)');
    const places = Array.from({ length: 3 }, () => datacentreAddress(rng));
    for (;;) {
      for (const address of places) service.healthCheck(service.visitor(address, device, 'L9'));
      yield 90 * SECOND;
      if (world.nowMs > world.startMs + (world.days - 0.1) * DAY) return;
    }
  },
};

/** L10: at the end of the month a partner fetches three times as much as every night, at its usual hour. */
export const monthEndSync: Lookalike = {
  id: 'L10',
  name: "partner's nightly sync, three times as long at month's end",
  hour: 1,
  weekdayOnly: false,
  *run(service) {
    const { rng, world } = service;
    const key = heaviestKey(service);
    yield key.hour * HOUR;
    const calls = Math.round(key.volume * 3);
    world.mark('L10', calls * SECOND);
    for (let i = 0; i < calls; i++) {
      service.keyCall(service.keyVisitor(key, 'L10'), habitualRoute(rng, key));
      yield rng.logNormal(0.8 * SECOND, 0.4);
    }
  },
};

/** L13: a load test that nobody announced: one machine, fifty times the usual rate, for some minutes. */
export const loadTest: Lookalike = {
  id: 'L13',
  name: 'unannounced load test',
  hour: null,
  weekdayOnly: true,
  *run(service) {
    const { rng, world } = service;
    const visitor = service.visitor(datacentreAddress(rng), programDevice('k6/0.54.0 (https://k6.io/)'), 'L13');
    const requests = rng.between(2000, 5000);
    world.mark('L13', requests * 70);
    for (let i = 0; i < requests; i++) {
      if (rng.chance(0.3)) service.browse(visitor, rng.int(40));
      else service.browseList(visitor, rng.between(1, 3));
      yield rng.exponential(60);
    }
  },
};

/** L17: a new SDK version reaches 40 % of the keys within a day: another user agent, slightly other habits. */
export const sdkUpgrade: Lookalike = {
  id: 'L17',
  name: 'SDK upgrade over 40% of the keys',
  hour: 3,
  weekdayOnly: false,
  *run(service) {
    const { rng, world } = service;
    world.mark('L17', 3 * DAY);
    const from = service.keyRouteCount - 1;
    for (const key of service.keys) {
      if (!rng.chance(0.4)) continue;
      key.device.userAgent = `vendor-sdk/4.${rng.int(3)}.0 ${key.device.userAgent.split(' ')[0]}`;
      world.spawn(upgraded(service, key, from), world.nowMs + rng.float() * DAY);
    }
    yield 0;
  },
};

/** The new SDK asks one route more, about as often as it did everything else together. */
function* upgraded(service: Service, key: ApiKey, route: number): Script {
  const { rng } = service;
  for (let i = 0; i < 60; i++) {
    service.keyCall(service.keyVisitor(key, 'L17'), route);
    yield rng.exponential((2 * DAY) / 60);
  }
}

function heaviestKey(service: Service): ApiKey {
  return [...service.keys].sort((a, b) => b.volume - a.volume)[service.rng.int(Math.min(3, service.keys.length))]!;
}
