import { LeastAttackedRate } from '../core/least-attacked-rate.js';
import type { Part } from '../core/part.js';
import { VoteWindow } from '../core/vote-window.js';
import type { Without } from '../without.js';
import { AnswerSizes } from './answer-sizes.js';

const DAY_MS = 86_400_000;
/** A kind is known once this many readers have voted, four times each on average. */
const MIN_VOTERS = 10;
const MIN_VOTES = 40;
/**
 * So many readers have come back to what they had read before: somebody owns these objects. What nobody comes back to (names
 * in a look-up, codes, search results) has a first reader and no owner. Of contacts with an object that was read before nine
 * in ten are its owner's where there are owners, and at most three in ten by the same hand in a look-up: three are 3.3 nats.
 */
const MIN_RETURNERS = 3;
/** An object is shared once three have read it on two days: two whole days and the one that the first began in. */
const SHARED_DAYS = 3;

/** What is normal for the objects of one kind on one route, for one kind of reader. */
export class KindHabits implements Part {
  /**
   * First contacts with an object that someone outside of the reader's circle read first, among those with objects that
   * have an owner: what nobody has read yet says nothing about strangers, and while ownership is young that is most of it.
   * Prior 5 %: most objects have one reader.
   */
  readonly foreign: LeastAttackedRate;
  /**
   * First contacts of strangers among those with objects that many read: high where these are for all, low where they belong
   * to a circle (a company's documents). Prior one half.
   */
  readonly strangers: LeastAttackedRate;
  /** First contacts that end in 403, 404 or 410. Prior 5 % (reference 3.5). */
  readonly missed: LeastAttackedRate;
  /** First contacts with an object, whosever, that no list had handed out to the reader. Prior 1: nothing is known of lists. */
  readonly unlisted: LeastAttackedRate;
  /** Steps of at most three between the numeric ids of consecutive first contacts. Prior 30 %: own orders are neighbours. */
  readonly ordered: LeastAttackedRate;
  /** Misses of everyone in the last ten minutes: a release that broke links breaks them for all (guard G5). */
  readonly recent = new VoteWindow(60_000, 10);
  /** Sizes of answers to readers whose objects these were. */
  readonly sizes = new AnswerSizes();
  voters = 0;
  /** Readers whose habit it is to read others' objects: support, back office. */
  clerks = 0;
  /** Readers who came back, a day or more later, to an object that they had read before. */
  returners = 0;
  firstMs = Number.NaN;
  readonly #seesBrokenSite: boolean;

  constructor(without: Without) {
    const kept = without.has('least_attacked') ? 1 : 0.5;
    this.foreign = new LeastAttackedRate(0.05, 20, kept);
    this.strangers = new LeastAttackedRate(0.5, 10, kept);
    this.missed = new LeastAttackedRate(0.05, 20, kept);
    this.unlisted = new LeastAttackedRate(1, 20, kept);
    this.ordered = new LeastAttackedRate(0.3, 20, kept);
    this.#seesBrokenSite = !without.has('site_broken');
  }

  /** Ownership says something once ten readers have voted and a day has passed (reference 8.5). */
  isKnown(nowMs: number): boolean {
    return this.voters >= MIN_VOTERS && this.missed.size >= MIN_VOTES && nowMs - this.firstMs >= DAY_MS;
  }

  /**
   * Whether what is asked for here belongs to those who ask: they come back to it, or lists hand it out to them. Else this is
   * a look-up: who asks first for a name, a telephone number or a code does not own it.
   */
  get areOwned(): boolean {
    return (this.returners >= MIN_RETURNERS && this.foreign.rate < 0.5) || this.unlisted.rate < 0.5;
  }

  /**
   * Objects come back to the reader who had them, often enough to tell. Asked of readers without a name: the first address
   * that looked at a public page does not own it, and before a few days have passed none could be seen to be shared.
   */
  haveOwners(nowMs: number): boolean {
    return this.foreign.size >= MIN_VOTES && nowMs - this.firstMs >= SHARED_DAYS * DAY_MS;
  }

  missShare(nowMs: number): number {
    const recent = this.#seesBrokenSite ? this.recent.failureShare(nowMs) : -1;
    return Math.max(this.missed.rate, recent < 0 ? 0 : Math.min(0.9, 1.15 * recent));
  }

  save(): unknown {
    return {
      foreign: this.foreign.save(),
      strangers: this.strangers.save(),
      missed: this.missed.save(),
      unlisted: this.unlisted.save(),
      ordered: this.ordered.save(),
      recent: this.recent.save(),
      sizes: this.sizes.save(),
      voters: this.voters,
      clerks: this.clerks,
      returners: this.returners,
      firstMs: this.firstMs,
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.foreign.load(from.foreign);
    this.strangers.load(from.strangers);
    this.missed.load(from.missed);
    this.unlisted.load(from.unlisted);
    this.ordered.load(from.ordered);
    this.recent.load(from.recent);
    this.sizes.load(from.sizes);
    this.voters = from.voters as number;
    this.clerks = from.clerks as number;
    this.returners = from.returners as number;
    this.firstMs = from.firstMs as number;
  }
}
