import { LeastAttackedRate } from '../core/least-attacked-rate.js';
import { clamp, nats } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import { VoteWindow } from '../core/vote-window.js';
import type { Without } from '../without.js';

/** An outage fails at least so many of all logins at home, where it is one that an attack could be taken for. */
const OUTAGE_FAILS = 0.5;
/**
 * Nats for an outage below which it is excluded: four or five successes in a row of people at home, at usual rates of
 * failure; odds of one in four or five, when outages are rare to begin with.
 */
const HEALTHY = -1.5;
/** Successes over which the share of familiar accounts is averaged, as of now. */
const COVERAGE_VOTES = 200;

/** How people at home fared, in totals since the service is watched; two of them say how it was between. */
export interface HomeLogins {
  ok: number;
  failed: number;
}

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
  /**
   * Of strange first contacts (an account that never logged in here, or one from a network and with a client both new
   * to it): shares that fail, and that fail and have not got in ten minutes later. Priors: crowds of dormant users fail
   * in 35 % of cases, and a quarter of those give up or mistyped their name (reference 9.5).
   */
  readonly strangeFailed: LeastAttackedRate;
  readonly strangeUnresolved: LeastAttackedRate;
  /**
   * Of strangers who failed, where accounts are not visible: those who failed once more. Prior: three of five, because the
   * half of the reference's forgetful users (5.2) has machines among it.
   */
  readonly failsAgain: LeastAttackedRate;
  /** Of strange first contacts that got in: without any request before from that source; from a source of today. */
  readonly noPage: LeastAttackedRate;
  readonly newSource: LeastAttackedRate;
  /** Of successes on familiar accounts: from a network and with a client both new to the account. Prior 3 %. */
  readonly novelOk: LeastAttackedRate;
  /** First contacts of accounts from networks where they had succeeded before: people at home. */
  readonly home: HomeLogins = { ok: 0, failed: 0 };
  /** First-contact successes so far, to see whether others get in while one source fails. */
  okTotal = 0;
  /** First-contact failures so far, those of open campaigns left out. */
  failTotal = 0;
  /** Share of successes by accounts that had succeeded before, as of now. */
  coverage = 0;
  #coverageVotes = 0;
  firstMs = Number.NaN;
  readonly #seesOutage: boolean;

  constructor(without: Without) {
    const kept = without.has('least_attacked') ? 1 : 0.5;
    this.failed = new LeastAttackedRate(0.2, 50, kept);
    this.failedNew = new LeastAttackedRate(0.07, 50, kept);
    this.familiarOk = new LeastAttackedRate(0, 20, kept);
    this.strangeFailed = new LeastAttackedRate(0.35, 50, kept);
    this.strangeUnresolved = new LeastAttackedRate(0.15, 50, kept);
    this.failsAgain = new LeastAttackedRate(0.6, 50, kept);
    this.noPage = new LeastAttackedRate(0.5, 20, kept);
    this.newSource = new LeastAttackedRate(0.5, 20, kept);
    this.novelOk = new LeastAttackedRate(0.03, 50, kept);
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

  /** How people at home fared since `since`: evidence that the login service was ill, in nats. */
  outageNats(since: Readonly<HomeLogins>): number {
    const usual = clamp(this.failed.rate, 0.1, 0.4);
    return (
      (this.home.failed - since.failed) * nats(OUTAGE_FAILS, usual) +
      (this.home.ok - since.ok) * nats(1 - OUTAGE_FAILS, 1 - usual)
    );
  }

  /** People at home got in as always since `since`: whatever failed elsewhere, it was no outage. */
  wasHealthy(since: Readonly<HomeLogins>): boolean {
    return !this.#seesOutage || this.outageNats(since) <= HEALTHY;
  }

  voteForCoverage(isFamiliar: boolean): void {
    if (this.#coverageVotes < COVERAGE_VOTES) this.#coverageVotes++;
    this.coverage += ((isFamiliar ? 1 : 0) - this.coverage) / this.#coverageVotes;
  }

  save(): unknown {
    return {
      failed: this.failed.save(),
      failedNew: this.failedNew.save(),
      familiarOk: this.familiarOk.save(),
      window: this.window.save(),
      bareWindow: this.bareWindow.save(),
      strangeFailed: this.strangeFailed.save(),
      strangeUnresolved: this.strangeUnresolved.save(),
      failsAgain: this.failsAgain.save(),
      noPage: this.noPage.save(),
      newSource: this.newSource.save(),
      novelOk: this.novelOk.save(),
      home: { ...this.home },
      okTotal: this.okTotal,
      failTotal: this.failTotal,
      coverage: this.coverage,
      coverageVotes: this.#coverageVotes,
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
    this.strangeFailed.load(from.strangeFailed);
    this.strangeUnresolved.load(from.strangeUnresolved);
    this.failsAgain.load(from.failsAgain);
    this.noPage.load(from.noPage);
    this.newSource.load(from.newSource);
    this.novelOk.load(from.novelOk);
    Object.assign(this.home, from.home);
    this.okTotal = from.okTotal as number;
    this.failTotal = from.failTotal as number;
    this.coverage = from.coverage as number;
    this.#coverageVotes = from.coverageVotes as number;
    this.firstMs = from.firstMs as number;
  }
}
