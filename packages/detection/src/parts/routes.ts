import { addDistinct, countDistinct, type Distinct, newDistinct } from '../core/distinct.js';
import { hashText, type Key, mixNumber, newKey } from '../core/hash.js';
import type { Part } from '../core/part.js';
import { PerService } from '../core/per-service.js';
import type { Facts } from './facts.js';

const DAY_MS = 86_400_000;
/** Different (service, place, method) triples that are told apart; past it further ones are unknown places. */
const MAX_ROUTES = 8_000;
/** Users of a route are counted in a map of 512 bits (linear counting, Whang et al. 1990: usable to about 3,000). */
const WORDS = 16;
const BITS = WORDS * 32;
/** A route is ordinary for a group from this share of its members on, and three of them at least. */
const ORDINARY_SHARE = 0.02;
const ORDINARY_USERS = 3;
/**
 * A route of the back office: at most one in twenty of the people here ever got in, and there are enough people to tell.
 */
const NARROW = { members: 30, perUser: 20 } as const;
/** Routes are known after a day: who uses what has been seen once around the clock. */
const KNOWN_MS = DAY_MS;
/** New users of a route between two looks at whether it is ordinary. */
const REFRESH = 8;

/** Those who are compared with each other: people, programs with a key, and clients of whom nothing is known. */
const GROUPS = ['user', 'api_key', 'client'] as const;
type Group = 0 | 1 | 2;

export function groupOf(facts: Facts): Group {
  if (facts.whoKind === 'client') return 2;
  return facts.event.actorKind === 'api_key' ? 1 : 0;
}

/** One way into the service: a method on a route template or operation, and who usually gets in there. */
export class RouteHabits implements Part {
  readonly #maps: (Uint32Array | null)[] = [null, null, null];
  readonly #ones = [0, 0, 0];
  readonly #ordinary = [false, false, false];
  #isNarrow = false;
  #stale = 0;

  constructor(
    /** Key of service, place and method. */
    readonly key: Readonly<Key>,
    readonly service: ServiceRoutes,
  ) {}

  /** Different members of a group that were let in. */
  users(group: Group): number {
    return Math.round(BITS * Math.log(BITS / Math.max(1, BITS - this.#ones[group]!)));
  }

  /** Share of the members of a group that were let in. */
  share(group: Group): number {
    return this.users(group) / Math.max(1, countDistinct(this.service.members[group]!));
  }

  /** Whether many of the group use it: for clients of whom nothing is known, many of any group. */
  isOrdinary(group: Group): boolean {
    if (this.#ordinary[group]!) return true;
    return group === 2 && (this.#ordinary[0]! || this.#ordinary[1]!);
  }

  /** Only few people use it, as those of a back office are used by the staff. */
  get isNarrow(): boolean {
    return this.#isNarrow;
  }

  get isUsed(): boolean {
    return this.#ones[0]! + this.#ones[1]! + this.#ones[2]! > 0;
  }

  addUser(group: Group, who: Readonly<Key>): void {
    let map = this.#maps[group]!;
    if (map === null) {
      map = new Uint32Array(WORDS);
      this.#maps[group] = map;
    }
    const bit = who.lo & (BITS - 1);
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    if ((map[word]! & mask) !== 0) {
      // The group grows while a route's users do not: looked at now and then, oftener where there are few.
      if ((++this.#stale & (this.#ones[group]! > REFRESH ? 255 : 15)) !== 0) return;
    } else {
      map[word] = map[word]! | mask;
      this.#ones[group]!++;
      if (this.#ones[group]! % REFRESH !== 0 && this.#ones[group]! > REFRESH) return;
    }
    const members = countDistinct(this.service.members[group]!);
    this.#ordinary[group] = this.users(group) >= Math.max(ORDINARY_USERS, ORDINARY_SHARE * members);
    if (group === 0) this.#isNarrow = members >= NARROW.members && this.users(0) * NARROW.perUser <= members;
  }

  save(): unknown {
    return {
      maps: this.#maps,
      ones: [...this.#ones],
      ordinary: [...this.#ordinary],
      narrow: this.#isNarrow,
      stale: this.#stale,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      maps: (Uint32Array | null)[];
      ones: number[];
      ordinary: boolean[];
      narrow: boolean;
      stale: number;
    };
    for (const group of [0, 1, 2] as const) {
      this.#maps[group] = from.maps[group]!;
      this.#ones[group] = from.ones[group]!;
      this.#ordinary[group] = from.ordinary[group]!;
    }
    this.#isNarrow = from.narrow;
    this.#stale = from.stale;
  }
}

class ServiceRoutes implements Part {
  /** Method → place → habits. */
  readonly byMethod = new Map<string, Map<string, RouteHabits>>();
  members: Distinct[] = GROUPS.map(() => newDistinct());
  firstMs = Number.NaN;

  save(): unknown {
    const routes: unknown[] = [];
    for (const [method, places] of this.byMethod) {
      for (const [place, habits] of places) routes.push([method, place, habits.key, habits.save()]);
    }
    return { routes, members: this.members, firstMs: this.firstMs };
  }

  load(saved: unknown): void {
    const from = saved as { routes: [string, string, Key, unknown][]; members: Distinct[]; firstMs: number };
    this.members = from.members;
    this.firstMs = from.firstMs;
    for (const [method, place, key, state] of from.routes) {
      const habits = new RouteHabits(key, this);
      habits.load(state);
      placesOf(this, method).set(place, habits);
    }
  }
}

/**
 * Routes: who usually gets in where. One look-up per event; detectors read {@link Routes.current}.
 */
export class Routes implements Part {
  /** The way in that the event used, or `null` where its place is not known. */
  current: RouteHabits | null = null;
  readonly #services = new PerService(() => new ServiceRoutes());
  readonly #seed: number;
  #service: ServiceRoutes | undefined;
  #name = '';
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  read(facts: Facts): void {
    const { event } = facts;
    if (this.#service === undefined || this.#name !== event.service) {
      this.#service = this.#services.of(event.service);
      this.#name = event.service;
      if (Number.isNaN(this.#service.firstMs)) this.#service.firstMs = facts.atMs;
    }
    const { place } = facts;
    this.current = place === '' ? null : this.#habits(this.#service, event.method, place, facts);
  }

  learn(facts: Facts): void {
    const { status } = facts.event;
    if (this.current === null || status < 200 || status >= 300 || facts.tainted) return;
    const group = groupOf(facts);
    addDistinct(this.#service!.members[group]!, facts.who.hi);
    this.current.addUser(group, facts.who);
  }

  /** Whether it is known who uses what at the event's service. */
  isKnown(nowMs: number): boolean {
    return nowMs - this.#service!.firstMs >= KNOWN_MS;
  }

  /** Members of the event's group that were seen at its service. */
  members(group: Group): number {
    return countDistinct(this.#service!.members[group]!);
  }

  save(): unknown {
    return { services: this.#services.save(), count: this.#count };
  }

  load(saved: unknown): void {
    const from = saved as { services: unknown; count: number };
    this.#services.load(from.services);
    this.#service = undefined;
    this.#count = from.count;
  }

  #habits(service: ServiceRoutes, method: string, place: string, facts: Facts): RouteHabits | null {
    const places = placesOf(service, method);
    let habits = places.get(place);
    if (habits === undefined) {
      if (this.#count >= MAX_ROUTES) return null;
      this.#count++;
      const key = newKey();
      hashText(`${method} ${place}`, this.#seed, key);
      mixNumber(51, facts.service, key.lo, key);
      habits = new RouteHabits(key, service);
      places.set(place, habits);
    }
    return habits;
  }
}

function placesOf(service: ServiceRoutes, method: string): Map<string, RouteHabits> {
  let places = service.byMethod.get(method);
  if (places === undefined) {
    places = new Map();
    service.byMethod.set(method, places);
  }
  return places;
}
