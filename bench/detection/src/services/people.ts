import type { Script } from '../core/scheduler.js';
import { DAY, HOUR, MINUTE } from '../core/time.js';
import type { User } from '../population/users.js';
import { keyHabit, staffDays } from './habits.js';
import type { Service } from './service.js';
import type { Visitor } from './visitor.js';

/** Visits that come all the time. */
interface Arrivals {
  readonly visitsPerDay: number;
  /** How busy it is at a time, 0 to 1. */
  readonly shape: (atMs: number) => number;
  /** Somebody arrives now. */
  readonly arrive: () => void;
}

/** What always goes on at a service. */
interface Life extends Arrivals {
  /** Cases of one member of staff a day. */
  readonly staffCases: readonly [number, number];
}

/** Spawns arrivals, the habits of keys and the working days of staff. */
export function startLife(service: Service, life: Life): void {
  const { world, rng } = service;
  world.spawn(arrivals(service, life));
  for (const key of service.keys) world.spawn(keyHabit(service, key, 'partner'), world.startMs + rng.float() * HOUR);
  startStaff(service, life.staffCases);
}

export function startStaff(service: Service, cases: readonly [number, number]): void {
  const { world, rng, population } = service;
  for (const user of population.users) {
    if (user.role !== 'user') world.spawn(staffDays(service, user, cases), world.startMs + (7.5 + rng.float()) * HOUR);
  }
}

/** Visits that arrive over the day as a Poisson process whose rate follows `shape` (0 to 1). */
export function* arrivals(service: Service, life: Arrivals): Script {
  const { rng, world } = service;
  const { shape } = life;
  let mean = 0;
  for (let hour = 0; hour < 168; hour++) mean += shape(world.startMs + hour * HOUR) / 168;
  const gapMs = DAY / (life.visitsPerDay / mean);
  for (;;) {
    yield rng.exponential(gapMs);
    if (rng.float() < shape(world.nowMs)) life.arrive();
  }
}

/** Log-in as people do it: slips, a second try, a reset, giving up. @returns through the visitor whether it worked */
export function* humanLogin(service: Service, visitor: Visitor, user: User): Script {
  const { rng } = service;
  let wrong = rng.chance(user.slipRate);
  if (wrong && rng.chance(0.06)) {
    // The name itself is mistyped: an account that does not exist.
    service.login(visitor, service.stranger(), false);
    yield rng.logNormal(9000, 0.6);
    wrong = false;
  }
  for (let attempt = 0; wrong && attempt < 6; attempt++) {
    service.login(visitor, service.account(user), false);
    yield rng.logNormal(8000, 0.7);
    if (rng.chance(0.72)) wrong = false;
    else if (attempt >= 1 && rng.chance(0.25)) return;
    else if (attempt >= 1 && rng.chance(0.4)) {
      service.requestReset(visitor, service.account(user));
      yield rng.logNormal(70_000, 0.8);
      if (rng.chance(0.12)) return;
      service.completeReset(visitor, service.account(user));
      yield rng.logNormal(6000, 0.5);
      wrong = false;
    }
  }
  if (wrong) return;
  if (service.loginOutageShare > 0) {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (service.login(visitor, service.account(user), true)) return;
      yield rng.logNormal(attempt === 0 ? 6000 : 25_000, 0.8);
      if (rng.chance(0.3)) return;
    }
    return;
  }
  service.login(visitor, service.account(user), true);
}

/** Human pause between two pages. */
export function think(service: Service): number {
  return Math.min(service.rng.logNormal(11_000, 1), 8 * MINUTE);
}
