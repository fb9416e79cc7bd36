import type { Alert, AlertEvent } from '@vedette/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { AlertLog } from './alert-log.js';

const logger = pino({ level: 'silent' });
const alert = (id: string, requests: number) => ({ id, requests }) as Alert;

test('numbers events without gaps and tells listeners only of what is durable', async () => {
  const stored: AlertEvent[] = [];
  const heard: number[] = [];
  const log = new AlertLog({ store: async (events) => void stored.push(...events), lastSequence: 7, logger });
  log.listen((event) => {
    expect(stored.map((one) => one.sequence)).toContain(event.sequence);
    heard.push(event.sequence);
  });
  await Promise.all([
    log.append({ change: 'raised', alert: alert('a', 1) }),
    log.append({ change: 'raised', alert: alert('b', 1) }),
    log.append({ change: 'updated', alert: alert('a', 2) }),
  ]);
  expect(heard).toEqual([8, 9]);
  expect(stored.map((event) => [event.alert.id, event.change, event.alert.requests])).toEqual([
    ['a', 'raised', 2],
    ['b', 'raised', 1],
  ]);
  expect(log.sequence).toBe(9);
});

test('keeps changes while storage is away, in order, each once', async () => {
  let failures = 3;
  const stored: AlertEvent[] = [];
  const log = new AlertLog({
    store: async (events) => {
      if (failures-- > 0) throw new Error('away');
      stored.push(...events);
    },
    lastSequence: 0,
    logger,
  });
  await Promise.all([
    log.append({ change: 'raised', alert: alert('a', 1) }),
    log.append({ change: 'triaged', alert: alert('a', 1) }, { by: 'token', comment: 'mine' }),
    log.append({ change: 'escalated', alert: alert('a', 5) }),
  ]);
  expect(stored.map((event) => [event.sequence, event.change, event.by])).toEqual([
    [1, 'raised', null],
    [2, 'triaged', 'token'],
    [3, 'escalated', null],
  ]);
});

test('closed while storage is away it says that changes are not durable', async () => {
  const log = new AlertLog({ store: () => Promise.reject(new Error('away')), lastSequence: 0, logger });
  void log.append({ change: 'raised', alert: alert('a', 1) });
  await log.close();
  await expect(log.settled()).rejects.toMatchObject({ code: 'VDT_CLOSING' });
});
