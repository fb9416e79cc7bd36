// Held back: see held-back.ts. Not to be looked at while tuning detectors or intake.
import { hash32 } from '../../core/rng.js';
import { newestPage } from '../ownership.js';
import type { Read, Visitor } from '../visitor.js';
import { BankAccounts } from './accounts.js';
import { accountNumber, orderNumber, receiptId, slug } from './ids.js';

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

/** What there is to read: orders of payments, receipts, statements, help pages. */
export abstract class BankData extends BankAccounts {
  readonly adminRouteCount = ADMIN.length;
  readonly keyRouteCount = 6;

  readObject(visitor: Visitor, object: number, kind: 'guarded' | 'unguarded'): Read {
    const owner = this.owned.ownerOf(object);
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
    return this.readObject(visitor, this.owned.size + 1 + this.rng.int(9000), kind);
  }

  listOwn(visitor: Visitor, page: number): Read {
    const shown = newestPage(visitor.user?.objects ?? [], page, PAGE);
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

  exportPage(visitor: Visitor, page: number, size: number): Read {
    const first = (page * size) % Math.max(1, this.owned.size);
    const bytes = size * 390 + this.rng.int(2500);
    const path = visitor.actorKind === 'api_key' ? '/psd2/v1/transactions' : '/backoffice/umsaetze';
    const exchange = this.send(visitor, 'GET', path, '', 200, 50 + size / 2, bytes);
    exchange.query = `anzahl=${size}&ab=${page * size}`;
    exchange.handedOut = Array.from({ length: Math.min(200, size) }, (_, i) =>
      orderNumber((first + i) % this.owned.size),
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
