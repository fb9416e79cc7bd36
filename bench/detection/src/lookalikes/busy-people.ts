import type { Script } from '../core/scheduler.js';
import { DAY, HOUR, MINUTE, SECOND } from '../core/time.js';
import { browserDevice } from '../population/devices.js';
import { consumerAddress, publicNetwork } from '../population/networks.js';
import type { User } from '../population/users.js';
import type { Service } from '../services/service.js';
import type { Visitor } from '../services/visitor.js';
import type { Lookalike } from './lookalike.js';

function* loggedIn(service: Service, user: User, label: string): Generator<number, Visitor, void> {
  const visitor = service.visitorFor(user, label);
  for (let i = 0; i < 6 && visitor.user === null; i++) {
    service.login(visitor, service.account(user), true);
    yield service.rng.logNormal(3 * SECOND, 0.5);
  }
  return visitor;
}

/** L11: a phone that was offline for a day writes everything at once. */
export const offlineSync: Lookalike = {
  id: 'L11',
  name: 'offline app writes hundreds of changes in seconds',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const user = population.pickActive(world.nowMs, rng);
    if (user.objects.length === 0) service.grant(user, 5);
    const visitor = yield* loggedIn(service, user, 'L11');
    const writes = rng.between(150, 500);
    world.mark('L11', MINUTE);
    for (let i = 0; i < writes; i++) {
      service.writeOwn(visitor, rng.pick(user.objects));
      yield rng.exponential((15 * SECOND) / writes);
    }
  },
};

/** L12: the quarter's figures are exported by an administrator: 200 MB in a few requests. */
export const quarterlyExport: Lookalike = {
  id: 'L12',
  name: "administrator's quarterly export",
  hour: 9,
  weekdayOnly: true,
  *run(service) {
    const { rng, world, population } = service;
    const admins = population.users.filter((user) => user.role === 'admin');
    const visitor = yield* loggedIn(service, admins.length > 0 ? rng.pick(admins) : population.pickAny(rng), 'L12');
    if (visitor.user === null) return;
    world.mark('L12', HOUR);
    const files = rng.between(2, 8);
    for (let i = 0; i < files; i++) {
      service.reportExport(visitor, (200e6 / files) * rng.uniform(0.6, 1.3));
      yield rng.logNormal(2 * MINUTE, 0.7);
    }
  },
};

/** L14: a large customer pages through all of their own records in order and opens many of them. */
export const pagingPowerUser: Lookalike = {
  id: 'L14',
  name: 'power user pages through thousands of own records',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    const user =
      population.users.find(
        (candidate) => candidate.isBusiness && candidate.role === 'user' && candidate.objects.length > 20,
      ) ?? population.pickAny(rng);
    service.grant(user, rng.between(300, 1500));
    const visitor = yield* loggedIn(service, user, 'L14');
    if (visitor.user === null) return;
    const pages = Math.ceil(user.objects.length / 20);
    world.mark('L14', pages * 20 * SECOND);
    for (let page = 1; page <= pages; page++) {
      service.listOwn(visitor, page);
      yield rng.logNormal(4 * SECOND, 0.5);
      for (let i = 0; i < 20; i++) {
        const object = user.objects[user.objects.length - 1 - (page - 1) * 20 - i];
        if (object === undefined || rng.chance(0.4)) continue;
        service.readObject(visitor, object, 'guarded');
        yield rng.logNormal(1.2 * SECOND, 0.5);
      }
    }
  },
};

/** L15: a support agent works through three times the usual number of cases. */
export const busySupport: Lookalike = {
  id: 'L15',
  name: 'support agent on a busy day',
  hour: 8,
  weekdayOnly: true,
  *run(service) {
    const { rng, world, population } = service;
    const agents = population.users.filter((user) => user.role === 'support');
    if (agents.length === 0) return;
    const visitor = yield* loggedIn(service, rng.pick(agents), 'L15');
    if (visitor.user === null) return;
    world.mark('L15', 9 * HOUR);
    const cases = rng.between(80, 120);
    for (let i = 0; i < cases; i++) {
      yield* service.staffTicket(visitor);
      yield rng.exponential((8 * HOUR) / cases - 60 * SECOND);
    }
  },
};

/** L16: one session goes from Wi-Fi to mobile and back, through a VPN, and over a browser update. */
export const roaming: Lookalike = {
  id: 'L16',
  name: 'session that changes networks and its browser version',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    world.mark('L16', 2 * HOUR);
    for (let i = 0; i < 60; i++)
      world.spawn(wander(service, population.pickActive(world.nowMs, rng)), world.nowMs + rng.float() * HOUR);
    yield 0;
  },
};

function* wander(service: Service, user: User): Script {
  const { rng, world } = service;
  const visitor = yield* loggedIn(service, user, 'L16');
  if (visitor.user === null) return;
  const device = user.devices.find((candidate) => candidate.fingerprint === visitor.client.fingerprint);
  const networks = [user.home, user.carrier, user.vpn ?? publicNetwork(rng, user.region)];
  const moves = rng.between(2, 9);
  for (let i = 0; i < moves; i++) {
    if (device !== undefined && rng.chance(0.05)) device.update();
    service.move(visitor, networks[i % (rng.chance(0.7) ? 2 : 3)]!.address(world.nowMs, rng), device);
    for (let j = rng.between(1, 4); j > 0; j--) {
      service.listOwn(visitor, 1);
      yield rng.logNormal(20 * SECOND, 0.9);
    }
  }
}

/** A known laptop in a hotel on another continent, for some days. */
export const traveller: Lookalike = {
  id: 'traveller',
  name: 'traveller with the usual device',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    world.mark('traveller', 4 * DAY);
    for (let i = 0; i < 12; i++)
      world.spawn(journey(service, population.pickActive(world.nowMs, rng)), world.nowMs + rng.float() * DAY);
    yield 0;
  },
};

function* journey(service: Service, user: User): Script {
  const { rng } = service;
  const hotel = consumerAddress(rng, rng.int(4));
  for (let day = 0; day < 3; day++) {
    const visitor = service.visitor(
      rng.chance(0.7) ? hotel : consumerAddress(rng, rng.int(4)),
      rng.pick(user.devices),
      'traveller',
    );
    yield* service.visit(user, visitor);
    yield rng.uniform(10, 26) * HOUR;
  }
}

/** A new phone, set up on mobile data; the password is forgotten, reset, and sometimes changed once more. */
export const newPhone: Lookalike = {
  id: 'new-phone',
  name: 'new phone, password reset, profile touched',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    world.mark('new-phone', 2 * DAY);
    for (let i = 0; i < 15; i++)
      world.spawn(setUp(service, population.pickActive(world.nowMs, rng)), world.nowMs + rng.float() * 2 * DAY);
    yield 0;
  },
};

function* setUp(service: Service, user: User): Script {
  const { rng, world } = service;
  const visitor = service.visitor(
    (rng.chance(0.5) ? user.carrier : user.home).address(world.nowMs, rng),
    browserDevice(rng),
    'new-phone',
  );
  for (let i = rng.int(4); i > 0; i--) {
    service.login(visitor, service.account(user), false);
    yield rng.logNormal(15 * SECOND, 0.6);
  }
  service.requestReset(visitor, service.account(user));
  yield rng.logNormal(90 * SECOND, 0.6);
  service.completeReset(visitor, service.account(user));
  yield rng.logNormal(8 * SECOND, 0.5);
  if (!service.login(visitor, service.account(user), true)) return;
  yield* service.visit(user, visitor);
  if (rng.chance(0.25)) service.sensitiveAction(visitor, rng.pick(['email', 'payout']));
}

/** The app compares an address book with the service's users. */
export const contactSync: Lookalike = {
  id: 'contact-sync',
  name: 'address book compared with the users',
  hour: null,
  weekdayOnly: false,
  *run(service) {
    const { rng, world, population } = service;
    world.mark('contact-sync', HOUR);
    const user = population.pickActive(world.nowMs, rng);
    const visitor = yield* loggedIn(service, user, 'contact-sync');
    if (visitor.user === null) return;
    const contacts = rng.between(60, 250);
    for (let i = 0; i < contacts; i++) {
      service.lookup(visitor, rng.chance(0.25) ? service.account(population.pickAny(rng)) : service.stranger());
      yield rng.exponential(400);
    }
    for (let i = 0; i < 3; i++) {
      yield rng.logNormal(20 * SECOND, 0.6);
      service.listOwn(visitor, 1);
    }
  },
};
