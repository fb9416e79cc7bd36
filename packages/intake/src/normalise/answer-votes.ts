import type { AuthOutcome } from '@vedette/protocol';

/** Answers told apart by their exact size, of one login route; the least seen make room. */
const MAX_CLASSES = 96;
/** A voter counts once among so many: neither a monitor nor an attacker fills a class alone. */
const VOTERS = 32;
/** Votes after which a class may define a side. */
const MIN_SIDE = 8;
/** …and after which a class may be told by sides that are known. */
const MIN_VOTES = 4;
/**
 * Nearly everybody who is let in goes on to use the service; of those who are refused at least half try again (in the
 * studies of password typing that the reference cites about three in four).
 */
const MIN_USED_SHARE = 0.7;
const MAX_REFUSED_SHARE = 0.5;
/** Standard errors between the two sides: one in 5,000 by chance for one pair, one in 50 over a hundred classes. */
const MIN_Z = 3.5;
/** Nats by which a class must fit one side better than the other (20:1). */
const MIN_NATS = 3;

/** What the senders of requests with one kind of answer did next. */
export interface Votes {
  used: number;
  again: number;
  /** Hashes of the last voters. */
  readonly voters: number[];
  outcome: AuthOutcome;
}

/** Serialisable. */
export interface SavedVotes {
  readonly votes: number;
  readonly judgedAt: number;
  readonly classes: readonly (readonly [key: number, votes: Votes])[];
}

/**
 * Tells good from bad answers of a login route that says neither by its status: what those who got an answer of this
 * size and status did next. Whoever is let in uses the service, whoever is refused tries again. Answers are told apart
 * by status and exact size, by status and size to a quarter of a power of two, and by status alone; the finest that is
 * known decides, and a coarser one only where nothing in it was told the other way.
 */
export class AnswerVotes {
  readonly #classes = new Map<number, Votes>();
  #votes = 0;
  #judgedAt = 0;

  vote(status: number, bytes: number, used: boolean, voter: number): void {
    let counted = false;
    for (const key of keysOf(status, bytes)) {
      if (key < 0) continue;
      const votes = this.#class(key);
      if (votes.voters.includes(voter)) continue;
      if (votes.voters.length >= VOTERS) votes.voters.shift();
      votes.voters.push(voter);
      if (used) votes.used++;
      else votes.again++;
      counted = true;
    }
    if (counted) this.#votes++;
  }

  /** How a request that got this answer ended; `''` while both sides are not known. */
  outcomeOf(status: number, bytes: number): AuthOutcome {
    this.#judge();
    const [exact, band, plain] = keysOf(status, bytes);
    const told = this.#classes.get(exact)?.outcome ?? '';
    if (told !== '') return told;
    const byBand = this.#classes.get(band)?.outcome ?? '';
    if (byBand !== '' && !this.#hasContrary(byBand, exactOf, bandOf(band))) return byBand;
    const byStatus = this.#classes.get(plain)?.outcome ?? '';
    return byStatus !== '' && !this.#hasContrary(byStatus, bandLevelOf, status) ? byStatus : '';
  }

  /** Whether this answer is given both to who is let in and to who is refused: only what follows tells them apart. */
  isMixed(status: number, bytes: number): boolean {
    for (const key of keysOf(status, bytes)) {
      const votes = this.#classes.get(key);
      if (votes === undefined || total(votes) < 2 * MIN_SIDE) continue;
      return votes.outcome === '' && votes.used >= MIN_SIDE && votes.again >= MIN_SIDE;
    }
    return false;
  }

  save(): SavedVotes {
    return { votes: this.#votes, judgedAt: this.#judgedAt, classes: [...this.#classes] };
  }

  load(saved: SavedVotes): void {
    this.#votes = saved.votes;
    this.#judgedAt = saved.judgedAt;
    for (const [key, votes] of saved.classes) this.#classes.set(key, votes);
  }

  #class(key: number): Votes {
    const known = this.#classes.get(key);
    if (known !== undefined) return known;
    if (this.#classes.size >= MAX_CLASSES) this.#forgetLeast();
    const made: Votes = { used: 0, again: 0, voters: [], outcome: '' };
    this.#classes.set(key, made);
    return made;
  }

  #forgetLeast(): void {
    let least = -1;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [key, { used, again }] of this.#classes) {
      if (isPlain(key) || used + again >= fewest) continue;
      least = key;
      fewest = used + again;
    }
    this.#classes.delete(least);
  }

  /** True where a class inside was told otherwise. */
  #hasContrary(outcome: AuthOutcome, inside: (key: number) => number, parent: number): boolean {
    for (const [key, votes] of this.#classes) {
      if (votes.outcome !== '' && votes.outcome !== outcome && inside(key) === parent) return true;
    }
    return false;
  }

  #judge(): void {
    // Sides change slowly: asked again when a fiftieth of the votes is new.
    if (this.#votes < this.#judgedAt + Math.max(1, this.#judgedAt / 50)) return;
    this.#judgedAt = this.#votes;
    const classes = [...this.#classes.values()];
    for (const votes of classes) votes.outcome = '';
    const sides = sidesOf(classes);
    if (sides === undefined) return;
    for (const votes of classes) votes.outcome = told(votes, sides);
  }
}

interface Sides {
  /** Share that went on to use the service, among the accepted and among the refused. */
  readonly accepted: number;
  readonly refused: number;
}

function sidesOf(classes: readonly Votes[]): Sides | undefined {
  let best: Votes | undefined;
  let worst: Votes | undefined;
  for (const votes of classes) {
    if (total(votes) < MIN_SIDE) continue;
    if (best === undefined || lower(votes) > lower(best)) best = votes;
    if (worst === undefined || upper(votes) < upper(worst)) worst = votes;
  }
  if (best === undefined || worst === undefined) return undefined;
  const accepted = share(best);
  const refused = share(worst);
  if (accepted < MIN_USED_SHARE || refused > MAX_REFUSED_SHARE) return undefined;
  const pooled = (best.used + worst.used) / (total(best) + total(worst));
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / total(best) + 1 / total(worst)));
  if (error > 0 && (accepted - refused) / error < MIN_Z) return undefined;
  return { accepted: Math.min(0.98, accepted), refused: Math.max(0.02, refused) };
}

function told(votes: Votes, { accepted, refused }: Sides): AuthOutcome {
  if (total(votes) < MIN_VOTES) return '';
  const nats = votes.used * Math.log(accepted / refused) + votes.again * Math.log((1 - accepted) / (1 - refused));
  const middle = (accepted + refused) / 2;
  // A class in which both are mixed lies between the sides, however many votes it has.
  if (nats >= MIN_NATS && share(votes) >= middle) return 'success';
  return nats <= -MIN_NATS && share(votes) < middle ? 'failure' : '';
}

function total(votes: Votes): number {
  return votes.used + votes.again;
}

function share(votes: Votes): number {
  return votes.used / total(votes);
}

/** One standard error of the share (with one vote added on either side) below and above it. */
function lower(votes: Votes): number {
  return share(votes) - spread(votes);
}

function upper(votes: Votes): number {
  return share(votes) + spread(votes);
}

function spread(votes: Votes): number {
  const n = total(votes) + 2;
  const p = (votes.used + 1) / n;
  return Math.sqrt((p * (1 - p)) / n);
}

/** Keys of the three levels: status · 2⁴⁰ + level · 2³⁸ + detail. Without a size only the status is known (-1, -1). */
function keysOf(status: number, bytes: number): readonly [number, number, number] {
  const plain = status * LEVELS;
  if (bytes < 0) return [-1, -1, plain];
  const band = Math.floor(Math.log2(bytes + 1) * 4);
  return [plain + 2 * LEVEL + Math.min(bytes, LEVEL - 1), plain + LEVEL + band, plain];
}

const LEVELS = 2 ** 40;
const LEVEL = 2 ** 38;

function isPlain(key: number): boolean {
  return key % LEVELS === 0;
}

/** Status and band of an exact class, as one number; -1 for others. */
function exactOf(key: number): number {
  const detail = key % LEVELS;
  if (detail < 2 * LEVEL) return -1;
  return Math.floor(key / LEVELS) * 1000 + Math.floor(Math.log2(detail - 2 * LEVEL + 1) * 4);
}

/** The same of a class by band. */
function bandOf(key: number): number {
  return Math.floor(key / LEVELS) * 1000 + ((key % LEVELS) - LEVEL);
}

/** Status of a class that is finer than its status; -1 for others. */
function bandLevelOf(key: number): number {
  return isPlain(key) ? -1 : Math.floor(key / LEVELS);
}
