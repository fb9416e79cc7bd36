import type { Script } from '../core/scheduler.js';
import { HOUR, MINUTE, SECOND } from '../core/time.js';
import { appDevice, type Device } from '../population/devices.js';
import { networkFor } from '../population/users.js';
import { humanLogin } from '../services/people.js';
import type { Service } from '../services/service.js';
import type { Lookalike } from './lookalike.js';

/** L5: tokens have expired and the app asks again every five seconds. */
export const expiredTokens: Lookalike = {
  id: 'L5',
  name: 'expired tokens, hundreds of devices ask again and again',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const devices = Math.min(200, Math.ceil(population.users.length / 40));
    const lastsMs = rng.uniform(2, 6) * MINUTE;
    world.mark('L5', lastsMs + 10 * MINUTE);
    for (let i = 0; i < devices; i++) world.spawn(loop(service, lastsMs), world.nowMs + rng.float() * 10 * MINUTE);
    yield 0;
  },
};

function* loop(service: Service, lastsMs: number): Script {
  const { rng, world, population } = service;
  const user = population.pickActive(world.nowMs, rng);
  const device = user.devices[0]!;
  const visitor = service.visitor(networkFor(user, device, world.nowMs, rng).address(world.nowMs, rng), device, 'L5');
  const untilMs = world.nowMs + lastsMs * rng.uniform(0.3, 1.2);
  const routes = rng.between(1, 3);
  while (world.nowMs < untilMs) {
    for (let i = 0; i < routes; i++) service.refused(visitor, i);
    yield 5 * SECOND * rng.uniform(0.95, 1.1);
  }
  yield* humanLogin(service, visitor, user);
}

/** L7: a release ships pages whose links and assets do not exist: the same few paths, missed by everyone. */
export const brokenRelease: Lookalike = {
  id: 'L7',
  name: 'release with broken links',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const paths = Array.from({ length: rng.between(3, 12) }, () =>
      rng.pick([
        `/assets/chunk-${rng.hex(8)}.js`,
        `/assets/${rng.hex(8)}.css`,
        `/new/${rng.hex(8)}`,
        `/images/banner-${rng.hex(8)}.webp`,
      ]),
    );
    const people = Math.min(1000, Math.floor(population.users.length / 4));
    const lastsMs = rng.uniform(0.5, 3) * HOUR;
    world.mark('L7', lastsMs);
    for (let i = 0; i < people; i++) {
      yield rng.exponential(lastsMs / people);
      const visitor = service.visitorFor(population.pickActive(world.nowMs, rng), 'L7');
      for (const path of paths) if (rng.chance(0.7)) service.probe(visitor, path);
    }
  },
};

/** An app version from last year asks for the routes of last year at every start. */
export const oldApp: Lookalike = {
  id: 'old-app',
  name: 'old app version on retired routes',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const retired = [
      '/api/v1/home',
      '/api/v1/profile',
      '/api/v1/notifications',
      '/api/v1/feed',
      '/api/v1/settings',
      '/api/v1/banners',
      '/api/v1/promo',
      '/api/v1/badges',
      '/api/v1/version',
      '/api/v1/tracking',
    ];
    const people = rng.between(30, 120);
    world.mark('old-app', 20 * HOUR);
    for (let i = 0; i < people; i++) {
      yield rng.exponential((20 * HOUR) / people);
      const user = population.pickActive(world.nowMs, rng);
      const device: Device = appDevice(rng, `${population.spec.appName}Legacy`);
      const visitor = service.visitor(user.carrier.address(world.nowMs, rng), device, 'old-app');
      for (const path of retired) service.probe(visitor, path);
    }
  },
};

/** The service answers 503 for some minutes and every client tries again at once. */
export const retryStorm: Lookalike = {
  id: 'retry-storm',
  name: 'retry storm after 503',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const lastsMs = rng.uniform(3, 12) * MINUTE;
    world.mark('retry-storm', lastsMs + 5 * MINUTE);
    service.errorShare = rng.uniform(0.2, 0.7);
    service.slowdown = 6;
    const clients = Math.min(150, Math.ceil(population.users.length / 30));
    for (let i = 0; i < clients; i++) world.spawn(retry(service, lastsMs), world.nowMs + rng.float() * lastsMs);
    yield lastsMs;
    service.errorShare = 0;
    service.slowdown = 1;
  },
};

function* retry(service: Service, lastsMs: number): Script {
  const { rng, world, population } = service;
  const user = population.pickActive(world.nowMs, rng);
  const visitor = service.visitorFor(user, 'retry-storm');
  const untilMs = world.nowMs + lastsMs;
  let waitMs = 500;
  while (world.nowMs < untilMs && rng.chance(0.95)) {
    service.listOwn(visitor, 1);
    yield waitMs * rng.uniform(0.5, 1.5);
    waitMs = Math.min(waitMs * 1.6, 20 * SECOND);
  }
}
