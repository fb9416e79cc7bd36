import type { Alert, AlertChange, AlertEvent, WebhookPayload } from '@vedette/protocol';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { AlertCourier } from './alert-courier.js';

const logger = pino({ level: 'silent' });

function event(sequence: number, change: AlertChange = 'raised'): AlertEvent {
  const alert = { id: `a${sequence}` } as Alert;
  return { sequence, change, recordedAt: '2026-03-01T00:00:00.000Z', by: null, comment: null, alert };
}

/** A log, documents and an outbox that outlive the courier, as in storage. */
function world() {
  const log: AlertEvent[] = [];
  const documents = new Map<string, unknown>();
  const sent: [id: string, payload: WebhookPayload][] = [];
  let failures = 0;
  const open = (lastSequence: number) =>
    AlertCourier.open(
      {
        alertEvents: { after: async (sequence, limit) => log.filter((one) => one.sequence > sequence).slice(0, limit) },
        documents: {
          get: async (key) => documents.get(key) ?? null,
          set: async (key, value) => void documents.set(key, value),
        },
        notifier: {
          enqueue: async (id, payload) => {
            if (failures-- > 0) throw new Error('away');
            sent.push([id, payload]);
          },
        },
        publicUrl: 'https://vedette.example',
        logger,
      },
      lastSequence,
    );
  const store = (...events: AlertEvent[]) => void log.push(...events);
  const fail = (times: number) => {
    failures = times;
  };
  return { open, store, sent, documents, fail };
}

const ids = (sent: readonly (readonly [string, unknown])[]) => sent.map(([id]) => id);

test('carries what people are to hear of, in order, under ids made from the place in the log', async () => {
  const { open, store, sent } = world();
  const courier = await open(0);
  for (const one of [event(1), event(2, 'updated'), event(3, 'escalated')]) {
    store(one);
    courier.notice(one);
  }
  await vi.waitFor(() => expect(ids(sent)).toEqual(['evt_a1_1', 'evt_a3_3']));
  expect(sent[0]![1]).toMatchObject({ type: 'alert.raised', data: { url: 'https://vedette.example/alerts/a1' } });
});

test('an event stored right before a kill is carried by the next run, also when the outbox fails at first', async () => {
  const { open, store, sent, fail } = world();
  await (await open(0)).close();
  store(event(1), event(2, 'updated'), event(3));
  fail(1);
  await open(3);
  await vi.waitFor(() => expect(ids(sent)).toEqual(['evt_a1_1', 'evt_a3_3']), 5000);
});

test('what was there before there was a webhook, or while there was none, is not sent', async () => {
  const { open, store, sent, documents } = world();
  store(event(1));
  await (await open(1)).close();
  await AlertCourier.forget({
    get: async (key) => documents.get(key) ?? null,
    set: async (key, value) => void (value === null ? documents.delete(key) : documents.set(key, value)),
  });
  store(event(2));
  const courier = await open(2);
  store(event(3));
  courier.notice(event(3));
  await vi.waitFor(() => expect(ids(sent)).toEqual(['evt_a3_3']));
});
