import { addDistinct, countDistinct, type Distinct, newDistinct } from '../core/distinct.js';
import type { Key } from '../core/hash.js';
import type { Part } from '../core/part.js';
import { PeerVolumes } from '../core/peer-volumes.js';

const DAY_MS = 86_400_000;
/** Readers counted apart within a day; two that share a place count as one, which only makes peers look keener. */
const SLOTS = 16_384;
/** Readers of whole days from which on the peers are known. */
const MIN_READERS = 50;
const MAX_KINDS = 1_000;
/** Items of a kind from which on it is a catalogue. */
const MIN_ITEMS = 100;
/**
 * A kind is public where at least half of the first contacts meet something that another reader read before, and one in
 * five of them is a stranger's: colleagues share documents as well, all of them known by name.
 */
const PUBLIC_SHARE = 0.5;
const STRANGERS = 0.2;
const MIN_VOTES = 30;
const MEMORY = 200;
/** Votes of one reader about what is public, a day. */
const VOTES = 3;

/** One kind of item at one service: how many there are, and whether they are there for all. */
export class Catalogue implements Part {
  /** Different items known; 0 while it is no catalogue. */
  size = 0;
  /** Share of first contacts of readers with an item that another reader read before, over the last two hundred votes. */
  #shared = 0;
  #strangers = 0;
  #sharedSize = 0;
  #distinct: Distinct = newDistinct();
  #stale = 0;

  get isPublic(): boolean {
    return this.#sharedSize >= MIN_VOTES && this.#shared >= PUBLIC_SHARE && this.#strangers >= STRANGERS;
  }

  /** One first contact: was the item known to others, is the reader without a name? */
  vote(isShared: boolean, isStranger: boolean): void {
    if (this.#sharedSize < MEMORY) this.#sharedSize++;
    this.#shared += ((isShared ? 1 : 0) - this.#shared) / this.#sharedSize;
    this.#strangers += ((isStranger ? 1 : 0) - this.#strangers) / this.#sharedSize;
  }

  /** Notes that an item exists. */
  add(item: Readonly<Key>): void {
    if (!addDistinct(this.#distinct, item.hi) || (this.size >= MIN_ITEMS && ++this.#stale < 16)) return;
    this.#stale = 0;
    const size = countDistinct(this.#distinct);
    this.size = size < MIN_ITEMS ? 0 : size;
  }

  save(): unknown {
    return {
      size: this.size,
      shared: this.#shared,
      strangers: this.#strangers,
      sharedSize: this.#sharedSize,
      distinct: this.#distinct,
      stale: this.#stale,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      size: number;
      shared: number;
      strangers: number;
      sharedSize: number;
      distinct: Distinct;
      stale: number;
    };
    this.size = from.size;
    this.#shared = from.shared;
    this.#strangers = from.strangers;
    this.#sharedSize = from.sharedSize;
    this.#distinct = from.distinct;
    this.#stale = from.stale;
  }
}

/** How many public items everyone reads of one service in a day, and which kinds are public. */
export class DailyReads implements Part {
  /** What 999 in 1,000 readers stay below in a day; 0 until it is known. */
  peerReads = 0;
  readonly reads = new PeerVolumes();
  readonly #kinds = new Map<string, Catalogue>();
  #day = 0;
  #firstMs = Number.NaN;
  readonly #count = new Uint16Array(SLOTS);
  readonly #heavy = new Uint8Array(SLOTS);
  readonly #votes = new Uint8Array(SLOTS);

  /** Kind of item by name, or `null` when there are too many. */
  kind(name: string): Catalogue | null {
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      if (this.#kinds.size >= MAX_KINDS) return null;
      kind = new Catalogue();
      this.#kinds.set(name, kind);
    }
    return kind;
  }

  /** Begins a new day where the event's is one. */
  openDay(atMs: number): void {
    const day = Math.floor(atMs / DAY_MS);
    if (day <= this.#day) return;
    if (Number.isNaN(this.#firstMs)) this.#firstMs = atMs;
    this.#day = day;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#count[slot]! > 0 && this.#heavy[slot] === 0) this.reads.add(this.#count[slot]!);
    }
    this.#count.fill(0);
    this.#heavy.fill(0);
    this.#votes.fill(0);
    this.peerReads = this.reads.size >= MIN_READERS ? this.reads.quantile(0.999) : 0;
  }

  /** Whether the reader may still vote today; takes the vote. */
  takeVote(reader: Readonly<Key>): boolean {
    const slot = reader.lo >>> 18;
    if (this.#votes[slot]! >= VOTES) return false;
    this.#votes[slot]!++;
    return true;
  }

  /** @returns reads of the reader on this day, this one included */
  add(reader: Readonly<Key>): number {
    const slot = reader.lo >>> 18;
    if (this.#count[slot]! < 65_535) this.#count[slot]!++;
    return this.#count[slot]!;
  }

  /** A read that was the same as one before is no item more; `floor` stays. */
  takeBack(reader: Readonly<Key>, floor: number): void {
    const slot = reader.lo >>> 18;
    if (this.#count[slot]! > floor) this.#count[slot]!--;
  }

  /** What this reader reads today teaches nothing. */
  markHeavy(reader: Readonly<Key>): void {
    this.#heavy[reader.lo >>> 18] = 1;
  }

  /** A day has passed: most of a catalogue that people read has been seen. */
  isKnown(nowMs: number): boolean {
    return nowMs - this.#firstMs >= DAY_MS;
  }

  save(): unknown {
    return {
      peerReads: this.peerReads,
      reads: this.reads.save(),
      kinds: [...this.#kinds].map(([name, kind]) => [name, kind.save()]),
      day: this.#day,
      firstMs: this.#firstMs,
      count: this.#count.slice(),
      heavy: this.#heavy.slice(),
      votes: this.#votes.slice(),
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      peerReads: number;
      reads: unknown;
      kinds: [string, unknown][];
      day: number;
      firstMs: number;
      count: Uint16Array;
      heavy: Uint8Array;
      votes: Uint8Array;
    };
    this.peerReads = from.peerReads;
    this.reads.load(from.reads);
    this.#kinds.clear();
    for (const [name, state] of from.kinds) this.kind(name)!.load(state);
    this.#day = from.day;
    this.#firstMs = from.firstMs;
    this.#count.set(from.count);
    this.#heavy.set(from.heavy);
    this.#votes.set(from.votes);
  }
}
