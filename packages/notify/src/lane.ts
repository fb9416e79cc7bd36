import type { DeliveryAttempted, PendingDelivery } from '@vedette/protocol';
import type { WebhookEndpoint } from './endpoint.js';
import { RETRY_DELAYS_MS, withJitter } from './retry.js';
import { type SendResult, send } from './send.js';

/** One endpoint's deliveries: a lane of its own, so that a slow or dead endpoint holds up nobody else's. */
export interface Lane {
  /** Takes a delivery unless it is here already. False when the lane is full: it stays in the outbox for later. */
  add(delivery: PendingDelivery): boolean;
  /** Stops; exchanges under way are broken off after `graceMs` and resolve unrecorded, to be repeated after a restart. */
  close(graceMs: number): Promise<void>;
}

export interface LaneOptions {
  readonly endpoint: WebhookEndpoint;
  readonly timing: LaneTiming;
  /** Makes what came of an attempt durable. Resolves in any case; false when it was given up because of a close. */
  readonly record: (event: DeliveryAttempted) => Promise<boolean>;
  /** Called when the lane has room again after having been full. */
  readonly onRoom: () => void;
}

export interface LaneTiming {
  /** For one exchange, ms. */
  readonly timeoutMs: number;
  /** Delays before attempts 2, 3, …, ms; their number bounds the attempts. */
  readonly retryDelaysMs: readonly number[];
  /** Exchanges at once per endpoint. */
  readonly concurrency: number;
}

export const LANE_TIMING: LaneTiming = { timeoutMs: 10_000, retryDelaysMs: RETRY_DELAYS_MS, concurrency: 4 };

/** Deliveries that a lane keeps in memory; more wait in the outbox. */
const MAX_WAITING = 1000;

/** The longest that a timer can wait, ms (Node keeps it in 31 bits). */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function createLane({ endpoint, timing, record, onRoom }: LaneOptions): Lane {
  /** By message id, those being sent included. */
  const deliveries = new Map<string, PendingDelivery>();
  const sending = new Map<string, Promise<void>>();
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let wasFull = false;
  let closed = false;

  /** Sends what is due, as far as the concurrency allows, and sets the timer for what comes next. */
  function pump(): void {
    clearTimeout(timer);
    if (closed) return;
    const waiting = [...deliveries.values()]
      .filter(({ deliveryId }) => !sending.has(deliveryId))
      .sort((a, b) => a.nextAttemptAtMs - b.nextAttemptAtMs);
    for (const delivery of waiting) {
      // Whatever ends next pumps again.
      if (sending.size >= timing.concurrency) return;
      const waitMs = delivery.nextAttemptAtMs - Date.now();
      if (waitMs > 0) {
        timer = setTimeout(pump, Math.min(waitMs, MAX_TIMER_MS));
        return;
      }
      const { deliveryId } = delivery;
      sending.set(
        deliveryId,
        attempt(delivery).finally(() => {
          sending.delete(deliveryId);
          pump();
        }),
      );
    }
  }

  async function attempt(delivery: PendingDelivery): Promise<void> {
    const { deliveryId, body } = delivery;
    const result = await send({ endpoint, deliveryId, body }, { timeoutMs: timing.timeoutMs, signal: stop.signal });
    if (result.status === null && stop.signal.aborted) return;
    const event = judge(delivery, result);
    if (!(await record(event))) return;
    if (event.nextAttemptAtMs === null) leave(deliveryId);
    else deliveries.set(deliveryId, { ...delivery, attempts: event.attempt, nextAttemptAtMs: event.nextAttemptAtMs });
  }

  function judge(delivery: PendingDelivery, result: SendResult): DeliveryAttempted {
    const attempts = delivery.attempts + 1;
    const delayMs = timing.retryDelaysMs[attempts - 1];
    const ended = result.error === null ? 'delivered' : result.status === 410 ? 'gone' : null;
    const outcome = ended ?? (delayMs === undefined ? 'failed' : 'retry');
    const atMs = Date.now();
    return {
      kind: 'attempted',
      deliveryId: delivery.deliveryId,
      endpointId: endpoint.id,
      atMs,
      attempt: attempts,
      outcome,
      status: result.status,
      error: result.error,
      responseBody: result.responseBody,
      durationMs: result.durationMs,
      nextAttemptAtMs: outcome === 'retry' ? atMs + Math.max(withJitter(delayMs ?? 0), result.retryAfterMs) : null,
    };
  }

  function leave(deliveryId: string): void {
    deliveries.delete(deliveryId);
    if (!wasFull || deliveries.size > MAX_WAITING / 2) return;
    wasFull = false;
    onRoom();
  }

  return {
    add(delivery) {
      if (closed || deliveries.has(delivery.deliveryId)) return true;
      if (deliveries.size >= MAX_WAITING) {
        wasFull = true;
        return false;
      }
      deliveries.set(delivery.deliveryId, delivery);
      pump();
      return true;
    },

    async close(graceMs) {
      closed = true;
      clearTimeout(timer);
      const grace = setTimeout(() => stop.abort(), graceMs);
      await Promise.all(sending.values());
      clearTimeout(grace);
    },
  };
}
