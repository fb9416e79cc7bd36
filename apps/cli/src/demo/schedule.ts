import type { Random } from '@vedette/example-shop/seed';
import { BusinessJourneys } from './business-journeys.js';
import { CustomerJourneys } from './customer-journeys.js';
import type { PlannedJourney } from './journey.js';
import type { Customer, Population } from './population.js';
import type { ShopModel } from './shop-model.js';
import { ShopSteps } from './shop-steps.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const POLL_INTERVAL_MS = 10 * MINUTE_MS;
/** The shop's bearer tokens hold two hours; clients stop using one a little before. */
const TOKEN_USE_MS = 110 * MINUTE_MS;
/** Pause between two visits of one customer. */
const REST_MS = 20 * MINUTE_MS;

/** Visits an hour by customers and by passers-by, for each hour of the day (UTC): quiet nights, lunch, long evenings. */
const HOURLY_VISITS = [8, 5, 3, 3, 5, 10, 20, 32, 42, 48, 50, 54, 60, 52, 48, 46, 48, 56, 66, 74, 76, 62, 38, 18];
const PASSERS_BY_PER_VISIT = 0.5;
const WEEKEND_FACTOR = 0.75;

/** How busy the shop is at a moment, on top of its daily rhythm. */
export interface Intensity {
  /** Visits of customers an hour. */
  readonly visitsPerHour: number;
  readonly passersByPerHour: number;
}

/**
 * Draws who comes when, a minute at a time. The past and the live traffic come from one schedule, so that what the
 * detectors learned is how the live customers behave.
 */
export class Schedule {
  readonly #population: Population;
  readonly #model: ShopModel;
  readonly #random: Random;
  readonly #customers: CustomerJourneys;
  readonly #business: BusinessJourneys;
  readonly #lastVisitMs = new Map<number, number>();
  readonly #lastSignInMs = new Map<number, number>();
  readonly #wheel: readonly Customer[];
  /** The customers of each office. */
  readonly #offices: readonly Customer[][];

  constructor(model: ShopModel, population: Population, random: Random) {
    this.#model = model;
    this.#population = population;
    this.#random = random;
    const steps = new ShopSteps(model, random);
    this.#customers = new CustomerJourneys(model, steps, random);
    this.#business = new BusinessJourneys(model, steps, random);
    // A customer stands on the wheel as often as they visit.
    this.#wheel = population.customers.flatMap((customer) =>
      Array.from({ length: Math.ceil(customer.activity * 3) }, () => customer),
    );
    const offices = new Set(population.customers.flatMap((customer) => customer.office?.source ?? []));
    this.#offices = [...offices].map((source) =>
      population.customers.filter((customer) => customer.office?.source === source),
    );
  }

  /** The journeys that begin within the minute from `minuteMs`, by time. `extra` comes on top of the usual rhythm. */
  minute(minuteMs: number, extra?: Intensity): PlannedJourney[] {
    const planned: PlannedJourney[] = [];
    const usual = usualIntensity(minuteMs);
    const visits = this.#poisson((usual.visitsPerHour + (extra?.visitsPerHour ?? 0)) / 60);
    for (let i = 0; i < visits; i++) planned.push(this.#visit(this.#within(minuteMs)));
    const passersBy = this.#poisson((usual.passersByPerHour + (extra?.passersByPerHour ?? 0)) / 60);
    for (let i = 0; i < passersBy; i++) {
      planned.push({ atMs: this.#within(minuteMs), journey: this.#customers.passerBy() });
    }
    planned.push(...this.#shopBusiness(minuteMs));
    if (isOfficeHours(minuteMs) && minuteOfDay(minuteMs) % 60 === 35) {
      planned.push(...this.officeVisits(minuteMs, MINUTE_MS));
    }
    return planned.sort(byTime);
  }

  /** Passers-by who all come at once, as after a mention on television. */
  flash(fromMs: number, durationMs: number, count: number): PlannedJourney[] {
    return Array.from({ length: count }, () => ({
      atMs: fromMs + this.#random.next() * durationMs,
      journey: this.#customers.passerBy(),
    })).sort(byTime);
  }

  /** Everyone of one office visits within `durationMs`, from one address: the newsletter arrived. */
  officeVisits(fromMs: number, durationMs: number): PlannedJourney[] {
    const office = this.#random.pick(this.#offices);
    return office
      .map((customer) => this.#visitOf(customer, fromMs + this.#random.next() * durationMs, customer.office))
      .sort(byTime);
  }

  #visit(atMs: number): PlannedJourney {
    let customer = this.#random.pick(this.#wheel);
    for (let tries = 0; tries < 20 && atMs - this.#lastVisit(customer) < REST_MS; tries++) {
      customer = this.#random.pick(this.#wheel);
    }
    return this.#visitOf(customer, atMs);
  }

  #visitOf(customer: Customer, atMs: number, place = this.#place(customer, atMs)): PlannedJourney {
    const { id } = customer.user;
    this.#lastVisitMs.set(id, atMs);
    const signedIn = atMs - (this.#lastSignInMs.get(id) ?? 0) < TOKEN_USE_MS;
    const journey = this.#customers.visit(customer, place, signedIn);
    if (journey.steps.some((step) => step.auth?.event === 'login' && step.auth.outcome === 'success')) {
      this.#lastSignInMs.set(id, atMs);
    }
    return { atMs, journey };
  }

  #lastVisit(customer: Customer): number {
    return this.#lastVisitMs.get(customer.user.id) ?? 0;
  }

  #place(customer: Customer, atMs: number) {
    if (customer.office !== undefined && isOfficeHours(atMs) && this.#random.chance(0.8)) return customer.office;
    return this.#random.chance(0.2) ? customer.phone : customer.home;
  }

  #shopBusiness(minuteMs: number): PlannedJourney[] {
    const planned: PlannedJourney[] = [];
    if (minuteOfDay(minuteMs) % 2 === 0) planned.push({ atMs: minuteMs, journey: this.#business.healthCheck() });
    const { support, accounting } = this.#population;
    if (isOfficeHours(minuteMs)) {
      for (const member of support) {
        if (!this.#random.chance(1 / 15)) continue;
        const atMs = this.#within(minuteMs);
        const signedIn = atMs - (this.#lastSignInMs.get(member.user.id) ?? 0) < TOKEN_USE_MS;
        if (!signedIn) this.#lastSignInMs.set(member.user.id, atMs);
        planned.push({ atMs, journey: this.#business.supportCase(member, signedIn) });
      }
      const dayMinute = minuteOfDay(minuteMs);
      accounting.forEach((member, i) => {
        if (dayMinute === 9 * 60 + 17 + i * 23) {
          planned.push({ atMs: minuteMs, journey: this.#business.monthExport(member, minuteMs) });
        }
      });
    }
    this.#model.data.partners.forEach((partner, i) => {
      const atMs = minuteMs + i * 20_000;
      if (minuteOfDay(minuteMs) % (POLL_INTERVAL_MS / MINUTE_MS) === 0) {
        planned.push({ atMs, journey: this.#business.partnerPoll(partner, atMs, POLL_INTERVAL_MS) });
      }
      if (minuteOfDay(minuteMs) === 2 * 60 + 5 + i * 10) {
        planned.push({ atMs, journey: this.#business.partnerSync(partner, atMs) });
      }
    });
    return planned;
  }

  #within(minuteMs: number): number {
    return minuteMs + this.#random.next() * MINUTE_MS;
  }

  /** Knuth's method; means here stay below 100. */
  #poisson(mean: number): number {
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.#random.next(); product > limit; product *= this.#random.next()) count++;
    return count;
  }
}

function byTime(a: PlannedJourney, b: PlannedJourney): number {
  return a.atMs - b.atMs;
}

function usualIntensity(atMs: number): Intensity {
  const date = new Date(atMs);
  const weekday = date.getUTCDay();
  const factor = weekday === 0 || weekday === 6 ? WEEKEND_FACTOR : 1;
  const visitsPerHour = (HOURLY_VISITS[date.getUTCHours()] ?? 0) * factor;
  return { visitsPerHour, passersByPerHour: visitsPerHour * PASSERS_BY_PER_VISIT };
}

function isOfficeHours(atMs: number): boolean {
  const date = new Date(atMs);
  const weekday = date.getUTCDay();
  return weekday > 0 && weekday < 6 && date.getUTCHours() >= 8 && date.getUTCHours() < 17;
}

function minuteOfDay(atMs: number): number {
  return Math.floor((atMs % (24 * HOUR_MS)) / MINUTE_MS);
}
