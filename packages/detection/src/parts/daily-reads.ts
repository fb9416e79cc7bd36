import type { Key } from '../core/hash.js';
import type { Part } from '../core/part.js';
import { PeerVolumes } from '../core/peer-volumes.js';
import { Catalogue } from './catalogue.js';

const DAY_MS = 86_400_000;
/** Readers counted apart within a day; two that share a place count as one, which only makes peers look keener. */
const SLOTS = 16_384;
/** Readers of whole days from which on the peers are known. */
const MIN_READERS = 50;
/** So many readers of whole days do not decide what peers read: a crawler, a load test, a copy that was not found. */
const OUTLIERS = 3;
const MAX_KINDS = 1_000;
/** Votes of one reader about what is public, a day. */
const VOTES = 3;
/** Names are visible where at least one read in ten has one, over the last thousand votes: enough for strangers to stand out. */
const NAMED_SHARE = 0.1;
const NAMED_MEMORY = 1_000;

/** How many public items everyone reads of one service in a day, and which kinds are public. */
export class DailyReads implements Part {
  /** What 999 in 1,000 readers stay below in a day; 0 until it is known. */
  peerReads = 0;
  readonly reads = new PeerVolumes();
  readonly #kinds = new Map<string, Catalogue>();
  #named = 0;
  #namedSize = 0;
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
    const { size } = this.reads;
    this.peerReads = size >= MIN_READERS ? this.reads.quantile(Math.min(0.999, 1 - OUTLIERS / size)) : 0;
  }

  /** Whether the reader may still vote today; takes the vote. */
  takeVote(reader: Readonly<Key>): boolean {
    const slot = reader.lo >>> 18;
    if (this.#votes[slot]! >= VOTES) return false;
    this.#votes[slot]!++;
    return true;
  }

  /** One vote about whether readers of this service have names. */
  voteNamed(isNamed: boolean): void {
    if (this.#namedSize < NAMED_MEMORY) this.#namedSize++;
    this.#named += ((isNamed ? 1 : 0) - this.#named) / this.#namedSize;
  }

  /** Who has a name here shows it, so that what is handed out to a reader without one is there for all. */
  get hasNames(): boolean {
    return this.#named >= NAMED_SHARE;
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
      named: this.#named,
      namedSize: this.#namedSize,
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
      named: number;
      namedSize: number;
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
    this.#named = from.named;
    this.#namedSize = from.namedSize;
    this.#day = from.day;
    this.#firstMs = from.firstMs;
    this.#count.set(from.count);
    this.#heavy.set(from.heavy);
    this.#votes.set(from.votes);
  }
}
