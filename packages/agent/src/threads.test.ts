import { expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

const get = async (url: string) => (await fetch(url)).text();

test('a server in a worker thread is captured, and what waits is sent when its thread ends', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app: 'worker-app.mjs',
    env: { VEDETTE_URL: receiver.url, VEDETTE_PSEUDONYM_KEY: 'given' },
  });
  expect(await get(`${service.url}/first`)).toBe('ok');
  await until(() => receiver.spans.length === 1);
  expect(await get(`${service.url}/exit`)).toBe('ok');
  expect(await service.ended).toEqual({ code: 0, signal: null });
  expect(receiver.spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/first', '/exit']);
  expect(service.errors).toBe('');
});

test('every process of a cluster has its own agent, and a replaced one sends what it had', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({ app: 'renewing-app.cjs', env: { VEDETTE_URL: receiver.url } });
  const processes = new Set<string>();
  // node:cluster may hand a connection to a process that is about to end; then nobody answers.
  const ask = async (path: string) => {
    const answer = await fetch(service.url + path, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer) processes.add(await answer.text());
  };
  const askUntil = (count: number) =>
    until(async () => {
      await ask('/');
      return processes.size === count;
    });
  await askUntil(2);
  await ask('/replace');
  await askUntil(3);
  const agents = () =>
    new Map(receiver.spans.map(({ resource }) => [resource['process.pid'], resource['service.instance.id']]));
  await until(() => agents().size === 3);
  expect(new Set(agents().keys())).toEqual(processes);
  expect(new Set(agents().values()).size).toBe(3);
  expect(receiver.spans.filter(({ attributes }) => attributes['url.path'] === '/replace')).toHaveLength(1);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
});

test('SIGINT without a handler: what waits is sent, and the process still ends by the signal', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({ app: 'raw-app.mjs', env: { VEDETTE_URL: receiver.url } });
  await get(`${service.url}/last`);
  expect(await service.stop('SIGINT')).toEqual({ code: null, signal: 'SIGINT' });
  expect(receiver.spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/last']);
});
