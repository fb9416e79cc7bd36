import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Partner } from '../entities.js';
import { notFound, unauthorized } from '../http/errors.js';
import { idParams, pageOf, pageQuery } from '../http/paging.js';
import type { OrderRepository } from '../orders/order-repository.js';
import type { SeedPartner } from '../seed.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The carrier whose key was given; only on `/partner` routes. */
    partner: Partner;
  }
}

const OrdersQuery = pageQuery(500).extend({ since: z.iso.datetime().optional() });
const RecipientsQuery = pageQuery(100);

/** What carriers see: the orders that they ship, and to whom. They send their key as `x-api-key`. */
export function registerPartnerRoutes(
  app: FastifyInstance,
  { orders, partners }: { orders: OrderRepository; partners: readonly SeedPartner[] },
): void {
  const byKeyHash = new Map(partners.map(({ apiKey, ...partner }) => [sha256(apiKey), partner]));
  app.decorateRequest('partner');
  const keyed = {
    onRequest: async (request: FastifyRequest): Promise<void> => {
      const key = request.headers['x-api-key'];
      const partner = typeof key === 'string' ? byKeyHash.get(sha256(key)) : undefined;
      if (partner === undefined) throw unauthorized('a valid API key is required');
      request.partner = partner;
    },
  };

  app.get('/partner/orders', keyed, async (request) => {
    const { since, ...page } = OrdersQuery.parse(request.query);
    return pageOf(orders.ordersOfPartner(request.partner.id, since === undefined ? 0 : Date.parse(since)), page);
  });

  app.get('/partner/recipients', keyed, async (request) => {
    const recipients = new Map(
      orders.ordersOfPartner(request.partner.id, 0).map((order) => [order.customerId, order.shipTo]),
    );
    return pageOf(
      [...recipients].map(([id, address]) => ({ id, ...address })),
      RecipientsQuery.parse(request.query),
    );
  });

  app.get('/partner/orders/:id', keyed, async (request) => {
    const order = orders.order(idParams.parse(request.params).id);
    if (order?.partnerId !== request.partner.id) throw notFound('order');
    return order;
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
