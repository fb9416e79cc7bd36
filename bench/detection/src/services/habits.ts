import type { Rng } from '../core/rng.js';
import type { Script } from '../core/scheduler.js';
import { DAY, HOUR, MINUTE, SECOND } from '../core/time.js';
import { libraryDevice } from '../population/devices.js';
import { serverNetwork } from '../population/networks.js';
import type { User } from '../population/users.js';
import { humanLogin } from './people.js';
import type { Service } from './service.js';
import type { ApiKey } from './visitor.js';

/** Consumers with keys: each has its own few routes, volume, hour, library and server. */
export function drawKeys(rng: Rng, count: number, routes: number, volume: readonly [number, number]): ApiKey[] {
  return Array.from({ length: count }, (_, i) => {
    const mix = Array.from({ length: routes }, () => (rng.chance(0.55) ? rng.uniform(0.1, 1) : 0));
    mix[rng.int(routes - 1)]! += 0.5;
    return {
      pseudonym: rng.hex(16),
      name: `client-${i}`,
      device: libraryDevice(rng),
      network: serverNetwork(rng),
      mix,
      volume: rng.logUniform(...volume),
      hour: rng.uniform(0, 5),
      owner: null,
    };
  });
}

/** Draws one of the routes that a key uses habitually. */
export function habitualRoute(rng: Rng, key: ApiKey): number {
  let roll = rng.float() * key.mix.reduce((sum, weight) => sum + weight, 0);
  for (let route = 0; route < key.mix.length; route++) {
    roll -= key.mix[route]!;
    if (roll < 0) return route;
  }
  return 0;
}

/** What a key does all its life: a nightly job, or calls spread over the day. */
export function* keyHabit(service: Service, key: ApiKey, label: string): Script {
  const { rng } = service;
  const isNightly = key.hour < 2.5;
  for (;;) {
    const visitor = service.keyVisitor(key, label);
    const calls = isNightly ? Math.round(key.volume * rng.uniform(0.8, 1.25)) : rng.between(1, 3);
    for (let i = 0; i < calls; i++) {
      service.keyCall(visitor, habitualRoute(rng, key));
      if (isNightly) yield rng.logNormal(0.9 * SECOND, 0.4);
    }
    if (isNightly) yield untilTomorrow(service, key.hour) + rng.int(MINUTE);
    else yield rng.logNormal(((DAY / key.volume) * calls) / 1.08, 0.3);
  }
}

/** Working days of a member of staff, case by case. */
export function* staffDays(service: Service, user: User, cases: readonly [number, number]): Script {
  const { rng, world } = service;
  for (;;) {
    const weekday = Math.floor((world.nowMs - world.startMs) / DAY) % 7;
    if (weekday < 5 || rng.chance(0.2)) {
      const visitor = service.visitor((user.office ?? user.home).address(world.nowMs, rng), user.devices[0]!, 'staff');
      yield* humanLogin(service, visitor, user);
      const today = visitor.user === null ? 0 : rng.between(...cases);
      for (let i = 0; i < today; i++) {
        yield rng.exponential((7 * HOUR) / cases[1]);
        yield* service.staffTicket(visitor);
      }
    }
    yield untilTomorrow(service, 7.5 + rng.float() * 1.5);
  }
}

function untilTomorrow(service: Service, hour: number): number {
  const { nowMs, startMs } = service.world;
  return startMs + (Math.floor((nowMs - startMs) / DAY) + 1) * DAY + hour * HOUR - nowMs;
}
