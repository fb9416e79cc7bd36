// Held back: see held-back.ts. Not to be looked at while tuning detectors or intake.
import type { AlertType, AuthEvent } from '@vedette/protocol';
import type { Exchange } from '../core/exchange.js';
import { hash32, hex8 } from '../core/rng.js';
import type { Script } from '../core/scheduler.js';
import { consumerActivity, HOUR, MINUTE, SECOND } from '../core/time.js';
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

const ADMIN = [
  'benutzer',
  'rollen',
  'limits',
  'konten',
  'sperren',
  'pruefung',
  'berichte',
  'gebuehren',
  'filialen',
  'vorlagen',
  'protokoll',
  'freigaben',
  'zinsen',
  'schnittstellen',
  'stammdaten',
  'auftraege',
];
const KEY_ROUTES = [
  'accounts',
  'balances',
  'transactions',
  'consents',
  'standing-orders',
  'funds-confirmations',
  'payments',
  'beneficiaries',
  'cards',
  'holders',
];
const PAGE = 25;

/**
 * A bank's web and app backend instrumented by an old SDK: no templates at all, old attribute names, a two-step login
 * with a one-time password, random numbers in paths, statements by month, help pages with slugs, and third parties that
 * fetch accounts for customers with keys.
 */
export class Bank extends Service {
  readonly name = 'bank';
  readonly host = 'banking.example';
  readonly legacyNames = true;
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
    'old-app',
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
  readonly #visitsPerDay: number;
  readonly #owners: number[] = [];

  constructor(world: World, options: ServiceOptions) {
    super(world);
    const draw = options.rng;
    const users = Math.round(Math.min(50_000, Math.max(1500, options.events / 50)));
    this.catalogueSize = draw.between(900, 2200);
    this.population = new Population(
      {
        users,
        activityExponent: draw.uniform(0.3, 0.5),
        appName: 'MeineBank',
        appShare: draw.uniform(0.5, 0.7),
        officeShare: 0.15,
        officeSize: draw.between(40, 200),
        ipv6Share: 0.45,
        vpnShare: 0.04,
        workHours: false,
        zoneHours: 1,
        tenantSize: 0,
      },
      draw,
      this.name,
    );
    for (let i = 0; i < 9; i++) this.population.users[draw.int(users)]!.role = i < 7 ? 'support' : 'admin';
    // Orders of payments: numbers that come in sequence, shown to their owner alone.
    for (let i = 0; i < users * 5; i++) {
      const user = this.population.pickAny(draw);
      this.grant(user, user.isBusiness ? draw.between(3, 25) : 1);
    }
    this.keys = drawKeys(draw, 9, this.keyRouteCount, [200, 2500]);
    const keyVolume = this.keys.reduce((sum, key) => sum + key.volume, 0);
    this.#visitsPerDay = Math.max(50, (options.events / world.days - keyVolume) / 12.5);
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
          const user = population.pickActive(world.nowMs, this.rng);
          const visitor = this.visitorFor(user, 'visit');
          world.spawn(this.rng.chance(0.12) ? this.#reader(visitor) : this.visit(user, visitor));
        },
      ),
    );
    for (const key of this.keys) world.spawn(keyHabit(this, key, 'partner'), world.startMs + this.rng.float() * HOUR);
    for (const user of population.users) {
      if (user.role !== 'user')
        world.spawn(staffDays(this, user, [18, 45]), world.startMs + (7.5 + this.rng.float()) * HOUR);
    }
  }

  /** Somebody reads help pages, not logged in. */
  *#reader(visitor: Visitor): Script {
    visitor.user = null;
    visitor.actor = '';
    visitor.actorKind = '';
    visitor.session = '';
    strayNotFound(this, visitor);
    const pages = this.rng.count(3);
    for (let i = 0; i < pages; i++) {
      this.browse(visitor, Math.floor(this.catalogueSize * this.rng.float() ** 3));
      yield this.think();
    }
  }

  *visit(user: User, visitor: Visitor): Script {
    const { rng } = this;
    strayNotFound(this, visitor);
    if (visitor.user === null) {
      yield* this.humanLogin(visitor, user);
      if (visitor.user === null) return;
    }
    this.send(visitor, 'GET', `/api/banking/konten/${accountNumber(user.index)}`, '', 200, 15, 900).sensitive = {
      iban: 1,
    };
    this.send(visitor, 'GET', '/api/banking/profil', '', 200, 8, 600).sensitive = { email: 1 };
    const steps = rng.count(4.5);
    for (let i = 0; i < steps; i++) {
      yield this.think();
      const roll = rng.float();
      if (roll < 0.35) this.listOwn(visitor, rng.count(1.4));
      else if (roll < 0.6 && user.objects.length > 0) {
        if (user.isBusiness && rng.chance(0.4)) {
          const first = rng.int(user.objects.length);
          const bookkeeper = { ...visitor, label: 'neighbours' };
          for (const object of user.objects.slice(first, first + rng.between(6, 50))) {
            this.readObject(bookkeeper, object, 'guarded');
            yield rng.logNormal(3 * SECOND, 0.6);
          }
        } else
          this.readObject(
            visitor,
            user.objects[user.objects.length - 1 - rng.int(Math.min(8, user.objects.length))]!,
            rng.chance(0.7) ? 'guarded' : 'unguarded',
          );
      } else if (roll < 0.72) {
        const month = `2025-${String(1 + rng.int(12)).padStart(2, '0')}`;
        this.send(
          visitor,
          'GET',
          `/api/banking/konten/${accountNumber(user.index)}/auszug/${month}.pdf`,
          '',
          rng.chance(0.03) ? 404 : 200,
          90,
          84_000 + rng.int(50_000),
        );
      } else if (roll < 0.84) {
        // A payment: entered, confirmed with a one-time password that is sometimes mistyped.
        this.send(visitor, 'POST', '/api/banking/auftrag', '', 201, 40, 210).requestBytes = 320;
        yield rng.logNormal(15 * SECOND, 0.5);
        if (rng.chance(0.06)) this.#otp(visitor, this.account(user), rng.hex(16), false);
        this.#otp(visitor, this.account(user), rng.hex(16), true);
        this.grant(user, 1);
      } else if (roll < 0.9) this.search(visitor);
      else if (roll < 0.905) this.sensitiveAction(visitor, rng.chance(0.5) ? 'password' : 'email');
      else this.send(visitor, 'GET', '/api/banking/nachrichten', '', 200, 10, 400 + rng.int(3000));
    }
  }

  grant(user: User, count: number): void {
    for (let i = 0; i < count; i++) {
      user.objects.push(this.#owners.length);
      this.#owners.push(user.index);
    }
  }

  login(visitor: Visitor, account: Account, passwordIsRight: boolean, guess = this.rng.int(9)): boolean {
    const { rng } = this;
    const succeeds = passwordIsRight && account.user !== null && !rng.chance(this.loginOutageShare);
    // Both outcomes are a 200 with a word in the body.
    const exchange = this.send(
      visitor,
      'POST',
      '/api/auth/anmelden',
      '',
      200,
      account.user === null ? 30 : 160,
      succeeds ? 512 : 143,
    );
    exchange.requestBytes = 61 + (account.pseudonym.charCodeAt(1) % 12) + (passwordIsRight ? 2 : guess);
    this.#markAuth(exchange, 'login', account, succeeds);
    if (succeeds) {
      this.#otp(visitor, account, rng.hex(16), true);
      this.openSession(visitor, account.user!, 12 * MINUTE);
    }
    return succeeds;
  }

  #markAuth(exchange: Exchange, event: AuthEvent, account: Account, succeeds: boolean): void {
    exchange.authEvent = event;
    exchange.authIdentifier = account.pseudonym;
    exchange.authOutcome = succeeds ? 'success' : 'failure';
    exchange.authAttempts = 1;
  }

  #otp(visitor: Visitor, account: Account, code: string, isRight: boolean): void {
    const exchange = this.send(visitor, 'POST', '/api/auth/tan', '', isRight ? 200 : 422, 25, isRight ? 330 : 96);
    exchange.requestBytes = 38;
    exchange.authCode = code;
    this.#markAuth(exchange, 'otp', account, isRight);
  }

  requestReset(visitor: Visitor, account: Account): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/api/auth/zugang-vergessen',
      '',
      200,
      account.user === null ? 12 : 55,
      account.user === null ? 88 : 91,
    );
    exchange.requestBytes = 42;
    this.#markAuth(exchange, 'reset', account, account.user !== null);
  }

  completeReset(visitor: Visitor, _account: Account): void {
    const token = this.rng.hex(16);
    this.send(visitor, 'POST', `/api/auth/neues-kennwort/${token}`, '', 200, 130, 60).authCode = token;
  }

  signup(visitor: Visitor, account: Account): boolean {
    const exists = account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/api/onboarding/antrag',
      '',
      exists ? 409 : 201,
      60,
      exists ? 84 : 400,
    );
    exchange.requestBytes = 900;
    this.#markAuth(exchange, 'signup', account, !exists);
    return !exists;
  }

  lookup(visitor: Visitor, account: Account): void {
    this.send(
      visitor,
      'GET',
      `/api/kontakte/${account.pseudonym}`,
      '',
      account.user === null ? 404 : 200,
      12,
      account.user === null ? 40 : 130,
    );
  }

  readObject(visitor: Visitor, object: number, kind: 'guarded' | 'unguarded'): Read {
    const owner = this.#owners[object];
    const isStaff = visitor.user !== null && visitor.user.role !== 'user';
    const isOwn = owner !== undefined && visitor.user?.index === owner;
    const status =
      visitor.user === null ? 401 : owner === undefined ? 404 : isOwn || isStaff || kind === 'unguarded' ? 200 : 403;
    const bytes = status === 200 ? (kind === 'guarded' ? 700 + (object % 1200) : 26_000 + (object % 11_000)) : 64;
    if (kind === 'guarded')
      this.expose(
        this.send(visitor, 'GET', `/api/banking/auftraege/${orderNumber(object)}`, '', status, 12, bytes),
        'object',
        status === 200 ? { iban: 2 } : null,
      );
    else this.send(visitor, 'GET', '/api/banking/beleg', '', status, 45, bytes).query = `nr=${receiptId(object)}`;
    return { status, objects: status === 200 ? 1 : 0, bytes };
  }

  readMissing(visitor: Visitor, kind: 'guarded' | 'unguarded'): Read {
    return this.readObject(visitor, this.#owners.length + 1 + this.rng.int(9000), kind);
  }

  listOwn(visitor: Visitor, page: number): Read {
    const own = visitor.user?.objects ?? [];
    const end = own.length - (page - 1) * PAGE;
    const shown = own.slice(Math.max(0, end - PAGE), Math.max(0, end));
    const exchange = this.send(
      visitor,
      'GET',
      '/api/banking/umsaetze',
      '',
      visitor.user === null ? 401 : 200,
      30,
      250 + shown.length * 210,
    );
    exchange.query = `seite=${page}`;
    exchange.handedOut = shown.flatMap((object) => [orderNumber(object), receiptId(object)]);
    this.expose(exchange, 'list', { iban: shown.length });
    return { status: exchange.status, objects: shown.length, bytes: exchange.responseBytes };
  }

  browse(visitor: Visitor, item: number): Read {
    const exchange = this.send(visitor, 'GET', `/hilfe/${slug(item)}`, '', 200, 10, 11_000 + (item % 8000));
    this.expose(exchange, 'browse', null);
    return { status: 200, objects: 1, bytes: exchange.responseBytes };
  }

  browseList(visitor: Visitor, page: number): Read {
    const exchange = this.send(visitor, 'GET', '/hilfe', '', 200, 14, 18_000);
    exchange.query = `seite=${page}`;
    return { status: 200, objects: 20, bytes: exchange.responseBytes };
  }

  search(visitor: Visitor): Read {
    const exchange = this.send(visitor, 'GET', '/api/suche', '', 200, 210, 1500 + this.rng.int(5000));
    exchange.query = `begriff=${this.rng.pick(['miete', 'strom', 'gehalt', 'karte', 'limit', 'zinsen', 'dauerauftrag'])}`;
    return { status: 200, objects: 10, bytes: exchange.responseBytes };
  }

  admin(visitor: Visitor, route: number, method: 'GET' | 'PUT' | 'DELETE'): number {
    const role = visitor.user?.role ?? 'user';
    const status = visitor.user === null ? 401 : role === 'admin' || (role === 'support' && route < 3) ? 200 : 403;
    this.send(
      visitor,
      method,
      `/backoffice/${ADMIN[route % ADMIN.length]!}`,
      '',
      status,
      14,
      status === 200 ? 6100 : 51,
    );
    return status;
  }

  refused(visitor: Visitor, route: number): void {
    this.send(
      visitor,
      'GET',
      ['/api/banking/profil', '/api/banking/nachrichten', '/api/banking/umsaetze'][route % 3]!,
      '',
      401,
      3,
      51,
    );
  }

  healthCheck(visitor: Visitor): void {
    this.send(visitor, 'GET', '/status', '', 200, 1, 12);
  }

  writeOwn(visitor: Visitor, object: number): void {
    this.send(visitor, 'PUT', `/api/banking/auftraege/${orderNumber(object)}`, '', 200, 18, 80).requestBytes = 310;
  }

  reportExport(visitor: Visitor, bytes: number): void {
    this.send(visitor, 'GET', '/backoffice/berichte/quartal-2025-4.csv', '', 200, 11_000, bytes);
  }

  *staffTicket(visitor: Visitor): Script {
    const { rng } = this;
    const customer = this.population.pickAny(rng);
    this.send(visitor, 'GET', '/backoffice/kunden', '', 200, 40, 1200).query =
      `suche=${customer.pseudonym.slice(0, 6)}`;
    yield rng.logNormal(9 * SECOND, 0.6);
    const page = this.send(visitor, 'GET', `/backoffice/kunden/${accountNumber(customer.index)}`, '', 200, 18, 3100);
    page.sensitive = { iban: 2, email: 1 };
    page.handedOut = customer.objects.slice(-PAGE).map(orderNumber);
    for (const object of customer.objects.slice(-rng.between(0, 3))) {
      yield rng.logNormal(20 * SECOND, 0.6);
      this.readObject(visitor, object, 'guarded');
    }
  }

  tryCode(visitor: Visitor, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/api/karten/aktivieren',
      '',
      isRight ? 200 : 422,
      30,
      isRight ? 150 : 71,
    );
    exchange.requestBytes = 26;
    exchange.authCode = code;
  }

  tryOtp(visitor: Visitor, account: Account, code: string, isRight: boolean): void {
    this.#otp(visitor, account, code, isRight);
  }

  sensitiveAction(visitor: Visitor, action: SensitiveAction): Read {
    if (action === 'export') {
      const bytes = 220_000 + 400 * (visitor.user?.objects.length ?? 0);
      this.send(visitor, 'GET', '/api/banking/export/umsaetze.csv', '', 200, 600, bytes);
      return { status: 200, objects: visitor.user?.objects.length ?? 0, bytes };
    }
    const path =
      action === 'email'
        ? '/api/banking/profil/email'
        : action === 'password'
          ? '/api/auth/kennwort'
          : '/api/banking/empfaenger';
    this.send(visitor, action === 'payout' ? 'POST' : 'PUT', path, '', 200, 60, 70).requestBytes = 140;
    return { status: 200, objects: 0, bytes: 70 };
  }

  exportPage(visitor: Visitor, page: number, size: number): Read {
    const first = (page * size) % Math.max(1, this.#owners.length);
    const bytes = size * 390 + this.rng.int(2500);
    const path = visitor.actorKind === 'api_key' ? '/psd2/v1/transactions' : '/backoffice/umsaetze';
    const exchange = this.send(visitor, 'GET', path, '', 200, 50 + size / 2, bytes);
    exchange.query = `anzahl=${size}&ab=${page * size}`;
    exchange.handedOut = Array.from({ length: Math.min(200, size) }, (_, i) =>
      orderNumber((first + i) % this.#owners.length),
    );
    return { status: 200, objects: size, bytes };
  }

  keyCall(visitor: Visitor, route: number): Read {
    const { rng } = this;
    const name = KEY_ROUTES[route % KEY_ROUTES.length]!;
    // Third parties fetch for those customers who consented: the same few hundred, all the time.
    const customer = hash32(`${visitor.actor}/${rng.int(150)}`) % this.population.spec.users;
    const exchange = this.send(
      visitor,
      'GET',
      `/psd2/v1/${name}/${accountNumber(customer)}`,
      '',
      200,
      25,
      900 + rng.int(5000),
    );
    return { status: 200, objects: 1, bytes: exchange.responseBytes };
  }
}

/** Ten digits without order. */
function accountNumber(user: number): string {
  return String(1_000_000_000 + (hash32(String(user), 11) % 1_000_000_000) * 8 + (user % 8)).slice(0, 10);
}

function orderNumber(object: number): string {
  return `A${String(26_000_000 + object)}`;
}

function receiptId(object: number): string {
  return `${hex8(hash32(`${object}`, 21))}${hex8(hash32(`${object}`, 22))}`;
}

const WORDS = [
  'karte',
  'sperren',
  'limit',
  'tan',
  'konto',
  'ueberweisung',
  'ausland',
  'gebuehren',
  'depot',
  'kredit',
  'app',
  'zugang',
  'sparen',
  'zinsen',
  'partner',
  'vollmacht',
];

function slug(item: number): string {
  return `wie-kann-ich-${WORDS[item % 16]}-${WORDS[(item >> 4) % 16]}-${WORDS[(item >> 8) % 16]}-aendern`;
}
