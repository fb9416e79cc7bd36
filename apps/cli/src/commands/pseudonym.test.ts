import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pseudonym } from '@vedette/protocol/pseudonym';
import { afterAll, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const KEY = 'a-key-of-the-test';
const directory = mkdtempSync(join(tmpdir(), 'vedette-pseudonym-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function vedette(args: readonly string[], given: { env?: Record<string, string>; input?: string } = {}) {
  const { VEDETTE_PSEUDONYM_KEY: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [MAIN, 'pseudonym', ...args], {
    cwd: directory,
    env: { ...inherited, ...given.env },
  });
  const texts = { out: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    texts.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    texts.errors += text;
  });
  child.stdin.end(given.input ?? '');
  const [code] = await once(child, 'close');
  return { code, ...texts };
}

const env = { VEDETTE_PSEUDONYM_KEY: KEY };
const bob = pseudonym(KEY, 'bob@example.com');
const ann = pseudonym(KEY, 'ann');

test('of one, of several, of a list on standard input, in the form in which agents hash', async () => {
  expect(await vedette([' Bob@Example.com'], { env })).toEqual({ code: 0, out: `${bob}\n`, errors: '' });
  expect((await vedette(['ann', 'bob@example.com'], { env })).out).toBe(`${ann}\tann\n${bob}\tbob@example.com\n`);
  expect((await vedette([], { env, input: 'ann\r\n\nbob@example.com' })).out).toBe(
    `${ann}\tann\n${bob}\tbob@example.com\n`,
  );
});

test('whom a pseudonym stands for', async () => {
  const input = 'eve\nbob@example.com\nann\n';
  expect(await vedette(['--find', bob], { env, input })).toEqual({ code: 0, out: 'bob@example.com\n', errors: '' });
  expect(await vedette(['--find', bob.toUpperCase()], { env, input: 'eve\n' })).toMatchObject({ code: 1, out: '' });
  expect((await vedette(['--find', 'bob'], { env })).errors).toContain('VDT_PSEUDONYM_INVALID');
});

test('with the key of a data directory, or of a collector', async () => {
  writeFileSync(join(directory, 'pseudonym-key'), `${KEY}\n`);
  expect((await vedette(['ann', '--data', '.'])).out).toBe(`${ann}\n`);
  expect(await vedette(['ann'])).toMatchObject({ code: 1, errors: expect.stringContaining('VDT_PSEUDONYM_KEY') });

  const server = createServer((request, response) => {
    response.statusCode = request.headers.authorization === 'Bearer token' ? 200 : 401;
    response.end(JSON.stringify({ pseudonymKey: KEY }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await vedette(['ann', '--url', url], { env: { VEDETTE_TOKEN: 'token' } })).out).toBe(`${ann}\n`);
    expect((await vedette(['ann', '--url', url])).errors).toContain('answered 401');
    expect((await vedette(['ann', '--url', 'nonsense'])).errors).toContain('VDT_PSEUDONYM_KEY');
  } finally {
    server.close();
  }
});
