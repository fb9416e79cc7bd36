import type { Normaliser, RawRequest } from '@vedette/intake';
import { type RequestEvent, requestEventKey } from '@vedette/protocol';
import { DuplicateWindow } from './duplicate-window.js';

/** Event times further ahead of the collector's clock than this are taken as arrival time (detection-reference 7.3). */
const MAX_AHEAD_MS = 60_000;

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
  /** Told how long a body took to be normalised, and how long its new events waited to be durable. */
  readonly onStage?: (stage: 'normalise' | 'store', seconds: number) => void;
  readonly now?: () => number;
}

/**
 * Takes decoded requests to the point where the sender may be told that they are kept: normal form, duplicates
 * recognised, durable, handed on for scoring exactly once.
 */
export class IntakeDesk {
  readonly #options: IntakeDeskOptions;
  readonly #now: () => number;
  readonly #window: DuplicateWindow;

  constructor(options: IntakeDeskOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#window = new DuplicateWindow({ nowMs: this.#now() });
  }

  /** Tells of events that were stored before a restart. */
  remember(keys: readonly string[]): void {
    this.#window.settle(keys, this.#now());
  }

  /**
   * @throws whatever `store` throws; then none of the new events counts as received and the sender must try again
   */
  async accept(requests: readonly RawRequest[]): Promise<Receipt> {
    const nowMs = this.#now();
    const fresh: RequestEvent[] = [];
    const keys: string[] = [];
    const awaited = new Set<Promise<void>>();
    const commit = deferred();
    const oldestMs = nowMs - (this.#options.maxAgeMs ?? Number.POSITIVE_INFINITY);
    let clamped = 0;
    const startedMs = performance.now();
    for (const raw of requests) {
      let event = this.#options.normaliser.normalise(raw);
      const key = requestEventKey(event);
      const earlier = this.#window.find(key);
      if (earlier !== undefined) {
        if (earlier !== null && earlier !== commit.promise) awaited.add(earlier);
        continue;
      }
      if (event.startMs > nowMs + MAX_AHEAD_MS || event.startMs < oldestMs) {
        event = { ...event, startMs: nowMs };
        clamped++;
      }
      this.#window.add(key, commit.promise, nowMs);
      keys.push(key);
      fresh.push(event);
    }
    this.#options.onStage?.('normalise', (performance.now() - startedMs) / 1000);
    if (clamped > 0) this.#options.onClamped?.(clamped);
    if (fresh.length > 0) await this.#store(fresh, keys, commit);
    // A repeated event is only acknowledged once the batch that holds its first copy is durable.
    await Promise.all(awaited);
    return { stored: fresh.length, duplicates: requests.length - fresh.length };
  }

  async #store(events: readonly RequestEvent[], keys: readonly string[], commit: Deferred): Promise<void> {
    // Whoever waits for this commit handles its failure; without a waiter it must not count as unhandled.
    commit.promise.catch(() => {});
    let position: number;
    const startedMs = performance.now();
    try {
      position = await this.#options.store(events);
    } catch (error) {
      this.#window.forget(keys);
      commit.reject(error);
      throw error;
    }
    this.#window.settle(keys, this.#now());
    this.#options.onStage?.('store', (performance.now() - startedMs) / 1000);
    this.#options.onStored(events, position);
    commit.resolve();
  }
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
