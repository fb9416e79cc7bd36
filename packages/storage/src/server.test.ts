import { inspect } from 'node:util';
import { requestEventKey } from '@vedette/protocol';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { type Fault, startClickHouseHttp } from '../test/clickhouse-http.js';
import { requestEvent } from '../test/events.js';
import { storageContract } from '../test/storage-contract.js';
import { openStorage, type Storage, type StorageOptions } from './index.js';
import { openServerDatabase } from './server-database.js';
import { parseServerUrl } from './server-url.js';

const FOR_EVER: StorageOptions = {
  retention: { requestEventsDays: null, alertEventsDays: null, deliveryEventsDays: null },
  insertIntervalMs: 0,
};

const server = await startClickHouseHttp();
afterAll(() => server.close());

const open = (options: StorageOptions = {}, url = server.url) =>
  openStorage({ kind: 'server', url }, { ...FOR_EVER, ...options });

let storage: Storage | null = null;

storageContract('server', async () => {
  await storage?.close();
  storage = await open();
  return storage;
});

describe('server: its address', () => {
  test.each([
    ['another scheme', 'tcp://127.0.0.1:9000/vedette'],
    ['no URL', 'localhost'],
    ['a database that is not a plain name', 'http://127.0.0.1:8123/a;b'],
    ['half a percent sign', 'http://u:s%zzsecret@127.0.0.1:8123/a'],
    ['an unknown parameter', 'http://127.0.0.1:8123/a?secret=1'],
    ['an unknown compression', 'http://127.0.0.1:8123/a?compression=secret'],
  ])('%s is refused, and the message does not repeat it', async (_, url) => {
    const opening = openStorage({ kind: 'server', url });
    await expect(opening).rejects.toMatchObject({ code: 'VDT_STORAGE_INVALID' });
    await expect(opening).rejects.not.toThrow('secret');
  });

  test('user, password and database, as they are meant', () => {
    expect(parseServerUrl(server.url)).toMatchObject({ username: 'vedette', password: server.password });
    expect(parseServerUrl('https://ch.example')).toStrictEqual({
      origin: 'https://ch.example',
      username: 'default',
      password: '',
      database: 'vedette',
      compression: 'auto',
    });
  });

  test('a wrong password is refused', async () => {
    const url = new URL(server.url);
    url.password = 'not-this-one';
    const opening = openStorage({ kind: 'server', url: url.href });
    await expect(opening).rejects.toMatchObject({ code: 'VDT_STORAGE_DENIED' });
    await expect(opening).rejects.not.toThrow('not-this-one');
  });

  test('a server that is not there', async () => {
    await expect(openStorage({ kind: 'server', url: 'http://127.0.0.1:9/vedette' })).rejects.toMatchObject({
      code: 'VDT_STORAGE_UNREACHABLE',
    });
  });

  test('compressed on its way when asked to, and read back the same', async () => {
    const compressed = await open({}, `${server.url}?compression=gzip`);
    const events = Array.from({ length: 200 }, () => requestEvent({ service: 'compressed' }));
    await compressed.requestEvents.append(events);
    expect(server.requests.findLast(({ sql }) => sql.startsWith('INSERT INTO request_events'))?.encoding).toBe('gzip');
    expect(await keysOf(compressed, 'compressed')).toStrictEqual(events.map(requestEventKey));
    await compressed.close();
  });
});

describe('server: inserts when things go wrong', () => {
  const INSERT = /^INSERT INTO request_events/;
  const again: [string, Fault][] = [
    ['a connection that breaks before it ran', { kind: 'drop', when: 'before' }],
    ['a connection that breaks after it ran', { kind: 'drop', when: 'after' }],
    ['too many parts', { kind: 'exception', code: 252, name: 'TOO_MANY_PARTS', when: 'before' }],
    ['an unknown outcome', { kind: 'exception', code: 319, name: 'UNKNOWN_STATUS_OF_INSERT', when: 'after' }],
    ['a timeout', { kind: 'exception', code: 159, name: 'TIMEOUT_EXCEEDED', when: 'after' }],
    ['a balancer that gave up', { kind: 'proxy', status: 504, when: 'after' }],
    ['an exception behind status 200', { kind: 'halfway', code: 159, name: 'TIMEOUT_EXCEEDED', style: 'text' }],
    ['one with markers', { kind: 'halfway', code: 159, name: 'TIMEOUT_EXCEEDED', style: 'marker' }],
  ];
  test.each(again)(
    '%s: repeated with its token and stored once, in tables that views fill, too',
    async (name, fault) => {
      const service = `again ${name}`;
      const codes: (string | null)[] = [];
      const one = await open({ observe: ({ operation, code }) => operation === 'insert' && codes.push(code) });
      const counts = await rollupOf(service);
      const events = [requestEvent({ service }), requestEvent({ service, startMs: 1_000 })];
      server.failNext(INSERT, fault);
      await one.requestEvents.append(events);
      expect((await keysOf(one, service)).sort()).toStrictEqual(events.map(requestEventKey).sort());
      expect(await counts()).toBe(2);
      const [first, second] = server.requests.filter(({ sql }) => INSERT.test(sql)).slice(-2);
      expect(first?.token).toMatch(/^[\da-f-]{36}$/);
      expect(second?.token).toBe(first?.token);
      expect(codes).toStrictEqual([expect.stringMatching(/^VDT_STORAGE_/), null]);
      await one.close();
    },
  );

  test('equal rows of two inserts are two: only a repeated insert is left out', async () => {
    const one = await open();
    const event = requestEvent({ service: 'twice' });
    await one.requestEvents.append([event]);
    await one.requestEvents.append([event]);
    expect(await keysOf(one, 'twice')).toHaveLength(2);
    await one.close();
  });

  test('what the server will never take fails at once', async () => {
    const one = await open();
    server.failNext(INSERT, { kind: 'exception', code: 243, name: 'NOT_ENOUGH_SPACE', when: 'before' });
    await expect(one.requestEvents.append([requestEvent()])).rejects.toMatchObject({ code: 'VDT_STORAGE_FULL' });
    server.failNext(INSERT, { kind: 'exception', code: 497, name: 'ACCESS_DENIED', when: 'before' });
    await expect(one.requestEvents.append([requestEvent()])).rejects.toMatchObject({ code: 'VDT_STORAGE_DENIED' });
    await one.requestEvents.append([requestEvent()]);
    await one.close();
  });

  test('over a restart of the server: the queue is bounded, and all that was accepted is stored once, in order', async () => {
    const service = 'over a restart';
    const one = await open({ maxQueueBytes: 3_000 });
    await one.requestEvents.append([requestEvent({ service: 'warm' })]);
    await server.stop();
    const events = Array.from({ length: 200 }, () => requestEvent({ service }));
    const accepted: typeof events = [];
    const appends = events.map((event) =>
      one.requestEvents.append([event]).then(
        () => accepted.push(event),
        (error: unknown) => expect(error).toMatchObject({ code: 'VDT_STORAGE_BUSY' }),
      ),
    );
    await expect(one.requestEvents.stats()).rejects.toMatchObject({ code: 'VDT_STORAGE_UNREACHABLE' });
    await expect(one.ping()).rejects.toMatchObject({ code: 'VDT_STORAGE_UNREACHABLE' });
    expect(one.requestEvents.backlog().rows).toBeGreaterThan(0);
    await server.start();
    await Promise.all(appends);
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.length).toBeLessThan(events.length);
    expect(await keysOf(one, service)).toStrictEqual(accepted.map(requestEventKey));
    expect(one.requestEvents.backlog()).toMatchObject({ rows: 0, bytes: 0 });
    await one.close();
  });

  test('closing while the server is away does not wait for it to come back', async () => {
    const one = await open();
    await server.stop();
    const waiting = one.requestEvents.append([requestEvent()]);
    const failing = expect(waiting).rejects.toMatchObject({ code: 'VDT_STORAGE_UNREACHABLE' });
    await one.close();
    await failing;
    await server.start();
  });

  test('closing while the server does not answer ends the insert within seconds', { timeout: 15_000 }, async () => {
    const one = await open();
    const release = server.hold(INSERT);
    const failing = expect(one.requestEvents.append([requestEvent()])).rejects.toMatchObject({
      code: 'VDT_STORAGE_CLOSED',
    });
    await vi.waitUntil(() => one.requestEvents.backlog().rows === 1);
    await one.close();
    await failing;
    release();
  });
});

describe('server: reads when things go wrong', () => {
  const COUNT = /count\(\), min\(start_ms\)/;

  test.each(['text', 'marker'] as const)(
    'half an answer and an exception behind it (%s) is that exception',
    async (style) => {
      const one = await open();
      server.failNext(COUNT, { kind: 'halfway', code: 159, name: 'TIMEOUT_EXCEEDED', style });
      await expect(one.requestEvents.stats()).rejects.toMatchObject({ code: 'VDT_STORAGE_TIMEOUT' });
      await one.close();
    },
  );

  test('a broken connection is not the end of it; an answer that is not ClickHouse’s is', async () => {
    const one = await open();
    for (const fault of [
      { kind: 'drop', when: 'after' },
      { kind: 'proxy', status: 502, when: 'before' },
    ] as const) {
      server.failNext(COUNT, fault);
      expect((await one.requestEvents.stats()).requestEvents).toBeGreaterThan(0);
    }
    server.failNext(COUNT, { kind: 'proxy', status: 403, when: 'before' });
    await expect(one.requestEvents.stats()).rejects.toMatchObject({ code: 'VDT_STORAGE_DENIED' });
    await one.close();
  });

  test('slow reads do not hold up inserts', async () => {
    const one = await open();
    const release = server.hold(COUNT);
    const slow = Array.from({ length: 20 }, () => one.requestEvents.stats());
    await one.requestEvents.append([requestEvent()]);
    release();
    await Promise.all(slow);
    await one.close();
  });
});

test('no error that the server path makes holds the password, at any depth', async () => {
  const one = await open();
  const fails: Promise<unknown>[] = [];
  for (const fault of [
    { kind: 'exception', code: 516, name: 'AUTHENTICATION_FAILED', when: 'before' },
    { kind: 'halfway', code: 60, name: 'UNKNOWN_TABLE', style: 'marker' },
    { kind: 'proxy', status: 401, when: 'before' },
  ] as const) {
    server.failNext(/.*/, fault);
    fails.push((await one.requestEvents.stats().catch((error: unknown) => error)) as Promise<unknown>);
  }
  await server.stop();
  fails.push((await one.ping().catch((error: unknown) => error)) as Promise<unknown>);
  fails.push((await open().catch((error: unknown) => error)) as Promise<unknown>);
  await server.start();
  await one.close();
  expect(fails).toHaveLength(5);
  for (const error of fails) {
    const text = inspect(error, { depth: 20, showHidden: true });
    expect(text).toContain('VDT_STORAGE_');
    for (const secret of [server.password, encodeURIComponent(server.password)]) expect(text).not.toContain(secret);
  }
});

/** A table that a view fills, as rollups are. @returns what it counted of a service */
async function rollupOf(service: string): Promise<() => Promise<number>> {
  const db = await openServerDatabase(server.url);
  await db.command(
    'CREATE TABLE IF NOT EXISTS test_rollup (service String, events AggregateFunction(count)) ENGINE = AggregatingMergeTree ORDER BY service',
  );
  await db.command(
    'CREATE MATERIALIZED VIEW IF NOT EXISTS test_view TO test_rollup AS SELECT service, countState() AS events FROM request_events GROUP BY service',
  );
  await db.close();
  // Opening gives new tables their memory of inserts.
  await (await open()).close();
  return async () => {
    const reader = await openServerDatabase(server.url);
    const rows = await reader.select<[number]>(
      'SELECT countMerge(events) FROM test_rollup WHERE service = {service:String}',
      {
        service,
      },
    );
    await reader.close();
    return rows[0]?.[0] ?? 0;
  };
}

async function keysOf(from: Storage, service: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { events } of from.requestEvents.scan({ fromMs: 0 })) {
    keys.push(...events.filter((event) => event.service === service).map(requestEventKey));
  }
  return keys;
}
