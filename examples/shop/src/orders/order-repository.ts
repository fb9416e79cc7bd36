import type { Invoice, Order, OrderLine, User } from '../entities.js';
import { invoiceFor } from './invoicing.js';

/** Orders and their invoices, in memory, oldest first. */
export class OrderRepository {
  readonly #orders = new Map<number, Order>();
  readonly #invoices = new Map<number, Invoice>();
  readonly #ordersByCustomer = new Map<number, Order[]>();
  readonly #ordersByPartner = new Map<number, Order[]>();
  #nextOrderId = 1;
  #nextInvoiceId = 1;

  constructor(data: { orders: readonly Order[]; invoices: readonly Invoice[] }) {
    for (const order of data.orders) this.#insertOrder(order);
    for (const invoice of data.invoices) this.#insertInvoice(invoice);
  }

  order(id: number): Order | undefined {
    return this.#orders.get(id);
  }

  invoice(id: number): Invoice | undefined {
    return this.#invoices.get(id);
  }

  /** Newest first. */
  ordersOf(customerId: number): Order[] {
    return (this.#ordersByCustomer.get(customerId) ?? []).toReversed();
  }

  /** Newest first. */
  invoicesOf(customerId: number): Invoice[] {
    return [...this.#invoices.values()].filter((invoice) => invoice.customerId === customerId).reverse();
  }

  /** Oldest first, placed at or after `sinceMs`. */
  ordersOfPartner(partnerId: number, sinceMs: number): Order[] {
    return (this.#ordersByPartner.get(partnerId) ?? []).filter((order) => Date.parse(order.placedAt) >= sinceMs);
  }

  /** Oldest first, `fromMs` included, `toMs` not. */
  ordersBetween(fromMs: number, toMs: number): Order[] {
    return [...this.#orders.values()].filter((order) => {
      const placedMs = Date.parse(order.placedAt);
      return placedMs >= fromMs && placedMs < toMs;
    });
  }

  place(customer: User, lines: readonly OrderLine[], partnerId: number): Order {
    const order: Order = {
      id: this.#nextOrderId,
      customerId: customer.id,
      partnerId,
      placedAt: new Date().toISOString(),
      status: 'placed',
      lines,
      totalCents: lines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0),
      shipTo: customer.address,
    };
    this.#insertOrder(order);
    this.#insertInvoice(invoiceFor(order, this.#nextInvoiceId, customer.email));
    return order;
  }

  #insertOrder(order: Order): void {
    this.#orders.set(order.id, order);
    append(this.#ordersByCustomer, order.customerId, order);
    append(this.#ordersByPartner, order.partnerId, order);
    this.#nextOrderId = Math.max(this.#nextOrderId, order.id + 1);
  }

  #insertInvoice(invoice: Invoice): void {
    this.#invoices.set(invoice.id, invoice);
    this.#nextInvoiceId = Math.max(this.#nextInvoiceId, invoice.id + 1);
  }
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
