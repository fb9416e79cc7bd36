import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Facts } from '../parts/facts.js';
import type { Novelty, Pasts } from '../parts/pasts.js';
import type { SensitiveKind } from '../parts/sensitive-actions.js';

const DAY_MS = 86_400_000;
/** What the same client does within a day of getting in belongs to the entrance: thieves wait, to look like someone at home. */
const FOLLOW_MS = DAY_MS;
/** Most of those who do something do it within half an hour (reference 5.4), and the identity shows earlier. */
export const SOON_MS = 30 * 60_000;
/** Entrances remembered in all and of one address, for a day. */
const MAX_ENTRANCES = 20_000;
const COLUMNS = { entrance: 'f64' } as const;
const MAX_OF_SOURCE = 256;
const AWAITED = 4_096;
const TAG = { holder: 46 } as const;

/** A login that succeeded from a network that the account had never been used from. */
export interface Entrance {
  readonly service: string;
  readonly source: string;
  readonly clientName: string;
  readonly account: string;
  readonly route: string;
  readonly atMs: number;
  readonly familiar: boolean;
  /** The client software is new to the account as well. */
  readonly novelClient: boolean;
  /** The same by what the identity did before, seldom though it logs in; known when the identity is. */
  past: Novelty;
  /** Returning users of the network. */
  readonly users: number;
  /** Successes of the account before, and those of them that were as new as this one. */
  readonly successes: number;
  readonly novelSuccesses: number;
  /** Share of sessions of people with a past here that begin in a network and with a device both new to them. */
  readonly usualBoth: number;
  /** Share of such successes at the service, and the successes it is known from. */
  readonly usualShare: number;
  readonly usualSize: number;
  /** Nats against the address, network or client before it got in. */
  readonly suspicion: number;
  /** A password was reset from there just before: whoever did it reads the account's mail. */
  readonly afterReset: boolean;
  /** Identity under which the requests after it came; '' until there was one. */
  who: string;
  actor: string;
  readonly kinds: SensitiveKind[];
  /** Where each of them was done, and where else. */
  readonly places: string[];
  requests: number;
  /** Key of the takeover campaign that it belongs to, or ''. */
  campaign: string;
}

/** Entrances of the last day: by address, to find those of a campaign, and by holder, to see what follows. */
export class Entrances implements Part {
  readonly table: KeyTable<typeof COLUMNS>;
  readonly #most: number;
  readonly #pasts: Pasts;
  #byId = new Map<number, Entrance>();
  #bySource = new Map<string, number[]>();
  #nextId = 1;
  readonly #key = newKey();
  /** By low bits of the client's key: until when an entrance may wait for its identity. Spares most requests two look-ups. */
  readonly #awaited = new Float64Array(AWAITED);

  /** @param room entrances that there is memory for */
  constructor(room: number, pasts: Pasts) {
    this.#pasts = pasts;
    this.#most = Math.min(MAX_ENTRANCES, room);
    this.table = new KeyTable({ name: 'entrances', maxKeys: this.#most * 2, ttlMs: FOLLOW_MS, columns: COLUMNS });
  }

  add(facts: Facts, entrance: Entrance): void {
    this.#expire(facts.atMs);
    const id = this.#nextId++;
    this.#byId.set(id, entrance);
    const place = `${entrance.service}\n${entrance.source}`;
    const ids = this.#bySource.get(place);
    if (ids === undefined) this.#bySource.set(place, [id]);
    else {
      if (ids.length >= MAX_OF_SOURCE) this.#byId.delete(ids.shift()!);
      ids.push(id);
    }
    this.#point(facts.sourceClient, id, facts.atMs);
    const awaited = facts.sourceClient.lo & (AWAITED - 1);
    this.#awaited[awaited] = Math.max(this.#awaited[awaited]!, facts.atMs + SOON_MS);
    // A session may be the one from before the login; who it is shows in the next request at the latest.
    if (facts.whoKind === 'actor' && facts.event.actorKind !== 'session') this.#bind(facts, entrance, id);
  }

  /** Whether the request may be the first with an identity after an entrance by its client. */
  isAwaited(facts: Facts): boolean {
    return facts.atMs <= this.#awaited[facts.sourceClient.lo & (AWAITED - 1)]!;
  }

  /** The entrance that a request follows, or `undefined`. */
  followed(facts: Facts): Entrance | undefined {
    if (this.table.size === 0) return undefined;
    const last = this.#at(facts.sourceClient, facts.atMs);
    if (facts.whoKind === 'client') return last?.who === '' ? last : undefined;
    const own = this.#at(this.#holder(facts), facts.atMs);
    // The first identity that shows up with this client after the login is the one that logged in, also where the same
    // identity entered from elsewhere before: an owner at work and a thief are two entrances.
    if (last !== undefined && last.who === '' && (own === undefined || last.atMs >= own.atMs)) {
      const slot = this.table.find(facts.sourceClient, facts.atMs);
      this.#bind(facts, last, this.table.columns.entrance.get(slot));
      return last;
    }
    return own ?? (last?.who === nameOf(facts.who) ? last : undefined);
  }

  /** Entrances of an address within the day before `atMs`. */
  *of(service: string, source: string): Iterable<Entrance> {
    for (const id of this.#bySource.get(`${service}\n${source}`) ?? []) {
      const entrance = this.#byId.get(id);
      if (entrance !== undefined) yield entrance;
    }
  }

  save(): unknown {
    return {
      table: this.table.save(),
      byId: this.#byId,
      bySource: this.#bySource,
      nextId: this.#nextId,
      awaited: this.#awaited,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      table: unknown;
      byId: Map<number, Entrance>;
      bySource: Map<string, number[]>;
      nextId: number;
      awaited: Float64Array;
    };
    this.table.load(from.table);
    this.#byId = new Map(from.byId);
    this.#bySource = new Map(from.bySource);
    this.#nextId = from.nextId;
    this.#awaited.set(from.awaited);
  }

  #bind(facts: Facts, entrance: Entrance, id: number): void {
    entrance.who = nameOf(facts.who);
    entrance.past = { ...this.#pasts.novelty(facts) };
    if (facts.whoKind === 'actor') entrance.actor = facts.event.actor;
    this.#point(this.#holder(facts), id, facts.atMs);
  }

  /** An identity with one client software: what another client of the account does is not the entrance's. */
  #holder(facts: Facts): Key {
    mixKeys(TAG.holder, facts.who, facts.client, this.#key);
    return this.#key;
  }

  #point(key: Readonly<Key>, id: number, atMs: number): void {
    const slot = this.table.open(key, atMs);
    this.table.columns.entrance.set(slot, id);
  }

  #at(key: Readonly<Key>, atMs: number): Entrance | undefined {
    const slot = this.table.find(key, atMs);
    if (slot < 0) return undefined;
    const entrance = this.#byId.get(this.table.columns.entrance.get(slot));
    return entrance !== undefined && atMs - entrance.atMs <= FOLLOW_MS ? entrance : undefined;
  }

  /** Oldest first, because ids are given in order of arrival. */
  #expire(nowMs: number): void {
    for (const [id, entrance] of this.#byId) {
      if (this.#byId.size < this.#most && nowMs - entrance.atMs <= DAY_MS) return;
      this.#byId.delete(id);
      const place = `${entrance.service}\n${entrance.source}`;
      const left = this.#bySource.get(place)?.filter((one) => one !== id) ?? [];
      if (left.length === 0) this.#bySource.delete(place);
      else this.#bySource.set(place, left);
    }
  }
}

function nameOf(key: Readonly<Key>): string {
  return `${key.hi}:${key.lo}`;
}
