import type { Key } from '../core/hash.js';
import type { Part } from '../core/part.js';
import { PeerVolumes } from '../core/peer-volumes.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Takers counted apart within a minute; two that share a place count as one, which only makes peers look busier. */
const SLOTS = 4_096;
const ROUTE_SLOTS = 256;
/** Minutes of takers from which on the peers are known. */
const MIN_MINUTES = 200;
/** The first requests of each taker in a minute show whether the service is slow: many takers speak, none much. */
const ORDINARY = 5;
const MIN_OTHERS = 30;
/** Weight of one request in the usual duration of its route. */
const DURATION_WEIGHT = 1 / 256;

/** How much everyone takes of one service, minute by minute: requests and service time by taker, and in all. */
export class MinuteLoad implements Part {
  minute = 0;
  totalCount = 0;
  totalBusyMs = 0;
  /** What 999 in 1,000 minutes of takers stay below. */
  peerCount = 0;
  peerBusyMs = 0;
  readonly counts = new PeerVolumes();
  readonly busy = new PeerVolumes();
  #firstMs = Number.NaN;
  readonly #count = new Uint16Array(SLOTS);
  readonly #busyMs = new Float32Array(SLOTS);
  /** Takers that are judged: their minutes teach nothing. */
  readonly #heavy = new Uint8Array(SLOTS);
  readonly #routes = new Uint32Array(ROUTE_SLOTS);
  /** Usual ln of the duration (ms), by route; 0 before the first. */
  readonly #usual = new Float32Array(ROUTE_SLOTS);
  #excess = 0;
  #others = 0;
  #isHeavy = false;

  /** Begins a new minute where the event's is one; late events count in the minute that is open. */
  openMinute(atMs: number): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    if (minute <= this.minute) return;
    if (Number.isNaN(this.#firstMs)) this.#firstMs = atMs;
    this.#close();
    this.minute = minute;
  }

  /** @returns requests of the taker in this minute, this one included */
  add(taker: Readonly<Key>, route: number, durationMs: number): number {
    const slot = taker.lo >>> 20;
    const ms = Math.max(0, durationMs);
    if (ms > 0 && this.#count[slot]! < ORDINARY) this.#noteDuration(route & (ROUTE_SLOTS - 1), ms);
    this.totalCount++;
    this.totalBusyMs += ms;
    this.#busyMs[slot]! += ms;
    this.#routes[route & (ROUTE_SLOTS - 1)]!++;
    if (this.#count[slot]! < 65_535) this.#count[slot]!++;
    return this.#count[slot]!;
  }

  /** How many times as long as usual for their routes the requests of others take in this minute; 1 while few speak. */
  get slowdown(): number {
    return this.#others < MIN_OTHERS ? 1 : Math.exp(this.#excess / this.#others);
  }

  busyOf(taker: Readonly<Key>): number {
    return this.#busyMs[taker.lo >>> 20]!;
  }

  /** Requests of a route in this minute (or of a few that share its place). */
  routeCount(route: number): number {
    return this.#routes[route & (ROUTE_SLOTS - 1)]!;
  }

  markHeavy(taker: Readonly<Key>): void {
    this.#heavy[taker.lo >>> 20] = 1;
    this.#isHeavy = true;
  }

  isKnown(nowMs: number): boolean {
    return this.counts.size >= MIN_MINUTES && nowMs - this.#firstMs >= DAY_MS;
  }

  save(): unknown {
    return {
      minute: this.minute,
      totalCount: this.totalCount,
      totalBusyMs: this.totalBusyMs,
      peerCount: this.peerCount,
      peerBusyMs: this.peerBusyMs,
      counts: this.counts.save(),
      busy: this.busy.save(),
      firstMs: this.#firstMs,
      count: this.#count.slice(),
      busyMs: this.#busyMs.slice(),
      heavy: this.#heavy.slice(),
      routes: this.#routes.slice(),
      usual: this.#usual.slice(),
      excess: this.#excess,
      others: this.#others,
      isHeavy: this.#isHeavy,
    };
  }

  load(saved: unknown): void {
    const from = saved as {
      minute: number;
      totalCount: number;
      totalBusyMs: number;
      peerCount: number;
      peerBusyMs: number;
      counts: unknown;
      busy: unknown;
      firstMs: number;
      count: Uint16Array;
      busyMs: Float32Array;
      heavy: Uint8Array;
      routes: Uint32Array;
      usual: Float32Array;
      excess: number;
      others: number;
      isHeavy: boolean;
    };
    this.minute = from.minute;
    this.totalCount = from.totalCount;
    this.totalBusyMs = from.totalBusyMs;
    this.peerCount = from.peerCount;
    this.peerBusyMs = from.peerBusyMs;
    this.counts.load(from.counts);
    this.busy.load(from.busy);
    this.#firstMs = from.firstMs;
    this.#count.set(from.count);
    this.#busyMs.set(from.busyMs);
    this.#heavy.set(from.heavy);
    this.#routes.set(from.routes);
    this.#usual.set(from.usual);
    this.#excess = from.excess;
    this.#others = from.others;
    this.#isHeavy = from.isHeavy;
  }

  #noteDuration(route: number, ms: number): void {
    const value = Math.log(ms);
    const usual = this.#usual[route]!;
    if (usual === 0) {
      this.#usual[route] = value;
      return;
    }
    this.#excess += value - usual;
    this.#others++;
    if (!this.#isHeavy) this.#usual[route] = usual + (value - usual) * DURATION_WEIGHT;
  }

  #close(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      const count = this.#count[slot]!;
      if (count === 0) continue;
      if (this.#heavy[slot] === 0) {
        this.counts.add(count);
        this.busy.add(this.#busyMs[slot]!);
      }
    }
    this.#count.fill(0);
    this.#busyMs.fill(0);
    this.#heavy.fill(0);
    this.#routes.fill(0);
    this.#excess = this.#others = 0;
    this.#isHeavy = false;
    this.totalCount = 0;
    this.totalBusyMs = 0;
    this.peerCount = this.counts.quantile(0.999);
    this.peerBusyMs = this.busy.quantile(0.999);
  }
}
