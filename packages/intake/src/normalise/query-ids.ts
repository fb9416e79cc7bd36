import { hashObjectId, type RequestedObject } from '@vedette/protocol';
import { BoundedCache } from '../bounded-cache.js';
import { cutText, MAX_OBJECTS, TEXT_LIMIT } from '../limits.js';
import { decodeLeniently } from '../url-parts.js';
import { objectKind } from './object-kind.js';
import { parameterName } from './parameter-name.js';
import { isPseudonym, shapeOf } from './segment-shape.js';

/** Routes whose parameters are learned, all services together (twice that at most). */
const MAX_ROUTES = 1024;
/** Parameters learned of one route. */
const MAX_PARAMETERS = 16;
const MAX_LOOKED_AT = 16;
/** Values remembered of a parameter: so many different ones are no choice from a list, such as a width or a year. */
const MIN_VALUES = 32;
/** Requests for a remembered value after the list is full. Ids come back; what a client makes up once never does. */
const MIN_RETURNS = 4;
/** Of the values at most this share may be no id. */
const MAX_OTHER_SHARE = 0.05;
const ID_SHAPES = new Set(['number', 'uuid', 'hex', 'coded', 'token']);
/** Shorter numbers are counts and sizes as often as ids: they are read where the parameter is known, but teach nothing. */
const TEACHING_DIGITS = 3;
/** Names of one or two letters say nothing: the place gives the kind (`/viewtopic.php?t=17`). */
const TELLING_NAME = 3;

interface Parameter {
  /** Hashes of the first values. */
  readonly values: number[];
  returns: number;
  ids: number;
  others: number;
  isId: boolean;
}

/** Serialisable. */
export type SavedQueryIds = readonly (readonly [string, readonly (readonly [string, Parameter])[]])[];

/** The parts of a request that are looked at. */
export interface QueryRequest {
  readonly service: string;
  readonly route: string;
  readonly query: string;
  readonly status: number;
}

/**
 * Learns which parameters of a query are object ids although their names do not say so (`?t=17`, `?vehicle=4711`):
 * nearly all values look like ids, there are many, and the same ones are asked for again.
 */
export class QueryIds {
  /** By service, NUL, route; then by name. */
  readonly #routes = new BoundedCache<string, Map<string, Parameter>>(MAX_ROUTES);

  /** Adds the objects of a query that is safe to keep to `objects`; learns from it where it was answered. */
  observe(request: QueryRequest, bareKind: string, objects: RequestedObject[]): void {
    const { service, route, query, status } = request;
    if (query === '' || route === '') return;
    const teaches = (status >= 200 && status < 300) || status === 304;
    const key = `${service}\u0000${route}`;
    const known = this.#routes.get(key);
    if (known === undefined && !teaches) return;
    const parameters = known ?? new Map<string, Parameter>();
    let looked = 0;
    for (let start = 0; start < query.length && looked < MAX_LOOKED_AT; looked++) {
      let end = query.indexOf('&', start);
      if (end < 0) end = query.length;
      const equals = query.indexOf('=', start);
      if (equals > start && equals < end - 1) {
        const name = query.slice(start, equals);
        const value = query.slice(equals + 1, end);
        if (isId(parameters, name, value, teaches)) {
          const id = cutText(decodeLeniently(value), TEXT_LIMIT.name);
          const kind = objectKind(name.length < TELLING_NAME ? bareKind || name : name);
          if (objects.length < MAX_OBJECTS) objects.push({ kind, id, hash: hashObjectId(id) });
        }
      }
      start = end + 1;
    }
    if (known === undefined && parameters.size > 0) this.#routes.set(key, parameters);
  }

  save(): SavedQueryIds {
    return [...this.#routes.entries()].map(([key, parameters]) => [key, [...parameters]]);
  }

  load(saved: SavedQueryIds): void {
    for (const [key, parameters] of saved) this.#routes.set(key, new Map(parameters));
  }
}

/** Whether a value is an id, as far as is known of its parameter; learns from it. */
function isId(parameters: Map<string, Parameter>, name: string, value: string, teaches: boolean): boolean {
  const known = parameters.get(name);
  // Most parameters say by their name what they are, and are never learned.
  if (known === undefined && (!teaches || parameters.size >= MAX_PARAMETERS || !isUnnamed(name))) return false;
  const shape = shapeOf(value);
  const isIdShaped = ID_SHAPES.has(shape) && !isPseudonym(value);
  if (known?.isId === true || !teaches) return isIdShaped && known?.isId === true;
  if (known === undefined && !isIdShaped) return false;
  const parameter = known ?? { values: [], returns: 0, ids: 0, others: 0, isId: false };
  if (known === undefined) parameters.set(name, parameter);
  if (!isIdShaped) parameter.others++;
  else if (shape !== 'number' || value.length >= TEACHING_DIGITS) note(parameter, hashObjectId(value));
  parameter.isId =
    parameter.returns >= MIN_RETURNS && parameter.others <= (parameter.ids + parameter.others) * MAX_OTHER_SHARE;
  return parameter.isId && isIdShaped;
}

function isUnnamed(name: string): boolean {
  return parameterName(decodeLeniently(name)).role === 'plain';
}

function note(parameter: Parameter, value: number): void {
  parameter.ids++;
  const isRemembered = parameter.values.includes(value);
  if (parameter.values.length < MIN_VALUES) {
    if (!isRemembered) parameter.values.push(value);
  } else if (isRemembered) parameter.returns++;
}
