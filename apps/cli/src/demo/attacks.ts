import type { Random } from '@vedette/example-shop/seed';
import type { AlertType } from '@vedette/protocol';
import { attackerAddress, BROWSERS, PARTNER_CLIENT, type Visitor } from './clients.js';
import type { Journey, PlannedJourney, Step } from './journey.js';
import type { ShopModel } from './shop-model.js';
import { ShopSteps } from './shop-steps.js';

/** An attack about to happen, and the truth against which alerts are checked. */
export interface Attack {
  readonly type: AlertType;
  /** What the attacker does, for people. */
  readonly story: string;
  readonly startMs: number;
  readonly sources: readonly string[];
  readonly journeys: readonly PlannedJourney[];
}

const STOLEN_PAIRS = 150;
const HITS = 3;
/** Of the pairs, those whose e-mail has an account here (but another password). */
const KNOWN_EMAILS = 8;
const HELPERS = 4;
const STUFFING_MS = 13_000;
const WALKED_INVOICES = 80;
const EXPORT_PAGE = 100;
/** The 600 customers, a hundred a page. */
const RECIPIENT_PAGES = 6;

/** Thinks up attacks, each from addresses not used before. */
export class Attackers {
  readonly #model: ShopModel;
  readonly #random: Random;
  readonly #steps: ShopSteps;
  #addresses = 0;
  #rounds = 0;

  constructor(model: ShopModel, random: Random) {
    this.#model = model;
    this.#random = random;
    this.#steps = new ShopSteps(model, random);
  }

  /** The three attacks of one round, the first at `startMs`, then one every `gapMs`. */
  round(startMs: number, gapMs: number): readonly Attack[] {
    const round = this.#rounds++;
    return [this.#stuffing(startMs), this.#enumeration(startMs + gapMs), this.#stolenKey(startMs + 2 * gapMs, round)];
  }

  /** A list of leaked pairs is tried: most from one address, some from a few others. A few still work. */
  #stuffing(startMs: number): Attack {
    const main = this.#visitor();
    const helpers = Array.from({ length: HELPERS }, () => this.#visitor());
    const hits = this.#shuffled(this.#model.customers).slice(0, HITS + KNOWN_EMAILS);
    const journeys = Array.from({ length: STOLEN_PAIRS }, (_, i): PlannedJourney => {
      const atMs = startMs + (i + this.#random.next()) * (STUFFING_MS / STOLEN_PAIRS);
      const visitor = i % 4 === 3 ? helpers[(i >> 2) % HELPERS]! : main;
      // The usable pairs lie anywhere in the list.
      const user = i % 13 === 5 ? hits[Math.floor(i / 13)] : undefined;
      const isHit = user !== undefined && Math.floor(i / 13) % 4 === 1;
      if (!isHit) {
        const step = this.#steps.login(user?.email ?? this.#strangersEmail(), this.#leakedPassword(), false);
        return { atMs, journey: { name: 'stolen pair', visitor, credential: { kind: 'none' }, steps: [step] } };
      }
      const steps = [
        this.#steps.login(user.email, user.password, true),
        this.#steps.me(user),
        this.#steps.orders(user),
      ];
      return { atMs, journey: { name: 'hit', visitor, credential: { kind: 'user', userId: user.id }, steps } };
    });
    return {
      type: 'credential_stuffing',
      story: `${STOLEN_PAIRS} leaked e-mail and password pairs are tried, most from ${main.source}, some from ${HELPERS} others`,
      startMs,
      sources: [main.source, ...helpers.map((helper) => helper.source)],
      journeys,
    };
  }

  /** A signed-in customer counts through invoice numbers that belong to others. */
  #enumeration(startMs: number): Attack {
    const visitor = this.#visitor();
    const user = this.#random.pick(this.#model.customers);
    const { invoices } = this.#model.data;
    const first = invoices.length - WALKED_INVOICES - this.#random.int(20, 200);
    const steps: Step[] = [
      this.#steps.login(user.email, user.password, true),
      this.#steps.me(user),
      this.#steps.invoices(user),
      ...invoices.slice(first, first + WALKED_INVOICES).map((invoice) => ({
        ...this.#steps.invoice(invoice),
        thinkMs: this.#random.int(90, 220),
      })),
    ];
    return this.#single('object_enumeration', startMs, {
      story: `a signed-in customer at ${visitor.source} walks ${WALKED_INVOICES} invoice numbers of others`,
      journey: { name: 'invoice walk', visitor, credential: { kind: 'user', userId: user.id }, steps },
    });
  }

  /** A carrier's API key, leaked, pages through everyone to whom the carrier ever shipped, and what. */
  #stolenKey(startMs: number, round: number): Attack {
    const { partners } = this.#model.data;
    const partner = partners[round % partners.length]!;
    const visitor: Visitor = { source: attackerAddress(this.#addresses++), client: PARTNER_CLIENT };
    const pages = Math.ceil(this.#model.partnerOrders(partner.id, 0, startMs).length / EXPORT_PAGE);
    const steps = [
      ...Array.from({ length: pages }, (_, i) =>
        this.#steps.partnerOrders(partner.id, { sinceMs: 0, untilMs: startMs, perPage: EXPORT_PAGE, page: i + 1 }),
      ),
      ...Array.from({ length: RECIPIENT_PAGES }, (_, i) => this.#steps.partnerRecipients(i + 1)),
    ].map((step) => ({ ...step, thinkMs: this.#random.int(100, 250) }));
    return this.#single('data_exfiltration', startMs, {
      story: `${partner.name}'s API key, leaked, copies its whole archive and all recipients from ${visitor.source}`,
      journey: { name: 'archive', visitor, credential: { kind: 'api_key', apiKey: partner.apiKey }, steps },
    });
  }

  #single(type: AlertType, startMs: number, { story, journey }: { story: string; journey: Journey }): Attack {
    return { type, story, startMs, sources: [journey.visitor.source], journeys: [{ atMs: startMs, journey }] };
  }

  #visitor(): Visitor {
    return { source: attackerAddress(this.#addresses++), client: this.#random.pick(BROWSERS) };
  }

  #strangersEmail(): string {
    const letters = () => String.fromCharCode(97 + this.#random.int(0, 25));
    const name = Array.from({ length: this.#random.int(4, 9) }, letters).join('');
    return `${name}${this.#random.int(1960, 2012)}@${this.#random.pick(['mail.example', 'inbox.example', 'web.example'])}`;
  }

  #leakedPassword(): string {
    return `${this.#random.pick(['summer', 'Dragon', 'letmein', 'Qwerty', 'football', 'shadow'])}${this.#random.int(1, 99_999)}`;
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.#random.int(0, i);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}
