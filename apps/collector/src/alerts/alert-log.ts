import type { AlertUpdate } from '@vedette/detection';
import { type Alert, type AlertChange, type AlertEvent, VedetteError } from '@vedette/protocol';
import type { Logger } from 'pino';

/** Who triaged, and what they wrote. */
export interface Author {
  readonly by: string;
  readonly comment: string | null;
}

export interface AlertLogOptions {
  /** Durable when it resolves. */
  readonly store: (events: readonly AlertEvent[]) => Promise<void>;
  readonly lastSequence: number;
  readonly logger: Logger;
  readonly now?: () => number;
}

/** Longest wait between two tries to store alert events while storage is away, ms. */
const MAX_RETRY_MS = 5_000;

/**
 * The log of everything that happened to alerts. Gives each change its place in the sequence, makes it durable, and only
 * then tells listeners, in order. While storage is away changes of one alert fold into the newest, so what waits is
 * bounded by the number of alerts.
 */
export class AlertLog {
  readonly #options: AlertLogOptions;
  readonly #listeners = new Set<(event: AlertEvent) => void>();
  #waiting: { update: AlertUpdate; author: Author | null; done: (() => void)[] }[] = [];
  #sequence: number;
  #writing: Promise<void> | null = null;
  #closed = false;

  constructor(options: AlertLogOptions) {
    this.#options = options;
    this.#sequence = options.lastSequence;
  }

  /** Sequence of the newest durable event. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Changes that are not durable yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Calls `listener` with each event once it is durable. @returns a function that ends it */
  listen(listener: (event: AlertEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once the change is durable and listeners have it. */
  append(update: AlertUpdate, author: Author | null = null): Promise<void> {
    return new Promise((resolve) => {
      const same = this.#waiting.findLast((entry) => entry.update.alert.id === update.alert.id);
      if (same !== undefined && same.author === null && author === null) {
        same.update = { change: foldChanges(same.update.change, update.change), alert: update.alert };
        same.done.push(resolve);
      } else {
        this.#waiting.push({ update, author, done: [resolve] });
      }
      this.#writing ??= this.#write();
    });
  }

  /**
   * Resolves once every change appended so far is durable.
   *
   * @throws VedetteError `VDT_CLOSING` when the log was closed over changes that storage did not take
   */
  async settled(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length === 0) return;
    throw new VedetteError('VDT_CLOSING', `${this.#waiting.length} alert events are not stored`);
  }

  /** Stops after what waits has been written, or gives up when storage is away. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }

  async #write(): Promise<void> {
    // Lets the changes of one batch of events fold before they are written.
    await new Promise((resolve) => setImmediate(resolve));
    let retryMs = 50;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const recordedAt = new Date((this.#options.now ?? Date.now)()).toISOString();
      const events = batch.map(({ update, author }, index): AlertEvent => {
        const sequence = this.#sequence + index + 1;
        const by = author?.by ?? null;
        return {
          sequence,
          change: update.change,
          recordedAt,
          by,
          comment: author?.comment ?? null,
          alert: update.alert,
        };
      });
      try {
        await this.#options.store(events);
      } catch (error) {
        this.#waiting = [...batch, ...this.#waiting];
        this.#options.logger.error({ err: error, waiting: this.#waiting.length }, 'alert events could not be stored');
        if (this.#closed) break;
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
        continue;
      }
      retryMs = 50;
      this.#sequence += events.length;
      for (const event of events) for (const listener of this.#listeners) listener(event);
      for (const entry of batch) for (const done of entry.done) done();
    }
    this.#writing = null;
  }
}

/** The change that people must hear of when two fold into one. */
function foldChanges(earlier: AlertChange, later: AlertChange): AlertChange {
  if (later === 'updated') return earlier;
  if (later === 'escalated' && (earlier === 'raised' || earlier === 'recurred')) return earlier;
  return later;
}

/** Newest state of each alert, for REST. */
export function compareAlerts(a: Alert, b: Alert): number {
  const byTime = Date.parse(b.lastSeen) - Date.parse(a.lastSeen);
  return byTime !== 0 ? byTime : a.id < b.id ? -1 : 1;
}
