import type { RequestEvent } from '@vedette/protocol';
import { BloomGenerations } from '../core/bloom.js';
import { hashText, type Key, mixKeys, mixNumber, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import { grouped } from '../core/words.js';
import type { Facts } from '../parts/facts.js';
import { type NameKind, NamePlace } from './name-place.js';

const DAY_MS = 86_400_000;
const TAG = { caller: 71, contact: 72, place: 73 } as const;
const MAX_PLACES = 2_000;
const PLACES_KEPT = 4_096;
const CALLER_COLUMNS = { day: 'u32', names: 'u32' } as const;
/** Queries of a place without a name after which only one in eight is still looked at. */
const GIVE_UP_AFTER = 64;

/** A name that someone asks about. Overwritten by every reading. */
export interface NameTry {
  place: NamePlace;
  /** Key of the name; meaningless when it is not visible. */
  readonly name: Key;
  hasName: boolean;
  /** First contact of this caller with the name within a day (always, where names are not visible). */
  isNew: boolean;
  /** How many names the caller has tried today, this one included. */
  nth: number;
  failed: boolean;
  /** Key of the caller at this place. */
  readonly caller: Key;
}

/** Whether a route or operation looks people up, and whether its path holds their names. */
interface Reading {
  readonly isNamed: boolean;
  /** Queries in a row without a name. */
  without: number;
}

/**
 * Reads requests as tries of names: sign-ups and resets by their authentication event, look-ups by a query parameter or
 * path that names a person (intake has made a pseudonym of it), or by an operation called so.
 */
export class NameTries implements Part {
  readonly table: KeyTable<typeof CALLER_COLUMNS>;
  readonly #contacted: BloomGenerations;
  readonly #places = new Map<string, Map<string, NamePlace>>();
  readonly #byId = new Map<number, NamePlace>();
  #count = 0;
  readonly #readings = new Map<string, Reading>();
  readonly #key = newKey();
  readonly #try: NameTry = {
    place: new NamePlace(0, 'lookup', '', '', ''),
    name: newKey(),
    hasName: false,
    isNew: false,
    nth: 0,
    failed: false,
    caller: newKey(),
  };

  constructor(room: { readonly callers: number; readonly contacts: number }) {
    this.table = new KeyTable({ name: 'name callers', maxKeys: room.callers, ttlMs: DAY_MS, columns: CALLER_COLUMNS });
    this.#contacted = new BloomGenerations({
      name: 'names tried',
      keys: room.contacts / 4,
      generations: 2,
      generationMs: DAY_MS / 2,
    });
  }

  /** @returns null for requests that ask about no name, and for those that were not answered */
  read(facts: Facts): NameTry | null {
    const { event, atMs } = facts;
    const kind = this.#kindOf(facts);
    if (kind === null || event.status === 0 || event.status === 401 || event.status >= 500) return null;
    const place = this.#place(event, kind);
    if (place === null) return null;
    const out = this.#try;
    out.place = place;
    out.failed = event.authOutcome !== '' ? event.authOutcome === 'failure' : event.status >= 400;
    mixNumber(TAG.caller, facts.who, place.id, out.caller);
    const row = this.table.open(out.caller, atMs);
    const { day, names } = this.table.columns;
    const today = Math.floor(atMs / DAY_MS);
    if (day[row] !== today) {
      day[row] = today;
      names[row] = 0;
    }
    out.isNew = true;
    if (out.hasName) {
      mixKeys(TAG.contact, out.caller, out.name, this.#key);
      out.isNew = !this.#contacted.add(this.#key, atMs);
    }
    if (out.isNew) names[row]!++;
    out.nth = names[row]!;
    return out;
  }

  /** Names that the caller (key made by {@link read}) has tried today. */
  namesOf(caller: Readonly<Key>, nowMs: number): number {
    const row = this.table.find(caller, nowMs);
    return row < 0 ? 0 : this.table.columns.names[row]!;
  }

  placeOf(id: number): NamePlace | undefined {
    return this.#byId.get(id);
  }

  save(): unknown {
    const places: SavedPlace[] = [];
    for (const place of this.#byId.values()) {
      const { service, name, method, id, kind } = place;
      places.push({ service, name, method, id, kind, habits: place.save() });
    }
    return { places, table: this.table.save(), contacted: this.#contacted.save(), readings: this.#readings };
  }

  load(saved: unknown): void {
    const from = saved as {
      places: SavedPlace[];
      table: unknown;
      contacted: unknown;
      readings: Map<string, Reading>;
    };
    this.#places.clear();
    this.#byId.clear();
    this.#count = 0;
    for (const one of from.places) {
      const place = new NamePlace(one.id, one.kind, one.service, one.name, one.method);
      place.load(one.habits);
      this.#add(place);
      this.#count = Math.max(this.#count, one.id);
    }
    this.table.load(from.table);
    this.#contacted.load(from.contacted);
    this.#readings.clear();
    for (const [name, reading] of from.readings) this.#readings.set(name, reading);
  }

  /** Which kind of try it is, with the name in `#try`. */
  #kindOf(facts: Facts): NameKind | null {
    const { event } = facts;
    const out = this.#try;
    if (event.authEvent === 'signup' || event.authEvent === 'reset') {
      out.hasName = event.authIdentifier !== '';
      // A reset that brings its token is the second half: nobody is asked about.
      if (!out.hasName && event.authCode !== '') return null;
      out.name.hi = facts.login.id.hi;
      out.name.lo = facts.login.id.lo;
      return event.authEvent;
    }
    if (event.authEvent !== '' || (event.query === '' && event.objects.length === 0)) return null;
    return this.#isLookup(event, facts.place) ? 'lookup' : null;
  }

  #isLookup(event: RequestEvent, place: string): boolean {
    let reading = this.#readings.get(place);
    if (reading === undefined) {
      if (this.#readings.size >= PLACES_KEPT) this.#readings.clear();
      reading = { isNamed: LOOKUP.test(place), without: 0 };
      this.#readings.set(place, reading);
    }
    const out = this.#try;
    out.hasName = true;
    for (const { id, kind, hash } of event.objects) {
      if (id === '' ? !reading.isNamed : !(id.length === 16 && PSEUDONYM.test(id) && PEOPLE.test(kind))) continue;
      out.name.hi = 0;
      out.name.lo = hash;
      return true;
    }
    if (event.query.length < 18) return false;
    if (reading.without >= GIVE_UP_AFTER && (reading.without & 7) !== 0) {
      reading.without++;
      return false;
    }
    const match = NAME_IN_QUERY.exec(event.query);
    if (match === null) {
      reading.without++;
      return false;
    }
    reading.without = 0;
    hashText(match[1]!, 0, out.name);
    return true;
  }

  #place(event: RequestEvent, kind: NameKind): NamePlace | null {
    const name = event.operation !== '' ? event.operation : event.route;
    const known = this.#places.get(event.service)?.get(name);
    if (known !== undefined) return known;
    if (this.#count >= MAX_PLACES) return null;
    const place = new NamePlace(++this.#count, kind, event.service, name, event.method);
    this.#add(place);
    return place;
  }

  #add(place: NamePlace): void {
    let names = this.#places.get(place.service);
    if (names === undefined) {
      names = new Map();
      this.#places.set(place.service, names);
    }
    names.set(place.name, place);
    this.#byId.set(place.id, place);
  }
}

/** Status and size class of an answer, which may give away whether the name exists; by half powers of two. */
export function answerOf(event: RequestEvent): string {
  if (event.responseBytes < 0) return `status ${event.status}`;
  const halfPowers = Math.round(2 * Math.log2(Math.max(1, event.responseBytes)));
  return `status ${event.status} with about ${grouped(Math.round(2 ** (halfPowers / 2)))} bytes`;
}

interface SavedPlace {
  readonly service: string;
  readonly name: string;
  readonly method: string;
  readonly id: number;
  readonly kind: NameKind;
  readonly habits: unknown;
}

/** Intake's pseudonyms of identifiers. */
const PSEUDONYM = /^[0-9a-f]{16}$/;
const PEOPLE = /user|account|customer|member|contact|people|person|profile|e-?mail|phone|login|name/i;
const LOOKUP =
  /look-?up|exist|availab|pre-?check|identif|find-?(?:user|account|contact|member)|check-?(?:user|email|name|account)/i;
const NAME_IN_QUERY =
  /(?:^|&)[^=&]*(?:mail|user_?name|login|phone|mobile|msisdn|user|account)[^=&]*=([0-9a-f]{16})(?:&|$)/i;
