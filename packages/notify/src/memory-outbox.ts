import type { DeliveryEvent, OutboxStore, PendingDelivery } from '@vedette/protocol';

/** An outbox that lives as long as the process: for tests, and where nothing is kept. */
export function createMemoryOutbox(): OutboxStore {
  /** By message, in order of arrival. */
  const messages = new Map<string, DeliveryEvent[]>();

  return {
    async append(events) {
      for (const event of structuredClone(events)) {
        const known = messages.get(event.deliveryId);
        if (known === undefined) messages.set(event.deliveryId, [event]);
        else known.push(event);
      }
    },

    async pending() {
      const found: PendingDelivery[] = [];
      for (const events of messages.values()) {
        for (const endpointId of new Set(events.map((event) => event.endpointId))) {
          const delivery = pendingDelivery(events.filter((event) => event.endpointId === endpointId));
          if (delivery !== null) found.push(delivery);
        }
      }
      return found;
    },

    async history(deliveryId) {
      return structuredClone(messages.get(deliveryId) ?? []);
    },
  };
}

/** What is still to be done, from all events of one delivery. */
function pendingDelivery(events: readonly DeliveryEvent[]): PendingDelivery | null {
  const enqueued = events.find((event) => event.kind === 'enqueued');
  const attempts = events.filter((event) => event.kind === 'attempted');
  if (enqueued === undefined || attempts.some((attempt) => attempt.outcome !== 'retry')) return null;
  const newest = attempts.at(-1);
  return {
    deliveryId: enqueued.deliveryId,
    endpointId: enqueued.endpointId,
    enqueuedAtMs: enqueued.atMs,
    body: enqueued.body,
    attempts: newest?.attempt ?? 0,
    nextAttemptAtMs: newest === undefined ? enqueued.atMs : (newest.nextAttemptAtMs ?? newest.atMs),
  };
}
