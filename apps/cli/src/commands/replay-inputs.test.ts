import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { combinedLog, otlpLines, REQUESTS } from '../../test/recorded-traffic.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const TIMEOUT_MS = 90_000;
const { zstdCompressSync } = zlib as { zstdCompressSync?: (data: string) => Buffer };

let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vedette-replay-inputs-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

interface Summary {
  readonly code: number;
  readonly events: number;
  readonly lines: number;
  readonly unread: readonly {
    readonly reason: string;
    readonly count: number;
    readonly examples: { line: number }[];
  }[];
  readonly alerts: readonly { readonly type: string }[];
}

/** Runs the built command over one input and returns its summary. */
async function summaryOf(content: string | Buffer | Iterable<Buffer>, args: readonly string[] = [], name = '-') {
  const isFile = name !== '-';
  if (isFile) await writeFile(join(dir, name), content as string | Buffer);
  const child = spawn(process.execPath, [MAIN, 'replay', '--json', ...args, name], { cwd: dir, stdio: 'pipe' });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  if (!isFile) {
    const chunks = typeof content === 'string' || Buffer.isBuffer(content) ? [content] : content;
    for (const chunk of chunks) {
      if (!child.stdin.write(chunk)) await new Promise((resolve) => child.stdin.once('drain', resolve));
    }
  }
  child.stdin.end();
  const code = await ended;
  return { ...(JSON.parse(stdout) as Summary), code };
}

function reasons({ unread }: Summary): Record<string, number> {
  return Object.fromEntries(unread.map(({ reason, count }) => [reason, count]));
}

test(
  'line ends of Windows, a byte order mark, blank lines and formats in one file',
  async () => {
    const log = combinedLog().split('\n').slice(0, 100).join('\r\n');
    const json = '{"time":"2026-11-24T07:00:00Z","remote_addr":"192.0.2.1","request":"GET /a HTTP/1.1","status":200}';
    const otlp = otlpLines().split('\n', 1)[0]!;
    const summary = await summaryOf(`\ufeff${log}\r\n\r\n\n${json}\r\n${otlp}\r\n`, [], 'mixed.log');
    expect(summary.unread).toEqual([]);
    const spans = JSON.parse(otlp).resourceSpans[0].scopeSpans[0].spans.length;
    expect(summary.events).toBe(100 + 1 + spans);
    expect(summary.code).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'an empty file and empty standard input are no error',
  async () => {
    expect(await summaryOf('', [], 'empty.log')).toMatchObject({ code: 0, events: 0, lines: 0, alerts: [] });
    expect(await summaryOf('')).toMatchObject({ code: 0, events: 0, lines: 0, alerts: [] });
  },
  TIMEOUT_MS,
);

test(
  'a line without end costs no memory, is counted with its number, and its neighbours are read',
  async () => {
    const piece = Buffer.alloc(1 << 20, 'a');
    function* lines() {
      yield Buffer.from(combinedLog());
      for (let i = 0; i < 100; i++) yield piece;
      yield Buffer.from('\n');
      yield Buffer.from(combinedLog());
    }
    const summary = await summaryOf(lines());
    expect(summary.events).toBe(2 * REQUESTS);
    expect(summary.lines).toBe(2 * REQUESTS + 1);
    expect(reasons(summary)).toEqual({ 'line is too long': 1 });
    expect(summary.unread[0]!.examples[0]!.line).toBe(REQUESTS + 1);
  },
  TIMEOUT_MS,
);

test(
  'binary garbage is counted line by line and nothing is made of it',
  async () => {
    // xorshift32
    let state = 1;
    const garbage = Buffer.from(
      Array.from({ length: 200_000 }, () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return state & 255;
      }),
    );
    const summary = await summaryOf(Buffer.concat([garbage, Buffer.from(`\n${combinedLog()}`)]), [], 'garbage.log');
    expect(summary.events).toBe(REQUESTS);
    const unread = summary.unread.reduce((sum, { count }) => sum + count, 0);
    const blank = garbage
      .toString('latin1')
      .split('\n')
      .filter((line) => line.trim() === '').length;
    expect(unread).toBe(summary.lines - REQUESTS - blank);
    expect(unread).toBeGreaterThan(500);
  },
  TIMEOUT_MS,
);

test(
  'the exit code tells scripts whether anything as severe was found',
  async () => {
    const found = await summaryOf(combinedLog(), ['--fail-on', 'high']);
    expect(found.alerts.map(({ type }) => type)).toContain('object_enumeration');
    expect(found.code).toBe(2);
    expect((await summaryOf(combinedLog(), ['--fail-on', 'critical'])).code).toBe(0);
    expect((await summaryOf(combinedLog())).code).toBe(0);
  },
  TIMEOUT_MS,
);

test.skipIf(zstdCompressSync === undefined)(
  'zstd by its file name',
  async () => {
    expect(await summaryOf(zstdCompressSync!(combinedLog()), [], 'access.log.zst')).toMatchObject({ events: REQUESTS });
  },
  TIMEOUT_MS,
);
