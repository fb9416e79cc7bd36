import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { startClickHouseHttp } from '../test/clickhouse-http.js';
import { MIGRATIONS } from './migrate.js';
import { withMigrationLock } from './migration-lock.js';
import { openServerDatabase } from './server-database.js';

const shared = await startClickHouseHttp();
afterAll(() => shared.close());

const executed = (sql: RegExp) => shared.requests.filter((request) => sql.test(request.sql)).length;

test('two processes that start at once on an empty server: one makes the tables, both come up', async () => {
  const script = fileURLToPath(new URL('../test/open-process.mjs', import.meta.url));
  const release = shared.hold(/^CREATE TABLE IF NOT EXISTS migrations/);
  const processes = Array.from({ length: 2 }, () =>
    spawn(process.execPath, [script, shared.url], { stdio: 'inherit' }),
  );
  const exits = processes.map((child) => once(child, 'exit'));
  // Both are there before either goes on.
  await vi.waitUntil(() => executed(/^CREATE TABLE IF NOT EXISTS migrations/) === 2, { timeout: 20_000 });
  release();
  expect((await Promise.all(exits)).map(([code]) => code)).toStrictEqual([0, 0]);
  expect(executed(/^CREATE TABLE migration_lock/)).toBeGreaterThanOrEqual(2);
  expect(executed(/^CREATE TABLE IF NOT EXISTS request_events/)).toBe(1);
  expect(executed(/^INSERT INTO migrations/)).toBe(MIGRATIONS.length);
});

test('a lock whose holder was killed is taken over; one that is renewed is waited for', async () => {
  const timing = { lookMs: 20, renewMs: 300, staleSeconds: 1, waitMs: 20_000 };
  // The lock looks at the code of the cause, as storage wraps what the server says.
  const wrapped = await wrappedDatabase(shared.url.replace('vedette_test', 'vedette_lock'));
  await wrapped.command("CREATE TABLE migration_lock (held UInt8) ENGINE = MergeTree ORDER BY held COMMENT 'killed'");
  const order: string[] = [];
  let finish!: () => void;
  const first = withMigrationLock(
    wrapped,
    async () => {
      order.push('first begins');
      await new Promise<void>((resolve) => (finish = resolve));
      order.push('first ends');
    },
    timing,
  );
  await vi.waitUntil(() => order.length === 1, { timeout: 10_000 });
  const second = withMigrationLock(wrapped, async () => void order.push('second'), timing);
  // Longer than a lock that nobody renews lives.
  const renewals = executed(/MODIFY COMMENT/);
  await vi.waitUntil(() => executed(/MODIFY COMMENT/) >= renewals + 8, { timeout: 15_000 });
  finish();
  await Promise.all([first, second]);
  expect(order).toStrictEqual(['first begins', 'first ends', 'second']);
  await wrapped.close();
});

async function wrappedDatabase(url: string) {
  const db = await openServerDatabase(url);
  return {
    ...db,
    command: (sql: string) =>
      db.command(sql).catch((cause: unknown) => {
        throw new Error('wrapped', { cause });
      }),
  };
}
