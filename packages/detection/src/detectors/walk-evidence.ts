import type { Columns } from '../core/key-table.js';
import { binaryNats, clamp } from '../core/likelihood.js';
import type { Facts } from '../parts/facts.js';
import { isStep, type ObjectFacts } from '../parts/object-facts.js';
import type { Without } from '../without.js';
import { againstClerk } from './clerk-evidence.js';
import { type Nats, type Shares, totalNats } from './walk-statement.js';

/** No one is accused below five others' objects, ten missed or twelve unlisted ids (reference 5.6 and detection.md). */
const MIN_OWNERS = 5;
/**
 * Behind an address without a name there are several people, and one person comes from several addresses: more owners are
 * asked for, and more of them than somebody gets to whose work they are. A case takes a contact centre four minutes at
 * least (average handling times that are published lie between four and eight).
 */
const NAMELESS = { owners: 12, caseMs: 4 * 60_000 } as const;
const MIN_MISSED = 10;
const MIN_UNLISTED = 12;
/** Order alone never pages; with two more signs it does from fifty ids on (reference 11.8), with two strangers from twenty. */
const ORDER_LIMIT = 12;
const MIN_ORDERED = { steps: 50, backed: 20, owners: 2 } as const;
/**
 * Ids that no list had shown, or in order, may be the reader's own (a bookkeeper who goes through the order confirmations
 * in the mail). They count as a walk when something else says so: misses, speed beyond people's, or at least one in five of
 * them already known to be someone else's: owners mostly come by before the thief. To be new here is no sign of it, for
 * every customer reads an own order for the first time.
 */
const BACKING = 5;
/** Faster than one object a second over twenty: no person reads that fast (seen in about 1 in 12 benign walks). */
const FAST_COUNT = 20;
const FAST_GAP_MS = 1_000;
/** ln of the odds of each sign: 1 benign walk in 12 is fast, 1 in 12 is by someone first seen today; of attacks most. */
const SIGN_NATS = 2.5;
/** Nobody goes through a billion ids: at a hundred a second it takes four months. Longer numbers are names (telephones). */
const COUNTABLE = 1e9;
/** Benign shares are never taken to be below these: a handful of votes cannot show less. */
const FLOOR = { foreign: 0.005, missed: 0.02, unlisted: 0.02, ordered: 0.1 } as const;
/** A reader's own past counts as so many contacts before it outweighs the kind's. */
const SHRINK = 20;

/**
 * Sufficient statistics of the four tests since each was last at zero, for one reader and kind of object; and its tempo:
 * the last suspicious contact, what it asked for by then this hour, its other objects since.
 */
export const WALK_COLUMNS = {
  contacts: 'u32',
  foreign: 'u32',
  looked: 'u32',
  missed: 'u32',
  seen: 'u32',
  unlisted: 'u32',
  steps: 'u32',
  ordered: 'u32',
  firstMs: 'f64',
  lastMs: 'f64',
  lastPages: 'u32',
  between: 'u32',
  tempo: 'f32',
} as const;
export type Counts = { -readonly [N in keyof typeof WALK_COLUMNS]: number };

export function newCounts(): Counts {
  return {
    contacts: 0,
    foreign: 0,
    looked: 0,
    missed: 0,
    seen: 0,
    unlisted: 0,
    steps: 0,
    ordered: 0,
    firstMs: 0,
    lastMs: 0,
    lastPages: 0,
    between: 0,
    tempo: 0,
  };
}

/** Copies a row into `counts`; column by column, because a loop over names would look each of them up. */
export function readCounts(columns: Columns<typeof WALK_COLUMNS>, slot: number, counts: Counts): void {
  counts.contacts = columns.contacts[slot]!;
  counts.foreign = columns.foreign[slot]!;
  counts.looked = columns.looked[slot]!;
  counts.missed = columns.missed[slot]!;
  counts.seen = columns.seen[slot]!;
  counts.unlisted = columns.unlisted[slot]!;
  counts.steps = columns.steps[slot]!;
  counts.ordered = columns.ordered[slot]!;
  counts.firstMs = columns.firstMs.get(slot);
  counts.lastMs = columns.lastMs.get(slot);
  counts.lastPages = columns.lastPages[slot]!;
  counts.between = columns.between[slot]!;
  counts.tempo = columns.tempo[slot]!;
}

/** Copies `counts` into a row. */
export function storeCounts(columns: Columns<typeof WALK_COLUMNS>, slot: number, counts: Readonly<Counts>): void {
  columns.contacts[slot] = counts.contacts;
  columns.foreign[slot] = counts.foreign;
  columns.looked[slot] = counts.looked;
  columns.missed[slot] = counts.missed;
  columns.seen[slot] = counts.seen;
  columns.unlisted[slot] = counts.unlisted;
  columns.steps[slot] = counts.steps;
  columns.ordered[slot] = counts.ordered;
  columns.firstMs.set(slot, counts.firstMs);
  columns.lastMs.set(slot, counts.lastMs);
  columns.lastPages[slot] = counts.lastPages;
  columns.between[slot] = counts.between;
  columns.tempo[slot] = counts.tempo;
}

/** What one first contact says. Overwritten by every reading. */
export interface Contact {
  /** A stranger's object, handed out or refused. */
  foreign: boolean;
  /** Not there, or not for this reader. */
  missed: boolean;
  /** Handed out, and no list had shown it, where lists usually do. */
  unlisted: boolean;
  /** A small step from the id before it, by one person: behind an address there are several. */
  inOrder: boolean;
  /** With an object that has an owner, of a kind that is owned, the reader's circle included: it tells whether the reader keeps to these. */
  counts: boolean;
  /** Handed out, and nobody has read it before: the reader's own, or nobody came by yet. */
  unowned: boolean;
}

export function readContact(seen: ObjectFacts, isNamed: boolean, out: Contact): void {
  const { owner, listed, found, refused } = seen;
  const innocent = listed || owner === 'shared' || owner === 'circle';
  out.counts = owner !== 'shared' && owner !== 'none' && (found || refused) && seen.habits.areOwned;
  out.foreign = out.counts && !listed && owner === 'other';
  // One contact is evidence of one kind.
  out.missed = seen.missed && !out.foreign && owner !== 'own' && owner !== 'circle' && !listed && !isLookup(seen);
  out.unowned = found && !innocent && owner === 'none';
  out.unlisted = (out.unowned || (out.foreign && found)) && seen.habits.unlisted.rate < 0.5;
  out.inOrder = isNamed && (out.unowned || (out.foreign && found)) && isStep(seen.step);
}

/**
 * A name, a telephone number or a code that nobody here has, asked for where nobody owns what is asked for: an address book is
 * compared, an invitation typed. Ids that can be counted through are walked all the same.
 */
function isLookup(seen: ObjectFacts): boolean {
  return seen.owner === 'none' && !seen.refused && !isCountable(seen) && !seen.habits.areOwned;
}

function isCountable({ number, step }: ObjectFacts): boolean {
  return number < COUNTABLE || isStep(step);
}

/** Adds a contact to the counts. @param isNewOwner it is the first object of that stranger: each owner counts once */
export function countContact(counts: Counts, contact: Contact, seen: ObjectFacts, isNewOwner: boolean): void {
  // What nobody has read yet is no contact with anybody.
  if (contact.counts && (!contact.foreign || isNewOwner)) counts.contacts++;
  if (isNewOwner) counts.foreign++;
  if (!contact.foreign) counts.looked++;
  if (contact.missed) counts.missed++;
  if (seen.found) counts.seen++;
  if (contact.unlisted) counts.unlisted++;
  if ((contact.unowned || contact.foreign || contact.missed) && !Number.isNaN(seen.step)) {
    counts.steps++;
    if (isStep(seen.step)) counts.ordered++;
  }
}

/** Weighs the counts of one walk. */
export class WalkScale {
  /** As of the last weighing. */
  readonly nats: Nats = { foreign: 0, missed: 0, unlisted: 0, ordered: 0, signs: 0 };
  readonly shares: Shares = { foreign: 0, missed: 0, unlisted: 0, ordered: 0 };
  readonly #usesOwnPast: boolean;
  readonly #usesTempo: boolean;
  readonly #asksMinimum: boolean;

  constructor(without: Without) {
    this.#usesOwnPast = !without.has('own_past');
    this.#usesTempo = !without.has('tempo');
    this.#asksMinimum = !without.has('minimum');
  }

  /** Whether the contact can be evidence: of a reader whose work is others' objects, one more of them says nothing. */
  isSuspicious(contact: Contact, seen: ObjectFacts): boolean {
    if (contact.missed || contact.unlisted || contact.inOrder) return true;
    return contact.foreign && this.#foreignShare(seen) < 0.5;
  }

  /** The evidence as it stands. A test that is at zero or below starts anew. @returns the sum in nats */
  weigh(facts: Facts, nowMs: number, seen: ObjectFacts, counts: Counts): number {
    const { nats, shares } = this;
    const { atMs } = facts;
    this.#readShares(nowMs, seen);
    const isNamed = facts.whoKind !== 'client';
    const isKnown = seen.habits.isKnown(atMs) && (isNamed || seen.habits.haveOwners(atMs));
    const limit = againstClerk(seen, isNamed) + (this.#usesTempo ? counts.tempo : 0);
    nats.foreign =
      isKnown && seen.habits.areOwned
        ? Math.min(limit, binaryNats(counts.foreign, counts.contacts, shares.foreign))
        : 0;
    nats.missed = binaryNats(counts.missed, counts.looked, shares.missed);
    nats.unlisted = isKnown ? Math.min(limit, binaryNats(counts.unlisted, counts.seen, shares.unlisted)) : 0;
    // Where an id was learned is not whose it is: provenance alone never suffices either.
    if (nats.foreign <= 0) nats.unlisted = Math.min(ORDER_LIMIT, nats.unlisted);
    const canCountOrder = isNamed && !seen.staffNetwork && !seen.atWork;
    nats.ordered = canCountOrder ? clamp(binaryNats(counts.ordered, counts.steps, shares.ordered), 0, ORDER_LIMIT) : 0;
    nats.signs =
      (this.isFast(counts, atMs) ? SIGN_NATS : 0) + (isNamed && isKnown && seen.ageDays === 0 ? SIGN_NATS : 0);
    if (nats.foreign <= 0) counts.contacts = counts.foreign = 0;
    if (nats.missed <= 0) counts.looked = counts.missed = 0;
    if (nats.unlisted <= 0) counts.seen = counts.unlisted = 0;
    if (nats.ordered <= 0) counts.steps = counts.ordered = 0;
    return totalNats(nats);
  }

  /** Enough of something to accuse anybody. */
  hasMinimum(counts: Counts, atMs: number, isNamed: boolean): boolean {
    if (!this.#asksMinimum) return true;
    const { nats } = this;
    if (nats.foreign > 0 && (isNamed ? counts.foreign >= MIN_OWNERS : isBeyondWork(counts, atMs))) return true;
    if (nats.missed > 0 && counts.missed >= MIN_MISSED) return true;
    const maybeOwn = Math.max(counts.unlisted, counts.ordered);
    if (nats.missed <= 0 && !this.isFast(counts, atMs) && counts.foreign * BACKING < maybeOwn) return false;
    if (nats.unlisted > 0 && counts.unlisted >= MIN_UNLISTED) return true;
    return (
      nats.ordered > 0 &&
      counts.steps >= (counts.foreign >= MIN_ORDERED.owners ? MIN_ORDERED.backed : MIN_ORDERED.steps)
    );
  }

  /** Faster than a person reads, over enough objects to tell. */
  isFast(counts: Counts, atMs: number): boolean {
    return this.#usesTempo && counts.looked >= FAST_COUNT && atMs - counts.firstMs < counts.looked * FAST_GAP_MS;
  }

  #readShares(nowMs: number, seen: ObjectFacts): void {
    const { habits } = seen;
    const { shares } = this;
    shares.foreign = this.#foreignShare(seen);
    shares.missed = Math.max(habits.missShare(nowMs), FLOOR.missed);
    shares.unlisted = Math.max(habits.unlisted.rate, FLOOR.unlisted);
    shares.ordered = Math.max(habits.ordered.rate, FLOOR.ordered);
  }

  #foreignShare({ habits, pastOthers, pastOwned, staffNetwork }: ObjectFacts): number {
    // Where staff work, reading others' objects is the job; their volume is watched by other detectors.
    if (staffNetwork) return 1;
    const { rate } = habits.foreign;
    return clamp(this.#usesOwnPast ? (rate * SHRINK + pastOthers) / (SHRINK + pastOwned) : rate, FLOOR.foreign, 1);
  }
}

function isBeyondWork({ foreign, firstMs }: Counts, atMs: number): boolean {
  return foreign >= NAMELESS.owners && atMs - firstMs < foreign * NAMELESS.caseMs;
}
