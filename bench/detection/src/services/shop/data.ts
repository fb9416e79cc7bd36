import { newestPage } from '../ownership.js';
import type { Read, Visitor } from '../visitor.js';
import { ShopAccounts } from './accounts.js';
import { orderId } from './ids.js';

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

/** What there is to read: orders with one owner, a catalogue, a back office, the partners' routes. */
export abstract class ShopData extends ShopAccounts {
  readonly adminRouteCount = ADMIN.length;
  readonly keyRouteCount = 6;

  readObject(visitor: Visitor, object: number, kind: 'guarded' | 'unguarded'): Read {
    const owner = this.owned.ownerOf(object);
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
    return this.readObject(visitor, this.owned.size + this.rng.int(5000), kind);
  }

  listOwn(visitor: Visitor, page: number): Read {
    const ids = newestPage(visitor.user?.objects ?? [], page, PAGE).map(orderId);
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

  exportPage(visitor: Visitor, page: number, size: number): Read {
    const { rng } = this;
    const bytes = size * 620 + rng.int(2000);
    const first = (page * size) % Math.max(1, this.owned.size);
    const ids = Array.from({ length: Math.min(200, size) }, (_, i) => orderId((first + i) % this.owned.size));
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
      const object = Math.max(0, this.owned.size - 1 - Math.floor(rng.exponential(400)));
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
}
