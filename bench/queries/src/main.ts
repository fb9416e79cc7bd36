/**
 * What the dashboard's questions cost over many request events on disk, and what a row of them weighs.
 *
 * Usage: node bench/queries/dist/main.js [--rows 10000000] [--runs 30] [--dir DIR]
 * A directory that is given is kept, and used as it is when it holds request events already.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStorage, type Storage } from '@vedette/storage';
import { Session } from 'chdb';
import { actorOf, fill, SPAN_MS, sourceOf } from './fill.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    runs: { type: 'string', default: '30' },
    dir: { type: 'string' },
  },
});
const rows = Number(values.rows);
const runs = Number(values.runs);
const TARGET_MS = 200;
const HOUR_MS = 3_600_000;

const dataDir = values.dir ?? (await mkdtemp(join(tmpdir(), 'vedette-queries-')));
const open = (): Promise<Storage> =>
  openStorage({ kind: 'embedded', dataDir }, { retention: { requestEventsDays: null }, rollUpIntervalMs: 200 });

let storage = await open();
const session = new Session(dataDir);
try {
  const stored = await storage.requestEvents.stats();
  const endMs = stored.newestMs ?? Date.now();
  if (stored.requestEvents === 0) {
    await timed(`fill ${rows.toLocaleString('en')} rows`, () => fill(session, rows, endMs));
  }
  await timed('roll up', untilRolledUp);
  session.close();
  await storage.close();

  const startedMs = performance.now();
  storage = await open();
  for await (const keys of storage.requestEvents.keysSince(Date.now())) if (keys.length > 0) break;
  console.log(`open the database, ready for rows: ${(performance.now() - startedMs).toFixed(0)} ms\n`);

  await askAll(endMs);
} finally {
  await storage.close();
}
await weigh();
if (values.dir === undefined) await rm(dataDir, { recursive: true, force: true });

async function askAll(endMs: number): Promise<void> {
  const names = new Session(dataDir);
  const people = await Promise.all(
    Array.from({ length: runs }, async (_, i) => {
      const who = (i * 977) % 60_000;
      return { source: sourceOf(who), actor: await actorOf(names, who) };
    }),
  );
  names.close();
  const week = { fromMs: endMs - SPAN_MS, toMs: endMs + 1 };
  const day = { fromMs: endMs - 24 * HOUR_MS, toMs: endMs + 1 };
  const first = { cursor: null, limit: 100 };
  console.log(`| question (${runs} runs) | p50 ms | p95 ms | rows |\n| --- | ---: | ---: | ---: |`);
  await ask('overview, a day by the minute', () => storage.rollups.overview(day));
  await ask('overview, 7 days in steps of 10 minutes', () => storage.rollups.overview({ ...week, stepMinutes: 10 }));
  await ask('one source, 7 days by the minute', (i) => storage.rollups.source(people[i]!.source, week));
  await ask('one actor, 7 days by the minute', (i) => storage.rollups.actor(people[i]!.actor, week));
  await ask('endpoint inventory, a day', () => storage.rollups.endpoints(day));
  await ask('endpoint inventory, 7 days', () => storage.rollups.endpoints(week));
  await ask("an alert's requests: 8 sources, half an hour", async (i) => {
    const fromMs = endMs - SPAN_MS + (i / runs) * (SPAN_MS - HOUR_MS);
    const sources = Array.from({ length: 8 }, (_, k) => people[(i + k) % runs]!.source);
    return (await storage.requestEvents.page({ sources, fromMs, toMs: fromMs + HOUR_MS / 2 }, first)).events;
  });
  await ask('the newest requests of one source', async (i) => {
    return (await storage.requestEvents.page({ sources: [people[i]!.source] }, first)).events;
  });
  await ask('what is stored', async () => [await storage.requestEvents.stats()]);
}

async function ask(name: string, question: (run: number) => Promise<readonly unknown[]>): Promise<void> {
  const times: number[] = [];
  let found = 0;
  for (let run = 0; run < runs; run++) {
    const startedMs = performance.now();
    found = Math.max(found, (await question(run)).length);
    times.push(performance.now() - startedMs);
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.ceil(times.length * 0.95) - 1]!;
  const p50 = times[Math.ceil(times.length * 0.5) - 1]!;
  console.log(`| ${name} | ${p50.toFixed(0)} | ${p95.toFixed(0)}${p95 > TARGET_MS ? ' (!)' : ''} | ${found} |`);
}

/** Bytes on disk per request event, by column of the raw table and by rollup. */
async function weigh(): Promise<void> {
  const disk = new Session(dataDir);
  const lines = async (sql: string): Promise<string[][]> => {
    const result = await disk.queryAsync(sql, { format: 'TabSeparated' });
    const text = Buffer.from(result.bytes()).toString().trim();
    return text === '' ? [] : text.split('\n').map((line) => line.split('\t'));
  };
  const count = Number((await lines('SELECT count() FROM vedette.request_events'))[0]![0]);
  const tables = await lines(
    "SELECT table, sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND database = 'vedette' GROUP BY table ORDER BY 2 DESC LIMIT 6",
  );
  console.log('\n| table | bytes per request event | rows |\n| --- | ---: | ---: |');
  for (const [table, bytes, held] of tables)
    console.log(`| ${table} | ${(Number(bytes) / count).toFixed(2)} | ${held} |`);
  const columns = await lines(
    `SELECT column, sum(column_bytes_on_disk) AS bytes FROM system.parts_columns
WHERE active AND database = 'vedette' AND table = 'request_events' GROUP BY column ORDER BY bytes DESC`,
  );
  console.log('\n| column | bytes |\n| --- | ---: |');
  for (const [column, bytes] of columns) console.log(`| ${column} | ${(Number(bytes) / count).toFixed(2)} |`);
  disk.close();
}

async function untilRolledUp(): Promise<void> {
  const sql = `SELECT (SELECT max(sequence) FROM vedette.request_events)
    <= (SELECT max(through) FROM vedette.rollup_progress WHERE name = 'account_minutes')`;
  while (
    Buffer.from((await session.queryAsync(sql, { format: 'TabSeparated' })).bytes())
      .toString()
      .trim() !== '1'
  ) {
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function timed(name: string, work: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  console.log(`${name}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`);
}
