import { setTimeout as pause } from 'node:timers/promises';
import type { Notifier } from '@vedette/notify';
import type { AlertChange, AlertEvent, WebhookPayload } from '@vedette/protocol';
import type { AlertEventStore, DocumentStore } from '@vedette/storage';
import type { Logger } from 'pino';

/** Changes that people are told of; the others only move what is on the screen. */
const PAYLOAD_TYPE: Readonly<Partial<Record<AlertChange, WebhookPayload['type']>>> = {
  raised: 'alert.raised',
  escalated: 'alert.escalated',
  recurred: 'alert.recurred',
  withdrawn: 'alert.withdrawn',
};

/** Document with the sequence up to which everything is in the outbox. */
const POSITION = 'webhooks-handed-over';
/** Events per read from the log. */
const PAGE = 500;
/** Pause after storage failed, ms. */
const RETRY_MS = 1000;
/** The position is kept after so many events at the latest: what a start looks at once more. */
const KEEP_EVERY = 200;

export interface AlertCourierOptions {
  readonly notifier: Pick<Notifier, 'enqueue'>;
  readonly alertEvents: Pick<AlertEventStore, 'after'>;
  readonly documents: Pick<DocumentStore, 'get' | 'set'>;
  readonly publicUrl: string | undefined;
  readonly logger: Logger;
}

/**
 * Carries alert events from their log into the webhook outbox, in order, each at least once under one id.
 *
 * It reads the log behind a position of its own, so that an event that was stored right before a kill, or while the outbox
 * could not be written, is carried after it. An id that the outbox knows changes nothing there.
 */
export class AlertCourier {
  readonly #options: AlertCourierOptions;
  /** Everything up to this sequence is in the outbox. */
  #position: number;
  /** Newest sequence that people are to hear of. */
  #due: number;
  #kept: number;
  #carrying: Promise<void> | null = null;
  readonly #closing = new AbortController();

  private constructor(options: AlertCourierOptions, at: { position: number; due: number }) {
    this.#options = options;
    this.#position = at.position;
    this.#kept = at.position;
    this.#due = at.due;
    this.#wake();
  }

  /** @param lastSequence of the newest alert event; what came before the first start with a webhook is not sent */
  static async open(options: AlertCourierOptions, lastSequence: number): Promise<AlertCourier> {
    const kept = await options.documents.get(POSITION);
    if (typeof kept === 'number') return new AlertCourier(options, { position: kept, due: lastSequence });
    await options.documents.set(POSITION, lastSequence);
    return new AlertCourier(options, { position: lastSequence, due: lastSequence });
  }

  /** Forgets the position: what happens while there is no webhook is not sent later. */
  static async forget(documents: Pick<DocumentStore, 'get' | 'set'>): Promise<void> {
    if ((await documents.get(POSITION)) !== null) await documents.set(POSITION, null);
  }

  /** Tells that an event is durable. */
  notice(event: AlertEvent): void {
    if (PAYLOAD_TYPE[event.change] === undefined) return;
    this.#due = event.sequence;
    this.#wake();
  }

  /** Stops after the event under way; the next start goes on behind it. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#carrying;
  }

  #wake(): void {
    if (this.#closing.signal.aborted || this.#position >= this.#due) return;
    this.#carrying ??= this.#carry().finally(() => {
      this.#carrying = null;
    });
  }

  async #carry(): Promise<void> {
    const { alertEvents, logger } = this.#options;
    const { signal } = this.#closing;
    while (this.#position < this.#due && !signal.aborted) {
      try {
        const events = await alertEvents.after(this.#position, PAGE);
        for (const event of events) {
          if (signal.aborted) return;
          await this.#handOver(event);
          this.#position = event.sequence;
        }
        // What is in the log and not to be read any more has expired.
        if (events.length === 0) this.#position = this.#due;
        await this.#keepPosition();
      } catch (error) {
        if (signal.aborted) return;
        logger.error({ err: error }, 'webhooks cannot be put into the outbox, will try again');
        await pause(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #handOver(event: AlertEvent): Promise<void> {
    const type = PAYLOAD_TYPE[event.change];
    if (type === undefined) return;
    const { notifier, publicUrl } = this.#options;
    const url = publicUrl === undefined ? null : new URL(`/alerts/${event.alert.id}`, publicUrl).href;
    const payload: WebhookPayload = { type, timestamp: event.recordedAt, data: { alert: event.alert, url } };
    await notifier.enqueue(`evt_${event.alert.id}_${event.sequence}`, payload);
  }

  async #keepPosition(): Promise<void> {
    if (this.#position - this.#kept < KEEP_EVERY) return;
    await this.#options.documents.set(POSITION, this.#position);
    this.#kept = this.#position;
  }
}
