import type { ActorKind, RequestEvent, RequestedObject } from '@vedette/protocol';
import { pseudonym } from '@vedette/protocol/pseudonym';
import { BoundedCache } from '../bounded-cache.js';
import { cutText, MAX_HANDED_OUT, MAX_OBJECTS, TEXT_LIMIT } from '../limits.js';
import type { RawRequest } from '../raw-request.js';
import { authEventOf, canBeAttempt, outcomeOf } from './authentication.js';
import { type PathReading, type PathTemplate, readPath, splitPath } from './path.js';
import { type QueryReading, readQuery } from './query.js';
import { RouteLearner } from './route-learner.js';
import { parseTemplate, type RouteTemplate } from './route-syntax.js';
import { isPseudonym } from './segment-shape.js';
import { matchTemplate } from './template-match.js';

export interface NormaliserOptions {
  /** Key of all pseudonyms made here; see `pseudonym` in @vedette/protocol. */
  readonly pseudonymKey: string | Uint8Array;
}

/** Turns what was read into request events. It remembers the route templates that it learned, per service. */
export interface Normaliser {
  /** The request in normal form, with nothing in it that looks like a secret. */
  normalise(raw: RawRequest): RequestEvent;
  /** Learns from a stored event as if it had just come, after a restart. */
  learn(event: RequestEvent): void;
}

/** Keyed hashes remembered, so that one address or token costs one HMAC and not one per request. */
const PSEUDONYMS_KEPT = 16_384;
const TEMPLATES_KEPT = 4096;

export function createNormaliser(options: NormaliserOptions): Normaliser {
  return new EventNormaliser(options.pseudonymKey);
}

class EventNormaliser implements Normaliser {
  readonly #key: string | Uint8Array;
  readonly #learner = new RouteLearner();
  readonly #templates = new BoundedCache<string, RouteTemplate>(TEMPLATES_KEPT);
  /** Templates that were passed on to the learner, as `service`, NUL, route. */
  readonly #taught = new BoundedCache<string, true>(TEMPLATES_KEPT);
  readonly #pseudonyms = new BoundedCache<string, string>(PSEUDONYMS_KEPT);
  readonly #pseudonymise = (value: string): string => {
    const known = this.#pseudonyms.get(value);
    if (known !== undefined) return known;
    const made = pseudonym(this.#key, value);
    if (value.length <= TEXT_LIMIT.name) this.#pseudonyms.set(value, made);
    return made;
  };

  constructor(key: string | Uint8Array) {
    this.#key = key;
  }

  normalise(raw: RawRequest): RequestEvent {
    const segments = splitPath(raw.path);
    const { route, routeFrom, template } = this.#route(raw, segments);
    const path = readPath(segments, template, this.#pseudonymise);
    const bareKind = path.segments.findLast((segment, i) => (template?.parameters[i] ?? '') === '' && segment !== '');
    const query = readQuery(raw.query, bareKind ?? '', this.#pseudonymise);
    const graphql = raw.graphqlOperation || (isGraphql(segments) ? query.operationName : '');
    const operation = cutText(graphql || raw.rpcOperation, TEXT_LIMIT.name);
    const actor = this.#actor(raw, query);
    const auth = this.#auth(raw, { path, query, route, operation, isGraphql: graphql !== '' });
    return {
      traceId: raw.traceId,
      spanId: raw.spanId,
      service: raw.service,
      instance: raw.instance,
      startMs: raw.startMs,
      durationMs: raw.durationMs,
      source: raw.source,
      peer: raw.peer,
      method: raw.method,
      host: raw.host,
      path: path.segments === segments ? raw.path : cutText(`/${path.segments.join('/')}`, TEXT_LIMIT.path),
      query: query.query,
      route,
      routeFrom,
      operation,
      status: raw.status,
      requestBytes: raw.requestBytes,
      responseBytes: raw.responseBytes,
      userAgent: raw.userAgent,
      fingerprint: raw.fingerprint,
      actor: actor.id,
      actorKind: actor.kind,
      session: raw.session === '' || isPseudonym(raw.session) ? raw.session : this.#pseudonymise(raw.session),
      authEvent: auth.event,
      authIdentifier: auth.identifier,
      authOutcome: auth.outcome,
      authFrom: auth.from,
      authAttempts: auth.attempts,
      authCode: raw.authCode || path.code || query.code,
      objects: objectsOf(path.objects, query.objects, { raw, kind: operation || route }),
      handedOut:
        raw.responseObjectIds.length > MAX_HANDED_OUT
          ? raw.responseObjectIds.slice(0, MAX_HANDED_OUT)
          : raw.responseObjectIds,
      sensitive: raw.sensitive,
    };
  }

  learn(event: RequestEvent): void {
    if (event.routeFrom === 'span') this.#teach(event.service, this.#template(event.route));
    else {
      const { method, status, authFrom } = event;
      this.#learner.observe(event.service, splitPath(event.path), { method, status, isAttempt: authFrom !== '' });
    }
  }

  #route(raw: RawRequest, segments: readonly string[]): Route {
    if (raw.route !== '') {
      const route = this.#template(raw.route);
      if (!route.catchAll) {
        const match = matchTemplate(route, segments);
        if (match.kind !== 'partial') {
          this.#teach(raw.service, route);
          const template = match.kind === 'full' ? match.template : undefined;
          return { route: route.text, routeFrom: 'span', template };
        }
      }
    }
    if (raw.path === '') return UNKNOWN;
    const { method, status } = raw;
    const isAttempt = raw.authEvent !== '' || (method === 'POST' && authEventOf(raw.path, '') !== '');
    const learned = this.#learner.observe(raw.service, segments, { method, status, isAttempt });
    return learned === undefined ? UNKNOWN : { route: learned.text, routeFrom: 'learned', template: learned };
  }

  #template(route: string): RouteTemplate {
    const known = this.#templates.get(route);
    if (known !== undefined) return known;
    const template = parseTemplate(route);
    this.#templates.set(route, template);
    return template;
  }

  #teach(service: string, route: RouteTemplate): void {
    const key = `${service}\u0000${route.text}`;
    if (this.#taught.get(key) !== undefined) return;
    this.#taught.set(key, true);
    this.#learner.teachTemplate(service, route);
  }

  #actor(raw: RawRequest, query: QueryReading): { readonly id: string; readonly kind: ActorKind | '' } {
    if (raw.enduserPseudoId !== '') return { id: raw.enduserPseudoId, kind: raw.actorKind || 'user' };
    if (raw.enduserId !== '') return { id: this.#pseudonymise(raw.enduserId), kind: raw.actorKind || 'user' };
    // A user name logged beside 401 is a claim that was refused; see #auth.
    if (raw.user !== '' && raw.status !== 401) return { id: this.#pseudonymise(raw.user), kind: 'user' };
    if (query.apiKey !== '') return { id: query.apiKey, kind: 'api_key' };
    return NOBODY;
  }

  #auth(raw: RawRequest, found: Found): Authentication {
    if (raw.authEvent !== '') {
      return {
        event: raw.authEvent,
        identifier: raw.authIdentifier,
        outcome: raw.authOutcome,
        from: 'agent',
        attempts: raw.authAttempts,
      };
    }
    if (raw.user !== '' && raw.status === 401) {
      const identifier = this.#pseudonymise(raw.user);
      return { event: 'login', identifier, outcome: 'failure', from: 'inferred', attempts: 1 };
    }
    const { query, route, operation } = found;
    if (!canBeAttempt(raw.method, query.hasPassword)) return NO_AUTHENTICATION;
    // Where nothing answers, nobody logs in: a POST to an unknown path is a scan.
    if (route === '' && (raw.status === 404 || raw.status === 405 || raw.status === 0)) return NO_AUTHENTICATION;
    if (raw.status === 405 || raw.status === 501) return NO_AUTHENTICATION;
    const event = authEventOf(route || found.path.segments.join('/'), operation);
    if (event === '') return NO_AUTHENTICATION;
    return {
      event,
      identifier: raw.authIdentifier || query.identifier,
      outcome: outcomeOf(raw.status, found.isGraphql),
      from: 'inferred',
      attempts: 1,
    };
  }
}

interface Route {
  readonly route: string;
  readonly routeFrom: 'span' | 'learned' | '';
  readonly template: PathTemplate | undefined;
}

interface Found {
  readonly path: PathReading;
  readonly query: QueryReading;
  readonly route: string;
  readonly operation: string;
  readonly isGraphql: boolean;
}

interface Authentication {
  readonly event: RequestEvent['authEvent'];
  readonly identifier: string;
  readonly outcome: RequestEvent['authOutcome'];
  readonly from: RequestEvent['authFrom'];
  readonly attempts: number;
}

const UNKNOWN: Route = { route: '', routeFrom: '', template: undefined };
const NOBODY = { id: '', kind: '' } as const;
const NO_AUTHENTICATION: Authentication = { event: '', identifier: '', outcome: '', from: '', attempts: 0 };
const NO_OBJECTS: readonly RequestedObject[] = [];

/** `operationName` is only believed where GraphQL is served: anywhere else the client could split one endpoint into many. */
function isGraphql(segments: readonly string[]): boolean {
  const last = segments.at(-1) ?? '';
  return last.endsWith('graphql') || last === 'gql' || last === 'query';
}

function objectsOf(
  fromPath: readonly RequestedObject[],
  fromQuery: readonly RequestedObject[],
  rest: { readonly raw: RawRequest; readonly kind: string },
): readonly RequestedObject[] {
  const hashes = rest.raw.requestObjectIds;
  if (fromQuery.length === 0 && hashes.length === 0) return fromPath.length === 0 ? NO_OBJECTS : fromPath;
  const all = [...fromPath, ...fromQuery];
  for (const hash of hashes) {
    if (all.length >= MAX_OBJECTS) break;
    // The same id may stand in the path as well.
    if (!all.some((object) => object.hash === hash)) all.push({ kind: rest.kind, id: '', hash });
  }
  return all.slice(0, MAX_OBJECTS);
}
