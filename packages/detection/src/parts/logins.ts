import { BloomGenerations } from '../core/bloom.js';
import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import { PerService } from '../core/per-service.js';
import type { Without } from '../without.js';
import { Attempts } from './attempts.js';
import type { Facts } from './facts.js';
import type { Population } from './population.js';
import { ServiceLogins } from './service-logins.js';

const DAY_MS = 86_400_000;
/** A login belongs to a password reset for an hour. */
const RESET_MS = 3_600_000;
/** Nobody can be aged where logins have been watched for less than this. */
const AGED_MS = 8 * DAY_MS;
const TAG = { pairNetwork: 13, pairClient: 14, place: 16 } as const;
/** Votes of one source a day about what is normal: enough for a household, too few to teach an attack. */
const VOTES_PER_SOURCE = 3;

const ACCOUNT_COLUMNS = {
  firstDay: 'u32',
  lastDay: 'u32',
  creditDay: 'u32',
  credits: 'u32',
  voteMs: 'f64',
  successes: 'u32',
  novelSuccesses: 'u32',
  resetMs: 'f64',
  resetClient: 'i32',
} as const;
const SOURCE_COLUMNS = {
  voteDay: 'u32',
  votes: 'u32',
  voteMs: 'f64',
} as const;

/**
 * Logins: which accounts are familiar, which (account, network) pairs, which attempts are first contacts and which
 * failures resolve. Shared by every detector that listens to logins.
 */
export class Logins implements Part {
  readonly services: PerService<ServiceLogins>;
  readonly attempts: Attempts;
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
    this.attempts = new Attempts(size, without);
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
    return [
      this.attempts.table,
      this.attempts.failures,
      this.#accounts,
      this.#sources,
    ] as unknown as readonly KeyTable<never>[];
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
        atMs - resetMs.get(account) <= RESET_MS &&
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
    this.attempts.read(facts);
  }

  /** Whether the account (key of service and identifier) has logged in here within 90 days. */
  isKnown(account: Readonly<Key>, nowMs: number): boolean {
    return this.#accounts.find(account, nowMs) >= 0;
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

  #readReset(facts: Facts): void {
    if (facts.event.authIdentifier === '') mixKeys(TAG.place, facts.prefix, facts.client, facts.login.id);
    this.attempts.readReset(facts);
  }

  /** Where accounts are not visible, a client in a network stands for one: somebody who comes back to a service mostly does so with both. */
  #readPlace(facts: Facts): void {
    const { login } = facts;
    mixKeys(TAG.place, facts.prefix, facts.client, login.id);
    login.familiar = login.knownPair = login.knownClient = this.#pairs.has(login.id);
    this.attempts.read(facts);
  }

  #learnBare(facts: Facts): void {
    const service = this.services.of(facts.event.service);
    const row = this.#sources.open(facts.source, facts.atMs);
    const { voteMs } = this.#sources.columns;
    if (facts.atMs - voteMs.get(row) >= 30_000) {
      voteMs.set(row, facts.atMs);
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
    this.#accounts.columns.resetMs.set(account, atMs);
    this.#accounts.columns.resetClient[account] = facts.client.lo;
  }

  #voteForHealth(facts: Facts, service: ServiceLogins): void {
    const { login, atMs } = facts;
    if (!login.knownPair || !login.aged) return;
    const account = this.#accounts.find(login.id, atMs);
    if (account < 0) return;
    const { voteMs } = this.#accounts.columns;
    // One vote per account in 90 s; a success after a failure is not a second opinion.
    if (atMs - voteMs.get(account) < 90_000) return;
    voteMs.set(account, atMs);
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
