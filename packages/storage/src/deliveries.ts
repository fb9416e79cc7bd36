import type { DeliveryEvent, OutboxStore, PendingDelivery } from '@vedette/protocol';
import type { Database, InsertTarget, ReadLimits } from './database.js';
import { createGroupWriter } from './group-writer.js';
import type { SequenceClock } from './sequence-clock.js';

export interface DeliveryStore extends OutboxStore {
  close(): Promise<void>;
}

const DELIVERY_EVENTS: InsertTarget = {
  table: 'delivery_events',
  columns: ['sequence', 'delivery_id', 'endpoint_id', 'kind', 'at_ms', 'event'],
  format: 'JSONCompactEachRow',
};

/** Attempts over all endpoints of one message are bounded far below. */
const MAX_HISTORY = 10_000;
/** Read once, at the start. */
const PENDING_LIMITS: ReadLimits = { maxSeconds: 60, maxMemoryBytes: 2 * 1024 ** 3 };

export function createDeliveryStore(db: Database, clock: SequenceClock): DeliveryStore {
  const writer = createGroupWriter({
    insert: (data) => db.insert(DELIVERY_EVENTS, data),
    intervalMs: 0,
    maxGroupBytes: 8 * 1024 ** 2,
    maxQueueBytes: 64 * 1024 ** 2,
    doing: 'cannot store webhook deliveries',
  });

  return {
    async append(events) {
      if (events.length === 0) return;
      const first = clock.take(events.length);
      const rows = events.map((event, i) =>
        JSON.stringify([
          first + i,
          event.deliveryId,
          event.endpointId,
          event.kind === 'enqueued' ? event.kind : event.outcome,
          Math.floor(event.atMs),
          JSON.stringify(event),
        ]),
      );
      await writer.append(Buffer.from(`${rows.join('\n')}\n`));
    },

    async pending() {
      const rows = await db.select<[enqueued: string, newest: string]>(
        `SELECT argMinIf(event, sequence, kind = 'enqueued'), argMax(event, (kind != 'enqueued', sequence))
FROM delivery_events
GROUP BY delivery_id, endpoint_id
HAVING countIf(kind = 'enqueued') > 0 AND countIf(kind NOT IN ('enqueued', 'retry')) = 0
ORDER BY min(sequence)`,
        {},
        PENDING_LIMITS,
      );
      return rows.map(([enqueued, newest]) => pendingDelivery(parse(enqueued), parse(newest)));
    },

    async history(deliveryId) {
      const rows = await db.select<[string]>(
        `SELECT event FROM delivery_events
WHERE delivery_id = {delivery_id:String}
ORDER BY sequence
LIMIT 1 BY sequence
LIMIT ${MAX_HISTORY}`,
        { delivery_id: deliveryId },
      );
      return rows.map(([event]) => parse(event));
    },

    close: () => writer.close(),
  };
}

/** From the event that enqueued a delivery and its newest attempt (or that same event). */
function pendingDelivery(enqueued: DeliveryEvent, newest: DeliveryEvent): PendingDelivery {
  const { deliveryId, endpointId, atMs } = enqueued;
  return {
    deliveryId,
    endpointId,
    enqueuedAtMs: atMs,
    body: enqueued.kind === 'enqueued' ? enqueued.body : '',
    attempts: newest.kind === 'attempted' ? newest.attempt : 0,
    nextAttemptAtMs: newest.kind === 'attempted' ? (newest.nextAttemptAtMs ?? newest.atMs) : atMs,
  };
}

/** What {@link DeliveryStore.append} wrote. */
function parse(event: string): DeliveryEvent {
  return JSON.parse(event) as DeliveryEvent;
}
