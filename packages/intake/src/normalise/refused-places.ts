import { BoundedCache } from '../bounded-cache.js';
import { extend, type LearnedRoute } from './route-tree.js';
import { shapeOfSegment } from './segment-shape.js';

/**
 * A path that was refused (401, 403) this often exists: a client of the service asks for it again and again. A scanner
 * asks once.
 */
const REFUSALS = 20;
/** Refused paths counted, all services together. */
const REFUSED_KEPT = 4096;
const MAX_REFUSED_KEY = 300;
/**
 * Unknown paths answered 404 before a refusal says that a place is there, and how many of them for each refusal: a
 * gateway or firewall that refuses whatever it does not know gives few 404s.
 */
const MIN_MISSES = 10;
const MISSES_PER_REFUSAL = 2;
/** Both counts are halved here, so that a service may change. */
const MAX_COUNT = 4096;
/** Places per service, so that nobody fills the tables of routes by asking for more and more of them. */
const MAX_PLACES = 128;
const MAX_DEPTH = 8;

interface Habits {
  misses: number;
  refusals: number;
  readonly places: Map<string, LearnedRoute>;
}

/** Serialisable. */
export interface SavedRefusals {
  readonly refused: readonly (readonly [string, number])[];
  readonly services: readonly (readonly [service: string, misses: number, refusals: number, places: string[]])[];
}

/**
 * Places that never let anybody in: no answer teaches their routes. Where a service says 404 to what it does not have, a
 * refusal shows that something is there.
 */
export class RefusedPlaces {
  readonly #refused = new BoundedCache<string, number>(REFUSED_KEPT);
  readonly #services = new Map<string, Habits>();

  /** Takes note of a path that no known route fits. */
  noteUnknown(service: string, status: number): void {
    const isRefusal = status === 401 || status === 403;
    if (!isRefusal && status !== 404) return;
    const habits = this.#habits(service);
    if (isRefusal) habits.refusals++;
    else habits.misses++;
    if (habits.misses + habits.refusals < MAX_COUNT) return;
    habits.misses /= 2;
    habits.refusals /= 2;
  }

  /** Whether this refusal is one of many of the same path. */
  isRefusedAgainAndAgain(service: string, segments: readonly string[]): boolean {
    let key = service;
    for (const segment of segments) key += `/${shapeOfSegment(segment).shape === 'word' ? segment : '{}'}`;
    if (key.length > MAX_REFUSED_KEY) return false;
    const count = (this.#refused.get(key) ?? 0) + 1;
    this.#refused.set(key, count);
    return count >= REFUSALS;
  }

  /** The route of a path that was just refused, if the refusal shows that there is one. */
  place(service: string, segments: readonly string[]): LearnedRoute | undefined {
    const { misses, refusals, places } = this.#habits(service);
    if (segments.length === 0 || segments.length > MAX_DEPTH) return undefined;
    if (misses < MIN_MISSES || misses < refusals * MISSES_PER_REFUSAL) return undefined;
    let text = '';
    for (const segment of segments) {
      // Web servers refuse what begins with a dot whether it is there or not (`.git`, `.htaccess`, `..`).
      if (segment.startsWith('.')) return undefined;
      const { shape, suffix } = shapeOfSegment(segment);
      text += shape === 'word' ? `/${segment.toLowerCase()}` : `/{id}${suffix}`;
    }
    if (text.length > MAX_REFUSED_KEY) return undefined;
    const known = places.get(text);
    if (known !== undefined || places.size >= MAX_PLACES) return known;
    const made = routeOf(text);
    places.set(text, made);
    return made;
  }

  save(): SavedRefusals {
    return {
      refused: [...this.#refused.entries()],
      services: [...this.#services].map(([service, { misses, refusals, places }]) => [
        service,
        misses,
        refusals,
        [...places.keys()],
      ]),
    };
  }

  load(saved: SavedRefusals): void {
    for (const [key, count] of saved.refused) this.#refused.set(key, count);
    for (const [service, misses, refusals, places] of saved.services) {
      const habits = this.#habits(service);
      habits.misses = misses;
      habits.refusals = refusals;
      for (const text of places) habits.places.set(text, routeOf(text));
    }
  }

  #habits(service: string): Habits {
    let habits = this.#services.get(service);
    if (habits === undefined) {
      habits = { misses: 0, refusals: 0, places: new Map() };
      this.#services.set(service, habits);
    }
    return habits;
  }
}

function routeOf(text: string): LearnedRoute {
  let route: LearnedRoute = { text: '/', parameters: [], suffixes: [] };
  for (const segment of text.slice(1).split('/')) {
    const isId = segment.startsWith('{id}');
    route = extend(route, segment, isId ? 'id' : '', isId ? segment.slice('{id}'.length) : '');
  }
  return route;
}
