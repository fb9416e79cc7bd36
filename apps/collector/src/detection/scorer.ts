import type { AlertBook, AlertUpdate, Engine } from '@vedette/detection';
import type { Finding, RequestEvent } from '@vedette/protocol';

export interface ScorerOptions {
  readonly engine: Engine;
  readonly book: AlertBook;
  readonly onUpdate: (update: AlertUpdate) => void;
  readonly onScored?: (events: number) => void;
  readonly now?: () => number;
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
  #newestMs = Number.NEGATIVE_INFINITY;
  #arrivedMs = 0;
  #toldMs = Number.NEGATIVE_INFINITY;
  #position = 0;

  constructor(options: ScorerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Position in the order of storing up to which the engine has seen everything. */
  get position(): number {
    return this.#position;
  }

  /** @param position of the last event in the order of storing */
  score(events: readonly RequestEvent[], position: number): void {
    const wallMs = this.#now();
    for (const event of events) {
      if (event.startMs > this.#newestMs) {
        this.#newestMs = event.startMs;
        this.#arrivedMs = wallMs;
        if (this.#isLive() && event.startMs >= this.#toldMs + TELL_EVERY_MS) this.#tell(event.startMs);
      }
      const findings = this.#options.engine.observe(event);
      if (findings.length > 0) this.#file(findings);
    }
    this.#position = position;
    this.#options.onScored?.(events.length);
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
