import type { AlertType } from '@vedette/protocol';
import type { Script } from '../core/scheduler.js';
import { consumerActivity, DAY, HOUR } from '../core/time.js';
import type { World } from '../core/world.js';
import { strayNotFound } from '../lookalikes/stray-not-found.js';
import { Population, type User } from '../population/users.js';
import { drawKeys, keyHabit, staffDays } from './habits.js';
import {
  type Account,
  type ApiKey,
  type Read,
  type SensitiveAction,
  Service,
  type ServiceOptions,
  type Visitor,
} from './service.js';

const FIRST_ORDER_ID = 104_000;
const FIRST_INVOICE_ID = 5_020_000;
const PAGE = 20;
const ONE_EMAIL = { email: 1 };
/** An order number that looks like a card's. */
const ONE_CARD = { card: 1 };
const ADMIN = [
  'users',
  'roles',
  'orders',
  'refunds',
  'products',
  'inventory',
  'coupons',
  'reports/sales',
  'reports/tax',
  'settings',
  'webhooks',
  'api-keys',
  'audit',
  'exports',
  'imports',
  'campaigns',
  'suppliers',
  'returns',
  'payments',
  'payouts',
  'feature-flags',
  'emails',
  'jobs',
  'cache',
  'logs',
  'shipping-rates',
  'warehouses',
  'promotions',
  'permissions',
  'sessions',
];
const KEY_ROUTES = [
  'stock',
  'prices',
  'orders',
  'shipments',
  'returns',
  'feed',
  'invoices',
  'customers',
  'payouts',
  'refunds',
];

/**
 * A REST shop whose service runs with our agent: templates as Fastify writes them (`/api/orders/:id`), numeric ids,
 * JSON login, coupons, a back office, and partners with API keys.
 */
export class Shop extends Service {
  readonly name = 'shop';
  readonly host = 'shop.example';
  readonly attackable = new Set<AlertType>([
    'credential_stuffing',
    'brute_force',
    'password_spraying',
    'account_takeover',
    'user_enumeration',
    'object_enumeration',
    'path_scanning',
    'token_enumeration',
    'privilege_probing',
    'data_exfiltration',
    'scraping',
    'session_hijack',
    'rate_abuse',
    'consumer_drift',
    'sensitive_data_exposure',
  ]);
  readonly lookalikes = new Set([
    'L1',
    'L2',
    'L3',
    'L4',
    'L5',
    'L6',
    'L7',
    'L8',
    'L9',
    'L10',
    'L11',
    'L12',
    'L13',
    'L14',
    'L15',
    'L16',
    'L17',
    'L18',
    'signup-wave',
    'old-app',
    'retry-storm',
    'traveller',
    'new-phone',
  ]);
  readonly population: Population;
  readonly catalogueSize: number;
  readonly adminRouteCount = ADMIN.length;
  readonly keyRouteCount = 6;
  readonly keys: ApiKey[];
  readonly #visitsPerDay: number;
  /** Owner (user index) of each order. */
  readonly #owners: number[] = [];

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
    while (this.#owners.length < orders) {
      const user = population.pickAny(draw);
      this.grant(user, user.isBusiness ? draw.between(4, 30) : 1);
    }
    this.keys = drawKeys(draw, 14, this.keyRouteCount, [60, 900]);
    const keyVolume = this.keys.reduce((sum, key) => sum + key.volume, 0);
    const checks = DAY / 30_000;
    this.#visitsPerDay = Math.max(50, (options.events / world.days - keyVolume - checks) / 13.2);
  }

  get objectCount(): number {
    return this.#owners.length;
  }

  start(): void {
    const { world, population } = this;
    world.spawn(
      this.arrivals(
        this.#visitsPerDay,
        (at) => consumerActivity(at, 1),
        () => {
          if (this.rng.chance(0.38)) {
            world.spawn(this.#anonymousVisit());
            return;
          }
          const user = population.pickActive(world.nowMs, this.rng);
          world.spawn(this.visit(user, this.visitorFor(user, 'visit')));
        },
      ),
    );
    for (const key of this.keys) world.spawn(keyHabit(this, key, 'partner'), world.startMs + this.rng.float() * HOUR);
    for (const user of population.users) {
      if (user.role !== 'user')
        world.spawn(staffDays(this, user, [14, 40]), world.startMs + (7.5 + this.rng.float()) * HOUR);
    }
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
      yield this.think();
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
      yield* this.humanLogin(visitor, user);
      if (visitor.user === null) return;
      yield rng.uniform(200, 1500);
    }
    this.send(visitor, 'GET', '/api/me', '/api/me', 200, 6, 410).sensitive = ONE_EMAIL;
    const pages = rng.count(6);
    for (let i = 0; i < pages; i++) {
      yield this.think();
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
        yield this.think();
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
      yield this.think();
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
    yield this.think();
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
    yield this.think();
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

  login(visitor: Visitor, account: Account, passwordIsRight: boolean, guess = this.rng.int(9)): boolean {
    const { rng } = this;
    const isUp = !rng.chance(this.loginOutageShare);
    const succeeds = passwordIsRight && isUp && account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/api/login',
      '/api/login',
      succeeds ? 200 : isUp ? 401 : rng.chance(0.5) ? 401 : 503,
      account.user === null ? 9 : 85,
      succeeds ? 280 : 74,
    );
    exchange.requestBytes = 58 + (account.pseudonym.charCodeAt(3) % 16) + (passwordIsRight ? 4 : guess);
    this.#markAuth(visitor, exchange, 'login', account, succeeds);
    if (succeeds) this.openSession(visitor, account.user!, rng.chance(0.5) ? 14 * DAY : 6 * HOUR);
    return succeeds;
  }

  #markAuth(
    visitor: Visitor,
    exchange: ReturnType<Service['send']>,
    event: 'login' | 'signup' | 'reset' | 'otp',
    account: Account,
    succeeds: boolean,
  ): void {
    exchange.authEvent = event;
    exchange.authIdentifier = account.pseudonym;
    exchange.authOutcome = succeeds ? 'success' : 'failure';
    exchange.authAttempts = 1;
    if (visitor.user === null && event !== 'otp') exchange.actor = '';
  }

  requestReset(visitor: Visitor, account: Account): void {
    const exists = account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/api/password-reset',
      '/api/password-reset',
      exists ? 202 : 404,
      exists ? 40 : 8,
      exists ? 30 : 52,
    );
    exchange.requestBytes = 44;
    this.#markAuth(visitor, exchange, 'reset', account, exists);
  }

  completeReset(visitor: Visitor, account: Account): void {
    const token = this.rng.hex(16);
    const exchange = this.send(
      visitor,
      'POST',
      `/api/password-reset/${token}`,
      '/api/password-reset/:token',
      204,
      90,
      0,
    );
    exchange.requestBytes = 60;
    exchange.authCode = token;
    void account;
  }

  signup(visitor: Visitor, account: Account): boolean {
    const exists = account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/api/signup',
      '/api/signup',
      exists ? 409 : 201,
      exists ? 10 : 95,
      exists ? 60 : 310,
    );
    exchange.requestBytes = 120;
    this.#markAuth(visitor, exchange, 'signup', account, !exists);
    return !exists;
  }

  lookup(visitor: Visitor, account: Account): void {
    const exists = account.user !== null;
    this.send(visitor, 'GET', '/api/users/exists', '/api/users/exists', exists ? 200 : 404, 6, exists ? 24 : 31).query =
      `email=${account.pseudonym}`;
  }

  readObject(visitor: Visitor, object: number, kind: 'guarded' | 'unguarded'): Read {
    const owner = this.#owners[object];
    const isStaff = visitor.user !== null && visitor.user.role !== 'user';
    const allowed = visitor.user !== null && (kind === 'unguarded' || isStaff || owner === visitor.user.index);
    const status = visitor.user === null ? 401 : owner === undefined ? 404 : allowed ? 200 : 404;
    const bytes = status === 200 ? (kind === 'guarded' ? 900 + (object % 2100) : 14_000 + (object % 9000)) : 48;
    if (kind === 'guarded') {
      this.expose(
        this.send(visitor, 'GET', `/api/orders/${orderId(object)}`, '/api/orders/:id', status, 9, bytes),
        'object',
        status === 200 ? ONE_EMAIL : null,
      );
    } else
      this.send(visitor, 'GET', `/api/invoices/${FIRST_INVOICE_ID + object}`, '/api/invoices/:id', status, 35, bytes);
    return { status, objects: status === 200 ? 1 : 0, bytes };
  }

  readMissing(visitor: Visitor, kind: 'guarded' | 'unguarded'): Read {
    return this.readObject(visitor, this.#owners.length + this.rng.int(5000), kind);
  }

  listOwn(visitor: Visitor, page: number): Read {
    const own = visitor.user?.objects ?? [];
    const end = own.length - (page - 1) * PAGE;
    const ids = own.slice(Math.max(0, end - PAGE), Math.max(0, end)).map(orderId);
    const exchange = this.send(
      visitor,
      'GET',
      '/api/orders',
      '/api/orders',
      visitor.user === null ? 401 : 200,
      22,
      120 + ids.length * 240,
    );
    exchange.query = page === 1 ? '' : `page=${page}`;
    exchange.handedOut = ids;
    this.expose(exchange, 'list', null);
    return { status: exchange.status, objects: ids.length, bytes: exchange.responseBytes };
  }

  browse(visitor: Visitor, item: number): Read {
    const id = 2000 + item * 3;
    const exchange = this.send(visitor, 'GET', `/api/products/${id}`, '/api/products/:id', 200, 7, 1300 + (id % 2400));
    this.expose(exchange, 'browse', this.rng.chance(0.0003) ? ONE_CARD : null);
    if (this.rng.chance(0.25) && visitor.client.userAgent.startsWith('Mozilla')) {
      this.send(visitor, 'GET', `/images/p${id}.webp`, '/images/*', 200, 2, 42_000 + (id % 30_000)).referer =
        'https://shop.example/';
    }
    return { status: 200, objects: 1, bytes: exchange.responseBytes };
  }

  browseList(visitor: Visitor, page: number): Read {
    const exchange = this.send(visitor, 'GET', '/api/products', '/api/products', 200, 24, 9000 + this.rng.int(3000));
    exchange.query = page === 1 ? 'category=all' : `category=all&page=${page}`;
    const first = ((page - 1) * PAGE) % this.catalogueSize;
    exchange.handedOut = Array.from({ length: PAGE }, (_, i) => String(2000 + ((first + i) % this.catalogueSize) * 3));
    return { status: 200, objects: PAGE, bytes: exchange.responseBytes };
  }

  search(visitor: Visitor): Read {
    const exchange = this.send(visitor, 'GET', '/api/search', '/api/search', 200, 140, 3000 + this.rng.int(9000));
    exchange.query = `q=${this.rng.pick(SEARCH_WORDS)}`;
    return { status: 200, objects: 12, bytes: exchange.responseBytes };
  }

  admin(visitor: Visitor, route: number, method: 'GET' | 'PUT' | 'DELETE'): number {
    const name = ADMIN[route % ADMIN.length]!;
    const status =
      visitor.user === null
        ? 401
        : visitor.user.role === 'admin'
          ? 200
          : visitor.user.role === 'support' && route < 6
            ? 200
            : 403;
    const one = method !== 'GET';
    this.send(
      visitor,
      method,
      one ? `/api/admin/${name}/${this.rng.between(1, 90)}` : `/api/admin/${name}`,
      one ? `/api/admin/${name}/:id` : `/api/admin/${name}`,
      status,
      12,
      status === 200 ? 5200 : 60,
    );
    return status;
  }

  refused(visitor: Visitor, route: number): void {
    const path = ['/api/me', '/api/notifications', '/api/cart'][route % 3]!;
    this.send(visitor, 'GET', path, path, 401, 3, 60);
  }

  healthCheck(visitor: Visitor): void {
    this.send(visitor, 'GET', '/healthz', '/healthz', 200, 1, 15);
  }

  writeOwn(visitor: Visitor, object: number): void {
    this.send(visitor, 'PATCH', `/api/orders/${orderId(object)}`, '/api/orders/:id', 200, 14, 90).requestBytes =
      300 + this.rng.int(600);
  }

  reportExport(visitor: Visitor, bytes: number): void {
    this.send(visitor, 'GET', '/api/admin/exports/orders.csv', '/api/admin/exports/:file', 200, 8000, bytes).query =
      'quarter=2025Q4';
  }

  tryCode(visitor: Visitor, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/api/coupons/redeem',
      '/api/coupons/redeem',
      isRight ? 200 : 422,
      15,
      isRight ? 140 : 70,
    );
    exchange.requestBytes = 31;
    exchange.authCode = code;
  }

  tryOtp(visitor: Visitor, account: Account, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/api/login/otp',
      '/api/login/otp',
      isRight ? 200 : 401,
      12,
      isRight ? 260 : 70,
    );
    exchange.requestBytes = 40;
    exchange.authCode = code;
    this.#markAuth(visitor, exchange, 'otp', account, isRight);
  }

  sensitiveAction(visitor: Visitor, action: SensitiveAction): Read {
    if (action === 'export') {
      const bytes = 40_000 + 900 * (visitor.user?.objects.length ?? 0);
      this.send(visitor, 'GET', '/api/me/export', '/api/me/export', 200, 400, bytes);
      return { status: 200, objects: visitor.user?.objects.length ?? 0, bytes };
    }
    const [method, path] =
      action === 'email'
        ? ['PUT', '/api/me/email']
        : action === 'password'
          ? ['PUT', '/api/me/password']
          : ['POST', '/api/me/payment-methods'];
    this.send(visitor, method!, path!, path!, 200, 70, 90).requestBytes = 80;
    return { status: 200, objects: 0, bytes: 90 };
  }

  exportPage(visitor: Visitor, page: number, size: number): Read {
    const { rng } = this;
    const bytes = size * 620 + rng.int(2000);
    const first = (page * size) % Math.max(1, this.#owners.length);
    const ids = Array.from({ length: Math.min(200, size) }, (_, i) => orderId((first + i) % this.#owners.length));
    const isKey = visitor.actorKind === 'api_key';
    const path = isKey ? '/api/partner/orders' : '/api/admin/orders';
    const exchange = this.send(visitor, 'GET', path, path, 200, 60 + size, bytes);
    exchange.query = `limit=${size}&offset=${page * size}`;
    exchange.handedOut = ids;
    return { status: 200, objects: size, bytes };
  }

  keyCall(visitor: Visitor, route: number): Read {
    const { rng } = this;
    const name = KEY_ROUTES[route % KEY_ROUTES.length]!;
    const path = `/api/partner/${name}`;
    if (name === 'orders' || name === 'shipments' || name === 'returns') {
      const object = Math.max(0, this.#owners.length - 1 - Math.floor(rng.exponential(400)));
      const exchange = this.send(
        visitor,
        'GET',
        `${path}/${orderId(object)}`,
        `${path}/:id`,
        200,
        14,
        700 + rng.int(900),
      );
      return { status: 200, objects: 1, bytes: exchange.responseBytes };
    }
    const exchange = this.send(
      visitor,
      'GET',
      path,
      path,
      200,
      25,
      name === 'feed' ? 60_000 + rng.int(8000) : 2500 + rng.int(4000),
    );
    exchange.query =
      name === 'stock' || name === 'prices' ? `sku=${2000 + rng.int(this.catalogueSize) * 3}` : 'since=1h';
    return { status: 200, objects: 20, bytes: exchange.responseBytes };
  }

  grant(user: User, count: number): void {
    for (let i = 0; i < count; i++) {
      user.objects.push(this.#owners.length);
      this.#owners.push(user.index);
    }
  }
}

function orderId(object: number): string {
  return String(FIRST_ORDER_ID + object);
}

const SEARCH_WORDS = [
  'shoes',
  'red+dress',
  'lamp',
  'usb+cable',
  'gift',
  'coffee',
  'desk',
  'phone+case',
  'socks',
  'winter+jacket',
  'book',
  'garden',
  'bike+lock',
  'mug',
  'toy',
  'ladder',
];
