import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Check } from './check.js';
import { checkNode } from './setup-checks.js';

const DOCTOR = fileURLToPath(new URL('../../dist/doctor.cjs', import.meta.url));

/** A collector that knows one token, and whose clock may be off. */
let offMs = 0;
const server = createServer((request, response) => {
  response.setHeader('date', new Date(Date.now() + offMs).toUTCString());
  const { authorization } = request.headers;
  if (request.url !== '/v1/agent/config') response.writeHead(404).end();
  else if (authorization === 'Bearer right') response.end('{"pseudonymKey":"issued"}');
  else response.writeHead(401).end('{}');
});
let folder: string;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-doctor-'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'shop',
      scripts: { start: 'node --import @vedette/agent/register app.js' },
      dependencies: { '@sentry/node': '10' },
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function run(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [DOCTOR, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, VEDETTE_URL: url, ...env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  return { code, text };
}

async function checks(env: Record<string, string>): Promise<Record<string, Check>> {
  const { text } = await run(['doctor', '--json'], env);
  return Object.fromEntries((JSON.parse(text) as { checks: Check[] }).checks.map((check) => [check.name, check]));
}

test('a set-up in which all is well: a line a check, exit code 0', async () => {
  const { code, text } = await run(['doctor'], { VEDETTE_TOKEN: 'right', VEDETTE_SPOOL: join(folder, 'spool') });
  expect(text.split('\n').map((line) => line.replace(/^(\w+) +(.{14}).*/, '$1 $2').trim())).toEqual([
    expect.stringMatching(/^@vedette\/agent \d/),
    'ok node',
    'ok preload',
    'ok collector',
    'ok token',
    'ok pseudonym key',
    'ok clock',
    'info proxies',
    'info tracers',
    'ok spool',
    '',
  ]);
  expect(text).toContain('Sentry');
  expect(code).toBe(0);
});

test('a refused token, a clock that is off, a folder that cannot be used', async () => {
  offMs = 90_000;
  const found = await checks({
    VEDETTE_TOKEN: 'wrong',
    VEDETTE_SPOOL: '/proc/nowhere',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
  });
  offMs = 0;
  expect(found.token).toMatchObject({ state: 'fail', advice: expect.stringContaining('VEDETTE_TOKEN') });
  expect(found.clock).toMatchObject({ state: 'warn', finding: expect.stringMatching(/^(?:89|90) s off/) });
  expect(found.spool).toMatchObject({ state: 'fail' });
  expect(found.proxies).toMatchObject({ state: 'warn', advice: expect.stringContaining('VEDETTE_TRUSTED_PROXIES') });
});

test('nobody at the address, settings that make no sense: exit code 1, with what to do', async () => {
  const closed = createServer();
  await once(closed.listen(0, '127.0.0.1'), 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const { code, text } = await run(['doctor'], {
    VEDETTE_URL: `http://127.0.0.1:${port}`,
    VEDETTE_QUEUE_BYTES: 'many',
  });
  expect(text).toMatch(/FAIL {2}collector .*ECONNREFUSED\): start the collector/);
  expect(text).toMatch(/warn {2}settings .*VEDETTE_QUEUE_BYTES/);
  expect(text).toMatch(/warn {2}pseudonym key/);
  expect(code).toBe(1);
});

test('another server than a collector', async () => {
  expect((await checks({ VEDETTE_URL: `${url}/elsewhere` })).collector).toMatchObject({
    state: 'fail',
    finding: expect.stringContaining('404'),
  });
});

test('wrong usage says how', async () => {
  expect(await run(['cure'], {})).toMatchObject({ code: 2, text: expect.stringContaining('Usage') });
});

test('versions of Node', () => {
  expect(['20.18.9', '20.19.0', '22.1.0', '18.20.4'].map((version) => checkNode(version).state)).toEqual([
    'fail',
    'ok',
    'ok',
    'fail',
  ]);
});
