import type { Random, SeedPartner } from '@vedette/example-shop/seed';
import { MONITOR_CLIENT, PARTNER_CLIENT } from './clients.js';
import type { Journey, Step } from './journey.js';
import type { StaffMember } from './population.js';
import type { ShopModel } from './shop-model.js';
import type { ShopSteps } from './shop-steps.js';

const DAY_MS = 86_400_000;
const SYNC_PAGE = 100;
/** Share of support cases that begin with the number of an order, without a search. */
const BY_NUMBER = 0.2;

/** What staff, carriers and the uptime monitor do: the traffic that a shop runs on. */
export class BusinessJourneys {
  readonly #model: ShopModel;
  readonly #steps: ShopSteps;
  readonly #random: Random;

  constructor(model: ShopModel, steps: ShopSteps, random: Random) {
    this.#model = model;
    this.#steps = steps;
    this.#random = random;
  }

  healthCheck(): Journey {
    const visitor = { source: '198.19.200.10', client: MONITOR_CLIENT };
    return { name: 'health check', visitor, credential: { kind: 'none' }, steps: [this.#steps.health()] };
  }

  /** A support case: look the customer up, list the orders, read some; one in five callers names the order's number. */
  supportCase({ user, desk }: StaffMember, signedIn: boolean): Journey {
    const customer = this.#random.pick(this.#model.customers);
    const orders = this.#model
      .ordersOf(customer.id)
      .slice(0, this.#random.int(1, 2))
      .map((order) => this.#steps.order(order));
    const isByNumber = this.#random.chance(BY_NUMBER);
    const steps = [
      ...(signedIn ? [] : [this.#steps.login(user.email, user.password, true)]),
      ...(isByNumber
        ? [...orders, this.#steps.user(customer)]
        : [
            this.#steps.users(customer.name.split(' ')[1] ?? customer.name),
            this.#steps.user(customer),
            this.#steps.ordersOfUser(customer),
            ...orders,
          ]),
    ];
    return { name: 'support case', visitor: desk, credential: { kind: 'user', userId: user.id }, steps };
  }

  /** The accountant fetches this month's orders so far. */
  monthExport({ user, desk }: StaffMember, atMs: number): Journey {
    const steps = [
      this.#steps.login(user.email, user.password, true),
      this.#steps.ordersExport(new Date(atMs).toISOString().slice(0, 7)),
    ];
    return { name: 'month export', visitor: desk, credential: { kind: 'user', userId: user.id }, steps };
  }

  /** A carrier's machine asks what came in since it last asked. */
  partnerPoll(partner: SeedPartner, atMs: number, intervalMs: number): Journey {
    return this.#byPartner('partner poll', partner, [
      this.#steps.partnerOrders(partner.id, { sinceMs: atMs - intervalMs, untilMs: atMs, perPage: SYNC_PAGE }),
    ]);
  }

  /** Once a night it goes through the orders of the last two days, one by one. */
  partnerSync(partner: SeedPartner, atMs: number): Journey {
    const sinceMs = atMs - 2 * DAY_MS;
    const orders = this.#model.partnerOrders(partner.id, sinceMs, atMs);
    return this.#byPartner('partner sync', partner, [
      this.#steps.partnerOrders(partner.id, { sinceMs, untilMs: atMs, perPage: SYNC_PAGE }),
      ...orders.map((order) => ({ ...this.#steps.partnerOrder(order), thinkMs: 150 })),
    ]);
  }

  #byPartner(name: string, partner: SeedPartner, steps: Step[]): Journey {
    return {
      name,
      visitor: { source: `198.19.7${partner.id}.25`, client: PARTNER_CLIENT },
      credential: { kind: 'api_key', apiKey: partner.apiKey },
      steps,
    };
  }
}
