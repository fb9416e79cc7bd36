import { BloomGenerations } from '../core/bloom.js';
import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { LeastAttackedRate } from '../core/least-attacked-rate.js';
import { clamp } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import { PerService } from '../core/per-service.js';
import { VoteWindow } from '../core/vote-window.js';
import type { Without } from '../without.js';
import type { Facts } from './facts.js';
import type { Population } from './population.js';

const DAY_MS = 86_400_000;
/** A failure that succeeds within ten minutes was a person (reference 11.2). */
export const RESOLVE_MS = 600_000;
/** A login belongs to a password reset for an hour. */
const RESET_MS = 3_600_000;
const TAG = { attempt: 12, pairNetwork: 13, pairClient: 14 } as const;
/** Votes of one source a day about what is normal: enough for a household, too few to teach an attack. */
const VOTES_PER_SOURCE = 3;

/** State of an attempt (source, account) within a day. */
const ATTEMPT = { failedNew: 1, failedFamiliar: 2, failedKnown: 3, ok: 4, explained: 5 } as const;

const ATTEMPT_COLUMNS = { state: 'u8', marks: 'u8', sprayMarks: 'u8', atMs: 'f64' } as const;
const ACCOUNT_COLUMNS = {
  firstDay: 'u16',
  lastDay: 'u16',
  creditDay: 'u16',
  credits: 'u8',
  voteMs: 'f64',
  successes: 'u16',
  novelSuccesses: 'u8',
  resetMs: 'f64',
  resetClient: 'i32',
} as const;
const SOURCE_COLUMNS = {
  voteDay: 'u16',
  votes: 'u8',
  failHi: 'i32',
  failLo: 'i32',
  failMs: 'f64',
  voteMs: 'f64',
} as const;

/** What is normal for the logins of one service. */
export class ServiceLogins implements Part {
  /** Share of first contacts that fail. Prior: 20 % (reference 3.2, measured .143–.23 in its 3.4), worth 50 votes. */
  readonly failed: LeastAttackedRate;
  /** Share of first contacts that fail on an account that never succeeded here. Prior 7 % (reference 3.2). */
  readonly failedNew: LeastAttackedRate;
  /** Share of successes by accounts that had succeeded before: tells how mature familiarity is. */
  readonly familiarOk: LeastAttackedRate;
  /**
   * Guard "login service degraded": failures of people who log in from where they always do, over 90 s. Strangers cannot
   * move it, because a vote needs an account that is aged and has succeeded from this network before (reference G1).
   */
  readonly window = new VoteWindow(5_000, 18);
  /** The same where accounts are not visible: one vote of each address in 30 s. */
  readonly bareWindow = new VoteWindow(5_000, 18);
  /** Of first contacts that do not come from where the account is used: shares of failing strangers, and of owners with a client new to them who fail or get in. */
  readonly failedStranger: LeastAttackedRate;
  readonly failedOwner: LeastAttackedRate;
  readonly okOwner: LeastAttackedRate;
  /** As `unresolved`, for owners with a client new to them. */
  readonly unresolvedOwner: LeastAttackedRate;
  /** Of successes on familiar accounts: from a network and with a client both new to the account. Prior 3 %. */
  readonly novelOk: LeastAttackedRate;
  /** Share of first contacts by strangers that fail and do not resolve. Prior 2 % (typing errors, reference 11.3). */
  readonly unresolved: LeastAttackedRate;
  /** First-contact successes so far, to see whether others get in while one source fails. */
  okTotal = 0;
  /** First-contact failures so far, those of open campaigns left out. */
  failTotal = 0;
  firstMs = Number.NaN;
  readonly #seesOutage: boolean;

  constructor(without: Without) {
    const kept = without.has('least_attacked') ? 1 : 0.5;
    this.failed = new LeastAttackedRate(0.2, 50, kept);
    this.failedNew = new LeastAttackedRate(0.07, 50, kept);
    this.familiarOk = new LeastAttackedRate(0, 20, kept);
    this.failedStranger = new LeastAttackedRate(0.07, 50, kept);
    this.failedOwner = new LeastAttackedRate(0.07, 50, kept);
    this.okOwner = new LeastAttackedRate(0.1, 50, kept);
    this.unresolvedOwner = new LeastAttackedRate(0.02, 200, kept);
    this.novelOk = new LeastAttackedRate(0.03, 50, kept);
    this.unresolved = new LeastAttackedRate(0.02, 200, kept);
    this.#seesOutage = !without.has('outage');
  }

  /** Benign failure share in force at `nowMs`: the learned one, lifted while familiar people fail too (guard G1). */
  failShare(nowMs: number): number {
    const learned = clamp(this.failed.rate, 0.1, 0.6);
    const degraded = this.#failingAtHome(nowMs);
    return degraded < 0 ? learned : Math.max(learned, Math.min(0.6, 1.15 * degraded));
  }

  /** Half of the familiar logins fail: the login service itself is broken. */
  isDegraded(nowMs: number): boolean {
    return this.#failingAtHome(nowMs) >= 0.5;
  }

  #failingAtHome(nowMs: number): number {
    return this.#seesOutage ? this.window.failureShare(nowMs) : -1;
  }

  /** Seven of ten successes come from accounts seen before, so that "unfamiliar" says something (reference 8.5). */
  get isMature(): boolean {
    return this.familiarOk.size >= 50 && this.familiarOk.rate >= 0.7;
  }

  save(): unknown {
    return {
      failed: this.failed.save(),
      failedNew: this.failedNew.save(),
      familiarOk: this.familiarOk.save(),
      window: this.window.save(),
      bareWindow: this.bareWindow.save(),
      novelOk: this.novelOk.save(),
      unresolved: this.unresolved.save(),
      failedStranger: this.failedStranger.save(),
      failedOwner: this.failedOwner.save(),
      okOwner: this.okOwner.save(),
      unresolvedOwner: this.unresolvedOwner.save(),
      okTotal: this.okTotal,
      failTotal: this.failTotal,
      firstMs: this.firstMs,
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.failed.load(from.failed);
    this.failedNew.load(from.failedNew);
    this.familiarOk.load(from.familiarOk);
    this.window.load(from.window);
    this.bareWindow.load(from.bareWindow);
    this.novelOk.load(from.novelOk);
    this.unresolved.load(from.unresolved);
    this.failedStranger.load(from.failedStranger);
    this.failedOwner.load(from.failedOwner);
    this.okOwner.load(from.okOwner);
    this.unresolvedOwner.load(from.unresolvedOwner);
    this.okTotal = from.okTotal as number;
    this.failTotal = from.failTotal as number;
    this.firstMs = from.firstMs as number;
  }
}

/**
 * Logins: which accounts are familiar, which (account, network) pairs, which attempts are first contacts and which
 * failures resolve. Shared by every detector that listens to logins.
 */
export class Logins implements Part {
  readonly services: PerService<ServiceLogins>;
  /** (service, source, account) within a day. Detectors mark in `marks` which of their keys counted it. */
  readonly attempts: KeyTable<typeof ATTEMPT_COLUMNS>;
  readonly #accounts: KeyTable<typeof ACCOUNT_COLUMNS>;
  readonly #sources: KeyTable<typeof SOURCE_COLUMNS>;
  readonly #pairs: BloomGenerations;
  readonly #key = newKey();
  readonly #population: Population;
  readonly #without: Without;
  readonly #votesPerSource: number;

  constructor(
    size: { readonly attempts: number; readonly accounts: number; readonly sources: number; readonly pairs: number },
    population: Population,
    without: Without,
  ) {
    this.#population = population;
    this.#without = without;
    this.#votesPerSource = without.has('votes_cap') ? 255 : VOTES_PER_SOURCE;
    this.services = new PerService(() => new ServiceLogins(without));
    this.attempts = new KeyTable({
      name: 'login attempts',
      maxKeys: size.attempts,
      ttlMs: DAY_MS,
      columns: ATTEMPT_COLUMNS,
    });
    this.#accounts = new KeyTable({
      name: 'accounts',
      maxKeys: size.accounts,
      ttlMs: 90 * DAY_MS,
      columns: ACCOUNT_COLUMNS,
    });
    this.#sources = new KeyTable({
      name: 'login sources',
      maxKeys: size.sources,
      ttlMs: DAY_MS,
      columns: SOURCE_COLUMNS,
    });
    this.#pairs = new BloomGenerations({ keys: size.pairs, generations: 3, generationMs: 30 * DAY_MS });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.attempts, this.#accounts, this.#sources] as unknown as readonly KeyTable<never>[];
  }

  /** Fills `facts.login` from what was known before this event. */
  read(facts: Facts): void {
    const { event, login, atMs } = facts;
    login.active = event.authEvent === 'login' && event.authOutcome !== '' && facts.hasSource;
    if (!login.active) return;
    login.ok = event.authOutcome === 'success';
    login.hasId = event.authIdentifier !== '';
    login.contact = 'first';
    login.familiar = login.knownPair = login.knownClient = login.aged = false;
    login.credit = true;
    login.successes = login.novelSuccesses = 0;
    login.recentReset = false;
    login.attempt = login.resolved = -1;
    if (!login.hasId) return;
    const account = this.#without.has('familiarity') ? -1 : this.#accounts.find(login.id, atMs);
    if (account >= 0) {
      const { firstDay, lastDay, creditDay, credits } = this.#accounts.columns;
      const today = Math.floor(atMs / DAY_MS);
      login.familiar = true;
      login.successes = this.#accounts.columns.successes[account]!;
      login.novelSuccesses = this.#accounts.columns.novelSuccesses[account]!;
      const { resetMs, resetClient } = this.#accounts.columns;
      login.recentReset =
        !this.#without.has('resets') &&
        atMs - resetMs[account]! <= RESET_MS &&
        resetClient[account] === facts.client.lo;
      login.aged = lastDay[account]! > firstDay[account]! && today - firstDay[account]! >= 7;
      login.credit = creditDay[account] !== today || credits[account]! < 2 || this.#without.has('credit_cap');
      mixKeys(TAG.pairNetwork, login.id, facts.prefix, this.#key);
      login.knownPair = this.#pairs.has(this.#key);
      mixKeys(TAG.pairClient, login.id, facts.client, this.#key);
      login.knownClient = this.#pairs.has(this.#key);
    }
    this.#readAttempt(facts);
  }

  /** Whether the account (key of service and identifier) has logged in here within 90 days. */
  isKnown(account: Readonly<Key>, nowMs: number): boolean {
    return this.#accounts.find(account, nowMs) >= 0;
  }

  /** Key of the attempt (source, account), to ask later whether it resolved. */
  attemptKey(facts: Facts): Key {
    const key = newKey();
    mixKeys(TAG.attempt, facts.source, facts.login.id, key);
    return key;
  }

  isUnresolved(attempt: Readonly<Key>, nowMs: number): boolean {
    const slot = this.attempts.find(attempt, nowMs);
    return slot < 0 || this.attempts.columns.state[slot]! <= ATTEMPT.failedKnown;
  }

  /** Learns from an event, after the detectors have seen it. */
  learn(facts: Facts): void {
    const { login, atMs } = facts;
    if (!login.active) {
      if (facts.event.authEvent === 'reset') this.#learnReset(facts);
      return;
    }
    if (!login.hasId) {
      this.#learnBare(facts);
      return;
    }
    const service = this.services.of(facts.event.service);
    if (Number.isNaN(service.firstMs)) service.firstMs = atMs;
    this.#voteForHealth(facts, service);
    if (login.contact === 'first' && !facts.tainted) this.#voteForNormal(facts, service);
    if (login.ok && login.contact !== 'repeat') service.okTotal++;
    if (!login.ok && login.contact === 'first' && !facts.tainted) service.failTotal++;
    if (login.ok && !facts.tainted) this.#remember(facts);
  }

  save(): unknown {
    return {
      services: this.services.save(),
      attempts: this.attempts.save(),
      accounts: this.#accounts.save(),
      sources: this.#sources.save(),
      pairs: this.#pairs.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.services.load(from.services);
    this.attempts.load(from.attempts);
    this.#accounts.load(from.accounts);
    this.#sources.load(from.sources);
    this.#pairs.load(from.pairs);
  }

  #readAttempt(facts: Facts): void {
    const { login, atMs } = facts;
    const { columns } = this.attempts;
    mixKeys(TAG.attempt, facts.source, login.id, this.#key);
    const slot = this.attempts.open(this.#key, atMs);
    login.attempt = slot;
    const failed = columnFor(login);
    if (this.attempts.fresh) {
      this.attempts.columns.state[slot] = login.ok ? ATTEMPT.ok : failed;
      this.attempts.columns.atMs[slot] = atMs;
      if (login.ok) this.#explainTypo(facts, slot);
      else this.#noteFailure(facts);
      return;
    }
    const state = columns.state[slot]!;
    login.contact = 'repeat';
    if (login.ok && state <= ATTEMPT.failedKnown && !this.#without.has('unresolved')) {
      columns.state[slot] = ATTEMPT.ok;
      if (Math.abs(atMs - columns.atMs[slot]!) <= RESOLVE_MS) {
        login.contact = 'resolves';
        login.resolved = slot;
      }
    }
  }

  #noteFailure(facts: Facts): void {
    const row = this.#sources.open(facts.sourceClient, facts.atMs);
    const { failHi, failLo, failMs } = this.#sources.columns;
    failHi[row] = this.#key.hi;
    failLo[row] = this.#key.lo;
    failMs[row] = facts.atMs;
  }

  /** The same client mistyped its name just before: that failure is explained, once per account and day. */
  #explainTypo(facts: Facts, slot: number): void {
    // Only an account that was not made for this, and only for so many sources a day.
    if (!facts.login.familiar || !facts.login.credit || this.#without.has('unresolved')) return;
    const row = this.#sources.find(facts.sourceClient, facts.atMs);
    if (row < 0) return;
    const { failHi, failLo, failMs } = this.#sources.columns;
    if (failMs[row] === 0 || facts.atMs - failMs[row]! > RESOLVE_MS) return;
    this.#key.hi = failHi[row]!;
    this.#key.lo = failLo[row]!;
    failMs[row] = 0;
    const failed = this.attempts.find(this.#key, facts.atMs);
    if (failed < 0 || failed === slot || this.attempts.columns.state[failed]! > ATTEMPT.failedKnown) return;
    this.attempts.columns.state[failed] = ATTEMPT.explained;
    facts.login.resolved = failed;
  }

  #learnBare(facts: Facts): void {
    const service = this.services.of(facts.event.service);
    const row = this.#sources.open(facts.source, facts.atMs);
    const { voteMs } = this.#sources.columns;
    if (facts.atMs - voteMs[row]! >= 30_000) {
      voteMs[row] = facts.atMs;
      service.bareWindow.vote(!facts.login.ok, facts.prefix.lo >>> 8, facts.atMs);
    }
    if (!facts.tainted) this.#voteForNormal(facts, service);
  }

  #learnReset(facts: Facts): void {
    const { event, login, atMs } = facts;
    if (event.authOutcome !== 'success' || event.authIdentifier === '') return;
    const account = this.#accounts.find(login.id, atMs);
    if (account < 0) return;
    this.#accounts.columns.resetMs[account] = atMs;
    this.#accounts.columns.resetClient[account] = facts.client.lo;
  }

  #voteForHealth(facts: Facts, service: ServiceLogins): void {
    const { login, atMs } = facts;
    if (!login.knownPair || !login.aged) return;
    const account = this.#accounts.find(login.id, atMs);
    if (account < 0) return;
    const { voteMs } = this.#accounts.columns;
    // One vote per account in 90 s; a success after a failure is not a second opinion.
    if (atMs - voteMs[account]! < 90_000) return;
    voteMs[account] = atMs;
    service.window.vote(!login.ok, facts.prefix.lo >>> 8, atMs);
  }

  #voteForNormal(facts: Facts, service: ServiceLogins): void {
    const { login, atMs } = facts;
    const row = this.#sources.open(facts.source, atMs);
    const { voteDay, votes } = this.#sources.columns;
    const today = Math.floor(atMs / DAY_MS);
    if (voteDay[row] !== today) {
      voteDay[row] = today;
      votes[row] = 0;
    }
    if (votes[row]! >= this.#votesPerSource) return;
    votes[row]!++;
    service.failed.vote(!login.ok, atMs);
    if (!login.hasId) return;
    service.failedNew.vote(!login.ok && !login.familiar, atMs);
    if (login.ok) service.familiarOk.vote(login.familiar, atMs);
    if (login.ok && login.familiar) service.novelOk.vote(!login.knownPair && !login.knownClient, atMs);
    if (login.knownPair) return;
    const isOwner = login.familiar && !login.knownClient;
    service.failedStranger.vote(!login.ok && !login.familiar, atMs);
    service.failedOwner.vote(!login.ok && isOwner, atMs);
    service.okOwner.vote(login.ok && isOwner, atMs);
  }

  #remember(facts: Facts): void {
    const { login, atMs } = facts;
    const today = Math.floor(atMs / DAY_MS);
    const account = this.#accounts.open(login.id, atMs);
    const { firstDay, lastDay, creditDay, credits } = this.#accounts.columns;
    const { successes, novelSuccesses } = this.#accounts.columns;
    if (successes[account]! < 65_535) successes[account]!++;
    const isNovel = login.familiar && !login.knownPair && !login.knownClient;
    if (isNovel && novelSuccesses[account]! < 255) novelSuccesses[account]!++;
    if (firstDay[account] === 0) firstDay[account] = today;
    if (today > lastDay[account]!) lastDay[account] = today;
    if (lastDay[account]! > firstDay[account]!) this.#accounts.protect(account);
    if (login.contact === 'first') {
      if (creditDay[account] !== today) {
        creditDay[account] = today;
        credits[account] = 0;
      }
      if (credits[account]! < 255) credits[account]!++;
    }
    if (login.knownPair) this.#population.returned(facts, login.id);
    // Known ones as well: what is used is never forgotten, whatever generation it was first seen in.
    mixKeys(TAG.pairNetwork, login.id, facts.prefix, this.#key);
    this.#pairs.put(this.#key, atMs);
    mixKeys(TAG.pairClient, login.id, facts.client, this.#key);
    this.#pairs.put(this.#key, atMs);
  }
}

function columnFor(login: { familiar: boolean; knownPair: boolean }): number {
  if (login.knownPair) return ATTEMPT.failedKnown;
  return login.familiar ? ATTEMPT.failedFamiliar : ATTEMPT.failedNew;
}
