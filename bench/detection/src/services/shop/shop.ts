import { ALERT_TYPES, type AlertType } from '@vedette/protocol';
import type { Script } from '../../core/scheduler.js';
import { consumerActivity, DAY } from '../../core/time.js';
import type { World } from '../../core/world.js';
import { strayNotFound } from '../../lookalikes/stray-not-found.js';
import { Population, type User } from '../../population/users.js';
import { drawKeys } from '../habits.js';
import { OF_PEOPLE } from '../lookalike-sets.js';
import { humanLogin, startLife, think } from '../people.js';
import type { ServiceOptions } from '../service.js';
import type { ApiKey, Visitor } from '../visitor.js';
import { ShopData } from './data.js';
import { orderId } from './ids.js';

const PAGE = 20;
const ONE_EMAIL = { email: 1 };

/**
 * A REST shop whose service runs with our agent: templates as Fastify writes them (`/api/orders/:id`), numeric ids,
 * JSON login, coupons, a back office, and partners with API keys.
 */
export class Shop extends ShopData {
  readonly name = 'shop';
  readonly host = 'shop.example';
  readonly attackable: ReadonlySet<AlertType> = new Set(ALERT_TYPES);
  readonly lookalikes: ReadonlySet<string> = new Set([...OF_PEOPLE, 'old-app']);
  readonly population: Population;
  readonly catalogueSize: number;
  readonly keys: ApiKey[];
  readonly #visitsPerDay: number;

  constructor(world: World, options: ServiceOptions) {
    super(world);
    const draw = options.rng;
    const users = Math.round(Math.min(60_000, Math.max(1500, options.events / 40)));
    this.catalogueSize = draw.between(2500, 9000);
    this.population = new Population(
      {
        users,
        activityExponent: draw.uniform(0.55, 0.8),
        appName: 'ShopApp',
        appShare: draw.uniform(0.25, 0.45),
        officeShare: 0.06,
        officeSize: 120,
        ipv6Share: 0.3,
        vpnShare: 0.03,
        workHours: false,
        zoneHours: 1,
        tenantSize: 0,
      },
      draw,
      this.name,
    );
    const { population } = this;
    for (let i = 0; i < 8; i++) population.users[draw.int(users)]!.role = i < 6 ? 'support' : 'admin';
    const orders = users * 3;
    while (this.owned.size < orders) {
      const user = population.pickAny(draw);
      this.grant(user, user.isBusiness ? draw.between(4, 30) : 1);
    }
    this.keys = drawKeys(draw, 14, this.keyRouteCount, [60, 900]);
    const keyVolume = this.keys.reduce((sum, key) => sum + key.volume, 0);
    const checks = DAY / 30_000;
    this.#visitsPerDay = Math.max(50, (options.events / world.days - keyVolume - checks) / 13.2);
  }

  start(): void {
    const { world, population } = this;
    startLife(this, {
      visitsPerDay: this.#visitsPerDay,
      shape: (atMs) => consumerActivity(atMs, 1),
      staffCases: [14, 40],
      arrive: () => {
        if (this.rng.chance(0.38)) {
          world.spawn(this.#anonymousVisit());
          return;
        }
        const user = population.pickActive(world.nowMs, this.rng);
        world.spawn(this.visit(user, this.visitorFor(user, 'visit')));
      },
    });
  }

  *#anonymousVisit(): Script {
    const { rng } = this;
    const user = this.population.pickActive(this.world.nowMs, rng);
    const visitor = this.visitorFor(user, 'visit');
    visitor.user = null;
    visitor.actor = '';
    visitor.actorKind = '';
    visitor.session = '';
    strayNotFound(this, visitor);
    this.#page(visitor);
    const pages = rng.count(5);
    for (let i = 0; i < pages; i++) {
      yield think(this);
      this.#shopAround(visitor);
    }
  }

  *visit(user: User, visitor: Visitor): Script {
    const { rng } = this;
    strayNotFound(this, visitor);
    this.#page(visitor);
    yield rng.uniform(300, 3000);
    if (visitor.user === null) {
      if (rng.chance(0.3)) this.#shopAround(visitor);
      yield* humanLogin(this, visitor, user);
      if (visitor.user === null) return;
      yield rng.uniform(200, 1500);
    }
    this.send(visitor, 'GET', '/api/me', '/api/me', 200, 6, 410).sensitive = ONE_EMAIL;
    const pages = rng.count(6);
    for (let i = 0; i < pages; i++) {
      yield think(this);
      const roll = rng.float();
      if (roll < 0.5) this.#shopAround(visitor);
      else if (roll < 0.62) yield* this.#lookAtOrders(visitor, user);
      else if (roll < 0.78) yield* this.#checkOut(visitor, user);
      else if (roll < 0.8)
        this.send(visitor, 'PATCH', '/api/me', '/api/me', 200, 14, 420).requestBytes = 90 + rng.int(80);
      else if (roll < 0.81 && visitor.session !== '')
        this.sensitiveAction(visitor, rng.chance(0.6) ? 'password' : 'email');
      else if (roll < 0.86) this.send(visitor, 'GET', '/api/wishlist', '/api/wishlist', 200, 9, 200 + rng.int(4000));
      else if (roll < 0.9) this.send(visitor, 'GET', '/api/cart', '/api/cart', 200, 6, 150 + rng.int(900));
      else this.search(visitor);
    }
    // Someone edits the number in the address bar to see what happens.
    if (rng.chance(0.0015) && user.objects.length > 0) {
      const near = user.objects[user.objects.length - 1]!;
      for (let i = 0; i < rng.between(1, 3); i++) {
        yield think(this);
        this.readObject(visitor, Math.max(0, near + rng.pick([-1, 1, 2, -2])), 'guarded');
      }
    }
  }

  #page(visitor: Visitor): void {
    if (visitor.client.userAgent.startsWith('ShopApp')) {
      this.send(visitor, 'GET', '/api/app/config', '/api/app/config', 200, 4, 1900);
      return;
    }
    this.send(visitor, 'GET', '/', '/', 200, 5, 8200);
    if (this.rng.chance(0.4))
      this.send(visitor, 'GET', '/assets/app-7c21f0.js', '/assets/*', 200, 3, 184_000).referer =
        'https://shop.example/';
    if (this.rng.chance(0.3))
      this.send(visitor, 'GET', '/assets/app-7c21f0.css', '/assets/*', 200, 2, 31_000).referer =
        'https://shop.example/';
  }

  #shopAround(visitor: Visitor): void {
    const { rng } = this;
    if (rng.chance(0.35)) this.browseList(visitor, rng.chance(0.7) ? 1 : rng.count(3));
    else this.browse(visitor, Math.floor(this.catalogueSize * rng.float() ** 2.2));
    if (rng.chance(0.12)) this.search(visitor);
  }

  *#lookAtOrders(visitor: Visitor, user: User): Script {
    const { rng } = this;
    const own = user.objects;
    if (user.isBusiness && own.length > 5) {
      const bookkeeper = { ...visitor, label: 'neighbours' };
      // Bookkeeping: a run of own orders one after the other, and often not from the list.
      if (rng.chance(0.5)) this.listOwn(visitor, 1);
      let position = rng.int(Math.max(1, own.length - 5));
      const count = Math.min(own.length - position, rng.between(5, 60));
      for (let i = 0; i < count; i++) {
        yield rng.logNormal(3500, 0.7);
        this.readObject(bookkeeper, own[position++]!, rng.chance(0.5) ? 'guarded' : 'unguarded');
      }
      return;
    }
    this.listOwn(visitor, 1);
    const opened = Math.min(own.length, rng.count(1.4));
    for (let i = 0; i < opened; i++) {
      yield think(this);
      this.readObject(
        visitor,
        own[own.length - 1 - rng.int(Math.min(own.length, 6))]!,
        rng.chance(0.8) ? 'guarded' : 'unguarded',
      );
    }
  }

  *#checkOut(visitor: Visitor, user: User): Script {
    const { rng } = this;
    this.send(visitor, 'POST', '/api/cart/items', '/api/cart/items', 201, 18, 330).requestBytes = 60;
    yield think(this);
    this.send(visitor, 'GET', '/api/cart', '/api/cart', 200, 6, 600);
    if (rng.chance(0.22)) {
      // A coupon from a newsletter: typed wrongly once or twice, or expired.
      const tries = rng.chance(0.75) ? 0 : rng.between(1, 2);
      for (let i = 0; i < tries; i++) {
        this.tryCode(visitor, rng.hex(16), false);
        yield rng.logNormal(9000, 0.5);
      }
      this.tryCode(visitor, 'c0ffee0123456789', !rng.chance(0.08));
    }
    if (rng.chance(0.35)) return;
    yield think(this);
    this.send(visitor, 'POST', '/api/orders', '/api/orders', 201, 80, 240).requestBytes = 400 + rng.int(300);
    this.grant(user, user.isBusiness ? rng.between(1, 6) : 1);
    yield rng.uniform(800, 3000);
    this.readObject(visitor, user.objects[user.objects.length - 1]!, 'guarded');
  }

  /** One customer's case: found, opened, two or three of their orders read. */
  *staffTicket(visitor: Visitor, customer = this.population.pickAny(this.rng)): Script {
    const { rng } = this;
    const found = this.send(visitor, 'GET', '/api/admin/users', '/api/admin/users', 200, 30, 900);
    found.query = `q=${customer.pseudonym.slice(0, 5)}`;
    found.sensitive = ONE_EMAIL;
    found.handedOut = [String(customer.index + 1000)];
    yield rng.logNormal(6000, 0.6);
    const path = `/api/admin/users/${customer.index + 1000}`;
    const page = this.send(visitor, 'GET', path, '/api/admin/users/:id', 200, 12, 1400);
    page.handedOut = customer.objects.slice(-PAGE).map(orderId);
    for (const order of customer.objects.slice(-rng.between(0, 3))) {
      yield rng.logNormal(20_000, 0.7);
      this.readObject(visitor, order, 'guarded');
    }
  }
}
