import type { AlertType, AuthEvent } from '@vedette/protocol';
import type { Exchange } from '../core/exchange.js';
import { hash32 } from '../core/rng.js';
import type { Script } from '../core/scheduler.js';
import { DAY, HOUR, officeActivity } from '../core/time.js';
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

const NANOID = 'ModuleSymbhasOwnPr-0123456789ABCDEFGHNRVfgctiUvz_KqYTJkLxpZXIjQW';
const PAGE = 30;
const ONE_EMAIL = { email: 1 };
const MANY_EMAILS = { email: 25 };
const ADMIN = [
  'AdminUsers',
  'AdminTenants',
  'AdminBilling',
  'AdminAuditLog',
  'AdminFeatureFlags',
  'AdminImpersonate',
  'AdminInvoices',
  'AdminExports',
  'AdminIntegrations',
  'AdminSecrets',
  'AdminRoles',
  'AdminPlans',
  'AdminJobs',
  'AdminMigrations',
  'AdminQuotas',
  'AdminSupport',
  'AdminSessions',
  'AdminWebhooks',
];
const KEY_ROUTES = [
  'documents',
  'boards',
  'members',
  'comments',
  'events',
  'files',
  'billing',
  'audit',
  'tokens',
  'exports',
];

/**
 * A workspace application for companies: one `/graphql` route for everything, ids that tell nothing, objects shared
 * within a tenant, a form login that redirects (or re-renders) whatever the outcome, errors inside a 200.
 */
export class Saas extends Service {
  readonly name = 'saas';
  readonly host = 'app.boards.example';
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
    'L19',
    'signup-wave',
    'retry-storm',
    'traveller',
    'new-phone',
    'contact-sync',
  ]);
  readonly population: Population;
  readonly catalogueSize: number;
  readonly adminRouteCount = ADMIN.length;
  readonly keyRouteCount = 6;
  readonly keys: ApiKey[];
  /** Whether the login answers 302 or 200; both outcomes alike. */
  readonly #redirects: boolean;
  /** Whether the agent can tell a login's outcome (a session cookie appears) or leaves it open. */
  readonly #agentKnowsOutcome: boolean;
  readonly #visitsPerDay: number;
  readonly #owners: number[] = [];
  readonly #byTenant = new Map<number, number[]>();

  constructor(world: World, options: ServiceOptions) {
    super(world);
    const draw = options.rng;
    const users = Math.round(Math.min(30_000, Math.max(1200, options.events / 70)));
    this.catalogueSize = draw.between(600, 2500);
    this.#redirects = draw.chance(0.65);
    this.#agentKnowsOutcome = draw.chance(0.7);
    this.population = new Population(
      {
        users,
        activityExponent: draw.uniform(0.35, 0.6),
        appName: 'BoardsMobile',
        appShare: draw.uniform(0.1, 0.25),
        officeShare: draw.uniform(0.45, 0.65),
        officeSize: draw.between(60, 300),
        ipv6Share: 0.25,
        vpnShare: 0.12,
        workHours: true,
        zoneHours: 1,
        tenantSize: draw.between(12, 60),
      },
      draw,
      this.name,
    );
    for (let i = 0; i < 7; i++) this.population.users[draw.int(users)]!.role = i < 5 ? 'support' : 'admin';
    for (let i = 0; i < users * 4; i++) this.grant(this.population.pickAny(draw), 1);
    this.keys = drawKeys(draw, 24, this.keyRouteCount, [40, 500]);
    const keyVolume = this.keys.reduce((sum, key) => sum + key.volume, 0);
    this.#visitsPerDay = Math.max(50, (options.events / world.days - keyVolume) / 21);
  }

  get objectCount(): number {
    return this.#owners.length;
  }

  start(): void {
    const { world, population } = this;
    world.spawn(
      this.arrivals(
        this.#visitsPerDay,
        (at) => officeActivity(at, 1),
        () => {
          const user = population.pickActive(world.nowMs, this.rng);
          world.spawn(this.visit(user, this.visitorFor(user, 'visit')));
        },
      ),
    );
    for (const key of this.keys) world.spawn(keyHabit(this, key, 'partner'), world.startMs + this.rng.float() * HOUR);
    for (const user of population.users) {
      if (user.role !== 'user')
        world.spawn(staffDays(this, user, [10, 25]), world.startMs + (7.5 + this.rng.float()) * HOUR);
    }
  }

  *visit(user: User, visitor: Visitor): Script {
    const { rng } = this;
    strayNotFound(this, visitor);
    if (visitor.user === null) {
      yield* this.humanLogin(visitor, user);
      if (visitor.user === null) return;
    }
    this.send(visitor, 'GET', '/app', '/app', 200, 6, 12_400);
    yield rng.uniform(150, 900);
    this.#graphql(visitor, 'Viewer', 900).sensitive = ONE_EMAIL;
    this.#graphql(visitor, 'Notifications', 300 + rng.int(1800));
    this.listOwn(visitor, 1);
    const steps = rng.count(9);
    for (let i = 0; i < steps; i++) {
      yield this.think();
      const roll = rng.float();
      if (roll < 0.45) {
        // Colleagues' documents are as good as one's own.
        const shared = this.#byTenant.get(user.tenant) ?? user.objects;
        const object =
          rng.chance(0.45) && user.objects.length > 0
            ? rng.pick(user.objects)
            : shared[Math.floor(shared.length * (1 - rng.float() ** 2))]!;
        this.readObject(visitor, object ?? 0, rng.chance(0.8) ? 'guarded' : 'unguarded');
      } else if (roll < 0.62)
        this.writeOwn(visitor, user.objects.length > 0 ? rng.pick(user.objects) : this.#create(user));
      else if (roll < 0.72) this.listOwn(visitor, rng.count(1.5));
      else if (roll < 0.8) this.search(visitor);
      else if (roll < 0.9) this.#graphql(visitor, 'Notifications', 300 + rng.int(1800));
      else if (roll < 0.93) this.#graphql(visitor, 'CreateDocument', 260, [this.id(this.#create(user))]);
      else if (roll < 0.945)
        this.lookup(visitor, rng.chance(0.7) ? this.account(this.population.pickAny(rng)) : this.stranger());
      else if (roll < 0.95) this.sensitiveAction(visitor, rng.chance(0.6) ? 'password' : 'email');
      else this.#graphql(visitor, 'Members', 2400).sensitive = MANY_EMAILS;
    }
  }

  #create(user: User): number {
    this.grant(user, 1);
    return this.#owners.length - 1;
  }

  grant(user: User, count: number): void {
    const tenant = this.#byTenant.get(user.tenant) ?? [];
    this.#byTenant.set(user.tenant, tenant);
    for (let i = 0; i < count; i++) {
      user.objects.push(this.#owners.length);
      tenant.push(this.#owners.length);
      this.#owners.push(user.index);
    }
  }

  /** 21 characters that tell nothing of their number. */
  id(object: number): string {
    let id = '';
    for (let block = 0; block < 5; block++) {
      let bits = hash32(`${object}/${block}`, 77);
      for (let i = 0; i < 5 && id.length < 21; i++) {
        id += NANOID[bits & 63];
        bits >>>= 6;
      }
    }
    return id;
  }

  #graphql(
    visitor: Visitor,
    operation: string,
    bytes: number,
    ids: readonly string[] = [],
    handedOut: readonly string[] = [],
    status = 200,
  ): Exchange {
    const exchange = this.send(
      visitor,
      'POST',
      '/graphql',
      '/graphql',
      visitor.user === null && visitor.actor === '' ? 401 : status,
      25,
      bytes,
    );
    exchange.operation = operation;
    exchange.requestBytes = 350 + operation.length + ids.length * 30;
    exchange.bodyIds = ids;
    exchange.handedOut = handedOut;
    return exchange;
  }

  login(visitor: Visitor, account: Account, passwordIsRight: boolean, guess = this.rng.int(9)): boolean {
    const { rng } = this;
    const succeeds = passwordIsRight && account.user !== null && !rng.chance(this.loginOutageShare);
    const isBrowser = visitor.campaign === null || rng.chance(0.3);
    if (isBrowser) this.send(visitor, 'GET', '/login', '/login', 200, 4, 5210);
    const bytes = this.#redirects ? (succeeds ? 27 : 33) : succeeds ? 880 : 5344;
    const exchange = this.send(
      visitor,
      'POST',
      '/login',
      '/login',
      this.#redirects ? 302 : 200,
      account.user === null ? 12 : 110,
      bytes,
    );
    exchange.requestBytes = 70 + (account.pseudonym.charCodeAt(2) % 16) + (passwordIsRight ? 3 : guess);
    this.#markAuth(exchange, 'login', account, this.#agentKnowsOutcome ? succeeds : null);
    if (succeeds) this.openSession(visitor, account.user!, rng.chance(0.6) ? 5 * DAY : 9 * HOUR);
    if (isBrowser && this.#redirects && !succeeds)
      this.send(visitor, 'GET', '/login', '/login', 200, 4, 5344).query = 'error=1';
    return succeeds;
  }

  #markAuth(exchange: Exchange, event: AuthEvent, account: Account, succeeds: boolean | null): void {
    exchange.authEvent = event;
    exchange.authIdentifier = account.pseudonym;
    exchange.authOutcome = succeeds === null ? '' : succeeds ? 'success' : 'failure';
    exchange.authAttempts = 1;
  }

  requestReset(visitor: Visitor, account: Account): void {
    // The same answer for every name: no oracle.
    const exchange = this.send(
      visitor,
      'POST',
      '/forgot',
      '/forgot',
      this.#redirects ? 302 : 200,
      account.user === null ? 10 : 30,
      41,
    );
    exchange.requestBytes = 40;
    this.#markAuth(exchange, 'reset', account, null);
  }

  completeReset(visitor: Visitor, _account: Account): void {
    const token = this.rng.hex(16);
    this.send(visitor, 'GET', `/reset/${token}`, '/reset/:token', 200, 5, 4100).authCode = token;
    this.send(visitor, 'POST', `/reset/${token}`, '/reset/:token', 302, 95, 27).authCode = token;
  }

  signup(visitor: Visitor, account: Account): boolean {
    const exists = account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/signup',
      '/signup',
      this.#redirects ? 302 : 200,
      exists ? 15 : 120,
      exists ? 36 : 29,
    );
    exchange.requestBytes = 130;
    this.#markAuth(exchange, 'signup', account, this.#agentKnowsOutcome ? !exists : null);
    return !exists;
  }

  lookup(visitor: Visitor, account: Account): void {
    this.#graphql(visitor, 'InviteLookup', account.user === null ? 62 : 148, [account.pseudonym]);
  }

  readObject(visitor: Visitor, object: number, kind: 'guarded' | 'unguarded'): Read {
    const owner = this.#owners[object];
    const isStaff = visitor.user !== null && visitor.user.role !== 'user';
    const isColleague =
      owner !== undefined && visitor.user !== null && this.population.users[owner]!.tenant === visitor.user.tenant;
    const isRead = owner !== undefined && visitor.user !== null && (kind === 'unguarded' || isStaff || isColleague);
    const bytes = isRead ? (kind === 'guarded' ? 2600 + (object % 9000) : 22_000 + (object % 40_000)) : 118;
    const exchange = this.#graphql(visitor, kind === 'guarded' ? 'Document' : 'Attachment', bytes, [this.id(object)]);
    if (kind === 'guarded' && isRead) this.expose(exchange, 'object', null);
    return { status: exchange.status, objects: isRead ? 1 : 0, bytes };
  }

  readMissing(visitor: Visitor, kind: 'guarded' | 'unguarded'): Read {
    return this.readObject(visitor, this.#owners.length + 1 + this.rng.int(100_000), kind);
  }

  listOwn(visitor: Visitor, page: number): Read {
    const tenant = visitor.user === null ? [] : (this.#byTenant.get(visitor.user.tenant) ?? []);
    const end = tenant.length - (page - 1) * PAGE;
    const ids = tenant.slice(Math.max(0, end - PAGE), Math.max(0, end)).map((object) => this.id(object));
    const exchange = this.#graphql(visitor, 'Documents', 200 + ids.length * 310, [], ids);
    this.expose(exchange, 'list', null);
    return { status: exchange.status, objects: ids.length, bytes: exchange.responseBytes };
  }

  browse(visitor: Visitor, item: number): Read {
    const path = `/templates/${slug(item)}`;
    const exchange = this.send(visitor, 'GET', path, '/templates/:slug', 200, 12, 15_000 + (item % 9000));
    this.expose(exchange, 'browse', null);
    return { status: 200, objects: 1, bytes: exchange.responseBytes };
  }

  browseList(visitor: Visitor, page: number): Read {
    const exchange = this.send(visitor, 'GET', '/templates', '/templates', 200, 20, 24_000);
    exchange.query = `page=${page}`;
    exchange.handedOut = Array.from({ length: 24 }, (_, i) => slug(((page - 1) * 24 + i) % this.catalogueSize));
    return { status: 200, objects: 24, bytes: exchange.responseBytes };
  }

  search(visitor: Visitor): Read {
    const exchange = this.#graphql(visitor, 'Search', 1500 + this.rng.int(6000));
    exchange.durationMs *= 9;
    return { status: exchange.status, objects: 10, bytes: exchange.responseBytes };
  }

  admin(visitor: Visitor, route: number, method: 'GET' | 'PUT' | 'DELETE'): number {
    const role = visitor.user?.role ?? 'user';
    const allowed = role === 'admin' || (role === 'support' && route < 3);
    const operation = `${method === 'GET' ? '' : method === 'PUT' ? 'Update' : 'Delete'}${ADMIN[route % ADMIN.length]!}`;
    return this.#graphql(visitor, operation, allowed ? 4200 : 96, [], [], allowed ? 200 : 403).status;
  }

  refused(visitor: Visitor, route: number): void {
    const exchange = this.send(visitor, 'POST', '/graphql', '/graphql', 401, 3, 60);
    exchange.operation = ['Viewer', 'Notifications', 'Documents'][route % 3]!;
  }

  healthCheck(visitor: Visitor): void {
    this.send(visitor, 'GET', '/health', '/health', 200, 1, 2);
  }

  writeOwn(visitor: Visitor, object: number): void {
    this.#graphql(visitor, 'UpdateDocument', 140, [this.id(object)]).requestBytes = 500 + this.rng.int(4000);
  }

  reportExport(visitor: Visitor, bytes: number): void {
    this.send(visitor, 'GET', '/export/usage.csv', '/export/:file', 200, 9000, bytes).query = 'period=2025-Q4';
  }

  *staffTicket(visitor: Visitor): Script {
    const { rng } = this;
    const customer = this.population.pickAny(rng);
    this.#graphql(visitor, 'AdminUsers', 1600);
    yield rng.logNormal(7000, 0.6);
    const recent = customer.objects.slice(-PAGE).map((object) => this.id(object));
    this.#graphql(visitor, 'AdminTenants', 3800, [`tenant-${customer.tenant}`], recent);
    for (const object of customer.objects.slice(-rng.between(0, 2))) {
      yield rng.logNormal(25_000, 0.7);
      this.readObject(visitor, object, 'guarded');
    }
  }

  tryCode(visitor: Visitor, code: string, isRight: boolean): void {
    this.send(
      visitor,
      'GET',
      `/invite/${code}`,
      '/invite/:token',
      isRight ? 200 : 404,
      8,
      isRight ? 3900 : 1200,
    ).authCode = code;
  }

  tryOtp(visitor: Visitor, account: Account, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/login/totp',
      '/login/totp',
      this.#redirects ? 302 : 200,
      9,
      isRight ? 27 : 38,
    );
    exchange.authCode = code;
    this.#markAuth(exchange, 'otp', account, this.#agentKnowsOutcome ? isRight : null);
  }

  sensitiveAction(visitor: Visitor, action: SensitiveAction): Read {
    if (action === 'export') {
      const bytes = 60_000 + 2500 * (visitor.user?.objects.length ?? 0);
      this.send(visitor, 'GET', '/export/workspace.zip', '/export/:file', 200, 1500, bytes);
      return { status: 200, objects: visitor.user?.objects.length ?? 0, bytes };
    }
    this.#graphql(
      visitor,
      action === 'email' ? 'UpdateEmail' : action === 'password' ? 'ChangePassword' : 'UpdatePaymentMethod',
      95,
    );
    return { status: 200, objects: 0, bytes: 95 };
  }

  exportPage(visitor: Visitor, page: number, size: number): Read {
    const first = (page * size) % Math.max(1, this.#owners.length);
    const bytes = size * 540 + this.rng.int(3000);
    const ids = Array.from({ length: Math.min(200, size) }, (_, i) => this.id((first + i) % this.#owners.length));
    if (visitor.actorKind === 'api_key') {
      const exchange = this.send(visitor, 'GET', '/api/v1/documents', '/api/v1/documents', 200, 50 + size, bytes);
      exchange.query = `limit=${size}&cursor=${page}`;
      exchange.handedOut = ids;
    } else {
      this.#graphql(visitor, 'AdminExports', bytes, [], ids).durationMs *= 8;
    }
    return { status: 200, objects: size, bytes };
  }

  keyCall(visitor: Visitor, route: number): Read {
    const { rng } = this;
    const name = KEY_ROUTES[route % KEY_ROUTES.length]!;
    if (name === 'documents' || name === 'files' || name === 'boards') {
      const object = Math.max(0, this.#owners.length - 1 - Math.floor(rng.exponential(900)));
      const exchange = this.send(
        visitor,
        'GET',
        `/api/v1/${name}/${this.id(object)}`,
        `/api/v1/${name}/:id`,
        200,
        18,
        1800 + rng.int(3000),
      );
      return { status: 200, objects: 1, bytes: exchange.responseBytes };
    }
    const exchange = this.send(visitor, 'GET', `/api/v1/${name}`, `/api/v1/${name}`, 200, 22, 3000 + rng.int(6000));
    exchange.query = 'limit=50';
    return { status: 200, objects: 50, bytes: exchange.responseBytes };
  }
}

const WORDS = [
  'weekly',
  'sprint',
  'retro',
  'launch',
  'hiring',
  'budget',
  'roadmap',
  'sales',
  'content',
  'design',
  'bug',
  'risk',
  'team',
  'okr',
  'event',
  'travel',
];

function slug(item: number): string {
  return `${WORDS[item % 16]}-${WORDS[(item >> 4) % 16]}-${WORDS[(item >> 8) % 16]}${item > 4095 ? item : ''}`;
}
