import { newestPage } from '../ownership.js';
import type { Read, Visitor } from '../visitor.js';
import { PartnerAccounts } from './accounts.js';
import { depotCode, documentId, shipmentId } from './ids.js';

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

/** What there is to read: shipments by an id in the query, documents by a random id, depots. */
export abstract class PartnerData extends PartnerAccounts {
  readonly adminRouteCount = ADMIN.length;
  readonly keyRouteCount = 6;

  readObject(visitor: Visitor, object: number, kind: 'guarded' | 'unguarded'): Read {
    const owner = this.owned.ownerOf(object);
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
    return this.readObject(visitor, this.owned.size + 1 + this.rng.int(4000), kind);
  }

  listOwn(visitor: Visitor, page: number): Read {
    const ids = newestPage(visitor.user?.objects ?? [], page, PAGE).map(shipmentId);
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

  exportPage(visitor: Visitor, page: number, size: number): Read {
    const first = (page * size) % Math.max(1, this.owned.size);
    const bytes = size * 480 + this.rng.int(2000);
    const exchange = this.send(visitor, 'GET', '/v2/shipments', '', 200, 60 + size / 2, bytes);
    exchange.query = `all=true&limit=${size}&offset=${page * size}`;
    exchange.handedOut = Array.from({ length: Math.min(200, size) }, (_, i) =>
      shipmentId((first + i) % this.owned.size),
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
        exchange.handedOut = [shipmentId(this.owned.size - 1)];
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
