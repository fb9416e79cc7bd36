import type { Random, SeedUser } from '@vedette/example-shop/seed';
import { type AnswerShape, AnswerShapes, plainShape, shapeOf } from './answer-shape.js';
import type { AuthStep, Step } from './journey.js';
import type { Invoice, Order, Product, ShopModel } from './shop-model.js';

const PASSWORD_CHECK_MS = 22;
const READ_MS = 3;
const PER_PAGE = 20;
/** Mean length of a row in the CSV file. */
const ORDER_ROW_BYTES = 98;
const NO_PRODUCT = plainShape(48);
const NO_PAGE = plainShape(43);
const TOKEN = plainShape(235);
const REFUSED = { status: 401, answer: plainShape(64) } as const;

interface StepOptions {
  readonly answer: AnswerShape;
  readonly query?: string;
  readonly id?: number;
  readonly status?: number;
  readonly signed?: boolean;
  readonly durationMs?: number;
}

/** Every request that a client of the shop can make, with the answer that the shop gives. */
export class ShopSteps {
  readonly #model: ShopModel;
  readonly #random: Random;
  readonly #shapes = new AnswerShapes();

  constructor(model: ShopModel, random: Random) {
    this.#model = model;
    this.#random = random;
  }

  health(): Step {
    return this.#get('/health', { answer: plainShape(15) });
  }

  /** A page of the catalogue; `search` and `category` as the shop's own query parameters. */
  products(wanted: { search?: string; category?: string; page?: number }): Step {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(wanted)) if (value !== undefined) parameters.set(name, String(value));
    const query = parameters.toString();
    const answer = this.#shapes.of(`products?${query}`, () => pageOf(this.#model.search(wanted), wanted.page));
    return this.#get('/products', { query, answer });
  }

  product(product: Product): Step {
    const answer = this.#shapes.of(`product ${product.id}`, () => product);
    return this.#get('/products/{id}', { id: product.id, answer });
  }

  missingProduct(id: number): Step {
    return this.#get('/products/{id}', { id, status: 404, answer: NO_PRODUCT });
  }

  /** A path that the shop never had, as browsers and old bookmarks ask for. */
  missingPage(path: string): Step {
    return { ...this.#get('', { status: 404, answer: NO_PAGE }), path };
  }

  login(email: string, password: string, succeeds: boolean): Step {
    const auth = { event: 'login', identifier: email, outcome: succeeds ? 'success' : 'failure' } as const;
    return this.#post('/login', { email, password }, succeeds ? { auth, answer: TOKEN } : { auth, ...REFUSED });
  }

  requestReset(email: string): Step {
    const auth = { event: 'reset', identifier: email, outcome: 'success' } as const;
    const answer = plainShape(62);
    return this.#post('/password-reset', { email }, { auth, status: 202, answer, durationMs: READ_MS });
  }

  me(user: SeedUser): Step {
    return this.#get('/me', { signed: true, answer: this.#shapes.of(`user ${user.id}`, () => profileOf(user)) });
  }

  orders(user: SeedUser): Step {
    const answer = this.#shapes.of(`orders ${user.id}`, () => pageOf(this.#model.ordersOf(user.id)));
    return this.#get('/orders', { signed: true, answer });
  }

  order(order: Order): Step {
    const answer = this.#shapes.of(`order ${order.id}`, () => order);
    return this.#get('/orders/{id}', { signed: true, id: order.id, answer });
  }

  placeOrder(product: Product, quantity: number): Step {
    const json = { lines: [{ productId: product.id, quantity }] };
    return this.#post('/orders', json, {
      signed: true,
      id: product.id,
      status: 201,
      answer: plainShape(330),
      durationMs: READ_MS,
    });
  }

  invoices(user: SeedUser): Step {
    const answer = this.#shapes.of(`invoices ${user.id}`, () => pageOf(this.#model.invoicesOf(user.id)));
    return this.#get('/invoices', { signed: true, answer });
  }

  invoice(invoice: Invoice): Step {
    const answer = this.#shapes.of(`invoice ${invoice.id}`, () => invoice);
    return this.#get('/invoices/{id}', { signed: true, id: invoice.id, answer });
  }

  users(search: string): Step {
    const answer = this.#shapes.of(`users?${search}`, () =>
      pageOf(this.#model.data.users.filter(({ name }) => name.includes(search)).map(profileOf)),
    );
    return this.#get('/users', { signed: true, query: `search=${encodeURIComponent(search)}`, answer });
  }

  user(user: SeedUser): Step {
    const answer = this.#shapes.of(`user ${user.id}`, () => profileOf(user));
    return this.#get('/users/{id}', { signed: true, id: user.id, answer });
  }

  ordersOfUser(user: SeedUser): Step {
    const answer = this.#shapes.of(`orders ${user.id}`, () => pageOf(this.#model.ordersOf(user.id)));
    return this.#get('/users/{id}/orders', { signed: true, id: user.id, answer });
  }

  /** `month` as `YYYY-MM`. */
  ordersExport(month: string): Step {
    const rows = this.#model.data.orders.filter(({ placedAt }) => placedAt.startsWith(month)).length;
    const answer = plainShape(63 + rows * ORDER_ROW_BYTES);
    return this.#get('/exports/orders.csv', { signed: true, query: `month=${month}`, answer });
  }

  /** A carrier's list of its orders placed in `[sinceMs, untilMs)`, where `untilMs` is the moment of asking. */
  partnerOrders(partnerId: number, range: { sinceMs: number; untilMs: number; perPage: number; page?: number }): Step {
    const { sinceMs, untilMs, perPage, page = 1 } = range;
    const parameters = new URLSearchParams();
    if (sinceMs > 0) parameters.set('since', new Date(sinceMs).toISOString());
    parameters.set('perPage', String(perPage));
    if (page > 1) parameters.set('page', String(page));
    const answer = shapeOf(pageOf(this.#model.partnerOrders(partnerId, sinceMs, untilMs), page, perPage));
    return this.#get('/partner/orders', { signed: true, query: parameters.toString(), answer });
  }

  /** A page of those to whom a carrier ships; the past has none, so only its status matters. */
  partnerRecipients(page: number): Step {
    return this.#get('/partner/recipients', { signed: true, query: `perPage=100&page=${page}`, answer: plainShape(0) });
  }

  partnerOrder(order: Order): Step {
    const answer = this.#shapes.of(`order ${order.id}`, () => order);
    return this.#get('/partner/orders/{id}', { signed: true, id: order.id, answer });
  }

  #get(
    route: string,
    { answer, query = '', id, status = 200, signed = false, durationMs = READ_MS }: StepOptions,
  ): Step {
    return {
      thinkMs: this.#think(),
      method: 'GET',
      route,
      path: id === undefined ? route : route.replace('{id}', String(id)),
      query,
      json: undefined,
      signed,
      auth: undefined,
      // Every route with an id names in the segment before it what the id stands for.
      object:
        id === undefined
          ? undefined
          : { kind: /(\w+)\/\{id\}/.exec(route)?.[1] ?? '', id: String(id), isHidden: false },
      expected: { status, durationMs, responseBytes: answer.responseBytes, handedOut: answer.handedOut },
    };
  }

  #post(route: string, json: unknown, options: StepOptions & { auth?: AuthStep }): Step {
    const { answer, id, status = 200, signed = false, durationMs = PASSWORD_CHECK_MS } = options;
    return {
      thinkMs: this.#think(),
      method: 'POST',
      route,
      path: route,
      query: '',
      json,
      signed,
      auth: options.auth,
      // An id in a body is of no known kind, and leaves the service as its hash.
      object: id === undefined ? undefined : { kind: route, id: String(id), isHidden: true },
      expected: { status, durationMs, responseBytes: answer.responseBytes, handedOut: answer.handedOut },
    };
  }

  /** People take a second or two, sometimes much longer. */
  #think(): number {
    return Math.round(500 - 1400 * Math.log(1 - this.#random.next()));
  }
}

function pageOf(all: readonly object[], page = 1, perPage = PER_PAGE): object {
  return { items: all.slice((page - 1) * perPage, page * perPage), page, perPage, total: all.length };
}

function profileOf({ password: _, ...profile }: SeedUser): object {
  return profile;
}
