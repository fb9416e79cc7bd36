import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const names = () => (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith('.otlp'));
const files = () => names().map((name) => readFileSync(join(folder, name), 'latin1'));

const environment = (receiver: Receiver, more: Record<string, string> = {}) => ({
  VEDETTE_URL: receiver.url,
  VEDETTE_PSEUDONYM_KEY: 'given-key-of-the-test',
  VEDETTE_SPOOL: folder,
  OTEL_SERVICE_NAME: 'shop',
  ...more,
});

const paths = (receiver: Receiver) => receiver.spans.map(({ attributes }) => attributes['url.path']).sort();

/** The next process of the service; sends what the last one left as soon as it serves. */
const next = async (receiver: Receiver) => {
  const service = await Service.start({ app: 'raw-app.mjs', env: environment(receiver) });
  await (await fetch(`${service.url}/next`)).text();
  return service;
};

test.each(['SIGTERM', 'SIGINT'] as const)(
  'collector away at %s: the next process sends what waited',
  async (signal) => {
    await using receiver = await Receiver.start();
    await receiver.close();
    await using service = await Service.start({ app: 'raw-app.mjs', env: environment(receiver) });
    const login = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const body = '{"email":"canary@mail.example","password":"canary-password"}';
    await (await fetch(`${service.url}/login`, { ...login, body })).text();
    await (await fetch(`${service.url}/reset/canary4711canary4711?token=canary-token-4711`)).text();
    expect(await service.stop(signal)).toEqual({ code: null, signal });
    expect(files()).toHaveLength(1);
    expect(files().join()).toContain('/login');
    expect(files().join()).not.toContain('canary');
    await receiver.listen();
    await using _ = await next(receiver);
    await until(() => receiver.spans.length === 3);
    await until(() => !readdirSync(folder, { recursive: true }).some((name) => String(name).includes('.otlp')));
  },
);

test('an exception that nobody catches: exit code and words as without the agent, what waits is kept', async () => {
  await using receiver = await Receiver.start();
  await receiver.close();
  const bare = await Service.start({ app: 'crashing-app.mjs', preload: 'none' });
  await fetch(`${bare.url}/crash`).catch(() => undefined);
  const expected = await bare.ended;
  await using service = await Service.start({ app: 'crashing-app.mjs', env: environment(receiver) });
  await (await fetch(`${service.url}/before`)).text();
  await fetch(`${service.url}/crash`).catch(() => undefined);
  expect(await service.ended).toEqual(expected);
  const told = (text: string) => text.replace(/^\[vedette\].*\n/gm, '');
  await until(() => told(service.errors).includes('Node.js v'));
  expect(told(service.errors)).toBe(bare.errors);
  expect(files()).toHaveLength(1);
});

test('without a spool a crash is followed by one last sending', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app: 'crashing-app.mjs',
    env: environment(receiver, { VEDETTE_SPOOL: '' }),
  });
  await (await fetch(`${service.url}/before`)).text();
  await fetch(`${service.url}/crash`).catch(() => undefined);
  expect(await service.ended).toEqual({ code: 1, signal: null });
  expect(paths(receiver)).toContain('/before');
});

test('kill -9 with memory full: what had gone to the spool is sent by the next process, each span once', async () => {
  await using receiver = await Receiver.start();
  await receiver.close();
  await using service = await Service.start({
    app: 'raw-app.mjs',
    env: environment(receiver, { VEDETTE_QUEUE_BYTES: '65536' }),
  });
  for (let i = 0; i < 600; i++) await (await fetch(`${service.url}/things/${i}`)).text();
  await until(() => names().length > 0);
  await service.stop('SIGKILL');
  await receiver.listen();
  await using _ = await next(receiver);
  await until(() => !readdirSync(folder, { recursive: true }).some((name) => String(name).includes('.otlp')));
  await until(() => paths(receiver).includes('/next'));
  const kept = paths(receiver).filter((path) => String(path).startsWith('/things/'));
  expect(kept).toContain('/things/0');
  expect(new Set(kept).size).toBe(kept.length);
});

test('nothing is written before the pseudonym key is known', async () => {
  await using receiver = await Receiver.start();
  await receiver.close();
  await using service = await Service.start({
    app: 'raw-app.mjs',
    env: environment(receiver, { VEDETTE_PSEUDONYM_KEY: '' }),
  });
  await (await fetch(`${service.url}/a`)).text();
  await service.stop();
  expect(files()).toEqual([]);
});

test('a folder that cannot be used is said once, and the service goes on', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app: 'raw-app.mjs',
    env: environment(receiver, { VEDETTE_SPOOL: '/proc/nowhere' }),
  });
  await (await fetch(`${service.url}/a`)).text();
  await until(() => receiver.spans.length === 1);
  expect(service.warnings).toEqual([expect.stringContaining('VDT_AGENT_SPOOL')]);
});
