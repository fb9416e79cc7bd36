import type { RequestEvent } from '@vedette/protocol';
import { BoundedCache } from '../bounded-cache.js';
import { authEventOf } from './authentication.js';
import { type PathTemplate, withoutCoupons } from './path.js';
import { formOf } from './path-form.js';
import { RouteLearner, type SavedRoutes } from './route-learner.js';
import { parseTemplate, type RouteTemplate } from './route-syntax.js';
import { matchTemplate } from './template-match.js';

/** The template of one request; `route` is `''` where it is not known. */
export interface RouteReading {
  readonly route: string;
  readonly routeFrom: RequestEvent['routeFrom'];
  readonly template: PathTemplate | undefined;
}

/** What a route is asked for. */
export interface RouteQuestion {
  readonly service: string;
  /** Template as the framework writes it, or `''`. */
  readonly route: string;
  readonly path: string;
  readonly method: string;
  readonly status: number;
  readonly isAttempt: boolean;
}

const TEMPLATES_KEPT = 4096;
/** Services remembered of one template; for further ones it is taught again, which changes nothing. */
const SERVICES_KEPT = 512;
const UNKNOWN: RouteReading = { route: '', routeFrom: '', template: undefined };

/** Knows the route template of each request: from its framework, else from what it learned of the service. */
export class RouteReader {
  readonly #learner = new RouteLearner();
  readonly #templates = new BoundedCache<string, RouteTemplate>(TEMPLATES_KEPT);
  /** Of each template the services for which the learner has it already: asked for every request. */
  readonly #taught = new BoundedCache<RouteTemplate, Set<string>>(TEMPLATES_KEPT);

  read(asked: RouteQuestion, segments: readonly string[]): RouteReading {
    const { service, method, status } = asked;
    if (asked.route !== '') {
      const route = this.#template(asked.route);
      // A mount says no more than that nobody knows the endpoint.
      const match = route.isMount ? undefined : matchTemplate(route, segments);
      if (match !== undefined && match.kind !== 'partial') {
        this.#teach(service, route);
        return { route: route.text, routeFrom: 'span', template: match.kind === 'full' ? match.template : undefined };
      }
    }
    if (asked.path === '') return UNKNOWN;
    const isAttempt = asked.isAttempt || (method === 'POST' && authEventOf(asked.path, '') !== '');
    const learned = this.#learner.observe(service, withoutCoupons(asked.path, segments), { method, status, isAttempt });
    return learned === undefined ? UNKNOWN : { route: learned.text, routeFrom: 'learned', template: learned };
  }

  /** Learns from a stored event as if it had just come. */
  learn(event: RequestEvent): void {
    const { service, path, method, status } = event;
    const { segments } = formOf(path);
    if (event.routeFrom !== 'span') {
      this.#learner.observe(service, segments, { method, status, isAttempt: event.authFrom !== '' });
      return;
    }
    const route = this.#template(event.route);
    // The common form does not show which parameter stood for many segments: those of file places are not taught.
    if (!route.isFiles && route.segments.length <= segments.length) this.#teach(service, route);
  }

  save(): SavedRoutes {
    return this.#learner.save();
  }

  load(saved: SavedRoutes): void {
    this.#learner.load(saved);
  }

  #template(route: string): RouteTemplate {
    const known = this.#templates.get(route);
    if (known !== undefined) return known;
    const template = parseTemplate(route);
    this.#templates.set(route, template);
    return template;
  }

  #teach(service: string, route: RouteTemplate): void {
    let services = this.#taught.get(route);
    if (services?.has(service)) return;
    if (services === undefined) {
      services = new Set();
      this.#taught.set(route, services);
    }
    if (services.size < SERVICES_KEPT) services.add(service);
    this.#learner.teachTemplate(service, route);
  }
}
