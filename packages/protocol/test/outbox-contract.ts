import { beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryAttempted, DeliveryEnqueued, OutboxStore } from '../src/delivery.js';

/** What every {@link OutboxStore} must do. `open` gives a store; it may be the same one, ids differ between tests. */
export function outboxContract(name: string, open: () => Promise<OutboxStore> | OutboxStore): void {
  describe(`${name}: outbox contract`, () => {
    let outbox: OutboxStore;
    let id: string;
    let serial = 0;

    beforeEach(async () => {
      outbox = await open();
      id = `msg_${serial++}`;
    });

    const pendingOf = async () => (await outbox.pending()).filter((delivery) => delivery.deliveryId === id);

    test('a message waits at each endpoint until its delivery has ended', async () => {
      await outbox.append([enqueued(id, 'a'), enqueued(id, 'b')]);
      expect(await pendingOf()).toStrictEqual([waiting(id, 'a'), waiting(id, 'b')]);

      await outbox.append([attempted(id, 'a', { outcome: 'delivered' })]);
      expect(await pendingOf()).toStrictEqual([waiting(id, 'b')]);

      await outbox.append([attempted(id, 'b', { outcome: 'gone', status: 410 })]);
      expect(await pendingOf()).toStrictEqual([]);
    });

    test('attempts are counted, and the next one is due when the newest says', async () => {
      await outbox.append([enqueued(id, 'a')]);
      await outbox.append([attempted(id, 'a', { outcome: 'retry', attempt: 1, nextAttemptAtMs: 2000 })]);
      await outbox.append([attempted(id, 'a', { outcome: 'retry', attempt: 2, nextAttemptAtMs: 3000 })]);
      expect(await pendingOf()).toStrictEqual([{ ...waiting(id, 'a'), attempts: 2, nextAttemptAtMs: 3000 }]);

      await outbox.append([attempted(id, 'a', { outcome: 'failed', attempt: 3 })]);
      expect(await pendingOf()).toStrictEqual([]);
    });

    test('a message enqueued twice is one delivery, also when it had been delivered', async () => {
      await outbox.append([enqueued(id, 'a')]);
      await outbox.append([{ ...enqueued(id, 'a'), atMs: 5000, body: '{"later":true}' }]);
      expect(await pendingOf()).toStrictEqual([waiting(id, 'a')]);

      await outbox.append([attempted(id, 'a', { outcome: 'delivered' })]);
      await outbox.append([enqueued(id, 'a')]);
      expect(await pendingOf()).toStrictEqual([]);
    });

    test('keeps the history of a message, with text as hostile as it came', async () => {
      const events = [
        { ...enqueued(id, 'a'), body: '{"text":"tab\\t, zero \\u0000, quote \' and 😀"}' },
        attempted(id, 'a', {
          outcome: 'retry',
          status: null,
          error: 'connect ECONNREFUSED',
          responseBody: '\0\t\n\\\'"',
        }),
        attempted(id, 'a', { outcome: 'delivered', attempt: 2, responseBody: '\ud800 half a pair' }),
      ];
      await outbox.append(events);
      expect(await outbox.history(id)).toStrictEqual(events);
      expect(await outbox.history(`${id}_unknown`)).toStrictEqual([]);
    });
  });
}

function enqueued(deliveryId: string, endpointId: string): DeliveryEnqueued {
  return { kind: 'enqueued', deliveryId, endpointId, atMs: 1000, body: '{"type":"alert.raised"}' };
}

function attempted(deliveryId: string, endpointId: string, fields: Partial<DeliveryAttempted>): DeliveryAttempted {
  return {
    kind: 'attempted',
    deliveryId,
    endpointId,
    atMs: 1500,
    attempt: 1,
    outcome: 'retry',
    status: 500,
    error: null,
    responseBody: '',
    durationMs: 12.5,
    nextAttemptAtMs: null,
    ...fields,
  };
}

function waiting(deliveryId: string, endpointId: string) {
  return {
    deliveryId,
    endpointId,
    enqueuedAtMs: 1000,
    body: '{"type":"alert.raised"}',
    attempts: 0,
    nextAttemptAtMs: 1000,
  };
}
