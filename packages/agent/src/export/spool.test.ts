import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/until.js';
import { Spool } from './spool.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (maxBytes = 1e6, serviceName = '@acme/shop') => new Spool({ folder, serviceName, maxBytes });
const batch = (text: string, spans = 1) => ({ body: Buffer.from(text), spans });
/** File names tell the order by the millisecond. */
const nextMillisecond = (startedMs = Date.now()) => until(() => Date.now() > startedMs);
const own = () => join(folder, readdirSync(folder)[0] ?? '');

test('what one process keeps another sends, oldest first, each once', async () => {
  const writer = open();
  for (const text of ['a', 'b']) {
    expect(writer.putSync(batch(text))).toBe(true);
    await nextMillisecond();
  }
  const [one, two] = [open(), open()];
  const first = one.claim();
  const second = two.claim();
  expect([first, second].map((claimed) => claimed?.body.toString())).toEqual(['a', 'b']);
  expect(one.claim()).toBeUndefined();
  if (first && second) {
    one.release(first);
    two.remove(second);
  }
  expect(two.claim()?.body.toString()).toBe('a');
});

test('files and folder are their owner’s alone, and services do not see each other', async () => {
  const spool = open();
  expect(spool.put(batch('a', 7))).toBe(true);
  await until(() => readdirSync(own()).some((name) => name.endsWith('.otlp')));
  const [name = ''] = readdirSync(own());
  expect(statSync(own()).mode & 0o777).toBe(0o700);
  expect(statSync(join(own(), name)).mode & 0o777).toBe(0o600);
  expect(open(1e6, 'other').claim()).toBeUndefined();
  expect(open().claim()?.spans).toBe(7);
});

test('past the bound the oldest are dropped and counted', async () => {
  const spool = open(25);
  for (const text of ['1111111111', '2222222222', '3333333333']) {
    expect(spool.putSync(batch(text, 5))).toBe(true);
    await nextMillisecond();
  }
  expect(spool.dropped).toBe(5);
  expect(spool.claim()?.body.toString()).toBe('2222222222');
  expect(spool.putSync(batch('x'.repeat(26)))).toBe(false);
});

test('the claim of a process that was killed lapses', () => {
  const spool = open();
  spool.putSync(batch('a'));
  const claimed = spool.claim();
  expect(spool.claim()).toBeUndefined();
  const past = new Date(Date.now() - 120_000);
  utimesSync(claimed?.path ?? '', past, past);
  expect(open().claim()?.body.toString()).toBe('a');
});

test('a file that was cut off is dropped and counted, and what else lies there is left alone', () => {
  const spool = open();
  spool.putSync(batch('abc', 3));
  const [name = ''] = readdirSync(own());
  truncateSync(join(own(), name), 1);
  expect(spool.claim()).toBeUndefined();
  expect(spool.dropped).toBe(3);
  expect(existsSync(join(own(), name))).toBe(false);
});

test('a folder that leads elsewhere is refused', () => {
  open();
  const target = own();
  rmSync(target, { recursive: true });
  symlinkSync(tmpdir(), target);
  expect(() => open()).toThrow('it is not a folder');
});
