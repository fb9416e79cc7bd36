import type { AlertType } from '@vedette/protocol';
import type { Script } from '../../core/scheduler.js';
import { DAY, HOUR, MINUTE, officeActivity, SECOND } from '../../core/time.js';
import type { World } from '../../core/world.js';
import { strayNotFound } from '../../lookalikes/stray-not-found.js';
import { Population, type User } from '../../population/users.js';
import { drawKeys, habitualRoute } from '../habits.js';
import { arrivals, humanLogin, startStaff, think } from '../people.js';
import type { ServiceOptions } from '../service.js';
import type { ApiKey, Visitor } from '../visitor.js';
import { PartnerData } from './data.js';
import { shipmentId } from './ids.js';

const PAGE = 50;

/**
 * A freight API for machines: keys instead of logins, half of the routes unknown to the framework, ids in the query
 * (`/v2/shipment?id=70001234`, `/v2/track?ids=…,…`) or in `:id` paths, numeric and random; bulk jobs at night and a small
 * web console with HTTP Basic authentication.
 */
export class Partner extends PartnerData {
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
    'L20',
    'retry-storm',
  ]);
  readonly population: Population;
  readonly catalogueSize: number;
  readonly keys: ApiKey[];
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
      arrivals(this, {
        visitsPerDay: this.#consoleVisitsPerDay,
        shape: (atMs) => officeActivity(atMs, 1),
        arrive: () => {
          const user = population.pickActive(world.nowMs, rng);
          world.spawn(this.visit(user, this.visitorFor(user, 'visit')));
        },
      }),
    );
    startStaff(this, [12, 30]);
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
    yield* humanLogin(this, visitor, user);
    if (visitor.user === null) return;
    const steps = rng.count(6);
    for (let i = 0; i < steps; i++) {
      yield think(this);
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
}
