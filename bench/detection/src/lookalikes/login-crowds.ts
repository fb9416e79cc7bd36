import type { Script } from '../core/scheduler.js';
import { HOUR, MINUTE, SECOND } from '../core/time.js';
import { appDevice, browserDevice } from '../population/devices.js';
import { consumerAddress } from '../population/networks.js';
import type { User } from '../population/users.js';
import type { Service } from '../services/service.js';
import type { Lookalike } from './lookalike.js';

/** L1: an office of 300 behind one address starts work at nine; sessions have run out over night. */
export const officeMorning: Lookalike = {
  id: 'L1',
  name: 'office NAT, everyone logs in at nine',
  hour: 7.9,
  weekdayOnly: true,
  *run(service) {
    const { rng, world, population } = service;
    const office = rng.pick(population.offices);
    const size = Math.min(300, Math.floor(population.users.length / 6));
    const first = rng.int(population.users.length - size);
    world.mark('L1', HOUR);
    for (let i = 0; i < size; i++) {
      const user = population.users[first + i]!;
      const visitor = service.visitor(office.address(world.nowMs, rng), user.devices[0]!, 'L1');
      world.spawn(service.visit(user, visitor), world.nowMs + Math.abs(rng.normal()) * 25 * MINUTE);
    }
    yield 0;
  },
};

/** L2: a carrier's NAT gateway restarts and hundreds of phones come back through few addresses. */
export const carrierReconnect: Lookalike = {
  id: 'L2',
  name: 'carrier-grade NAT, hundreds of phones through few addresses',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const carrier = rng.pick(population.carriers);
    const size = Math.min(600, Math.floor(population.users.length / 5));
    world.mark('L2', 2 * HOUR);
    for (let i = 0; i < size; i++) {
      const user = population.pickActive(world.nowMs, rng);
      const device = user.devices[0]!;
      const visitor = service.visitor(carrier.address(world.nowMs, rng), device, 'L2');
      world.spawn(service.visit(user, visitor), world.nowMs + rng.float() * 2 * HOUR);
    }
    yield 0;
  },
};

/** L3: a newsletter brings twenty times the usual visitors, up to half of whom have not been here for months. */
export const flashCrowd: Lookalike = {
  id: 'L3',
  name: 'flash crowd after a newsletter, many dormant users',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const dormantShare = rng.uniform(0.05, 0.5);
    const durationMs = rng.uniform(20, 60) * MINUTE;
    const size = Math.min(1200, Math.floor(population.users.length / 4));
    world.mark('L3', durationMs + HOUR);
    for (let i = 0; i < size; i++) {
      yield rng.exponential(durationMs / size);
      const isDormant = rng.chance(dormantShare);
      const user = isDormant ? population.pickAny(rng) : population.pickActive(world.nowMs, rng);
      const visitor = service.visitorFor(user, 'L3');
      if (isDormant) {
        visitor.user = null;
        visitor.actor = '';
        visitor.actorKind = '';
        visitor.session = '';
      }
      world.spawn(service.visit(isDormant ? forgetful(user) : user, visitor));
    }
  },
};

/** L4: passwords have expired for a fifth of the users, who fail, reset and come back. */
export const resetStorm: Lookalike = {
  id: 'L4',
  name: 'forced password expiry, a fifth of the users reset',
  hour: 7,
  weekdayOnly: true,
  *run(service) {
    const { rng, world, population } = service;
    const size = Math.min(900, Math.floor(population.users.length / 5));
    const durationMs = rng.uniform(1, 5) * HOUR;
    world.mark('L4', durationMs + HOUR);
    for (let i = 0; i < size; i++) {
      yield rng.exponential(durationMs / size);
      world.spawn(expiredPassword(service, population.pickActive(world.nowMs, rng)));
    }
  },
};

function* expiredPassword(service: Service, user: User): Script {
  const { rng } = service;
  const visitor = service.visitorFor(user, 'L4');
  visitor.user = null;
  visitor.actor = '';
  visitor.session = '';
  for (let i = rng.between(1, 3); i > 0; i--) {
    service.login(visitor, service.account(user), false);
    yield rng.logNormal(12 * SECOND, 0.6);
  }
  service.requestReset(visitor, service.account(user));
  yield rng.logNormal(2 * MINUTE, 0.9);
  if (rng.chance(0.15)) return;
  service.completeReset(visitor, service.account(user));
  yield rng.logNormal(6 * SECOND, 0.5);
  if (service.login(visitor, service.account(user), !rng.chance(0.06))) yield* service.visit(user, visitor);
}

/** L6: the identity provider answers badly: 30, 50 or 95 % of all logins fail for 5 to 60 minutes. */
export const identityOutage: Lookalike = {
  id: 'L6',
  name: 'identity provider outage',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world } = service;
    const durationMs = rng.uniform(5, 60) * MINUTE;
    world.mark('L6', durationMs + 15 * MINUTE);
    service.loginOutageShare = rng.pick([0.3, 0.5, 0.95]);
    yield durationMs;
    service.loginOutageShare = 0;
  },
};

/** L18: a mail program keeps trying a password that was changed, for a day or two. */
export const stalePassword: Lookalike = {
  id: 'L18',
  name: 'client with a stale password, hundreds of failures on one account',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const user = population.pickActive(world.nowMs, rng);
    const device = appDevice(rng, population.spec.appName);
    const periodMs = rng.pick([60, 120, 300]) * SECOND;
    const tries = rng.between(200, 1000);
    const password = rng.int(9);
    world.mark('L18', tries * periodMs);
    for (let i = 0; i < tries; i++) {
      const visitor = service.visitor(user.home.address(world.nowMs, rng), device, 'L18');
      const account = service.account(user);
      service.login(visitor, account, false, password);
      yield periodMs * rng.uniform(0.98, 1.02);
    }
  },
};

/** L19: an aggregator logs in for two thousand customers who gave it their passwords; nine in ten still work. */
export const aggregator: Lookalike = {
  id: 'L19',
  name: 'aggregator that logs in for its customers',
  hour: 2,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const machine = { address: consumerAddress(rng, 1), device: browserDevice(rng) };
    const size = Math.min(2000, Math.floor(population.users.length / 8));
    const customers = Array.from({ length: size }, () => population.pickAny(rng));
    for (let night = 0; night < 4; night++) {
      const beganMs = world.nowMs;
      world.mark('L19', 3 * HOUR);
      for (const user of customers) {
        const visitor = service.visitor(machine.address, machine.device, 'L19');
        // A password that was changed since fails every night: always the same accounts.
        if (service.login(visitor, service.account(user), user.pseudonym.charCodeAt(5) % 10 !== 0))
          service.listOwn(visitor, 1);
        yield rng.logNormal(2.2 * SECOND, 0.3);
      }
      yield 24 * HOUR - (world.nowMs - beganMs);
    }
  },
};

/** People come for the first time in masses, each from their own line, and stay to use what they signed up for. */
export const signupWave: Lookalike = {
  id: 'signup-wave',
  name: 'wave of new customers',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const size = rng.between(80, 250);
    world.mark('signup-wave', 2 * HOUR);
    for (let i = 0; i < size; i++) {
      yield rng.exponential(HOUR / size);
      world.spawn(newcomer(service, population.register(rng)));
    }
  },
};

function* newcomer(service: Service, user: User): Script {
  const { rng } = service;
  const visitor = service.visitorFor(user, 'signup-wave');
  if (rng.chance(0.12)) {
    // Has an account already and has forgotten it.
    service.signup(visitor, service.account(user));
    yield rng.logNormal(15 * SECOND, 0.6);
    service.requestReset(visitor, service.account(user));
    yield rng.logNormal(90 * SECOND, 0.6);
    service.completeReset(visitor, service.account(user));
  } else {
    service.signup(visitor, { pseudonym: user.pseudonym, user: null });
  }
  yield rng.logNormal(8 * SECOND, 0.6);
  yield* service.visit(user, visitor);
}

/** A user as they are after months away: the password is mostly wrong at first. */
function forgetful(user: User): User {
  return { ...user, slipRate: 0.4 };
}
