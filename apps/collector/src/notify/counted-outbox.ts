import type { OutboxStore } from '@vedette/protocol';
import type { Metrics } from '../http/metrics.js';

/** The outbox, counting what goes in, what came of each attempt, and what still waits. */
export function countedOutbox(
  outbox: OutboxStore,
  metrics: Pick<Metrics, 'webhookAttempts' | 'webhooksWaiting'>,
): OutboxStore {
  return {
    async append(events) {
      await outbox.append(events);
      for (const event of events) {
        if (event.kind === 'enqueued') {
          metrics.webhooksWaiting.inc();
          continue;
        }
        metrics.webhookAttempts.inc({ outcome: event.outcome });
        if (event.outcome !== 'retry') metrics.webhooksWaiting.dec();
      }
    },
    async pending() {
      const pending = await outbox.pending();
      metrics.webhooksWaiting.set(pending.length);
      return pending;
    },
    history: (deliveryId) => outbox.history(deliveryId),
  };
}
