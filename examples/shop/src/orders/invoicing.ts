import type { Invoice, Order } from '../entities.js';

const PAYMENT_TERM_MS = 14 * 86_400_000;
/** Prices include VAT at the standard German rate, 19 %. */
const VAT_FACTOR = 1.19;

/** The invoice of an order; `id` comes from a sequence without gaps, as tax offices want it. */
export function invoiceFor(order: Order, id: number, email: string): Invoice {
  const netCents = Math.round(order.totalCents / VAT_FACTOR);
  return {
    id,
    orderId: order.id,
    customerId: order.customerId,
    issuedAt: order.placedAt,
    dueAt: new Date(Date.parse(order.placedAt) + PAYMENT_TERM_MS).toISOString(),
    billTo: { ...order.shipTo, email },
    lines: order.lines,
    netCents,
    vatCents: order.totalCents - netCents,
    totalCents: order.totalCents,
  };
}
