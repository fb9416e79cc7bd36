import type { Random } from '@vedette/example-shop/seed';
import { BROWSERS, homeAddress, type Visitor } from './clients.js';
import type { Journey, Step } from './journey.js';
import type { Customer } from './population.js';
import type { ShopModel } from './shop-model.js';
import type { ShopSteps } from './shop-steps.js';

const CATEGORIES = ['kitchen', 'garden', 'office', 'travel', 'light', 'tools', 'textile', 'toys'];
const SEARCHES = ['lamp', 'walnut', 'kettle', 'linen blanket', 'copper', 'backpack', 'mug', 'rug', 'kite', 'planter'];
const MISSING_PAGES = ['/favicon.ico', '/robots.txt', '/apple-touch-icon.png', '/basket', '/sale'];

/** What customers and passers-by do in the shop. Every visit is drawn anew from `random`. */
export class CustomerJourneys {
  readonly #model: ShopModel;
  readonly #steps: ShopSteps;
  readonly #random: Random;

  constructor(model: ShopModel, steps: ShopSteps, random: Random) {
    this.#model = model;
    this.#steps = steps;
    this.#random = random;
  }

  /** Someone without an account looks around. */
  passerBy(): Journey {
    const visitor = { source: homeAddress(this.#random), client: this.#random.pick(BROWSERS) };
    const steps = this.#browse();
    if (this.#random.chance(0.06)) steps.push(this.#steps.missingPage(this.#random.pick(MISSING_PAGES)));
    if (this.#random.chance(0.02)) steps.push(this.#steps.missingProduct(this.#random.int(2000, 2300)));
    return { name: 'passer-by', visitor, credential: { kind: 'none' }, steps };
  }

  /** A customer's visit from `visitor`; `signedIn` when a token from an earlier visit still holds. */
  visit(customer: Customer, visitor: Visitor, signedIn: boolean): Journey {
    const credential = { kind: 'user', userId: customer.user.id } as const;
    const errand = this.#random.next();
    if (!signedIn && errand < 0.015) {
      return { name: 'forgotten password', visitor, credential, steps: this.#forgot(customer) };
    }
    const steps: Step[] = [];
    if (this.#random.chance(0.45)) steps.push(...this.#browse());
    if (!signedIn) steps.push(...this.#signIn(customer));
    steps.push(this.#steps.me(customer.user));
    if (errand < 0.55) steps.push(...this.#checkOrders(customer));
    else if (errand < 0.75) steps.push(...this.#checkInvoices(customer));
    else if (errand < 0.88) steps.push(...this.#buy(customer));
    else steps.push(...this.#browse());
    return { name: signedIn ? 'return' : 'visit', visitor, credential, steps };
  }

  #browse(): Step[] {
    const category = this.#random.pick(CATEGORIES);
    const query = this.#random.chance(0.5) ? { search: this.#random.pick(SEARCHES) } : { category };
    const steps = [this.#steps.products(query)];
    if ('category' in query && this.#random.chance(0.3)) steps.push(this.#steps.products({ ...query, page: 2 }));
    const looks = this.#random.int(0, 4);
    for (let i = 0; i < looks; i++) steps.push(this.#steps.product(this.#random.pick(this.#model.data.products)));
    return steps;
  }

  #signIn({ user, typoRate }: Customer): Step[] {
    const steps: Step[] = [];
    while (this.#random.chance(typoRate) && steps.length < 4) {
      const email = this.#random.chance(0.15) ? this.#mistype(user.email) : user.email;
      steps.push(this.#steps.login(email, this.#mistype(user.password), false));
    }
    steps.push(this.#steps.login(user.email, user.password, true));
    return steps;
  }

  #forgot({ user }: Customer): Step[] {
    const steps: Step[] = [];
    const tries = this.#random.int(2, 4);
    for (let i = 0; i < tries; i++) steps.push(this.#steps.login(user.email, this.#mistype(user.password), false));
    steps.push(this.#steps.requestReset(user.email));
    // Half of them find the old one in a drawer instead.
    if (this.#random.chance(0.5)) steps.push(this.#steps.login(user.email, user.password, true));
    return steps;
  }

  #checkOrders({ user }: Customer): Step[] {
    const orders = this.#model.ordersOf(user.id).slice(0, 20);
    const steps = [this.#steps.orders(user)];
    const looks = Math.min(orders.length, this.#random.int(1, 3));
    for (let i = 0; i < looks; i++) steps.push(this.#steps.order(this.#favouringFirst(orders)));
    return steps;
  }

  #checkInvoices({ user }: Customer): Step[] {
    const invoices = this.#model.invoicesOf(user.id).slice(0, 20);
    const steps = [this.#steps.invoices(user)];
    const looks = Math.min(invoices.length, this.#random.int(1, 3));
    for (let i = 0; i < looks; i++) steps.push(this.#steps.invoice(this.#favouringFirst(invoices)));
    return steps;
  }

  #buy({ user }: Customer): Step[] {
    const product = this.#random.pick(this.#model.data.products);
    return [
      this.#steps.product(product),
      this.#steps.placeOrder(product, this.#random.int(1, 2)),
      this.#steps.orders(user),
    ];
  }

  /** People look at what is newest. */
  #favouringFirst<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random.next() ** 2 * items.length)]!;
  }

  /** Two neighbouring characters swapped, or one left out. */
  #mistype(text: string): string {
    const at = this.#random.int(0, text.length - 3);
    const swapped = text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
    return swapped !== text && this.#random.chance(0.5) ? swapped : text.slice(0, at) + text.slice(at + 1);
  }
}
