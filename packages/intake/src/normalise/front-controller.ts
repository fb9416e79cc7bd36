import { BoundedCache } from '../bounded-cache.js';
import { cutText, TEXT_LIMIT } from '../limits.js';
import { parameterName } from './parameter-name.js';
import { shapeOf } from './segment-shape.js';

/** Parameters remembered, all services together (twice that at most). */
const MAX_PARAMETERS = 1024;
/**
 * More values than this are no choice of actions but names of things (`?page=about-us`): such a parameter says nothing.
 * Large applications have a few dozen actions behind one script.
 */
const MAX_VALUES = 48;
/** Addresses that were answered before a value is believed, so that no client splits one endpoint into many. */
const MIN_SOURCES = 3;
/** Values believed before one that was only ever refused is taken for a choice, too: a switch has two. */
const MIN_CHOICES = 3;
const MAX_ACTIONS = 3;
const MAX_LOOKED_AT = 16;
/** Routes of which it is remembered whether they hand on. */
const ROUTES_KEPT = 4096;

/** Scripts, and places that only hand on what they are told (`/rest?method=…`, `/ajax?action=…`, `/?wc-ajax=…`,
 * `/graphql?op=…`). */
const SCRIPT = /\.(?:php\d?|aspx?|ashx|do|jsp|jsf|cgi|pl|cfm)$/i;
const HANDS_ON = new Set([
  '',
  'rest',
  'api',
  'rpc',
  'ajax',
  'services',
  'service',
  'index',
  'dispatch',
  'gateway',
  'graphql',
  'gql',
]);
const VALUE = /^[A-Za-z][\w./:-]{0,63}$/;

/** What a front controller may be told to do by a parameter, or `''`. */
export function actionOf(name: string, value: string): string {
  return parameterName(name).action && VALUE.test(value) ? value : '';
}

/** Values of one parameter and the last addresses (hashed) to which they were answered. */
interface Parameter {
  readonly values: Map<string, number[]>;
  isOpen: boolean;
}

/** Serialisable. */
export type SavedFrontControllers = readonly (readonly [string, boolean, readonly (readonly [string, number[]])[]])[];

/** The parts of a request that are looked at. */
export interface FrontRequest {
  readonly service: string;
  readonly route: string;
  readonly query: string;
  readonly status: number;
  readonly source: string;
}

/**
 * Finds operations behind scripts and front controllers: `/ucp.php?mode=login` and `/ucp.php?i=pm&mode=view` are
 * different places although they have one path. Which parameters choose is told by their names and by having few
 * values, each answered to several addresses.
 */
export class FrontControllers {
  readonly #scripts = new BoundedCache<string, { readonly last?: string }>(ROUTES_KEPT);
  readonly #parameters = new BoundedCache<string, Parameter>(MAX_PARAMETERS);

  /** The operation (`ucp.php?i=pm&mode=view`) of a request, or `''`; learns from it. */
  observe(request: FrontRequest): string {
    const { route, query } = request;
    if (query === '' || route === '') return '';
    const script = this.#scriptOf(route);
    if (script === undefined) return '';
    const chosen: string[] = [];
    for (let start = 0, looked = 0; start < query.length && looked < MAX_LOOKED_AT; looked++) {
      let end = query.indexOf('&', start);
      if (end < 0) end = query.length;
      const equals = query.indexOf('=', start);
      const name = equals > start && equals < end ? query.slice(start, equals) : '';
      start = end + 1;
      if (name === '' || chosen.length >= MAX_ACTIONS || !parameterName(name).action) continue;
      const value = query.slice(equals + 1, end);
      if (actionOf(name, value) === '' || shapeOf(value) !== 'word') continue;
      if (this.#isChoice(request, name, value)) chosen.push(`${name}=${value}`);
    }
    if (chosen.length === 0) return '';
    return cutText(`${script}?${chosen.sort().join('&')}`, TEXT_LIMIT.name);
  }

  /** What hands on, by its last segment; `undefined` for an ordinary route. */
  #scriptOf(route: string): string | undefined {
    let script = this.#scripts.get(route);
    if (script === undefined) {
      const last = route.slice(route.lastIndexOf('/') + 1);
      script = SCRIPT.test(last) || HANDS_ON.has(last.toLowerCase()) ? { last } : {};
      this.#scripts.set(route, script);
    }
    return script.last;
  }

  save(): SavedFrontControllers {
    return [...this.#parameters.entries()].map(([key, { isOpen, values }]) => [key, isOpen, [...values]]);
  }

  load(saved: SavedFrontControllers): void {
    for (const [key, isOpen, values] of saved) this.#parameters.set(key, { isOpen, values: new Map(values) });
  }

  #isChoice({ service, route, status, source }: FrontRequest, name: string, value: string): boolean {
    const key = `${service}\u0000${route}\u0000${name}`;
    let parameter = this.#parameters.get(key);
    const isAnswered = status >= 200 && status < 400;
    if (parameter === undefined) {
      if (!isAnswered) return false;
      parameter = { values: new Map(), isOpen: false };
      this.#parameters.set(key, parameter);
    }
    if (parameter.isOpen) return false;
    let sources = parameter.values.get(value);
    if (sources === undefined) {
      // A door that lets nobody in is one all the same, where the parameter is known to choose.
      if (!isAnswered) return (status === 401 || status === 403) && isKnownToChoose(parameter);
      sources = [];
      if (parameter.values.size >= MAX_VALUES && !makeRoom(parameter)) return false;
      parameter.values.set(value, sources);
    }
    if (sources.length >= MIN_SOURCES) return true;
    const hashed = hash(source);
    if (isAnswered && source !== '' && !sources.includes(hashed)) sources.push(hashed);
    return sources.length >= MIN_SOURCES;
  }
}

function isKnownToChoose({ values }: Parameter): boolean {
  let believed = 0;
  for (const sources of values.values()) if (sources.length >= MIN_SOURCES) believed++;
  return believed >= MIN_CHOICES;
}

/** Drops a value that is not believed yet; where all are, the parameter names things. @returns whether there is room */
function makeRoom(parameter: Parameter): boolean {
  for (const [value, sources] of parameter.values) {
    if (sources.length >= MIN_SOURCES) continue;
    parameter.values.delete(value);
    return true;
  }
  parameter.isOpen = true;
  parameter.values.clear();
  return false;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
