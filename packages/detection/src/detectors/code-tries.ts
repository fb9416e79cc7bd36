import type { RequestEvent } from '@vedette/protocol';
import { BloomGenerations } from '../core/bloom.js';
import { hashText, type Key, mixKeys, mixNumber, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Facts } from '../parts/facts.js';
import type { Population } from '../parts/population.js';
import { CodePlace } from './code-place.js';

const DAY_MS = 86_400_000;
const TAG = { code: 51, accountCode: 52, who: 53, place: 54 } as const;
const MAX_PLACES = 2_000;
/** Votes of one caller a day about what is normal. */
const VOTES_PER_DAY = 4;
/** Who tries another code within this time was refused, as a rule. */
const GOES_ON_MS = 600_000;
const VOTER_COLUMNS = { day: 'u32', votes: 'u32', lastMs: 'f64', lastAnswer: 'u32', lastCode: 'u32' } as const;
const NAMES_KEPT = 4_096;
/** An address seen a day ago was not rented for this attack. */
const KNOWN_MS = DAY_MS;

/** A try of a code. Overwritten by every reading. */
export interface CodeTry {
  place: CodePlace;
  /** `unknown`: the answer is the same for right and wrong ones. */
  outcome: 'ok' | 'failed' | 'unknown';
  /** The code is visible (a pseudonym). */
  hasCode: boolean;
  /** Nobody tried this code here within a day or two: a guess, if anything. */
  isNew: boolean;
  /** A code that worked before has expired or was used: no guess. */
  worked: boolean;
  /** First success of this caller with this code within a day or two. */
  isFirstOk: boolean;
  /** First try of this caller today. */
  isNewcomer: boolean;
  mayVote: boolean;
  /** The caller's address was here a day ago: it was not rented for an attack. */
  knownHere: boolean;
}

/**
 * Reads requests as tries of codes: which place, which outcome, whether the code was tried before by anyone. One code is
 * one fact: whoever types it again, uses an expired one, or one that everybody was given, guesses nothing.
 */
export class CodeTries implements Part {
  readonly table: KeyTable<typeof VOTER_COLUMNS>;
  readonly #population: Population;
  readonly #places = new Map<string, Map<string, CodePlace>>();
  #count = 0;
  readonly #codeNames = new Map<string, boolean>();
  readonly #tried: BloomGenerations;
  readonly #worked: BloomGenerations;
  readonly #unit = newKey();
  readonly #key = newKey();
  readonly #try: CodeTry = {
    place: new CodePlace(0, false),
    outcome: 'unknown',
    hasCode: false,
    isNew: false,
    worked: false,
    isFirstOk: false,
    isNewcomer: false,
    mayVote: false,
    knownHere: false,
  };

  constructor(population: Population, room: { readonly callers: number; readonly contacts: number }) {
    this.#population = population;
    this.table = new KeyTable({ name: 'code voters', maxKeys: room.callers, ttlMs: DAY_MS, columns: VOTER_COLUMNS });
    this.#tried = new BloomGenerations({
      name: 'codes tried',
      keys: room.contacts / 4,
      generations: 2,
      generationMs: DAY_MS,
    });
    this.#worked = new BloomGenerations({
      name: 'codes that worked',
      keys: room.contacts / 4,
      generations: 2,
      generationMs: 30 * DAY_MS,
    });
  }

  /** @returns null for requests that try no code */
  read(facts: Facts): CodeTry | null {
    const { event, atMs } = facts;
    const isOtp = event.authEvent === 'otp';
    if (event.authCode === '' && !isOtp && !this.#mayHideCode(event)) return null;
    const outcome = outcomeOf(event, isOtp);
    if (outcome === null) return null;
    const place = this.#place(event, isOtp);
    if (place === null) return null;
    const out = this.#try;
    out.place = place;
    out.outcome = outcome;
    const before = this.#population.seenBefore(facts);
    out.knownHere = before !== null && atMs - before.firstMs >= KNOWN_MS;
    out.hasCode = event.authCode !== '';
    out.isNew = true;
    out.worked = out.isFirstOk = false;
    // Whether the status alone says so: then the size of the answer may say otherwise.
    const answer =
      event.authOutcome === '' && outcome !== 'failed' ? place.answers.kindOf(event.status, event.responseBytes) : 0;
    if (answer !== 0) this.#readAnswer(out, answer);
    if (out.hasCode) this.#remember(facts, out);
    else out.isFirstOk = out.outcome === 'ok';
    mixNumber(TAG.who, facts.who, place.id, this.#key);
    const voter = this.table.open(this.#key, atMs);
    const today = Math.floor(atMs / DAY_MS);
    const { day, votes } = this.table.columns;
    out.isNewcomer = day[voter] !== today;
    if (out.isNewcomer) {
      day[voter] = today;
      votes[voter] = 0;
    }
    out.mayVote = !facts.tainted && votes[voter]! < VOTES_PER_DAY;
    if (out.mayVote) votes[voter]!++;
    this.#learnAnswer(voter, answer, atMs, out);
    return out;
  }

  save(): unknown {
    const places: unknown[] = [];
    for (const [service, names] of this.#places) {
      for (const [name, place] of names) {
        places.push({ service, name, id: place.id, isOtp: place.isOtp, habits: place.save() });
      }
    }
    return { places, table: this.table.save(), tried: this.#tried.save(), worked: this.#worked.save() };
  }

  load(saved: unknown): void {
    const from = saved as { places: SavedPlace[]; table: unknown; tried: unknown; worked: unknown };
    this.#places.clear();
    this.#count = 0;
    for (const one of from.places) {
      const place = new CodePlace(one.id, one.isOtp);
      place.load(one.habits);
      this.#names(one.service).set(one.name, place);
      this.#count = Math.max(this.#count, one.id);
    }
    this.table.load(from.table);
    this.#tried.load(from.tried);
    this.#worked.load(from.worked);
  }

  #readAnswer(out: CodeTry, answer: number): void {
    const told = out.place.answers.told(answer);
    if (told === '') return;
    out.outcome = told;
    if (told === 'failed') out.place.readsAnswers();
  }

  /** The next try of a caller says what the answer to the last one meant; the same code once more does not. */
  #learnAnswer(voter: number, answer: number, atMs: number, { place, hasCode, mayVote, knownHere }: CodeTry): void {
    const { lastMs, lastAnswer, lastCode } = this.table.columns;
    const code = hasCode ? this.#unit.lo >>> 0 : 0;
    const isNear = Math.abs(atMs - lastMs.get(voter)) <= GOES_ON_MS;
    if (lastAnswer[voter] !== 0 && isNear) {
      if (hasCode && code === lastCode[voter]) return;
      place.answers.wentOn(lastAnswer[voter]!);
    }
    const counts = answer !== 0 && mayVote && knownHere;
    if (counts) place.answers.given(answer);
    lastAnswer[voter] = counts ? answer : 0;
    lastCode[voter] = code;
    lastMs.set(voter, atMs);
  }

  #remember(facts: Facts, out: CodeTry): void {
    const { event, atMs, login } = facts;
    hashText(event.authCode, 0, this.#unit);
    // A one-time password belongs to one account; there are few of them, so others try the same.
    if (out.place.isOtp)
      mixKeys(TAG.accountCode, event.authIdentifier !== '' ? login.id : facts.who, this.#unit, this.#unit);
    else {
      mixNumber(TAG.place, facts.service, out.place.id, this.#key);
      mixKeys(TAG.code, this.#key, this.#unit, this.#unit);
    }
    out.worked = this.#worked.has(this.#unit);
    out.isNew = !this.#tried.add(this.#unit, atMs) && !out.worked;
    if (out.outcome !== 'ok') return;
    this.#worked.put(this.#unit, atMs);
    mixKeys(TAG.who, facts.who, this.#unit, this.#key);
    out.isFirstOk = !this.#tried.add(this.#key, atMs);
  }

  /** A write whose route is named after codes, in spans that do not show what was tried. */
  #mayHideCode(event: RequestEvent): boolean {
    if (event.method === 'GET' || event.authEvent !== '') return false;
    const name = event.operation !== '' ? event.operation : event.route;
    if (name === '') return false;
    let isNamed = this.#codeNames.get(name);
    if (isNamed === undefined) {
      isNamed = namesCodes(name);
      if (this.#codeNames.size >= NAMES_KEPT) this.#codeNames.clear();
      this.#codeNames.set(name, isNamed);
    }
    return isNamed;
  }

  #place(event: RequestEvent, isOtp: boolean): CodePlace | null {
    const name = event.operation !== '' ? event.operation : event.route;
    const known = this.#places.get(event.service)?.get(name);
    if (known !== undefined) return known;
    if (this.#count >= MAX_PLACES) return null;
    const place = new CodePlace(++this.#count, isOtp);
    this.#names(event.service).set(name, place);
    return place;
  }

  #names(service: string): Map<string, CodePlace> {
    let names = this.#places.get(service);
    if (names === undefined) {
      names = new Map();
      this.#places.set(service, names);
    }
    return names;
  }
}

interface SavedPlace {
  readonly service: string;
  readonly name: string;
  readonly id: number;
  readonly isOtp: boolean;
  readonly habits: unknown;
}

/** `null`: neither right nor wrong, as when the caller is not logged in (401) or the server fails. */
function outcomeOf(event: RequestEvent, isOtp: boolean): CodeTry['outcome'] | null {
  if (event.authOutcome !== '') return event.authOutcome === 'success' ? 'ok' : 'failed';
  const { status } = event;
  if (isOtp && status >= 200 && status < 400) return 'unknown';
  if (status >= 200 && status < 300) return 'ok';
  switch (status) {
    case 401:
      return isOtp ? 'failed' : null;
    case 400:
    case 403:
    case 404:
    case 409:
    case 410:
    case 422:
    case 423:
    case 429:
      return 'failed';
    default:
      return null;
  }
}

const CODE_WORDS = new Set(
  'coupon coupons voucher vouchers gift giftcard giftcards promo promocode promotion redeem redemption invite invites invitation invitations activate activation otp totp 2fa mfa pin verify verification confirm confirmation code codes license licence'.split(
    ' ',
  ),
);

function namesCodes(name: string): boolean {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some((word) => CODE_WORDS.has(word));
}

/** Key of a caller at a place, for tables of evidence. */
export function atPlace(scope: number, key: Readonly<Key>, place: CodePlace, out: Key): void {
  mixNumber(scope, key, place.id, out);
}
