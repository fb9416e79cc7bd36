import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { combinedLog, otlpLines } from '../../test/recorded-traffic.js';
import { readEvents } from './read-events.js';
import { ReadingReport } from './reading-report.js';

const DIST = new URL('../../dist/replay/', import.meta.url).href;
const TIMEOUT_MS = 60_000;

let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vedette-reading-thread-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs a module in a process of its own, with the build at hand as `dist`; returns what it printed. */
async function runBuilt(code: string, files: readonly string[]): Promise<unknown> {
  const module = join(dir, 'reads.mjs');
  await writeFile(module, `const dist = ${JSON.stringify(DIST)};\n${code}`);
  const { stdout, stderr, status } = spawnSync(process.execPath, [module, ...files], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

test(
  'a thread of its own reads the same, in the same order, and counts the same',
  async () => {
    const files = [join(dir, 'access.log'), join(dir, 'traces.jsonl')];
    await writeFile(files[0]!, `${combinedLog().repeat(9)}not a log line\n{"a":\n${combinedLog()}`);
    await writeFile(files[1]!, otlpLines().repeat(2));
    // From sources everything is read in one thread; the build reads large files in another.
    const report = new ReadingReport();
    const hash = createHash('sha256');
    let bytes = 0;
    const onRead = (count: number) => {
      bytes += count;
    };
    for await (const events of readEvents(files, { pseudonymKey: 'k', report, onRead })) {
      for (const event of events) hash.update(JSON.stringify(event));
    }
    expect(bytes).toBeGreaterThan(8 * 1024 * 1024);
    expect(report.unreadLines).toBe(2);
    const there = await runBuilt(
      `import { createHash } from 'node:crypto';
      const { readEvents } = await import(dist + 'read-events.js');
      const { ReadingReport } = await import(dist + 'reading-report.js');
      const report = new ReadingReport();
      const hash = createHash('sha256');
      let bytes = 0;
      const onRead = (count) => { bytes += count; };
      for await (const events of readEvents(process.argv.slice(2), { pseudonymKey: 'k', report, onRead })) {
        for (const event of events) hash.update(JSON.stringify(event));
      }
      console.log(JSON.stringify({ report: report.data(), bytes, hash: hash.digest('hex') }));`,
      files,
    );
    expect(there).toEqual({ report: report.data(), bytes, hash: hash.digest('hex') });
  },
  TIMEOUT_MS,
);

test(
  'whoever stops taking events stops the thread',
  async () => {
    const file = join(dir, 'long.log');
    await writeFile(file, combinedLog().repeat(20));
    const taken = await runBuilt(
      `const { readEvents } = await import(dist + 'read-events.js');
      let taken = 0;
      for await (const events of readEvents(process.argv.slice(2), { pseudonymKey: 'k' })) {
        taken += events.length;
        if (taken > 1000) break;
      }
      console.log(taken);`,
      [file],
    );
    expect(taken).toBeGreaterThan(1000);
    expect(taken).toBeLessThan(5000);
  },
  TIMEOUT_MS,
);
