import type { AlertType } from '@vedette/protocol';
import { hash32, hex8 } from '../core/rng.js';
import type { Script } from '../core/scheduler.js';
import { DAY, HOUR, MINUTE, officeActivity, SECOND } from '../core/time.js';
import type { World } from '../core/world.js';
import { strayNotFound } from '../lookalikes/stray-not-found.js';
import { Population, type User } from '../population/users.js';
import { drawKeys, habitualRoute, staffDays } from './habits.js';
import {
  type Account,
  type ApiKey,
  type Read,
  type SensitiveAction,
  Service,
  type ServiceOptions,
  type Visitor,
} from './service.js';

const FIRST_SHIPMENT = 70_001_000;
const PAGE = 50;
const ADMIN = [
  'accounts',
  'keys',
  'tariffs',
  'billing',
  'carriers',
  'webhooks/all',
  'claims',
  'audit',
  'impersonate',
  'quotas',
  'reports',
  'depots',
  'contracts',
  'surcharges',
];
const KEY_ROUTES = [
  'track',
  'rates',
  'shipments',
  'pickups',
  'labels',
  'events',
  'invoices',
  'customers',
  'claims',
  'payouts',
];

/**
 * A freight API for machines: keys instead of logins, half of the routes unknown to the framework, ids in the query
 * (`/v2/shipment?id=70001234`, `/v2/track?ids=…,…`) or in `:id` paths, numeric and random; bulk jobs at night and a small
 * web console with HTTP Basic authentication.
 */
export class Partner extends Service {
  readonly name = 'partner';
  readonly host = 'api.freight.example';
  readonly attackable = new Set<AlertType>([
    'object_enumeration',
    'path_scanning',
    'token_enumeration',
    'privilege_probing',
    'data_exfiltration',
    'scraping',
    'rate_abuse',
    'consumer_drift',
    'sensitive_data_exposure',
  ]);
  readonly lookalikes = new Set([
    'L5',
    'L7',
    'L8',
    'L9',
    'L10',
    'L11',
    'L12',
    'L13',
    'L14',
    'L15',
    'L17',
    'retry-storm',
  ]);
  readonly population: Population;
  readonly catalogueSize: number;
  readonly adminRouteCount = ADMIN.length;
  readonly keyRouteCount = 6;
  readonly keys: ApiKey[];
  readonly #owners: number[] = [];
  readonly #consoleVisitsPerDay: number;

  constructor(world: World, options: ServiceOptions) {
    super(world);
    const draw = options.rng;
    const clients = draw.between(70, 140);
    this.catalogueSize = draw.between(1200, 3000);
    this.population = new Population(
      {
        users: 400,
        activityExponent: 0.5,
        appName: 'DriverApp',
        appShare: 0.15,
        officeShare: 0.5,
        officeSize: 20,
        ipv6Share: 0.1,
        vpnShare: 0.05,
        workHours: true,
        zoneHours: 1,
        tenantSize: 0,
      },
      draw,
      this.name,
    );
    const { users } = this.population;
    for (let i = 0; i < 5; i++) users[draw.int(clients)]!.role = i < 4 ? 'support' : 'admin';
    const perDay = (options.events / world.days) * 0.93;
    const drawn = drawKeys(draw, clients, this.keyRouteCount, [1, 40]);
    const weight = drawn.reduce((sum, key) => sum + key.volume, 0);
    this.keys = drawn.map((key, i) => ({
      ...key,
      volume: Math.max(8, (perDay * key.volume) / weight),
      owner: users[i]!,
    }));
    // Shipments are numbered as they come in, so one customer's are scattered among everyone's.
    for (let i = 0; i < clients * 260; i++) this.grant(this.keys[Math.floor(clients * draw.float() ** 1.6)]!.owner!, 1);
    this.#consoleVisitsPerDay = ((options.events / world.days) * 0.07) / 9;
  }

  get objectCount(): number {
    return this.#owners.length;
  }

  start(): void {
    const { world, rng, population } = this;
    for (const key of this.keys) {
      const isNightly = key.hour < 3;
      world.spawn(
        isNightly ? this.#nightlySync(key) : this.#poll(key),
        world.startMs + (isNightly ? key.hour * HOUR : rng.float() * HOUR),
      );
    }
    world.spawn(
      this.arrivals(
        this.#consoleVisitsPerDay,
        (at) => officeActivity(at, 1),
        () => {
          const user = population.pickActive(world.nowMs, rng);
          world.spawn(this.visit(user, this.visitorFor(user, 'visit')));
        },
      ),
    );
    for (const user of population.users) {
      if (user.role !== 'user')
        world.spawn(staffDays(this, user, [12, 30]), world.startMs + (7.5 + rng.float()) * HOUR);
    }
  }

  /** Lists what changed since yesterday, page by page, and fetches each of them. */
  *#nightlySync(key: ApiKey): Script {
    const { rng, world } = this;
    for (;;) {
      const beganMs = world.nowMs;
      const visitor = this.keyVisitor(key, 'partner');
      let budget = Math.round(key.volume * rng.uniform(0.85, 1.2));
      this.grant(key.owner!, Math.max(1, Math.round(budget / 40)));
      const own = key.owner!.objects;
      let position = own.length;
      while (budget > 0) {
        const page = own.slice(Math.max(0, position - PAGE), position);
        position -= PAGE;
        if (position <= 0) position = own.length;
        const list = this.send(visitor, 'GET', '/v2/shipments', '', 200, 60, 400 + page.length * 180);
        list.query = `updated_since=${Math.floor((beganMs - DAY) / 1000)}&limit=${PAGE}&offset=${own.length - position}`;
        list.handedOut = page.map(shipmentId);
        for (const object of page) {
          if (budget-- <= 0) break;
          this.readObject(visitor, object, rng.chance(0.85) ? 'guarded' : 'unguarded');
          yield rng.logNormal(0.35 * SECOND, 0.4);
        }
        yield rng.logNormal(SECOND, 0.4);
      }
      yield Math.max(HOUR, DAY - (world.nowMs - beganMs) + rng.int(10) * MINUTE - 5 * MINUTE);
    }
  }

  /** Small calls all day: tracking of what is on the road, rates for baskets, labels for parcels. */
  *#poll(key: ApiKey): Script {
    const { rng, world } = this;
    for (;;) {
      const visitor = this.keyVisitor(key, 'partner');
      const calls = rng.between(1, 6);
      for (let i = 0; i < calls; i++) {
        this.keyCall(visitor, habitualRoute(rng, key));
        yield rng.logNormal(0.6 * SECOND, 0.5);
      }
      const shape = 0.35 + officeActivity(world.nowMs, 1);
      yield rng.exponential(((DAY / key.volume) * calls) / (1.4 * shape));
    }
  }

  *visit(user: User, visitor: Visitor): Script {
    const { rng } = this;
    strayNotFound(this, visitor);
    yield* this.humanLogin(visitor, user);
    if (visitor.user === null) return;
    const steps = rng.count(6);
    for (let i = 0; i < steps; i++) {
      yield this.think();
      if (rng.chance(0.3) || user.objects.length === 0) this.listOwn(visitor, 1);
      else if (rng.chance(0.75))
        this.readObject(
          visitor,
          user.objects[user.objects.length - 1 - rng.int(Math.min(20, user.objects.length))]!,
          'guarded',
        );
      else this.browse(visitor, rng.int(this.catalogueSize));
    }
  }

  grant(user: User, count: number): void {
    for (let i = 0; i < count; i++) {
      user.objects.push(this.#owners.length);
      this.#owners.push(user.index);
    }
  }

  /** HTTP Basic on every request of the console: there is no login, only a first request that is refused or not. */
  login(visitor: Visitor, account: Account, passwordIsRight: boolean): boolean {
    const succeeds = passwordIsRight && account.user !== null;
    if (succeeds) {
      visitor.user = account.user;
      visitor.actor = account.pseudonym;
      visitor.actorKind = 'user';
      visitor.logUser = account.user!.name.split('@')[0]!;
    }
    this.send(visitor, 'GET', '/console/', '/console/', succeeds ? 200 : 401, 20, succeeds ? 7400 : 90);
    return succeeds;
  }

  requestReset(): void {}
  completeReset(): void {}
  signup(): boolean {
    return false;
  }
  lookup(): void {}
  tryOtp(): void {}

  readObject(visitor: Visitor, object: number, kind: 'guarded' | 'unguarded'): Read {
    const owner = this.#owners[object];
    const isStaff = visitor.user !== null && visitor.user.role !== 'user';
    const isOwn = owner !== undefined && visitor.user?.index === owner;
    const status = owner === undefined ? 404 : isOwn || isStaff || kind === 'unguarded' ? 200 : 403;
    const bytes = status === 200 ? (kind === 'guarded' ? 1500 + (object % 2500) : 38_000 + (object % 20_000)) : 74;
    const id = shipmentId(object);
    if (kind === 'guarded') {
      // The framework's adapter reports no route for this one.
      const exchange = this.send(visitor, 'GET', '/v2/shipment', '', status, 14, bytes);
      exchange.query = `id=${id}&expand=parcels`;
      this.expose(exchange, 'object', null);
    } else this.send(visitor, 'GET', `/v2/documents/${documentId(object)}`, '/v2/documents/:id', status, 40, bytes);
    return { status, objects: status === 200 ? 1 : 0, bytes };
  }

  readMissing(visitor: Visitor, kind: 'guarded' | 'unguarded'): Read {
    return this.readObject(visitor, this.#owners.length + 1 + this.rng.int(4000), kind);
  }

  listOwn(visitor: Visitor, page: number): Read {
    const own = visitor.user?.objects ?? [];
    const end = own.length - (page - 1) * PAGE;
    const ids = own.slice(Math.max(0, end - PAGE), Math.max(0, end)).map(shipmentId);
    const exchange = this.send(
      visitor,
      'GET',
      '/v2/shipments',
      '',
      visitor.actor === '' ? 401 : 200,
      40,
      300 + ids.length * 180,
    );
    exchange.query = `limit=${PAGE}&offset=${(page - 1) * PAGE}`;
    exchange.handedOut = ids;
    this.expose(exchange, 'list', null);
    return { status: exchange.status, objects: ids.length, bytes: exchange.responseBytes };
  }

  browse(visitor: Visitor, item: number): Read {
    const exchange = this.send(visitor, 'GET', '/v2/depots', '', 200, 9, 900 + (item % 700));
    exchange.query = `code=${depotCode(item)}`;
    this.expose(exchange, 'browse', null);
    return { status: 200, objects: 1, bytes: exchange.responseBytes };
  }

  browseList(visitor: Visitor, page: number): Read {
    const exchange = this.send(visitor, 'GET', '/v2/depots', '', 200, 25, 21_000);
    exchange.query = `country=all&page=${page}`;
    exchange.handedOut = Array.from({ length: PAGE }, (_, i) =>
      depotCode(((page - 1) * PAGE + i) % this.catalogueSize),
    );
    return { status: 200, objects: PAGE, bytes: exchange.responseBytes };
  }

  search(visitor: Visitor): Read {
    const exchange = this.send(visitor, 'POST', '/v2/rates', '/v2/rates', 200, 320, 2600 + this.rng.int(3000));
    exchange.requestBytes = 900 + this.rng.int(2000);
    return { status: 200, objects: 8, bytes: exchange.responseBytes };
  }

  admin(visitor: Visitor, route: number, method: 'GET' | 'PUT' | 'DELETE'): number {
    const role = visitor.user?.role ?? 'user';
    const status = visitor.actor === '' ? 401 : role === 'admin' || (role === 'support' && route < 4) ? 200 : 403;
    const path = `/v2/internal/${ADMIN[route % ADMIN.length]!}`;
    this.send(visitor, method, path, route % 2 === 0 ? path : '', status, 12, status === 200 ? 4400 : 58);
    return status;
  }

  refused(visitor: Visitor, route: number): void {
    const path = ['/v2/shipments', '/v2/track', '/v2/events'][route % 3]!;
    this.send(visitor, 'GET', path, '', 401, 2, 58);
  }

  healthCheck(visitor: Visitor): void {
    this.send(visitor, 'HEAD', '/v2/status', '/v2/status', 200, 1, 0);
  }

  writeOwn(visitor: Visitor, object: number): void {
    this.send(
      visitor,
      'PUT',
      `/v2/shipments/${shipmentId(object)}/scan`,
      '/v2/shipments/:id/scan',
      200,
      11,
      40,
    ).requestBytes = 220;
  }

  reportExport(visitor: Visitor, bytes: number): void {
    this.send(visitor, 'GET', '/v2/reports/volume', '', 200, 12_000, bytes).query = 'quarter=2025Q4&format=csv';
  }

  *staffTicket(visitor: Visitor): Script {
    const { rng } = this;
    const key = rng.pick(this.keys);
    const customer = key.owner!;
    this.send(visitor, 'GET', '/v2/internal/accounts', '/v2/internal/accounts', 200, 30, 1500).query =
      `name=${key.name}`;
    yield rng.logNormal(8 * SECOND, 0.6);
    // Mostly found in the customer's list; sometimes the caller reads the number from a label.
    if (rng.chance(0.7)) {
      const list = this.send(visitor, 'GET', '/v2/shipments', '', 200, 40, 9000);
      list.query = `account=${key.name}&limit=${PAGE}`;
      list.handedOut = customer.objects.slice(-PAGE).map(shipmentId);
    }
    for (const object of customer.objects.slice(-rng.between(1, 4))) {
      this.readObject(visitor, object, 'guarded');
      yield rng.logNormal(25 * SECOND, 0.7);
    }
  }

  tryCode(visitor: Visitor, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/v2/pickups/confirm',
      '/v2/pickups/confirm',
      isRight ? 200 : 422,
      9,
      isRight ? 210 : 66,
    );
    exchange.requestBytes = 24;
    exchange.authCode = code;
  }

  sensitiveAction(visitor: Visitor, action: SensitiveAction): Read {
    this.send(visitor, 'PUT', `/v2/account/${action}`, '/v2/account/:setting', 200, 40, 60);
    return { status: 200, objects: 0, bytes: 60 };
  }

  exportPage(visitor: Visitor, page: number, size: number): Read {
    const first = (page * size) % Math.max(1, this.#owners.length);
    const bytes = size * 480 + this.rng.int(2000);
    const exchange = this.send(visitor, 'GET', '/v2/shipments', '', 200, 60 + size / 2, bytes);
    exchange.query = `all=true&limit=${size}&offset=${page * size}`;
    exchange.handedOut = Array.from({ length: Math.min(200, size) }, (_, i) =>
      shipmentId((first + i) % this.#owners.length),
    );
    return { status: 200, objects: size, bytes };
  }

  keyCall(visitor: Visitor, route: number): Read {
    const { rng } = this;
    const name = KEY_ROUTES[route % KEY_ROUTES.length]!;
    const own = visitor.user?.objects ?? [];
    const recent = (): number =>
      own.length === 0
        ? 0
        : own[own.length - 1 - Math.floor(Math.min(own.length - 1, rng.exponential(own.length / 8)))]!;
    switch (name) {
      case 'track': {
        const ids = Array.from({ length: rng.between(1, 8) }, () => shipmentId(recent()));
        const exchange = this.send(visitor, 'GET', '/v2/track', '', 200, 22, 300 * ids.length);
        exchange.query = `ids=${ids.join(',')}`;
        return { status: 200, objects: ids.length, bytes: exchange.responseBytes };
      }
      case 'rates':
        return this.search(visitor);
      case 'shipments':
        return this.readObject(visitor, recent(), 'guarded');
      case 'labels': {
        if (visitor.user !== null) this.grant(visitor.user, 1);
        const exchange = this.send(visitor, 'POST', '/v2/labels', '/v2/labels', 201, 90, 700);
        exchange.handedOut = [shipmentId(this.#owners.length - 1)];
        return { status: 201, objects: 1, bytes: 700 };
      }
      case 'pickups':
        // Drivers confirm with a code; one in thirty is mistyped.
        this.tryCode(visitor, rng.hex(16), !rng.chance(0.03));
        return { status: 200, objects: 0, bytes: 210 };
      default: {
        const exchange = this.send(
          visitor,
          'GET',
          `/v2/${name}`,
          route % 2 === 0 ? `/v2/${name}` : '',
          200,
          30,
          2000 + rng.int(6000),
        );
        exchange.query = `since=${Math.floor(this.world.nowMs / 1000) - 3600}`;
        return { status: 200, objects: 30, bytes: exchange.responseBytes };
      }
    }
  }
}

function shipmentId(object: number): string {
  return String(FIRST_SHIPMENT + object);
}

/** A random identifier in the form of a UUID of version 4. */
function documentId(object: number): string {
  const a = hex8(hash32(`${object}/a`, 3));
  const b = hex8(hash32(`${object}/b`, 5));
  const c = hex8(hash32(`${object}/c`, 7));
  return `${a}-${b.slice(0, 4)}-4${b.slice(5, 8)}-a${c.slice(0, 3)}-${c.slice(3)}${a.slice(1)}`;
}

function depotCode(item: number): string {
  return `D${String(10_000 + item * 7)}`;
}
