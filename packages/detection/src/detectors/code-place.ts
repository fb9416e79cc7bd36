import { LeastAttackedRate } from '../core/least-attacked-rate.js';
import { clamp } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import { VoteWindow } from '../core/vote-window.js';
import { CodeAnswers } from './code-answers.js';

/**
 * Shares of tries that fail, before anything was learned: of one-time passwords 15 % at first (reference 5.8), a quarter
 * of those who try another; coupons and invitations expire and are shared, half of further tries fail (reference 5.8).
 */
const PRIOR = { otp: { first: 0.15, again: 0.25 }, code: { first: 0.3, again: 0.5 } } as const;
/** Learned shares are taken within these: nobody types without errors, and where nearly all fail a failure says nothing. */
const BOUNDS = { first: [0.1, 0.95], again: [0.2, 0.95] } as const;
const PRIOR_VOTES = 20;
/** Share of people who give up after three failing codes; prior and bounds. */
const GIVE_UP = { prior: 0.03, low: 0.005, high: 0.3 } as const;
/** When nine of ten fail at the moment it is the service that fails. */
const BROKEN = 0.9;

/** What is normal where codes are tried: one route or operation. */
export class CodePlace implements Part {
  /** First tries of a key that fail, and tries that follow a failed one. */
  #first!: LeastAttackedRate;
  #again!: LeastAttackedRate;
  #gaveUp!: LeastAttackedRate;
  /** What its answers of status 200 say. */
  readonly answers = new CodeAnswers();
  #readsAnswers = false;
  /** Tries of callers that were here before, in the last ten minutes: an outage fails them all (guard G5). */
  readonly #recent = new VoteWindow(60_000, 10);

  constructor(
    readonly id: number,
    readonly isOtp: boolean,
  ) {
    this.#restart();
  }

  /** An answer of success turned out to be a refusal: what was learned before, when it passed for a right code, is void. */
  readsAnswers(): void {
    if (this.#readsAnswers) return;
    this.#readsAnswers = true;
    this.#restart();
  }

  /** Share of harmless tries that fail, after a failed one (`again`) or not. */
  failShare(again: boolean, nowMs: number): number {
    const learned = again ? this.#again.rate : this.#first.rate;
    const [low, high] = again ? BOUNDS.again : BOUNDS.first;
    const recent = this.#recent.failureShare(nowMs);
    return clamp(Math.max(learned, recent < 0 ? 0 : 1.15 * recent), low, high);
  }

  get size(): number {
    return this.#again.size + this.#first.size;
  }

  get giveUpShare(): number {
    return clamp(this.#gaveUp.rate, GIVE_UP.low, GIVE_UP.high);
  }

  isBroken(nowMs: number): boolean {
    return this.#recent.failureShare(nowMs) >= BROKEN;
  }

  /** @param network well-mixed bits of the voter's network */
  vote(again: boolean, failed: boolean, network: number, atMs: number): void {
    (again ? this.#again : this.#first).vote(failed, atMs);
    this.#recent.vote(failed, network, atMs);
  }

  voteGaveUp(gaveUp: boolean, atMs: number): void {
    this.#gaveUp.vote(gaveUp, atMs);
  }

  save(): unknown {
    return {
      first: this.#first.save(),
      again: this.#again.save(),
      gaveUp: this.#gaveUp.save(),
      recent: this.#recent.save(),
      answers: this.answers.save(),
      readsAnswers: this.#readsAnswers,
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#first.load(from.first);
    this.#again.load(from.again);
    this.#gaveUp.load(from.gaveUp);
    this.#recent.load(from.recent);
    this.answers.load(from.answers);
    this.#readsAnswers = from.readsAnswers as boolean;
  }

  #restart(): void {
    const prior = this.isOtp ? PRIOR.otp : PRIOR.code;
    this.#first = new LeastAttackedRate(prior.first, PRIOR_VOTES);
    this.#again = new LeastAttackedRate(prior.again, PRIOR_VOTES);
    this.#gaveUp = new LeastAttackedRate(GIVE_UP.prior, PRIOR_VOTES);
  }
}
