import { type Key, mixKeys, mixNumber, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import { PerService } from '../core/per-service.js';
import type { Without } from '../without.js';
import type { Facts } from './facts.js';
import { isEverydayMiss, PROBE_KINDS, probeKindOf } from './path-kinds.js';
import { StrayRate } from './stray-rate.js';

const DAY_MS = 86_400_000;
const TAG = { path: 41, network: 42 } as const;
/** A path that five networks miss is a broken link, an old app, the site's own doing (guard G5, reference 11.7). */
const COMMON_NETWORKS = 5;
/** A kind of probe that the service answers this often is part of it: WordPress has a wp-login. */
const OWN_KIND = 20;
/** So many different unknown paths answered with one size: a page for everything (single-page application). */
const SOFT_PATHS = 3;
const SOFT_SIZES = 16;
/** Routes whose kind of probe is remembered; past it the memory starts anew (it is only a cache). */
const CACHE = 20_000;

const COLUMNS = { networksLo: 'u32', networksHi: 'u32' } as const;

/** What one service answers to probes. */
class ServicePaths implements Part {
  readonly stray = new StrayRate();
  /** Answers with success by kind of probe. */
  answered = new Uint32Array(PROBE_KINDS.length);
  /** Sizes of success on probes, with the paths that had them. */
  soft = new Map<number, number[]>();

  save(): unknown {
    return { stray: this.stray.save(), answered: this.answered.slice(), soft: this.soft };
  }

  load(saved: unknown): void {
    const from = saved as { stray: unknown; answered: Uint32Array; soft: Map<number, number[]> };
    this.stray.load(from.stray);
    this.answered.set(from.answered);
    this.soft = from.soft;
  }

  /** Whether success of this size is the page that this service gives for anything. */
  isSoft(bytes: number): boolean {
    return (this.soft.get(bytes)?.length ?? 0) >= SOFT_PATHS;
  }

  noteSuccess(bytes: number, path: number, kind: number): void {
    let paths = this.soft.get(bytes);
    if (paths === undefined) {
      if (this.soft.size >= SOFT_SIZES) this.soft.delete(this.soft.keys().next().value!);
      paths = [];
      this.soft.set(bytes, paths);
    }
    if (paths.length < SOFT_PATHS && !paths.includes(path)) paths.push(path);
    if (!this.isSoft(bytes)) this.answered[kind]!++;
  }
}

/** What is known of the path of one request. Overwritten by every reading. */
export interface PathFacts {
  /** A path outside the service's inventory, or a well-known probe. */
  active: boolean;
  /** Key of service and shape of the path (numbers and long ids count as one). */
  readonly key: Key;
  /** Index of the kind of well-known probe that is not this service's own, or -1. */
  kind: number;
  /** Answered with success, and not with the page for everything. */
  answered: boolean;
  /** Fewer than five networks have missed it within a month. */
  rare: boolean;
}

/**
 * Paths: which requests ask for what is not there, and who else meets the same miss. The inventory is the routes that
 * intake knows; for paths outside it the networks that missed them within a month are counted.
 */
export class Paths implements Part {
  readonly facts: PathFacts = { active: false, key: newKey(), kind: -1, answered: false, rare: false };
  readonly #services = new PerService(() => new ServicePaths());
  readonly #table: KeyTable<typeof COLUMNS>;
  readonly #usesSignatures: boolean;
  readonly #countsNetworks: boolean;
  readonly #kindOfRoute = new Map<string, number>();
  readonly #key = newKey();
  #service: ServicePaths | undefined;
  #name = '';

  constructor(size: { readonly paths: number }, without: Without) {
    this.#usesSignatures = !without.has('signatures');
    this.#countsNetworks = !without.has('common_paths');
    this.#table = new KeyTable({ name: 'paths', maxKeys: size.paths, ttlMs: 30 * DAY_MS, columns: COLUMNS });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#table] as unknown as readonly KeyTable<never>[];
  }

  /** Counts the request, and reads its path where that may be outside the inventory. */
  read(facts: Facts): void {
    const { event, atMs } = facts;
    const out = this.facts;
    if (this.#service === undefined || this.#name !== event.service) {
      this.#service = this.#services.of(event.service);
      this.#name = event.service;
    }
    const service = this.#service;
    service.stray.request(atMs);
    out.active = false;
    const missed = isMiss(event.status);
    const found = event.status >= 200 && event.status < 300;
    if (!missed && !found) return;
    if (found && !this.#mayBeProbe(facts)) return;
    const kind = this.#usesSignatures ? probeKindOf(event.path, event.query) : -1;
    if (found && kind < 0) return;
    if (kind < 0 && !(isOutside(event.route) && isStranger(facts))) return;
    if (kind < 0 && isEverydayMiss(event.path)) return;
    shapeKey(event.path, out.key);
    mixKeys(TAG.path, facts.service, out.key, out.key);
    out.active = true;
    out.kind = kind >= 0 && service.answered[kind]! < OWN_KIND ? kind : -1;
    out.answered = found && !service.isSoft(event.responseBytes);
    out.rare = this.networks(out.key, atMs) < COMMON_NETWORKS;
    // A kind of probe that the service serves is its inventory; others' success is no evidence either way.
    if (out.kind < 0 && (found || kind >= 0)) out.active = false;
  }

  learn(facts: Facts): void {
    const { active, key, kind } = this.facts;
    if (!active) return;
    const { event, atMs } = facts;
    if (event.status < 300) {
      if (kind >= 0) this.#service!.noteSuccess(event.responseBytes, key.lo, kind);
      return;
    }
    if (facts.tainted || !facts.hasSource) return;
    const slot = this.#table.open(key, atMs);
    mixKeys(TAG.network, key, facts.prefix, this.#key);
    const bit = 1 << (this.#key.lo & 31);
    const { networksLo, networksHi } = this.#table.columns;
    if (this.#key.lo & 32) networksHi[slot] = networksHi[slot]! | bit;
    else networksLo[slot] = networksLo[slot]! | bit;
  }

  /** Networks that missed a path within a month: bits of a map of 64, exact enough for a handful. */
  networks(key: Readonly<Key>, atMs: number): number {
    const slot = this.#countsNetworks ? this.#table.find(key, atMs) : -1;
    if (slot < 0) return 0;
    return ones(this.#table.columns.networksLo[slot]!) + ones(this.#table.columns.networksHi[slot]!);
  }

  /** Whether success of this size is the page that a service gives for anything that is not there. */
  isSoft(service: string, bytes: number): boolean {
    return this.#services.of(service).isSoft(bytes);
  }

  /** Whether a path that was rare is common by now. */
  isCommon(key: Readonly<Key>, atMs: number): boolean {
    return this.networks(key, atMs) >= COMMON_NETWORKS;
  }

  /** The service's usual share of requests that ask for rare paths that are not there. */
  strayRate(service: string): StrayRate {
    return this.#services.of(service).stray;
  }

  save(): unknown {
    return { services: this.#services.save(), table: this.#table.save() };
  }

  load(saved: unknown): void {
    const from = saved as { services: unknown; table: unknown };
    this.#services.load(from.services);
    this.#service = undefined;
    this.#table.load(from.table);
  }

  /** Cheap test that most successful requests fail: nothing about route or query looks like a probe. */
  #mayBeProbe(facts: Facts): boolean {
    const { event } = facts;
    const place = event.route === '' ? event.path : event.route;
    let kind = this.#kindOfRoute.get(place);
    if (kind === undefined) {
      if (this.#kindOfRoute.size >= CACHE) this.#kindOfRoute.clear();
      kind = place.startsWith('/{') ? 0 : probeKindOf(place, '');
      this.#kindOfRoute.set(place, kind);
    }
    return kind >= 0 || event.path.includes('..') || (event.query !== '' && event.query.includes('..'));
  }
}

function isMiss(status: number): boolean {
  return status === 404 || status === 403 || status === 401 || status === 400 || status === 405 || status === 410;
}

/** No template, or one that swallows anything below the root. */
function isOutside(route: string): boolean {
  return route === '' || route.startsWith('/{');
}

/** Someone known who is refused tries doors, not paths (see privilege probing). */
function isStranger(facts: Facts): boolean {
  const { event } = facts;
  return event.actor === '' || (event.status !== 401 && event.status !== 403);
}

/**
 * Writes the key of a path's shape: runs of digits count as one digit, segments of sixteen characters or more with a
 * digit as one id, so that a walk through ids is one path.
 */
export function shapeKey(path: string, out: Key): void {
  out.hi = 0;
  out.lo = 0;
  for (let start = 0; start < path.length; ) {
    let end = path.indexOf('/', start + 1);
    if (end < 0) end = path.length;
    let hash = 0x811c9dc5;
    let digits = 0;
    for (let i = start; i < end; i++) {
      const code = path.charCodeAt(i);
      const isDigit = code >= 48 && code <= 57;
      if (isDigit) digits++;
      const previous = i > start ? path.charCodeAt(i - 1) : 0;
      if (isDigit && previous >= 48 && previous <= 57) continue;
      hash = Math.imul(hash ^ (isDigit ? 48 : code | 32), 0x01000193);
    }
    if (digits > 0 && end - start > 16) hash = 1;
    mixNumber(TAG.path, out, hash, out);
    start = end;
  }
}

function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}
