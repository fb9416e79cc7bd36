import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { BASE_MS, requestEvent } from '../test/events.js';
import { openEmbeddedDatabase } from './embedded-database.js';
import { openStorage, type Storage, type StorageOptions } from './index.js';
import { MIGRATIONS, migrate } from './migrate.js';

const root = mkdtempSync(join(tmpdir(), 'vedette-storage-life-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const DAY_MS = 86_400_000;
const FOR_EVER: StorageOptions = {
  retention: { requestEventsDays: null, rollupDays: null, alertEventsDays: null, deliveryEventsDays: null },
  insertIntervalMs: 0,
};
const open = (name: string, options = FOR_EVER): Promise<Storage> =>
  openStorage({ kind: 'embedded', dataDir: join(root, name) }, options);

/** Runs test/writer-process.mjs on a directory. */
function startWriter(name: string): { child: ChildProcessWithoutNullStreams; output: () => string } {
  const script = fileURLToPath(new URL('../test/writer-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, join(root, name), JSON.stringify(requestEvent())]);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return { child, output: () => output };
}

test('a directory that another process holds is refused at once, and free again when that one is killed', async () => {
  const { child, output } = startWriter('shared');
  await vi.waitUntil(() => output().includes('open'), { timeout: 20_000 });
  const opening = open('shared');
  await expect(opening).rejects.toMatchObject({ code: 'VDT_STORAGE_IN_USE' });
  await expect(opening).rejects.toThrow(`data directory is in use by another process (pid ${child.pid})`);

  // Killed in the middle of inserts: what was acknowledged is there, whole batches only.
  await vi.waitUntil(() => output().split('\n').length > 20, { timeout: 20_000 });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const acknowledged = Number(output().trim().split('\n').at(-1));
  const storage = await open('shared');
  const { requestEvents } = await storage.requestEvents.stats();
  expect(requestEvents).toBeGreaterThanOrEqual(acknowledged);
  expect(requestEvents).toBeLessThanOrEqual(acknowledged + 10);
  expect(requestEvents % 10).toBe(0);
  await storage.close();
});

test('one process opens one directory', async () => {
  const storage = await open('one');
  await expect(open('two')).rejects.toMatchObject({ code: 'VDT_STORAGE_IN_USE' });
  await storage.requestEvents.append([requestEvent()]);
  await storage.close();
});

test('a directory whose name means something to the engine holds rows like any other', async () => {
  const name = "it's {a,b} * \\ [day] ::1";
  let storage = await open(name);
  const event = requestEvent({ path: `/${'long ä '.repeat(100_000)}` });
  await storage.requestEvents.append([event]);
  await storage.close();
  storage = await open(name);
  expect((await storage.requestEvents.page({}, { cursor: null, limit: 1 })).events).toStrictEqual([event]);
  await storage.close();
});

test('a path that is no directory is refused', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(open('file')).rejects.toMatchObject({ code: 'VDT_STORAGE_FAILED' });
});

test('retention drops what is past it, keeps the rest, and follows a change of the setting', async () => {
  const name = 'retention';
  const ages = [0, 3, 20];
  let storage = await open(name);
  const now = Date.now();
  await storage.requestEvents.append(ages.map((days) => requestEvent({ startMs: now - days * DAY_MS })));
  const oldest = async () => (await storage.requestEvents.stats()).oldestMs;
  for (const [requestEventsDays, kept] of [
    [10, 3],
    [1, 0],
  ] as const) {
    await storage.close();
    storage = await open(name, { retention: { requestEventsDays } });
    await vi.waitFor(async () => expect(await oldest()).toBe(now - kept * DAY_MS), { timeout: 20_000, interval: 100 });
  }
  expect((await storage.requestEvents.stats()).requestEvents).toBe(1);
  await storage.close();
});

test.each([0, -1, 1.5, 3651, Number.NaN])('a retention of %d days is refused', async (requestEventsDays) => {
  await expect(open('invalid', { retention: { requestEventsDays } })).rejects.toMatchObject({
    code: 'VDT_STORAGE_INVALID',
  });
});

test('times far ahead do not count as past the retention', async () => {
  const storage = await open('ahead', { retention: { requestEventsDays: 3650 } });
  const event = requestEvent({ startMs: Date.UTC(2099, 11, 31) });
  await storage.requestEvents.append([requestEvent({ startMs: BASE_MS }), event]);
  expect((await storage.requestEvents.page({}, { cursor: null, limit: 1 })).events).toStrictEqual([event]);
  await storage.close();
});

test('a read that takes too long is ended', async () => {
  const db = await openEmbeddedDatabase(join(root, 'slow'));
  const startedAt = performance.now();
  await expect(
    db.select('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1', {}, { maxSeconds: 1 }),
  ).rejects.toMatchObject({ code: '159' });
  expect(performance.now() - startedAt).toBeLessThan(5000);
  await db.close();
});

test('migrations run once each, in order; data stays; a database of a newer version is refused', async () => {
  const db = await openEmbeddedDatabase(join(root, 'migrations'));
  await migrate(db);
  const added = {
    version: MIGRATIONS.length + 1,
    name: 'a column',
    statements: ['ALTER TABLE documents ADD COLUMN note String'],
  };
  await db.insert(
    { table: 'documents', columns: ['key', 'version', 'value'], format: 'JSONCompactEachRow' },
    Buffer.from('["kept",1,"true"]\n'),
  );
  // The statement fails when it is run a second time.
  for (let i = 0; i < 2; i++) await migrate(db, [...MIGRATIONS, added]);
  expect(await db.select('SELECT key, note FROM documents')).toStrictEqual([['kept', '']]);
  expect(await db.select('SELECT version, name FROM migrations ORDER BY version')).toStrictEqual(
    [...MIGRATIONS, added].map(({ version, name }) => [version, name]),
  );
  await expect(migrate(db)).rejects.toMatchObject({ code: 'VDT_STORAGE_TOO_NEW' });
  await db.close();
});
