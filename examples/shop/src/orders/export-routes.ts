import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { AccountRepository } from '../accounts/account-repository.js';
import { csvRecord } from './csv.js';
import type { OrderRepository } from './order-repository.js';

const Month = z.object({
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month as YYYY-MM')
    .optional(),
});

/** Files for the accountants. */
export function registerExportRoutes(
  app: FastifyInstance,
  { accounts, orders }: { accounts: AccountRepository; orders: OrderRepository },
): void {
  const accounting = { onRequest: app.requireUser(['accounting', 'admin']) };

  app.get('/exports/orders.csv', accounting, async (request, reply) => {
    const { month } = Month.parse(request.query);
    const [fromMs, toMs] = month === undefined ? [0, Number.POSITIVE_INFINITY] : boundsOf(month);
    const records = orders
      .ordersBetween(fromMs, toMs)
      .map(({ id, placedAt, status, shipTo, totalCents }) =>
        csvRecord([
          id,
          placedAt,
          status,
          shipTo.name,
          shipTo.street,
          shipTo.postcode,
          shipTo.city,
          shipTo.country,
          totalCents,
        ]),
      );
    const head = csvRecord(['order', 'placed', 'status', 'name', 'street', 'postcode', 'city', 'country', 'cents']);
    return sendCsv(reply, `orders-${month ?? 'all'}.csv`, head + records.join(''));
  });

  app.get('/exports/customers.csv', accounting, async (_request, reply) => {
    const records = accounts
      .all()
      .map(({ id, name, email, createdAt, address }) =>
        csvRecord([id, name, email, createdAt, address.street, address.postcode, address.city, address.country]),
      );
    const head = csvRecord(['customer', 'name', 'email', 'created', 'street', 'postcode', 'city', 'country']);
    return sendCsv(reply, 'customers.csv', head + records.join(''));
  });
}

/** First ms of a month `YYYY-MM`, and of the one after. */
function boundsOf(month: string): [number, number] {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return [Date.UTC(year, number - 1), Date.UTC(year, number)];
}

function sendCsv(reply: FastifyReply, fileName: string, content: string): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .send(content);
}
