import type { AlertBook, AlertUpdate, Engine } from '@vedette/detection';
import type { Finding, RequestEvent } from '@vedette/protocol';
import { Turns } from '../turns.js';

export interface ScorerOptions {
  readonly engine: Engine;
  readonly book: AlertBook;
  readonly onUpdate: (update: AlertUpdate) => void;
  readonly onScored?: (events: number, seconds: number) => void;
  /** Told of a defect of ours that an event showed; the events after it are scored all the same. */
  readonly onFault?: (error: unknown) => void;
  readonly now?: () => number;
  readonly turns?: Turns;
}

/** Events scored in one turn: some milliseconds. */
const SLICE = 256;

/** Part of a batch, and the position of its last event. */
interface Slice {
  readonly from: number;
  readonly end: number;
  readonly position: number;
}

/** An event that started this close to the wall clock is live; agents deliver within seconds, after an outage later. */
const LIVE_MS = 60_000;

/** How often the engine is told the present while live events flow: well within the minute that it lets events run ahead. */
const TELL_EVERY_MS = 15_000;

/**
 * Takes durable request events through the engine and its findings into the alert book.
 *
 * While live events flow the engine is told what time it is: held findings are then released and quiet campaigns close
 * between events, and a sender's clock that runs ahead is not believed. Past traffic (an import, a rebuild, a sender that
 * delivers late) keeps its own time: the engine knows nothing but the events.
 */
export class Scorer {
  readonly #options: ScorerOptions;
  readonly #now: () => number;
  readonly #turns: Turns;
  #newestMs = Number.NEGATIVE_INFINITY;
  #arrivedMs = 0;
  #toldMs = Number.NEGATIVE_INFINITY;
  #position = 0;
  #waiting = 0;

  constructor(options: ScorerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#turns = options.turns ?? new Turns();
  }

  /** Position in the order of storing up to which the engine has seen everything. */
  get position(): number {
    return this.#position;
  }

  /**
   * Scores events in turns, in the order of the calls.
   *
   * @param position of the last event in the order of storing; those before it have the numbers before it
   */
  async score(events: readonly RequestEvent[], position: number): Promise<void> {
    this.#waiting += events.length;
    const turns: Promise<void>[] = [];
    for (let from = 0; from < events.length; from += SLICE) {
      const end = Math.min(from + SLICE, events.length);
      // All slices are queued at once, so that those of the next call come after them.
      turns.push(this.#turns.goOn(() => this.#slice(events, { from, end, position: position - events.length + end })));
    }
    await Promise.all(turns);
  }

  /** Events that wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves once everything handed in so far is scored. */
  settled(): Promise<void> {
    return this.#turns.goOn(() => {});
  }

  #slice(events: readonly RequestEvent[], { from, end, position }: Slice): void {
    const startedMs = performance.now();
    const wallMs = this.#now();
    for (let i = from; i < end; i++) {
      const event = events[i]!;
      if (event.startMs > this.#newestMs) {
        this.#newestMs = event.startMs;
        this.#arrivedMs = wallMs;
        if (this.#isLive() && event.startMs >= this.#toldMs + TELL_EVERY_MS) this.#tell(event.startMs);
      }
      try {
        const findings = this.#options.engine.observe(event);
        if (findings.length > 0) this.#file(findings);
      } catch (error) {
        this.#options.onFault?.(error);
      }
    }
    this.#position = position;
    this.#waiting -= end - from;
    this.#options.onScored?.(end - from, (performance.now() - startedMs) / 1000);
  }

  /** Goes on from a snapshot that covers everything stored up to `position`. */
  resume(position: number): void {
    this.#position = position;
  }

  /** To be called about once a second. */
  tick(): void {
    if (this.#isLive()) this.#tell(this.#newestMs + (this.#now() - this.#arrivedMs));
  }

  #isLive(): boolean {
    return Math.abs(this.#arrivedMs - this.#newestMs) <= LIVE_MS;
  }

  #tell(nowMs: number): void {
    this.#toldMs = nowMs;
    this.#file(this.#options.engine.advance(nowMs));
  }

  #file(findings: readonly Finding[]): void {
    for (const finding of findings) {
      const update = this.#options.book.apply(finding);
      if (update !== null) this.#options.onUpdate(update);
    }
  }
}
