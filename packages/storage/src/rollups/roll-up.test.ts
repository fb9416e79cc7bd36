import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestEvent } from '@vedette/protocol';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { BASE_MS, requestEvent } from '../../test/events.js';
import type { Database } from '../database.js';
import { openEmbeddedDatabase } from '../embedded-database.js';
import { migrate } from '../migrate.js';
import { firstTables } from '../migrations/0001-first-tables.js';
import { encodeRequestEvents, REQUEST_EVENTS } from '../request-events/row.js';
import { createRollups } from './read.js';
import { createRollUp } from './roll-up.js';

const MINUTE_MS = 60_000;
const RANGE = { fromMs: BASE_MS, toMs: BASE_MS + 60 * MINUTE_MS };

const root = mkdtempSync(join(tmpdir(), 'vedette-rollups-'));
const db = await openEmbeddedDatabase(root);
afterAll(async () => {
  await db.close();
  rmSync(root, { recursive: true, force: true });
});

let sequence = 0;
const store = async (events: readonly RequestEvent[]): Promise<void> => {
  await db.insert(REQUEST_EVENTS, encodeRequestEvents(events, sequence + 1));
  sequence += events.length;
};

beforeEach(async () => {
  const tables = await db.select<[string]>("SELECT name FROM system.tables WHERE database = 'vedette'");
  for (const [table] of tables) await db.command(`DROP TABLE ${table} SYNC`);
});

/** Logins and reads of three sources over five minutes, later ones first now and then. */
function traffic(count: number): RequestEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const login = i % 3 === 0;
    return requestEvent({
      startMs: BASE_MS + ((i * 7) % 5) * MINUTE_MS + (i % 60) * 1000 + 0.25,
      source: `203.0.113.${i % 3}`,
      actor: login ? '' : `actor-${i % 7}`,
      route: login ? '/login' : '/orders/{id}',
      status: i % 10 === 0 ? 503 : login ? 401 : 200,
      objects: login ? [] : [{ kind: 'orders', id: String(i), hash: i }],
      ...(login
        ? { authEvent: 'login', authOutcome: 'failure', authAttempts: 2, authIdentifier: `account-${i % 6}` }
        : {}),
    });
  });
}

async function answers(database: Database) {
  const rollUp = await createRollUp(database);
  const rollups = createRollups(database, rollUp.reach);
  return {
    overview: await rollups.overview(RANGE),
    source: await rollups.source('203.0.113.0', RANGE),
    actor: await rollups.actor('actor-1', RANGE),
    account: await rollups.account('account-3', RANGE),
    endpoints: await rollups.endpoints(RANGE),
  };
}

test('the answer counts every request event, in the rollups or not yet', async () => {
  await migrate(db);
  const events = traffic(600);
  await store(events);
  const before = await answers(db);
  const ofSource = events.filter((event) => event.source === '203.0.113.0');
  expect(before.overview.map((point) => point.atMs)).toStrictEqual([0, 1, 2, 3, 4].map((m) => BASE_MS + m * MINUTE_MS));
  expect(before.overview.reduce((sum, point) => sum + point.requests, 0)).toBe(600);
  expect(before.overview.reduce((sum, point) => sum + point.serverErrors, 0)).toBe(60);
  expect(before.source.reduce((sum, point) => sum + point.requests, 0)).toBe(ofSource.length);
  expect(before.source.reduce((sum, point) => sum + point.loginsFailed, 0)).toBe(400);
  expect(before.source[0]).toMatchObject({ accounts: 2, actors: 0, routes: 1, objects: 0 });
  expect(before.actor.reduce((sum, point) => sum + point.requests, 0)).toBe(
    events.filter((event) => event.actor === 'actor-1').length,
  );
  expect(before.account.reduce((sum, point) => sum + point.loginsFailed, 0)).toBe(200);
  expect(before.endpoints.map(({ route, requests, sources }) => ({ route, requests, sources }))).toStrictEqual([
    { route: '/orders/{id}', requests: 400, sources: 2 },
    { route: '/login', requests: 200, sources: 1 },
  ]);
  expect(before.endpoints[0]).toMatchObject({ actors: 7, firstMs: BASE_MS, lastMs: BASE_MS + 4 * MINUTE_MS });
  expect(before.endpoints[0]!.p50Ms).toBeCloseTo(1.25, 5);

  await (await createRollUp(db)).run();
  expect(await db.select('SELECT sum(requests) FROM route_minutes')).toStrictEqual([[600]]);
  expect(await answers(db)).toStrictEqual(before);

  // Late ones, and new ones: rolled up the one, not yet the other.
  await store(traffic(60));
  await (await createRollUp(db)).run();
  await store(traffic(60));
  const after = await answers(db);
  expect(after.overview.reduce((sum, point) => sum + point.requests, 0)).toBe(720);
});

test.each(['route_minutes', 'source_minutes', 'actor_minutes', 'account_minutes'])(
  'a kill between adding to %s and noting it counts nothing twice',
  async (table) => {
    await migrate(db);
    await store(traffic(300));
    const expected = await answers(db);
    const killed: Database = {
      ...db,
      async insert(into, data) {
        if (into.table === 'rollup_progress' && data.includes(`"${table}"`)) throw new Error('killed');
        await db.insert(into, data);
      },
    };
    await expect((await createRollUp(killed)).run()).rejects.toThrow('killed');
    await store(traffic(30));
    await (await createRollUp(db)).run();
    expect(await db.select('SELECT sum(requests) FROM route_minutes')).toStrictEqual([[330]]);
    const now = await answers(db);
    expect(now.account.reduce((sum, { requests }) => sum + requests, 0)).toBe(
      expected.account.reduce((sum, { requests }) => sum + requests, 0) + 5,
    );
    expect(now.overview.reduce((sum, { requests }) => sum + requests, 0)).toBe(330);
    expect(now.source.reduce((sum, { requests }) => sum + requests, 0)).toBe(110);
  },
);

test('what waits is added in steps, also where storing paused in between', async () => {
  await migrate(db);
  await store(traffic(300));
  sequence += 1_000_000_000;
  await store(traffic(70));
  let steps = 0;
  const counted: Database = {
    ...db,
    async background(sql) {
      if (sql.includes('INTO route_minutes')) steps++;
      await db.background(sql);
    },
  };
  await (await createRollUp(counted, { stepRows: 50 })).run();
  expect(steps).toBeGreaterThan(3);
  expect(await db.select('SELECT sum(requests) FROM route_minutes')).toStrictEqual([[370]]);
});

test('a database of version 1 keeps its request events, which get into the rollups', async () => {
  await migrate(db, [firstTables]);
  const columns = REQUEST_EVENTS.columns;
  const events = traffic(90);
  // As version 1 wrote them: identifiers as text.
  await db.insert(REQUEST_EVENTS, encodeRequestEvents(events.slice(1), 2));
  await db.command(
    `INSERT INTO request_events (${columns.join(', ').replace('trace_id, span_id', 'trace, span')})
SELECT ${columns.join(', ').replace('sequence, trace_id, span_id', "1, '00ff00ff00ff00ff00ff00ff00ff00ff', '00ff00ff00ff00ff'")}
FROM request_events LIMIT 1`,
  );
  sequence += events.length;
  await migrate(db);
  await (await createRollUp(db)).run();
  expect(await db.select('SELECT sum(requests) FROM route_minutes')).toStrictEqual([[90]]);
  expect(await db.select('SELECT lower(hex(trace_id)) FROM request_events WHERE sequence = 1')).toStrictEqual([
    ['00ff00ff00ff00ff00ff00ff00ff00ff'],
  ]);
});

test.each([
  ['backwards', { fromMs: BASE_MS, toMs: BASE_MS - MINUTE_MS }],
  ['not a time', { fromMs: Number.NaN, toMs: BASE_MS }],
  ['a step of nothing', { ...RANGE, stepMinutes: 0 }],
  ['more points than a week has minutes', { fromMs: BASE_MS, toMs: BASE_MS + 10_082 * MINUTE_MS }],
])('a range that is %s is refused', async (_, range) => {
  const rollups = createRollups(db, () => 0);
  await expect(rollups.overview(range)).rejects.toMatchObject({ code: 'VDT_STORAGE_INVALID' });
});
