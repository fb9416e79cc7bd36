import { clamp, nats } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import type { NamePlace } from './name-place.js';

/** A name that nothing follows within ten minutes was only asked about (reference 11.2). */
export const FOLLOW_MS = 600_000;
/** Two alternatives: a fifth, or half, of all contacts belong to the campaign. */
const SHARES = [0.2, 0.5] as const;
/**
 * Below fifteen addresses and thirty names more than usual nobody speaks of a campaign (reference 11.3, 5.5), nor while fewer
 * than forty contacts have said what is usual.
 */
const MIN = { sources: 15, excess: 30, known: 40 } as const;
const REMEMBERED = 1_024;
/** Where so many contacts stay without consequence anyway, one more says nothing. */
const LIMIT = 0.85;
const WAITING = 50_000;
const LISTED = 64;
const STEP_MS = 10_000;
const NONE: Waiting[] = [];

/** Evidence that one contact added to one row. */
export interface Added {
  readonly hi: number;
  readonly lo: number;
  readonly nats: number;
}

/** A contact that waits for what follows. */
export interface Waiting {
  readonly atMs: number;
  readonly placeId: number;
  /** Where names are hidden, and for look-ups, which nothing follows: it failed, which decides alone. */
  readonly hiddenFailed: boolean | null;
  /** Lane of (address, client software). */
  readonly client: number;
  readonly nameHi: number;
  readonly nameLo: number;
  /** `''` where the address was here before: then it is counted, but not named. */
  readonly source: string;
  readonly isStranger: boolean;
  /** One of the caller's first names of the day: it counts for what is usual. */
  readonly mayVote: boolean;
  /** Key of the caller at the place, and the address where it counts as somebody who goes on. */
  readonly callerHi: number;
  readonly callerLo: number;
  readonly goesOnFrom: string;
  /** What the contact added to each row of evidence, the caller's own first. */
  readonly added: readonly Added[];
  resolved: boolean;
  /** Lane of the actor whose request resolved it; 0 for none. */
  resolvedBy: number;
}

export interface Crowd {
  sums: [number, number];
  contacts: number;
  unresolved: number;
  expected: number;
  sinceMs: number;
  readonly sources: string[];
}

/** Names asked about from many addresses, few each: per place, contacts without consequence against what is usual. */
export class NameCrowds implements Part {
  #crowds = new Map<number, Crowd>();
  #waiting: Waiting[] = [];
  readonly #byClient = new Map<number, Waiting[]>();
  readonly #byName = new Map<number, Waiting[]>();

  wait(one: Waiting): void {
    if (this.#waiting.length >= WAITING) return;
    this.#waiting.push(one);
    this.#index(one);
  }

  /** Takes out the contacts whose time is over. */
  due(nowMs: number): Waiting[] {
    let count = 0;
    while (count < this.#waiting.length && this.#waiting[count]!.atMs <= nowMs - FOLLOW_MS) count++;
    if (count === 0) return NONE;
    const due = this.#waiting.splice(0, count);
    for (const one of due) {
      dropFrom(this.#byClient, one.client, one);
      dropFrom(this.#byName, one.nameLo, one);
    }
    return due;
  }

  /** Somebody known sends a request with this client: one of the contacts made with it was theirs. */
  resolveClient(client: number, actor: number): Waiting | null {
    const list = this.#byClient.get(client);
    if (list === undefined) return null;
    let newest: Waiting | null = null;
    for (const one of list) {
      if (one.resolvedBy === actor) return null;
      if (!one.resolved) newest = one;
    }
    if (newest === null) return null;
    newest.resolved = true;
    newest.resolvedBy = actor;
    return newest;
  }

  /** The account of this name has logged in: whoever asked about it was its owner. */
  resolveName(hi: number, lo: number): Waiting[] {
    const list = this.#byName.get(lo);
    if (list === undefined) return NONE;
    const resolved = list.filter((one) => !one.resolved && one.nameHi === hi);
    for (const one of resolved) one.resolved = true;
    return resolved;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** When the next contact is due, in steps of ten seconds; never, when none waits. */
  get dueMs(): number {
    const first = this.#waiting[0];
    return first === undefined ? Number.POSITIVE_INFINITY : Math.ceil((first.atMs + FOLLOW_MS) / STEP_MS) * STEP_MS;
  }

  /** Counts a contact whose time is over. @returns the crowd when it is a campaign */
  count(place: NamePlace, one: Waiting): Crowd | null {
    const usual = clamp(place.unresolved.rate, 0.02, 1);
    if (usual > LIMIT || place.unresolved.size < MIN.known) return null;
    const isHit = isUnresolved(one);
    let crowd = this.#crowds.get(place.id);
    if (crowd === undefined) {
      if (!isHit) return null;
      crowd = { sums: [0, 0], contacts: 0, unresolved: 0, expected: 0, sinceMs: one.atMs, sources: [] };
      this.#crowds.set(place.id, crowd);
    }
    crowd.contacts++;
    crowd.expected += usual;
    SHARES.forEach((share, i) => {
      const attack = share + (1 - share) * usual;
      crowd.sums[i] = Math.max(0, crowd.sums[i]! + (isHit ? nats(attack, usual) : nats(1 - attack, 1 - usual)));
    });
    if (crowd.sums[0] === 0 && crowd.sums[1] === 0) {
      this.#crowds.delete(place.id);
      return null;
    }
    if (!isHit) return null;
    crowd.unresolved++;
    if (one.source !== '' && crowd.sources.length < REMEMBERED && !crowd.sources.includes(one.source))
      crowd.sources.push(one.source);
    const isLarge = crowd.unresolved - crowd.expected >= MIN.excess && crowd.sources.length >= MIN.sources;
    return isLarge ? crowd : null;
  }

  forget(place: NamePlace): void {
    this.#crowds.delete(place.id);
  }

  /** These addresses have a campaign of their own: the crowd's does not name them. */
  explain(place: NamePlace, sources: readonly string[]): void {
    const named = this.#crowds.get(place.id)?.sources;
    if (named === undefined) return;
    for (const source of sources) {
      const at = named.indexOf(source);
      if (at >= 0) named.splice(at, 1);
    }
  }

  save(): unknown {
    return { crowds: this.#crowds, waiting: this.#waiting };
  }

  load(saved: unknown): void {
    const from = saved as { crowds: Map<number, Crowd>; waiting: Waiting[] };
    this.#crowds = from.crowds;
    this.#waiting = from.waiting;
    this.#byClient.clear();
    this.#byName.clear();
    for (const one of this.#waiting) this.#index(one);
  }

  #index(one: Waiting): void {
    addTo(this.#byClient, one.client, one);
    addTo(this.#byName, one.nameLo, one);
  }
}

/** The last contacts of one key, at most 64: who makes more is judged by number. */
function addTo(lists: Map<number, Waiting[]>, key: number, one: Waiting): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [one]);
  else if (list.push(one) > LISTED) list.shift();
}

function dropFrom(lists: Map<number, Waiting[]>, key: number, one: Waiting): void {
  const list = lists.get(key);
  if (list === undefined) return;
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
  if (list.length === 0) lists.delete(key);
}

export function isUnresolved(one: Waiting): boolean {
  return one.hiddenFailed ?? (one.isStranger && !one.resolved);
}

export function crowdNats(crowd: Readonly<Crowd>): number {
  return Math.max(crowd.sums[0], crowd.sums[1]);
}
