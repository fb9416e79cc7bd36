import { BloomGenerations } from '../core/bloom.js';
import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import { PerService } from '../core/per-service.js';
import type { Without } from '../without.js';
import type { Facts } from './facts.js';
import type { Population } from './population.js';
import { ServiceLogins } from './service-logins.js';

const DAY_MS = 86_400_000;
/** A failure that succeeds within ten minutes was a person (reference 11.2). */
export const RESOLVE_MS = 600_000;
/** A login belongs to a password reset for an hour. */
const RESET_MS = 3_600_000;
/** Nobody can be aged where logins have been watched for less than this. */
const AGED_MS = 8 * DAY_MS;
const TAG = { attempt: 12, pairNetwork: 13, pairClient: 14, lastFailure: 15, place: 16 } as const;
/** Votes of one source a day about what is normal: enough for a household, too few to teach an attack. */
const VOTES_PER_SOURCE = 3;

/** State of an attempt (source, account) within a day. */
const ATTEMPT = { failedNew: 1, failedFamiliar: 2, failedKnown: 3, ok: 4, explained: 5 } as const;

const ATTEMPT_COLUMNS = { state: 'u8', marks: 'u8', tries: 'u8', atMs: 'f64' } as const;
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
    size: {
      readonly attempts: number;
      readonly accounts: number;
      readonly loginSources: number;
      readonly pairs: number;
    },
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
      maxKeys: size.loginSources,
      ttlMs: DAY_MS,
      columns: SOURCE_COLUMNS,
    });
    this.#pairs = new BloomGenerations({
      name: 'places of accounts',
      keys: size.pairs,
      generations: 3,
      generationMs: 30 * DAY_MS,
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.attempts, this.#accounts, this.#sources] as unknown as readonly KeyTable<never>[];
  }

  /** Fills `facts.login` from what was known before this event. */
  read(facts: Facts): void {
    const { event, login, atMs } = facts;
    login.active = event.authEvent === 'login' && event.authOutcome !== '' && facts.hasSource;
    login.resolved = -1;
    if (!login.active) {
      if (event.authEvent === 'reset' && facts.hasSource) this.#readReset(facts);
      return;
    }
    login.ok = event.authOutcome === 'success';
    login.hasId = event.authIdentifier !== '';
    login.contact = 'first';
    login.familiar = login.knownPair = login.knownClient = login.aged = false;
    login.credit = login.explains = true;
    login.successes = login.novelSuccesses = 0;
    login.recentReset = false;
    login.attempt = -1;
    if (!login.hasId) {
      this.#readPlace(facts);
      return;
    }
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
      login.explains = creditDay[account] !== today || credits[account]! < 2 || this.#without.has('credit_cap');
      mixKeys(TAG.pairNetwork, login.id, facts.prefix, this.#key);
      login.knownPair = this.#pairs.has(this.#key);
      mixKeys(TAG.pairClient, login.id, facts.client, this.#key);
      login.knownClient = this.#pairs.has(this.#key);
    }
    const service = this.services.of(event.service);
    const isYoung = !(atMs - service.firstMs >= AGED_MS);
    const isTrusted = login.aged || login.knownPair || login.knownClient || isYoung;
    login.credit = login.explains && isTrusted && !this.#without.has('success_votes');
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

  /** How often the attempt was repeated. */
  repeatsOf(attempt: Readonly<Key>, nowMs: number): number {
    const slot = this.attempts.find(attempt, nowMs);
    return slot < 0 ? 0 : this.attempts.columns.tries[slot]!;
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
    if (login.knownPair && login.contact === 'first') service.home[login.ok ? 'ok' : 'failed']++;
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

  /** Where accounts are not visible, a client in a network stands for one: somebody who comes back to a service mostly does so with both. */
  #readPlace(facts: Facts): void {
    const { login } = facts;
    mixKeys(TAG.place, facts.prefix, facts.client, login.id);
    login.familiar = login.knownPair = login.knownClient = this.#pairs.has(login.id);
    this.#readAttempt(facts);
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
      if (login.ok) {
        if (!this.#resolveElsewhere(facts)) this.#explainTypo(facts, slot);
      } else this.#noteFailure(facts);
      return;
    }
    const state = columns.state[slot]!;
    if (columns.tries[slot]! < 255) columns.tries[slot]!++;
    login.contact = 'repeat';
    if (login.ok && state <= ATTEMPT.failedKnown && !this.#without.has('unresolved')) {
      columns.state[slot] = ATTEMPT.ok;
      if (Math.abs(atMs - columns.atMs[slot]!) <= RESOLVE_MS) {
        login.contact = 'resolves';
        login.resolved = slot;
      }
    }
  }

  /** Remembers the attempt (its key is at hand) by who made it, and by account and client, wherever that is. */
  #noteFailure(facts: Facts): void {
    const { hi, lo } = this.#key;
    mixKeys(TAG.lastFailure, facts.login.id, facts.client, this.#key);
    for (const place of [facts.sourceClient, this.#key]) {
      const row = this.#sources.open(place, facts.atMs);
      const { failHi, failLo, failMs } = this.#sources.columns;
      failHi[row] = hi;
      failLo[row] = lo;
      failMs[row] = facts.atMs;
    }
  }

  /** Whoever asks for a new password after failing is a person: that failure is explained (guard G7). */
  #readReset(facts: Facts): void {
    if (this.#without.has('resets')) return;
    if (facts.event.authIdentifier === '') mixKeys(TAG.place, facts.prefix, facts.client, facts.login.id);
    mixKeys(TAG.lastFailure, facts.login.id, facts.client, this.#key);
    const failed = this.#failedAt(this.#key, facts.atMs);
    if (failed < 0) return;
    this.attempts.columns.state[failed] = ATTEMPT.explained;
    facts.login.resolved = failed;
  }

  /** A phone that failed with one address of its carrier gets in with the next one. */
  #resolveElsewhere(facts: Facts): boolean {
    const { login, atMs } = facts;
    mixKeys(TAG.lastFailure, login.id, facts.client, this.#key);
    const failed = this.#failedAt(this.#key, atMs);
    if (failed < 0) return false;
    this.attempts.columns.state[failed] = ATTEMPT.ok;
    login.contact = 'resolves';
    login.resolved = failed;
    return true;
  }

  /** The attempt that failed last there and may still resolve, or -1; it is told once. */
  #failedAt(place: Readonly<Key>, atMs: number): number {
    if (this.#without.has('unresolved')) return -1;
    const row = this.#sources.find(place, atMs);
    if (row < 0) return -1;
    const { failHi, failLo, failMs } = this.#sources.columns;
    if (failMs[row] === 0 || atMs - failMs[row]! > RESOLVE_MS) return -1;
    this.#key.hi = failHi[row]!;
    this.#key.lo = failLo[row]!;
    failMs[row] = 0;
    const failed = this.attempts.find(this.#key, atMs);
    return failed < 0 || this.attempts.columns.state[failed]! > ATTEMPT.failedKnown ? -1 : failed;
  }

  /** The same client mistyped its name just before: that failure is explained, once per account and day. */
  #explainTypo(facts: Facts, slot: number): void {
    // Only an account that was not made for this, and only for so many sources a day.
    if (!facts.login.familiar || !facts.login.explains) return;
    const failed = this.#failedAt(facts.sourceClient, facts.atMs);
    if (failed < 0 || failed === slot) return;
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
    const { login, atMs } = facts;
    if (Number.isNaN(service.firstMs)) service.firstMs = atMs;
    if (login.contact === 'first' && login.knownPair) service.home[login.ok ? 'ok' : 'failed']++;
    if (facts.tainted) return;
    this.#voteForNormal(facts, service);
    if (!login.ok) return;
    if (login.knownPair) this.#population.returned(facts, facts.sourceClient);
    this.#pairs.put(login.id, atMs);
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
    if (login.contact === 'first' && isStrange(login)) this.#voteForStrangers(facts, service);
    if (!login.hasId) return;
    service.failedNew.vote(!login.ok && !login.familiar, atMs);
    if (login.ok) service.familiarOk.vote(login.familiar, atMs);
    if (login.ok && login.familiar) service.novelOk.vote(!login.knownPair && !login.knownClient, atMs);
    if (login.ok) service.voteForCoverage(login.familiar);
  }

  #voteForStrangers(facts: Facts, service: ServiceLogins): void {
    const { login, atMs } = facts;
    service.strangeFailed.vote(!login.ok, atMs);
    if (!login.ok) return;
    const before = this.#population.seenBefore(facts);
    service.noPage.vote(before === null, atMs);
    service.newSource.vote(before === null || atMs - before.firstMs < DAY_MS, atMs);
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

/** An account that never logged in here, or one from a network and with a client both new to it. */
export function isStrange(login: Facts['login']): boolean {
  return !login.knownPair && !(login.familiar && login.knownClient);
}

function columnFor(login: { familiar: boolean; knownPair: boolean }): number {
  if (login.knownPair) return ATTEMPT.failedKnown;
  return login.familiar ? ATTEMPT.failedFamiliar : ATTEMPT.failedNew;
}
