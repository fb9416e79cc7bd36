import { expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

test('SIGTERM without a handler: what waits is sent, and the process still ends by the signal', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({ app: 'raw-app.mjs', env: { VEDETTE_URL: receiver.url } });
  await (await fetch(`${service.url}/last`)).text();
  expect(await service.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  expect(receiver.spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/last']);
});

test('SIGTERM while the collector is silent: the process ends within 2 s', async () => {
  await using receiver = await Receiver.start();
  receiver.answer = () => 'hang';
  await using service = await Service.start({ app: 'raw-app.mjs', env: { VEDETTE_URL: receiver.url } });
  await (await fetch(`${service.url}/last`)).text();
  const startedAt = Date.now();
  expect(await service.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  expect(Date.now() - startedAt).toBeLessThan(4_000);
});

test('process.exit keeps its code, and what waits is sent', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app: 'raw-app.mjs',
    env: { VEDETTE_URL: receiver.url, VEDETTE_PSEUDONYM_KEY: 'given' },
  });
  await (await fetch(`${service.url}/exit`)).text();
  expect(await service.ended).toEqual({ code: 3, signal: null });
  expect(receiver.spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/exit']);
});

test.each(['graceful-app.mjs', 'counting-app.mjs'])(
  '%s: a service with its own handler ends as it wants to',
  async (app) => {
    await using receiver = await Receiver.start();
    await using service = await Service.start({ app, env: { VEDETTE_URL: receiver.url } });
    await (await fetch(`${service.url}/last`)).text();
    const bare = await Service.start({ app, preload: 'none' });
    const expected = await bare.stop();
    expect(await service.stop()).toEqual(expected);
    await until(() => receiver.spans.length === 1);
  },
);

test('a process without servers ends at once and sends nothing', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({ app: 'script-app.mjs', env: { VEDETTE_URL: receiver.url } });
  expect(await service.ended).toEqual({ code: 0, signal: null });
  expect(receiver.received).toEqual([]);
  expect(service.errors).toBe('');
});
