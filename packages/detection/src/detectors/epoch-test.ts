import type { Key } from '../core/hash.js';
import { clamp } from '../core/likelihood.js';
import type { HomeLogins } from '../parts/service-logins.js';

/** Contacts remembered of one excursion of the test, to name their sources; the rest is only counted. */
export const REMEMBERED = 4_096;
/** Contacts of one source that count: who makes more is found alone, and his own successes wash nobody. */
const PER_SOURCE = 3;
/** Attack shares of failures among strange contacts: as factors of the usual one, and an attack that is nearly all there is. */
const FACTORS = [1.6, 2.5] as const;
const NEARLY_ALL = 0.95;
/** Variance of benign counts over that of independent ones: failures come in households and mornings. */
const OVERDISPERSION = 1.5;
/** The usual share is learned, but within these: nobody types without errors, and where half fail a failure says little. */
const USUAL = { low: 0.08, high: 0.5 } as const;

/** With exponential gaps a pause of eight mean gaps has a chance of 0.03 %. */
const BURST = { gaps: 8, leastMs: 900_000 } as const;

/** One strange first contact, as it is kept for ten minutes and of those who are under suspicion. */
export interface Strange {
  readonly atMs: number;
  readonly ok: boolean;
  readonly source: string;
  readonly label: string;
  readonly account: string;
  readonly familiar: boolean;
  readonly clientName: string;
  readonly isNew: boolean;
  readonly hadPage: boolean;
  readonly route: string;
  /** Its network and kind of client, whose own evidence it is as well. */
  readonly prefixKey: Readonly<Key>;
  readonly softwareKey: Readonly<Key>;
  /** Attempt (source, account), to ask later whether it resolved. */
  readonly key: Readonly<Key>;
  /** How people at home had fared until then. */
  readonly home: Readonly<HomeLogins>;
}

/** Evidence of the service-wide test, and what it has seen since it was last at zero. Plain data. */
export interface EpochTest {
  sums: number[];
  contacts: number;
  failed: number;
  familiar: number;
  expected: number;
  usual: number;
  home: Readonly<HomeLogins>;
  attempts: Strange[];
  readonly perSource: Map<string, number>;
  /** Accounts counted: a name that many try counts once. */
  readonly accounts: Set<string>;
}

export function newEpochTest(): EpochTest {
  return {
    sums: [0, 0, 0],
    contacts: 0,
    failed: 0,
    familiar: 0,
    expected: 0,
    usual: USUAL.low,
    home: { ok: 0, failed: 0 },
    attempts: [],
    perSource: new Map(),
    accounts: new Set(),
  };
}

/**
 * Adds one strange contact that failed or got in: a likelihood ratio of failing under three attack shares against the
 * usual one (a CUSUM for each). Crowds bring successes with their failures, attacks do not.
 *
 * @param rate usual share of failures among strange contacts
 */
export function countStrange(test: EpochTest, one: Strange, failed: boolean, rate: number): void {
  const times = test.perSource.get(one.source) ?? 0;
  if (times >= PER_SOURCE || test.accounts.has(one.account)) return;
  const usual = clamp(rate, USUAL.low, USUAL.high);
  if (test.contacts === 0) {
    if (!failed) return;
    test.home = one.home;
  }
  if (test.accounts.size < REMEMBERED * 4) test.accounts.add(one.account);
  if (test.perSource.size < REMEMBERED * 4) test.perSource.set(one.source, times + 1);
  test.usual = usual;
  test.contacts++;
  test.expected += usual;
  add(test, failed, usual, 1);
  if (failed) {
    test.failed++;
    if (one.familiar) test.familiar++;
    if (test.attempts.length < REMEMBERED) test.attempts.push(one);
  }
  if (test.sums.every((sum) => sum === 0)) clearEpochTest(test);
}

/** A failure that was counted resolved: it counts as a success from now on. */
export function takeBackStrange(test: EpochTest, source: string, account: string): void {
  let at = test.attempts.findIndex((one) => one.account === account);
  if (at < 0) at = test.attempts.findIndex((one) => one.source === source);
  if (at < 0) return;
  const [one] = test.attempts.splice(at, 1);
  test.failed--;
  if (one!.familiar) test.familiar--;
  add(test, true, test.usual, -1);
  add(test, false, test.usual, 1);
}

/** Failures that belong to what has been found are no evidence any more. */
export function explainStrange(test: EpochTest, isExplained: (one: Strange) => boolean): void {
  const left = test.attempts.filter((one) => !isExplained(one));
  if (left.length === test.attempts.length) return;
  for (const one of test.attempts) {
    if (!isExplained(one)) continue;
    test.failed--;
    test.contacts--;
    test.expected -= test.usual;
    if (one.familiar) test.familiar--;
    test.perSource.delete(one.source);
    add(test, true, test.usual, -1);
  }
  test.attempts = left;
  if (left.length === 0) clearEpochTest(test);
}

/**
 * The attempts of the burst that ends with the last one: what came before a pause of eight times the usual gap belongs
 * to the past, and to somebody else.
 */
export function lastBurst(attempts: readonly Strange[]): Strange[] {
  const half = attempts.slice(Math.floor(attempts.length / 2));
  const gaps = half.slice(1).map((one, i) => Math.max(0, one.atMs - half[i]!.atMs));
  const usualMs = gaps.sort((left, right) => left - right)[Math.floor(gaps.length / 2)] ?? 0;
  const pauseMs = Math.max(BURST.leastMs, BURST.gaps * usualMs);
  let from = attempts.length - 1;
  while (from > 0 && attempts[from]!.atMs - attempts[from - 1]!.atMs <= pauseMs) from--;
  return attempts.slice(from);
}

export function clearEpochTest(test: EpochTest): void {
  Object.assign(test, newEpochTest());
}

function add(test: EpochTest, failed: boolean, usual: number, times: 1 | -1): void {
  attackShares(usual).forEach((share, i) => {
    const nats = failed ? Math.log(share / usual) : Math.log((1 - share) / (1 - usual));
    test.sums[i] = Math.max(0, test.sums[i]! + (times * nats) / OVERDISPERSION);
  });
}

function attackShares(usual: number): number[] {
  return [...FACTORS.map((factor) => Math.min(0.9, factor * usual)), NEARLY_ALL];
}
