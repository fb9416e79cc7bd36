import { type DecodeResult, decodeTraces, type Normaliser, type OtlpEncoding, type RawRequest } from '@vedette/intake';
import type { RequestEvent } from '@vedette/protocol';
import { Turns } from '../turns.js';
import { type Batch, DuplicateWindow } from './duplicate-window.js';

/** Event times further ahead of the collector's clock than this are taken as arrival time (detection-reference 7.3). */
const MAX_AHEAD_MS = 60_000;
/** Event times further behind it are stored, but the detectors do not score them (detection-reference 7.3). */
const LATE_MS = 24 * 3_600_000;

/** Requests brought into normal form in one turn: a few milliseconds. */
const SLICE = 512;

/** How many of the spans in one body were new and how many repeated. */
export interface Receipt {
  readonly stored: number;
  readonly duplicates: number;
}

export interface IntakeDeskOptions {
  readonly normaliser: Normaliser;
  /** Resolves once the events are durable, with the position of the last in the order of storing. */
  readonly store: (events: readonly RequestEvent[]) => Promise<number>;
  /** Called with durable events, in the order in which they were stored. */
  readonly onStored: (events: readonly RequestEvent[], position: number) => void;
  /** Event times further in the past are taken as arrival time, ms; default: none is too old. */
  readonly maxAgeMs?: number | undefined;
  readonly onClamped?: (count: number) => void;
  /** Told of new events whose time is so far behind that they are stored but not scored. */
  readonly onLate?: (count: number) => void;
  /** Told how long a body took to be decoded and normalised, and how long its new events waited to be durable. */
  readonly onStage?: (stage: 'decode' | 'normalise' | 'store', seconds: number) => void;
  readonly turns?: Turns;
  readonly now?: () => number;
}

/**
 * Takes bodies to the point where the sender may be told that they are kept: decoded, in normal form, duplicates
 * recognised, durable, handed on for scoring exactly once. It works in turns, so that a burst does not hold up the loop.
 */
export class IntakeDesk {
  readonly #options: IntakeDeskOptions;
  readonly #now: () => number;
  readonly #turns: Turns;
  readonly #window: DuplicateWindow;

  constructor(options: IntakeDeskOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#turns = options.turns ?? new Turns();
    this.#window = new DuplicateWindow({ nowMs: this.#now() });
  }

  /** Tells of events that were stored before a restart. */
  remember(keys: readonly string[]): void {
    this.#window.remember(keys, this.#now());
  }

  /** @throws VedetteError `VDT_INGEST_BUSY` when too many bodies wait; the sender must try again */
  read(body: Uint8Array, encoding: OtlpEncoding): Promise<DecodeResult> {
    return this.#turns.run(() => {
      const startedMs = performance.now();
      const decoded = decodeTraces(body, encoding);
      this.#options.onStage?.('decode', (performance.now() - startedMs) / 1000);
      return decoded;
    });
  }

  /**
   * @throws whatever `store` throws; then none of the new events counts as received and the sender must try again
   */
  async accept(requests: readonly RawRequest[]): Promise<Receipt> {
    const commit = deferred();
    const batch = this.#window.begin(commit.promise);
    const fresh: RequestEvent[] = [];
    const awaited = new Set<Promise<void>>();
    let seconds = 0;
    let storing: Promise<number> | undefined;
    // Whoever waits for this commit handles its failure; without a waiter it must not count as unhandled.
    commit.promise.catch(() => {});
    const fail = (error: unknown): never => {
      this.#window.forget(requests, batch);
      commit.reject(error);
      throw error;
    };
    for (let from = 0; from === 0 || from < requests.length; from += SLICE) {
      // Storing begins in the turn that completes the batch.
      const turn = this.#turns.goOn(() => {
        const startedMs = performance.now();
        this.#normalise(requests.slice(from, from + SLICE), { batch, own: commit.promise, fresh, awaited });
        seconds += (performance.now() - startedMs) / 1000;
        if (from + SLICE >= requests.length && fresh.length > 0) storing = this.#options.store(fresh);
      });
      await turn.catch(fail);
    }
    this.#options.onStage?.('normalise', seconds);
    if (storing === undefined) this.#window.settle(batch);
    else {
      const startedMs = performance.now();
      const position = await storing.catch(fail);
      this.#window.settle(batch);
      this.#options.onStage?.('store', (performance.now() - startedMs) / 1000);
      this.#options.onStored(fresh, position);
      commit.resolve();
    }
    // A repeated event is only acknowledged once the batch that holds its first copy is durable.
    await Promise.all(awaited);
    return { stored: fresh.length, duplicates: requests.length - fresh.length };
  }

  #normalise(requests: readonly RawRequest[], into: Batching): void {
    const nowMs = this.#now();
    const oldestMs = nowMs - (this.#options.maxAgeMs ?? Number.POSITIVE_INFINITY);
    let clamped = 0;
    let late = 0;
    for (const raw of requests) {
      const earlier = this.#window.claim(raw, into.batch, nowMs);
      if (earlier !== undefined) {
        if (earlier !== null && earlier !== into.own) into.awaited.add(earlier);
        continue;
      }
      let event = this.#options.normaliser.normalise(raw);
      if (event.startMs > nowMs + MAX_AHEAD_MS || event.startMs < oldestMs) {
        event = { ...event, startMs: nowMs };
        clamped++;
      } else if (event.startMs < nowMs - LATE_MS) late++;
      into.fresh.push(event);
    }
    if (clamped > 0) this.#options.onClamped?.(clamped);
    if (late > 0) this.#options.onLate?.(late);
  }
}

/** A batch while it is read. */
interface Batching {
  readonly batch: Batch;
  /** Resolves when this batch is durable. */
  readonly own: Promise<void>;
  readonly fresh: RequestEvent[];
  /** Batches that hold the first copy of what this one repeats. */
  readonly awaited: Set<Promise<void>>;
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

function deferred(): Deferred {
  let resolve!: () => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
