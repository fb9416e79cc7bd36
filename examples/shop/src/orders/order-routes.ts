import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ProductRepository } from '../catalogue/product-repository.js';
import { HttpError, notFound } from '../http/errors.js';
import { idParams, pageOf, pageQuery } from '../http/paging.js';
import type { OrderRepository } from './order-repository.js';

const NewOrder = z.object({
  lines: z
    .array(z.object({ productId: z.number().int(), quantity: z.number().int().min(1).max(99) }))
    .min(1)
    .max(50),
});
const ListQuery = pageQuery(50);

/** What customers see of their orders and invoices, and what support sees of them. */
export function registerOrderRoutes(
  app: FastifyInstance,
  { orders, products, partnerIds }: { orders: OrderRepository; products: ProductRepository; partnerIds: number[] },
): void {
  const signedIn = { onRequest: app.requireUser() };

  app.get('/orders', signedIn, async (request) =>
    pageOf(orders.ordersOf(request.account.id), ListQuery.parse(request.query)),
  );

  app.get('/orders/:id', signedIn, async (request) => {
    const order = orders.order(idParams.parse(request.params).id);
    const isStaff = request.account.role !== 'customer';
    if (order === undefined || (order.customerId !== request.account.id && !isStaff)) throw notFound('order');
    return order;
  });

  app.post('/orders', signedIn, async (request, reply) => {
    const { lines } = NewOrder.parse(request.body);
    const orderLines = lines.map(({ productId, quantity }) => {
      const product = products.byId(productId);
      if (product === undefined) throw new HttpError(422, 'unknown_product', `there is no product ${productId}`);
      return { productId, name: product.name, quantity, unitPriceCents: product.priceCents };
    });
    const partnerId = partnerIds[request.account.id % partnerIds.length] ?? 0;
    return reply.code(201).send(orders.place(request.account, orderLines, partnerId));
  });

  app.get('/users/:id/orders', { onRequest: app.requireUser(['admin', 'support']) }, async (request) =>
    pageOf(orders.ordersOf(idParams.parse(request.params).id), ListQuery.parse(request.query)),
  );

  app.get('/invoices', signedIn, async (request) =>
    pageOf(orders.invoicesOf(request.account.id), ListQuery.parse(request.query)),
  );

  app.get('/invoices/:id', signedIn, async (request) => {
    const invoice = orders.invoice(idParams.parse(request.params).id);
    if (invoice === undefined) throw notFound('invoice');
    return invoice;
  });
}
