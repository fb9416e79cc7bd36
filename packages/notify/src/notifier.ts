import { setTimeout as pause } from 'node:timers/promises';
import {
  type DeliveryAttempted,
  type DeliveryEnqueued,
  type DeliveryKey,
  type OutboxStore,
  type PendingDelivery,
  VedetteError,
  type WebhookPayload,
} from '@vedette/protocol';
import { checkEndpoints, type WebhookEndpoint } from './endpoint.js';
import { createLane, LANE_TIMING, type Lane, type LaneTiming } from './lane.js';

/** Sends webhooks out of a durable outbox: at least once, with an id that stays the same over every attempt. */
export interface Notifier {
  /**
   * Puts a message into the outbox, for every endpoint. Durable when it resolves. An id that is in the outbox already
   * changes nothing, so handing a message over again after a kill is safe.
   *
   * @param id the message's `webhook-id`: 1 to 256 visible ASCII characters
   * @throws VedetteError `VDT_NOTIFY_INVALID` for an id that cannot be sent, `VDT_NOTIFY_CLOSED` after close, or what the
   * outbox failed with
   */
  enqueue(id: string, payload: WebhookPayload): Promise<void>;
  /** Begins to send: first what was left pending by an earlier run, then what is enqueued. Until then messages only wait. */
  start(): void;
  /** Stops. Exchanges under way get `closeGraceMs` to finish; what has not ended then is sent again after a restart. */
  close(): Promise<void>;
}

export interface NotifierOptions {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly outbox: OutboxStore;
  /** Such as pino's. */
  readonly logger?: NotifierLogger | undefined;
  readonly timing?: Partial<NotifierTiming> | undefined;
}

export interface NotifierLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface NotifierTiming extends LaneTiming {
  /** How long close waits for exchanges under way, ms. */
  readonly closeGraceMs: number;
  /** Pause before the outbox is asked again after it failed, ms. */
  readonly outboxRetryMs: number;
}

const TIMING: NotifierTiming = { ...LANE_TIMING, closeGraceMs: 3000, outboxRetryMs: 1000 };

const MESSAGE_ID = /^[\x21-\x7e]{1,256}$/;

/** @throws VedetteError `VDT_NOTIFY_INVALID` when an endpoint is not as described */
export function createNotifier(options: NotifierOptions): Notifier {
  const { outbox, logger } = options;
  const timing = { ...TIMING, ...options.timing };
  const closing = new AbortController();
  const lanes = new Map<string, Lane>();
  for (const endpoint of checkEndpoints(options.endpoints)) {
    lanes.set(endpoint.id, createLane({ endpoint, timing, record, onRoom: () => void refill() }));
  }
  /** Hand-overs under way by message id, so that two of one message become one. */
  const enqueuing = new Map<string, Promise<void>>();
  let started = false;
  let refilling: Promise<void> | null = null;
  /** Deliveries that ended while the outbox was being read: what was read may still call them pending. */
  const endedMeanwhile = new Set<string>();

  async function enqueueOnce(id: string, body: string): Promise<void> {
    const history = await outbox.history(id);
    const known = new Set(history.map((event) => event.endpointId));
    const events: DeliveryEnqueued[] = [];
    for (const endpointId of lanes.keys()) {
      if (known.has(endpointId)) continue;
      events.push({ kind: 'enqueued', deliveryId: id, endpointId, atMs: Date.now(), body });
    }
    if (events.length === 0) return;
    await outbox.append(events);
    if (!started) return;
    for (const { deliveryId, endpointId, atMs } of events) {
      offer({ deliveryId, endpointId, enqueuedAtMs: atMs, body, attempts: 0, nextAttemptAtMs: atMs });
    }
  }

  /** A full lane leaves it in the outbox and asks for a refill when there is room. */
  function offer(delivery: PendingDelivery): void {
    if (!closing.signal.aborted) lanes.get(delivery.endpointId)?.add(delivery);
  }

  /** Fills the lanes from the outbox. One at a time; tries until the outbox answers. */
  function refill(): Promise<void> {
    refilling ??= untilClosed('read the webhook outbox', () => outbox.pending()).then((pending) => {
      refilling = null;
      const waiting = (pending ?? []).filter((delivery) => !endedMeanwhile.has(keyOf(delivery)));
      endedMeanwhile.clear();
      if (waiting.length > 0) logger?.info({ pending: waiting.length }, 'webhooks wait in the outbox');
      for (const delivery of waiting) offer(delivery);
    });
    return refilling;
  }

  async function record(event: DeliveryAttempted): Promise<boolean> {
    const { deliveryId, endpointId, attempt, outcome, status, error } = event;
    const fields = { webhook: deliveryId, endpoint: endpointId, attempt, status, reason: error };
    if (outcome === 'delivered') logger?.info(fields, 'webhook delivered');
    else if (outcome === 'retry') logger?.warn(fields, 'webhook not delivered, will be tried again');
    else logger?.warn(fields, 'webhook given up');
    const done = await untilClosed('write the webhook outbox', async () => {
      await outbox.append([event]);
      return true;
    });
    if (refilling !== null && outcome !== 'retry') endedMeanwhile.add(keyOf(event));
    return done ?? false;
  }

  /** Tries until it works; `null` when the notifier was closed over it. */
  async function untilClosed<Result>(doing: string, work: () => Promise<Result>): Promise<Result | null> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (closing.signal.aborted) return null;
        logger?.warn({ err: error }, `cannot ${doing}, will try again`);
      }
      await pause(timing.outboxRetryMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  return {
    async enqueue(id, payload) {
      if (closing.signal.aborted) throw new VedetteError('VDT_NOTIFY_CLOSED', 'the notifier is closed');
      if (!MESSAGE_ID.test(id)) {
        throw new VedetteError('VDT_NOTIFY_INVALID', 'a webhook id is 1 to 256 visible ASCII characters');
      }
      const underWay = enqueuing.get(id);
      if (underWay !== undefined) return underWay;
      const handOver = enqueueOnce(id, JSON.stringify(payload)).finally(() => enqueuing.delete(id));
      enqueuing.set(id, handOver);
      return handOver;
    },

    start() {
      if (started) return;
      started = true;
      void refill();
    },

    async close() {
      closing.abort();
      await Promise.allSettled(enqueuing.values());
      await Promise.all([...lanes.values()].map((lane) => lane.close(timing.closeGraceMs)));
      await refilling;
    },
  };
}

function keyOf({ deliveryId, endpointId }: DeliveryKey): string {
  return `${endpointId} ${deliveryId}`;
}
