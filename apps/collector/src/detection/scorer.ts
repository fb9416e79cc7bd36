import type { AlertBook, AlertUpdate, Engine } from '@vedette/detection';
import type { Finding, RequestEvent } from '@vedette/protocol';

export interface ScorerOptions {
  readonly engine: Engine;
  readonly book: AlertBook;
  readonly onUpdate: (update: AlertUpdate) => void;
  readonly onScored?: (events: number) => void;
  readonly now?: () => number;
}

/**
 * Takes durable request events through the engine and its findings into the alert book.
 *
 * Between events time goes on for the engine too (held findings are released, quiet campaigns close): its clock is the
 * newest event's time plus the wall-clock time since that event arrived, so traffic of another day keeps its own time.
 */
export class Scorer {
  readonly #options: ScorerOptions;
  readonly #now: () => number;
  #newestMs = Number.NEGATIVE_INFINITY;
  #arrivedMs = 0;
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
    for (const event of events) {
      if (event.startMs > this.#newestMs) {
        this.#newestMs = event.startMs;
        this.#arrivedMs = this.#now();
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
    if (this.#newestMs === Number.NEGATIVE_INFINITY) return;
    this.#file(this.#options.engine.advance(this.#newestMs + (this.#now() - this.#arrivedMs)));
  }

  #file(findings: readonly Finding[]): void {
    for (const finding of findings) {
      const update = this.#options.book.apply(finding);
      if (update !== null) this.#options.onUpdate(update);
    }
  }
}
