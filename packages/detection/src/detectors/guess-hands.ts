import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { nats } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import type { Facts } from '../parts/facts.js';
import type { Without } from '../without.js';
import { GUESS_NATS } from './guesses.js';

const TAG = 41;
/** From four different request sizes on it is no old password sent again: a client knows one, its owner two or three. */
const GUESSING_SIZES = 4;
/** Failures of a known size count once a minute: guesses of equal length exist, but so do retries (reference 5.2). */
const REPEAT_MS = 60_000;
/** A client that fails this evenly, this slowly, is a timer that repeats an old password (guard G4). */
const LOOP = { failures: 10, deviation: 0.1, periodMs: 5_000 } as const;

const COLUMNS = {
  nats: 'f32',
  guesses: 'u32',
  sizesLo: 'u32',
  sizesHi: 'u32',
  lastSize: 'i32',
  countedMs: 'f64',
  failures: 'u32',
  lastMs: 'f64',
  fast: 'f32',
  gapMean: 'f32',
  gapSquares: 'f32',
} as const;

/**
 * A person reads the answer and types another password: eight characters take two to three seconds alone, so that of people's
 * different guesses one in twenty follows within three seconds; of a fast program's four in five do.
 */
const FAST = { withinMs: 3_000, program: 0.8, person: 0.05 } as const;
/** Three fast guesses say all that haste can say: it is a program's work, and a broken one is a program as well. */
const FAST_MOST = 6;

/**
 * The hands that try one account: one for each client software, from wherever, so that a phone with an old password stays
 * one hand on its way through ten networks. Passwords are not seen; the size of the request stands for them.
 */
export class GuessHands implements Part {
  readonly table: KeyTable<typeof COLUMNS>;
  readonly #key = newKey();

  readonly #seesTempo: boolean;

  constructor(options: { readonly maxKeys: number; readonly ttlMs: number }, without: Without) {
    this.#seesTempo = !without.has('tempo');
    this.table = new KeyTable({ name: 'guessing hands', ...options, columns: COLUMNS });
  }

  /** Nats that a failed login adds: 0 for the same guess once more. `isMature`: unfamiliar clients say something here. */
  weigh(facts: Facts, isMature: boolean): number {
    const { event, login, atMs } = facts;
    const hand = this.table.open(this.#keyOf(facts), atMs);
    const { columns } = this.table;
    const gapMs = columns.failures[hand] === 0 ? Number.NaN : Math.abs(atMs - columns.lastMs.get(hand));
    this.#noteGap(hand, atMs);
    const size = event.requestBytes;
    const isNew = size > 0 && this.#addSize(hand, size);
    const isSame = size <= 0 || columns.lastSize[hand] === size;
    columns.lastSize[hand] = size;
    const isGuessing = this.#sizes(hand) >= GUESSING_SIZES;
    if ((login.knownPair || !isGuessing) && this.#isTimer(hand)) return 0;
    let added = 0;
    if (isNew || (isGuessing && !isSame)) {
      added = login.knownPair && login.knownClient ? GUESS_NATS.atHome : GUESS_NATS.elsewhere;
      if (!login.knownPair && !login.knownClient && !Number.isNaN(gapMs)) this.#noteHaste(hand, gapMs);
    } else if (!login.knownPair && atMs - columns.countedMs.get(hand) >= REPEAT_MS) {
      // No old password can belong to a client and a network that the account was never used with.
      const isStranger = isMature && login.familiar && !login.knownClient;
      if (isGuessing || isStranger) added = GUESS_NATS.repeat;
    }
    if (added > 0) {
      columns.countedMs.set(hand, atMs);
      columns.nats[hand]! += added;
      columns.guesses[hand]!++;
      this.table.suspicion[hand] = columns.nats[hand]!;
    }
    return added;
  }

  /** What the haste of the hand that holds this event's client says, in nats, once it is guessing. */
  hasteOf(facts: Facts): number {
    const hand = this.table.find(this.#keyOf(facts), facts.atMs);
    if (hand < 0 || this.#sizes(hand) < GUESSING_SIZES) return 0;
    return Math.min(FAST_MOST, this.table.columns.fast[hand]!);
  }

  /** Guesses and nats of the hand that holds this event's client, or `null`. */
  of(facts: Facts): { readonly guesses: number; readonly nats: number } | null {
    const hand = this.table.find(this.#keyOf(facts), facts.atMs);
    if (hand < 0) return null;
    return { guesses: this.table.columns.guesses[hand]!, nats: this.table.columns.nats[hand]! };
  }

  forget(facts: Facts): void {
    const hand = this.table.find(this.#keyOf(facts), facts.atMs);
    if (hand >= 0) this.table.remove(hand);
  }

  save(): unknown {
    return this.table.save();
  }

  load(saved: unknown): void {
    this.table.load(saved);
  }

  /** A sequential test of its own: a slow guesser is no slower for it. */
  #noteHaste(hand: number, gapMs: number): void {
    if (!this.#seesTempo) return;
    const { fast } = this.table.columns;
    const step = gapMs < FAST.withinMs ? nats(FAST.program, FAST.person) : nats(1 - FAST.program, 1 - FAST.person);
    fast[hand] = Math.max(0, fast[hand]! + step);
  }

  #keyOf(facts: Facts): Key {
    mixKeys(TAG, facts.login.id, facts.client, this.#key);
    return this.#key;
  }

  #addSize(hand: number, bytes: number): boolean {
    const { sizesLo, sizesHi } = this.table.columns;
    const bit = 1 << (bytes & 31);
    const sizes = (bytes & 32) === 0 ? sizesLo : sizesHi;
    if ((sizes[hand]! & bit) !== 0) return false;
    sizes[hand] = sizes[hand]! | bit;
    return true;
  }

  #sizes(hand: number): number {
    const { sizesLo, sizesHi } = this.table.columns;
    return bitsIn(sizesLo[hand]!) + bitsIn(sizesHi[hand]!);
  }

  /** Running mean and sum of squared deviations of the gaps (Welford 1962). */
  #noteGap(hand: number, atMs: number): void {
    const { columns } = this.table;
    const failures = columns.failures[hand]!++;
    if (failures > 0) {
      const gap = Math.max(0, atMs - columns.lastMs.get(hand));
      const difference = gap - columns.gapMean[hand]!;
      columns.gapMean[hand]! += difference / failures;
      columns.gapSquares[hand]! += difference * (gap - columns.gapMean[hand]!);
    }
    columns.lastMs.set(hand, Math.max(atMs, columns.lastMs.get(hand)));
  }

  #isTimer(hand: number): boolean {
    const { columns } = this.table;
    const failures = columns.failures[hand]!;
    const mean = columns.gapMean[hand]!;
    if (failures < LOOP.failures || mean < LOOP.periodMs) return false;
    return Math.sqrt(columns.gapSquares[hand]! / (failures - 1)) < LOOP.deviation * mean;
  }
}

/** Bits that are set in 32. */
export function bitsIn(value: number): number {
  let rest = value >>> 0;
  rest -= (rest >>> 1) & 0x55555555;
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
