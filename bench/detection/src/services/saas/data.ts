import { hash32 } from '../../core/rng.js';
import { newestPage } from '../ownership.js';
import type { Read, Visitor } from '../visitor.js';
import { SaasAccounts } from './accounts.js';
import { slug } from './ids.js';

const NANOID = 'ModuleSymbhasOwnPr-0123456789ABCDEFGHNRVfgctiUvz_KqYTJkLxpZXIjQW';
const PAGE = 30;
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

/** What there is to read: documents shared within a tenant behind one GraphQL route, public templates. */
export abstract class SaasData extends SaasAccounts {
  readonly adminRouteCount = ADMIN.length;
  readonly keyRouteCount = 6;

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

  readObject(visitor: Visitor, object: number, kind: 'guarded' | 'unguarded'): Read {
    const owner = this.owned.ownerOf(object);
    const isStaff = visitor.user !== null && visitor.user.role !== 'user';
    const isColleague =
      owner !== undefined && visitor.user !== null && this.population.users[owner]!.tenant === visitor.user.tenant;
    const isRead = owner !== undefined && visitor.user !== null && (kind === 'unguarded' || isStaff || isColleague);
    const bytes = isRead ? (kind === 'guarded' ? 2600 + (object % 9000) : 22_000 + (object % 40_000)) : 118;
    const exchange = this.graphql(visitor, kind === 'guarded' ? 'Document' : 'Attachment', bytes, [this.id(object)]);
    if (kind === 'guarded' && isRead) this.expose(exchange, 'object', null);
    return { status: exchange.status, objects: isRead ? 1 : 0, bytes };
  }

  readMissing(visitor: Visitor, kind: 'guarded' | 'unguarded'): Read {
    return this.readObject(visitor, this.owned.size + 1 + this.rng.int(100_000), kind);
  }

  listOwn(visitor: Visitor, page: number): Read {
    const tenant = visitor.user === null ? [] : this.owned.ofTenant(visitor.user.tenant);
    const ids = newestPage(tenant, page, PAGE).map((object) => this.id(object));
    const exchange = this.graphql(visitor, 'Documents', 200 + ids.length * 310, [], ids);
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
    const exchange = this.graphql(visitor, 'Search', 1500 + this.rng.int(6000));
    exchange.durationMs *= 9;
    return { status: exchange.status, objects: 10, bytes: exchange.responseBytes };
  }

  admin(visitor: Visitor, route: number, method: 'GET' | 'PUT' | 'DELETE'): number {
    const role = visitor.user?.role ?? 'user';
    const allowed = role === 'admin' || (role === 'support' && route < 3);
    const operation = `${method === 'GET' ? '' : method === 'PUT' ? 'Update' : 'Delete'}${ADMIN[route % ADMIN.length]!}`;
    return this.graphql(visitor, operation, allowed ? 4200 : 96, [], [], allowed ? 200 : 403).status;
  }

  refused(visitor: Visitor, route: number): void {
    const exchange = this.send(visitor, 'POST', '/graphql', '/graphql', 401, 3, 60);
    exchange.operation = ['Viewer', 'Notifications', 'Documents'][route % 3]!;
  }

  healthCheck(visitor: Visitor): void {
    this.send(visitor, 'GET', '/health', '/health', 200, 1, 2);
  }

  writeOwn(visitor: Visitor, object: number): void {
    this.graphql(visitor, 'UpdateDocument', 140, [this.id(object)]).requestBytes = 500 + this.rng.int(4000);
  }

  reportExport(visitor: Visitor, bytes: number): void {
    this.send(visitor, 'GET', '/export/usage.csv', '/export/:file', 200, 9000, bytes).query = 'period=2025-Q4';
  }

  exportPage(visitor: Visitor, page: number, size: number): Read {
    const first = (page * size) % Math.max(1, this.owned.size);
    const bytes = size * 540 + this.rng.int(3000);
    const ids = Array.from({ length: Math.min(200, size) }, (_, i) => this.id((first + i) % this.owned.size));
    if (visitor.actorKind === 'api_key') {
      const exchange = this.send(visitor, 'GET', '/api/v1/documents', '/api/v1/documents', 200, 50 + size, bytes);
      exchange.query = `limit=${size}&cursor=${page}`;
      exchange.handedOut = ids;
    } else {
      this.graphql(visitor, 'AdminExports', bytes, [], ids).durationMs *= 8;
    }
    return { status: 200, objects: size, bytes };
  }

  keyCall(visitor: Visitor, route: number): Read {
    const { rng } = this;
    const name = KEY_ROUTES[route % KEY_ROUTES.length]!;
    if (name === 'documents' || name === 'files' || name === 'boards') {
      const object = Math.max(0, this.owned.size - 1 - Math.floor(rng.exponential(900)));
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
