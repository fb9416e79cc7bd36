import { setTimeout as pause } from 'node:timers/promises';
import type { Normaliser } from '@vedette/intake';
import type { RequestEvent } from '@vedette/protocol';
import type { Storage } from '@vedette/storage';
import type { Logger } from 'pino';
import type { Scorer } from './scorer.js';

/** Events kept in memory while older ones are scored; beyond it they are read from storage later. */
const MAX_HELD = 20_000;
/** Pause after storage failed, ms. */
const RETRY_MS = 1000;

export interface CatchUpOptions {
  readonly requestEvents: Pick<Storage['requestEvents'], 'append' | 'scan'>;
  readonly normaliser: Pick<Normaliser, 'learn'>;
  readonly scorer: Pick<Scorer, 'position' | 'score' | 'resume'>;
  /** Scores events of this run, in the order of the calls. */
  readonly score: (events: readonly RequestEvent[], position: number) => void;
  /** Told of events of this run that will be read from storage instead. */
  readonly onLeft: (events: number) => void;
  readonly logger: Logger;
}

/**
 * Sees to it that events are scored in the order in which they were stored, after a start as well: first what storage has
 * beyond the last snapshot, then what came meanwhile, then what comes. So the collector can take events long before the
 * detectors have seen what the last run left.
 *
 * Findings about alerts that are known change nothing; one that was lost with the last run, between storing its events and
 * storing the alert, is raised then.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  #isLive = false;
  #held: { events: readonly RequestEvent[]; position: number }[] = [];
  #heldEvents = 0;
  /** Up to here events are read from storage; those held come after it. */
  #leftInStorage = 0;
  #running: Promise<void> | null = null;
  #batch: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Whether the detectors have seen everything that is stored. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Takes events that are durable, in the order in which they were stored. */
  take(events: readonly RequestEvent[], position: number): void {
    if (this.#isLive) {
      this.#options.score(events, position);
      return;
    }
    this.#held.push({ events, position });
    this.#heldEvents += events.length;
    if (this.#heldEvents <= MAX_HELD) return;
    this.#options.onLeft(this.#heldEvents);
    this.#held = [];
    this.#heldEvents = 0;
    this.#leftInStorage = position;
  }

  /** Begins; to be called before the first `take`. Resolves once the detectors have seen everything, or after `close`. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Resolves when the scorer's position is exactly what the detectors have seen: not within a batch from storage. */
  rest(): Promise<void> {
    return this.#batch;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { requestEvents, scorer, logger } = this.#options;
    const { signal } = this.#closing;
    // Nothing of this run is stored yet. Its own events are learned from when they come in.
    const learnThrough = Math.max(await requestEvents.append([]), Date.now() * 1000);
    this.#leftInStorage = learnThrough;
    while (!signal.aborted && !this.#isLive) {
      if (scorer.position < this.#leftInStorage) {
        try {
          await this.#scoreStored(this.#leftInStorage, learnThrough);
        } catch (error) {
          logger.warn({ err: error }, 'detectors cannot catch up with storage, will try again');
          await pause(RETRY_MS, undefined, { signal }).catch(() => {});
        }
        continue;
      }
      this.#isLive = true;
      for (const { events, position } of this.#held.splice(0)) this.#options.score(events, position);
    }
  }

  async #scoreStored(through: number, learnThrough: number): Promise<void> {
    const { requestEvents, scorer, normaliser } = this.#options;
    const stored = requestEvents.scan({ fromMs: 0, afterPosition: scorer.position, throughPosition: through });
    for await (const { events, position } of stored) {
      if (position <= learnThrough) for (const event of events) normaliser.learn(event);
      this.#batch = scorer.score(events, position);
      await this.#batch;
      if (this.#closing.signal.aborted) return;
    }
    scorer.resume(through);
  }
}
