import { deserialize, serialize } from 'node:v8';
import { type ActorKind, type RequestEvent, type RequestedObject, VedetteError } from '@vedette/protocol';
import { pseudonym } from '@vedette/protocol/pseudonym';
import { BoundedCache } from '../bounded-cache.js';
import { cutText, MAX_HANDED_OUT, MAX_OBJECTS, TEXT_LIMIT } from '../limits.js';
import type { RawRequest } from '../raw-request.js';
import { Authenticator, type SavedAuthentication, type UnfinishedEvent } from './authenticator.js';
import { FrontControllers, type SavedFrontControllers } from './front-controller.js';
import { readMatrix } from './matrix.js';
import { roleAfterSegment } from './parameter-name.js';
import { type PathReading, type PathTemplate, readPath } from './path.js';
import { formOf } from './path-form.js';
import { NO_QUERY, type QueryPlace, type QueryReading, readQuery } from './query.js';
import { QueryIds, type SavedQueryIds } from './query-ids.js';
import type { SavedRoutes } from './route-learner.js';
import { RouteReader } from './route-reader.js';
import { isPseudonym } from './segment-shape.js';
import { type SavedSessions, SessionOwners } from './session-owners.js';

export interface NormaliserOptions {
  /** Key of all pseudonyms made here; see `pseudonym` in @vedette/protocol. */
  readonly pseudonymKey: string | Uint8Array;
  /** What {@link Normaliser.snapshot} gave: the normaliser goes on where that one stopped. */
  readonly snapshot?: Uint8Array;
}

/**
 * Turns what was read into request events. It remembers what it learned, per service: route templates, how login routes
 * show success and failure, whose sessions are.
 */
export interface Normaliser {
  /** The request in normal form, with nothing in it that looks like a secret. */
  normalise(raw: RawRequest): RequestEvent;
  /** Learns from a stored event as if it had just come, after a restart. */
  learn(event: RequestEvent): void;
  /** All that was learned. */
  snapshot(): Uint8Array;
}

/** Keyed hashes remembered, so that one address or token costs one HMAC and not one per request. */
const PSEUDONYMS_KEPT = 16_384;

/** @throws VedetteError `VDT_SNAPSHOT_VERSION` when the snapshot cannot be read: learn from stored events instead */
export function createNormaliser(options: NormaliserOptions): Normaliser {
  const normaliser = new EventNormaliser(options.pseudonymKey);
  if (options.snapshot !== undefined) normaliser.load(options.snapshot);
  return normaliser;
}

const MAGIC = 'vedette-intake';
/** Raised whenever what is saved changes its meaning. */
const SNAPSHOT_VERSION = 8;

interface Saved {
  readonly magic: string;
  readonly version: number;
  readonly routes: SavedRoutes;
  readonly authentication: SavedAuthentication;
  readonly fronts: SavedFrontControllers;
  readonly queryIds: SavedQueryIds;
  readonly sessions: SavedSessions;
}

class EventNormaliser implements Normaliser {
  readonly #key: string | Uint8Array;
  readonly #routes = new RouteReader();
  readonly #authenticator = new Authenticator();
  readonly #fronts = new FrontControllers();
  readonly #queryIds = new QueryIds();
  readonly #sessions = new SessionOwners();
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
    const form = formOf(raw.path);
    const { route, routeFrom, template } = this.#routes.read(
      {
        service: raw.service,
        route: raw.route,
        path: raw.path,
        method: raw.method,
        status: raw.status,
        isAttempt: raw.authEvent !== '',
      },
      form.segments,
    );
    const path = readPath(form.raw, template, this.#pseudonymise);
    const query = raw.query === '' ? NO_QUERY : this.#query(raw, form.segments, { path, template, route });
    const graphql = raw.graphqlOperation || (isGraphql(form.segments) ? query.operationName : '');
    const { service, status, source } = raw;
    const operation =
      cutText(graphql || raw.rpcOperation, TEXT_LIMIT.name) ||
      (raw.query === '' ? '' : this.#fronts.observe({ service, route, query: query.query, status, source }));
    const user = raw.user === '' ? '' : this.#pseudonymise(raw.user);
    const actor = this.#actor(raw, query, user);
    let safePath = path.segments === form.raw ? raw.path : cutText(`/${path.segments.join('/')}`, TEXT_LIMIT.path);
    let inPath = path.objects;
    if (form.matrix !== undefined) {
      const matrix = readMatrix(path.segments, form.matrix, this.#pseudonymise);
      safePath = cutText(matrix.path, TEXT_LIMIT.path);
      if (matrix.objects.length > 0) inPath = [...inPath, ...matrix.objects].slice(0, MAX_OBJECTS);
    }
    const event: UnfinishedEvent = {
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
      path: safePath,
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
      authEvent: '',
      authIdentifier: '',
      authOutcome: '',
      authFrom: '',
      authAttempts: 0,
      authCode: raw.authCode || path.code || query.code,
      objects: objectsOf(inPath, query.objects, { raw, kind: operation || route }),
      handedOut:
        raw.responseObjectIds.length > MAX_HANDED_OUT
          ? raw.responseObjectIds.slice(0, MAX_HANDED_OUT)
          : raw.responseObjectIds,
      sensitive: raw.sensitive,
    };
    this.#sessions.name(event, raw.authEvent !== '');
    this.#authenticator.complete(event, raw, { query, user });
    this.#sessions.enter(event);
    return event;
  }

  learn(event: RequestEvent): void {
    this.#routes.learn(event);
    // Its own operations have a `?`, which no other has.
    if (event.operation === '' || event.operation.includes('?')) this.#fronts.observe(event);
    this.#queryIds.observe(event, '', []);
    this.#authenticator.learn(event);
    this.#sessions.learn(event);
  }

  snapshot(): Uint8Array {
    const saved: Saved = {
      magic: MAGIC,
      version: SNAPSHOT_VERSION,
      routes: this.#routes.save(),
      authentication: this.#authenticator.save(),
      fronts: this.#fronts.save(),
      queryIds: this.#queryIds.save(),
      sessions: this.#sessions.save(),
    };
    return serialize(saved);
  }

  load(snapshot: Uint8Array): void {
    let saved: Saved;
    try {
      saved = deserialize(snapshot) as Saved;
    } catch (cause) {
      throw new VedetteError('VDT_SNAPSHOT_VERSION', 'the intake snapshot is not readable', { cause });
    }
    if (saved?.magic !== MAGIC || saved.version !== SNAPSHOT_VERSION) {
      throw new VedetteError(
        'VDT_SNAPSHOT_VERSION',
        `the intake snapshot has version ${String(saved?.version)}, this intake reads ${SNAPSHOT_VERSION}`,
      );
    }
    this.#routes.load(saved.routes);
    this.#authenticator.load(saved.authentication);
    this.#fronts.load(saved.fronts);
    this.#queryIds.load(saved.queryIds);
    this.#sessions.load(saved.sessions);
  }

  #query(raw: RawRequest, segments: readonly string[], found: Found): QueryReading {
    const parameters = found.template?.parameters;
    const bareKind =
      found.path.segments.findLast((segment, i) => (parameters?.[i] ?? '') === '' && segment !== '') ?? '';
    const query = readQuery(raw.query, placeOf(raw, segments, bareKind), this.#pseudonymise);
    const asked = { service: raw.service, route: found.route, query: query.query, status: raw.status };
    this.#queryIds.observe(asked, bareKind, query.objects);
    return query;
  }

  #actor(raw: RawRequest, query: QueryReading, user: string): { readonly id: string; readonly kind: ActorKind | '' } {
    if (raw.enduserPseudoId !== '') return { id: raw.enduserPseudoId, kind: raw.actorKind || 'user' };
    if (raw.enduserId !== '') return { id: this.#pseudonymise(raw.enduserId), kind: raw.actorKind || 'user' };
    // A user name logged beside 401 is a claim that was refused.
    if (user !== '' && raw.status !== 401) return { id: user, kind: 'user' };
    if (query.apiKey !== '') return { id: query.apiKey, kind: 'api_key' };
    return NOBODY;
  }
}

/** What is known of a request when its query is read. */
interface Found {
  readonly path: PathReading;
  readonly template: PathTemplate | undefined;
  readonly route: string;
}

const NOBODY = { id: '', kind: '' } as const;
const NO_OBJECTS: readonly RequestedObject[] = [];

/** What the path says about its query. In GraphQL an `id` is one of what the operation is about. */
function placeOf(raw: RawRequest, segments: readonly string[], bareKind: string): QueryPlace {
  const operation = isGraphql(segments) ? raw.graphqlOperation || OPERATION.exec(raw.query)?.[1] : undefined;
  return {
    bareKind: operation ?? bareKind,
    takesCodes: segments.slice(-CODE_DEPTH).some((segment) => takesCodes(segment)),
  };
}

/** A card's balance is asked for where gift cards are, `/gift-card-balance?card=…`. */
function takesCodes(segment: string): boolean {
  const role = roleAfterSegment(segment);
  return role === 'code' || role === 'coupons';
}

const OPERATION = /(?:^|&)operationName=([A-Za-z_]\w{0,63})(?:&|$)/;
/** `/account/recover/password?hash=…`: the word that says what the code is for may stand a little before the end. */
const CODE_DEPTH = 3;

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
