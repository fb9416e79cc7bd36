import type { Address, Invoice, Order, OrderLine, OrderStatus, Partner, Product, Role, User } from './entities.js';
import { invoiceFor } from './orders/invoicing.js';
import { Random } from './random.js';
import {
  ADJECTIVES,
  CATEGORIES,
  CITIES,
  COUNTRIES,
  FIRST_NAMES,
  LAST_NAMES,
  MAIL_HOSTS,
  NOUNS,
  PASSWORD_WORDS,
  STREETS,
} from './seed-words.js';

export { Random };

/** A user together with the password that its owner chose. The running shop keeps only a hash of it. */
export type SeedUser = User & { readonly password: string };

/** A partner together with its API key. The running shop keeps only a hash of it. */
export type SeedPartner = Partner & { readonly apiKey: string };

export interface ShopData {
  readonly users: readonly SeedUser[];
  readonly products: readonly Product[];
  /** Oldest first; ids without gaps. */
  readonly orders: readonly Order[];
  /** One for each order, in the same order; ids without gaps. */
  readonly invoices: readonly Invoice[];
  readonly partners: readonly SeedPartner[];
}

export interface SeedOptions {
  readonly seed?: number;
  /** Unix ms; the last order was placed just before. Everything but dates depends on `seed` alone. */
  readonly nowMs: number;
  readonly customers?: number;
  readonly orders?: number;
}

export const DEFAULT_SEED = 20_240_501;
const FIRST_USER_ID = 1001;
const FIRST_ORDER_ID = 240_001;
const FIRST_INVOICE_ID = 710_001;
const DAY_MS = 86_400_000;
/** How far back the orders reach. */
const ORDER_SPAN_MS = 720 * DAY_MS;

const STAFF: readonly (readonly [name: string, role: Role])[] = [
  ['Ottilie Brandt', 'admin'],
  ['Ruth Sandell', 'accounting'],
  ['Piet Maas', 'accounting'],
  ['Nuria Vidal', 'support'],
  ['Callum Reid', 'support'],
  ['Signe Holm', 'support'],
];
const PARTNER_NAMES = ['Kolibri Parcel', 'Nordfracht', 'Van Loon Logistics'];

/** The whole shop at a moment: users with passwords, products, orders, invoices, partners with keys. Pure. */
export function generateShopData(options: SeedOptions): ShopData {
  const random = new Random(options.seed ?? DEFAULT_SEED);
  const users = generateUsers(random, options.customers ?? 600, options.nowMs);
  const products = generateProducts(random);
  const partners = PARTNER_NAMES.map((name, i) => ({ id: i + 1, name, apiKey: `pk_${hex(random, 40)}` }));
  const orders = generateOrders(random, { users, products, partners, options });
  const emails = new Map(users.map((user) => [user.id, user.email]));
  const invoices = orders.map((order, i) =>
    invoiceFor(order, FIRST_INVOICE_ID + i, emails.get(order.customerId) ?? ''),
  );
  return { users, products, orders, invoices, partners };
}

/** The customer accounts among the users. */
export function customersOf(data: ShopData): SeedUser[] {
  return data.users.filter((user) => user.role === 'customer');
}

function generateUsers(random: Random, customers: number, nowMs: number): SeedUser[] {
  const users: SeedUser[] = [];
  const add = (name: string, role: Role, email: string): void => {
    const createdAt = new Date(nowMs - ORDER_SPAN_MS - random.int(0, 400) * DAY_MS).toISOString();
    const id = FIRST_USER_ID + users.length;
    users.push({ id, email, name, role, createdAt, address: addressOf(random, name), password: passwordOf(random) });
  };
  for (const [name, role] of STAFF) add(name, role, `${name.toLowerCase().replace(' ', '.')}@shop.example`);
  for (let i = 0; i < customers; i++) {
    const first = random.pick(FIRST_NAMES);
    const last = random.pick(LAST_NAMES);
    add(`${first} ${last}`, 'customer', `${first}.${last}${i + 1}@${random.pick(MAIL_HOSTS)}`.toLowerCase());
  }
  return users;
}

function addressOf(random: Random, name: string): Address {
  return {
    name,
    street: `${random.pick(STREETS)} Street ${random.int(1, 180)}`,
    postcode: String(random.int(10_000, 99_999)),
    city: random.pick(CITIES),
    country: random.pick(COUNTRIES),
  };
}

function passwordOf(random: Random): string {
  return `${random.pick(PASSWORD_WORDS)}-${random.pick(PASSWORD_WORDS)}-${random.int(10, 9999)}`;
}

function generateProducts(random: Random): Product[] {
  const products: Product[] = [];
  for (const adjective of ADJECTIVES) {
    for (const category of CATEGORIES) {
      for (const noun of NOUNS[category]) {
        const name = `${adjective} ${noun}`;
        products.push({
          id: 100 + products.length,
          sku: `${category.slice(0, 3).toUpperCase()}-${random.int(10_000, 99_999)}`,
          name,
          category,
          description: `${name}, made to last and easy to repair. Part of our ${category} range.`,
          priceCents: random.int(4, 180) * 100 - 5,
          stock: random.int(0, 250),
        });
      }
    }
  }
  return products;
}

interface OrderInputs {
  readonly users: readonly SeedUser[];
  readonly products: readonly Product[];
  readonly partners: readonly Partner[];
  readonly options: SeedOptions;
}

function generateOrders(random: Random, { users, products, partners, options }: OrderInputs): Order[] {
  const customers = users.filter((user) => user.role === 'customer');
  const count = options.orders ?? 12_000;
  const orders: Order[] = [];
  for (let i = 0; i < count; i++) {
    // Squaring favours the first customers: a few order monthly, most a handful of times.
    const customer = customers[Math.floor(random.next() ** 2 * customers.length)];
    if (customer === undefined) throw new RangeError('a shop with orders needs customers');
    const ageMs = ((count - i - random.next()) / count) * ORDER_SPAN_MS;
    const lines = Array.from({ length: 1 + Math.floor(random.next() ** 2 * 6) }, () => lineOf(random, products));
    orders.push({
      id: FIRST_ORDER_ID + i,
      customerId: customer.id,
      partnerId: random.pick(partners).id,
      placedAt: new Date(options.nowMs - ageMs).toISOString(),
      status: statusOf(random, ageMs),
      lines,
      totalCents: lines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0),
      shipTo: customer.address,
    });
  }
  return orders;
}

function lineOf(random: Random, products: readonly Product[]): OrderLine {
  const product = random.pick(products);
  return {
    productId: product.id,
    name: product.name,
    quantity: random.int(1, 3),
    unitPriceCents: product.priceCents,
  };
}

function statusOf(random: Random, ageMs: number): OrderStatus {
  const returned = random.chance(0.04);
  if (ageMs < 1.5 * DAY_MS) return 'placed';
  if (ageMs < 5 * DAY_MS) return 'shipped';
  return returned ? 'returned' : 'delivered';
}

function hex(random: Random, length: number): string {
  return Array.from({ length }, () => random.int(0, 15).toString(16)).join('');
}
