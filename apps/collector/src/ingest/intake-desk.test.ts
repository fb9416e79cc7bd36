import { createNormaliser, type RawRequest } from '@vedette/intake';
import type { RequestEvent } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { IntakeDesk } from './intake-desk.js';

const NOW_MS = Date.parse('2026-03-02T12:00:00Z');
const HOUR_MS = 3_600_000;

const requestOf = (n: number, startMs = NOW_MS): RawRequest => ({
  traceId: n.toString(16).padStart(32, '0'),
  spanId: n.toString(16).padStart(16, '0'),
  service: 'api',
  instance: '',
  startMs,
  durationMs: 1,
  source: '192.0.2.1',
  peer: '',
  method: 'GET',
  host: '',
  path: '/',
  query: '',
  route: '/',
  graphqlOperation: '',
  rpcOperation: '',
  status: 200,
  requestBytes: 0,
  responseBytes: 10,
  userAgent: '',
  fingerprint: '',
  enduserPseudoId: '',
  enduserId: '',
  user: '',
  actorKind: '',
  session: '',
  authEvent: '',
  authIdentifier: '',
  authOutcome: '',
  authAttempts: 1,
  authCode: '',
  requestObjectIds: [],
  responseObjectIds: [],
  sensitive: {},
});

/** A desk over a store whose appends are settled by hand. */
function rig() {
  const appends: {
    events: readonly RequestEvent[];
    resolve: (position: number) => void;
    reject: (e: Error) => void;
  }[] = [];
  const stored: RequestEvent[] = [];
  const counts = { ahead: 0, late: 0 };
  const desk = new IntakeDesk({
    normaliser: createNormaliser({ pseudonymKey: 'a key for tests only' }),
    store: (events) => new Promise((resolve, reject) => appends.push({ events, resolve, reject })),
    onStored: (events) => stored.push(...events),
    onClamped: (count) => {
      counts.ahead += count;
    },
    onLate: (count) => {
      counts.late += count;
    },
    now: () => NOW_MS,
  });
  const appended = async (count: number) => {
    while (appends.length < count) await new Promise((resolve) => setImmediate(resolve));
    return appends[count - 1]!;
  };
  return { desk, stored, counts, appended, appends };
}

test('a repeated body is acknowledged when its first copy is durable, and stored once', async () => {
  const { desk, stored, appended, appends } = rig();
  const first = desk.accept([requestOf(1), requestOf(2)]);
  const second = desk.accept([requestOf(2), requestOf(1)]);
  const append = await appended(1);
  append.resolve(2);
  expect(await Promise.all([first, second])).toEqual([
    { stored: 2, duplicates: 0 },
    { stored: 0, duplicates: 2 },
  ]);
  expect(stored).toHaveLength(2);
  expect(appends).toHaveLength(1);
});

test('what could not be stored is refused to both who sent it, and new when it comes again', async () => {
  const { desk, stored, appended } = rig();
  const first = desk.accept([requestOf(1)]);
  const second = desk.accept([requestOf(1)]);
  (await appended(1)).reject(new Error('no space'));
  await expect(first).rejects.toThrow('no space');
  await expect(second).rejects.toThrow('no space');
  const third = desk.accept([requestOf(1)]);
  (await appended(2)).resolve(1);
  expect(await third).toEqual({ stored: 1, duplicates: 0 });
  expect(stored).toHaveLength(1);
});

test('a body that is read in several turns is one append, repeats within it included', async () => {
  const { desk, appended } = rig();
  const requests = Array.from({ length: 1500 }, (_, n) => requestOf(1 + (n % 1400)));
  const receipt = desk.accept(requests);
  const append = await appended(1);
  expect(append.events).toHaveLength(1400);
  append.resolve(1400);
  expect(await receipt).toEqual({ stored: 1400, duplicates: 100 });
});

test('an empty body is nothing to store', async () => {
  expect(await rig().desk.accept([])).toEqual({ stored: 0, duplicates: 0 });
});

test('times far ahead are taken as arrival time, times far behind are kept, both counted', async () => {
  const { desk, counts, appended } = rig();
  const startMs = [NOW_MS + 5 * HOUR_MS, NOW_MS + 59_000, NOW_MS - 5 * HOUR_MS, NOW_MS - 30 * HOUR_MS];
  const receipt = desk.accept(startMs.map((ms, n) => requestOf(n + 1, ms)));
  const append = await appended(1);
  append.resolve(4);
  await receipt;
  expect(append.events.map((event) => event.startMs)).toEqual([NOW_MS, ...startMs.slice(1)]);
  expect(counts).toEqual({ ahead: 1, late: 1 });
});
