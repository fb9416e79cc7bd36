import { customersOf, type SeedUser, type ShopData } from '@vedette/example-shop/seed';

export type Order = ShopData['orders'][number];
export type Invoice = ShopData['invoices'][number];
export type Product = ShopData['products'][number];

/** What one customer owns, newest first. */
interface Belongings {
  readonly orders: Order[];
  readonly invoices: Invoice[];
}

const NOTHING: Belongings = { orders: [], invoices: [] };

/** The shop's data, indexed for whoever plays its customers. */
export class ShopModel {
  readonly data: ShopData;
  readonly customers: readonly SeedUser[];
  readonly #byCustomer = new Map<number, Belongings>();
  readonly #byPartner = new Map<number, { readonly placedMs: number; readonly order: Order }[]>();

  constructor(data: ShopData) {
    this.data = data;
    this.customers = customersOf(data);
    for (let i = data.orders.length - 1; i >= 0; i--) {
      const order = data.orders[i]!;
      const belongings = this.#byCustomer.get(order.customerId) ?? { orders: [], invoices: [] };
      belongings.orders.push(order);
      belongings.invoices.push(data.invoices[i]!);
      this.#byCustomer.set(order.customerId, belongings);
    }
    for (const { id } of data.partners) {
      const shipped = data.orders.filter((order) => order.partnerId === id);
      this.#byPartner.set(
        id,
        shipped.map((order) => ({ placedMs: Date.parse(order.placedAt), order })),
      );
    }
  }

  ordersOf(userId: number): readonly Order[] {
    return (this.#byCustomer.get(userId) ?? NOTHING).orders;
  }

  invoicesOf(userId: number): readonly Invoice[] {
    return (this.#byCustomer.get(userId) ?? NOTHING).invoices;
  }

  /** Products as the shop's search finds them. */
  search({ search = '', category }: { search?: string; category?: string }): readonly Product[] {
    const words = search.toLowerCase().split(' ');
    return this.data.products.filter(
      (product) =>
        (category ?? product.category) === product.category &&
        words.every((word) => product.name.toLowerCase().includes(word)),
    );
  }

  /** Orders that a carrier ships, placed in `[fromMs, toMs)`, oldest first. */
  partnerOrders(partnerId: number, fromMs: number, toMs: number): readonly Order[] {
    const shipped = this.#byPartner.get(partnerId) ?? [];
    return shipped.slice(countBefore(shipped, fromMs), countBefore(shipped, toMs)).map(({ order }) => order);
  }
}

/** How many of `shipped`, oldest first, were placed before `untilMs`. */
function countBefore(shipped: readonly { readonly placedMs: number }[], untilMs: number): number {
  let low = 0;
  let high = shipped.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (shipped[middle]!.placedMs < untilMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
