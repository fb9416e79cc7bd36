import { expect, test } from 'vitest';
import { decodeMetrics } from '../test/decode-metrics.js';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

/** What the receiver was told of the agent, one for each heartbeat. */
const reports = (receiver: Receiver) =>
  receiver.received.filter(({ path }) => path === '/v1/metrics').map(({ body }) => decodeMetrics(body));

test('an agent tells of itself once it serves, and when it ends', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app: 'fastify-app.mjs',
    env: { VEDETTE_URL: receiver.url, OTEL_SERVICE_NAME: 'shop' },
  });
  expect(receiver.received).toEqual([]);
  for (let i = 0; i < 100; i++) await (await fetch(`${service.url}/orders`)).text();
  await until(() => receiver.spans.length === 100);
  expect(await service.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  const [first, last, ...others] = reports(receiver);
  expect(others).toEqual([]);
  expect(first?.numbers['vedette.agent.up']).toBe(1);
  expect(last?.words).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    node: process.versions.node,
    capture: 'channel',
    frameworks: 'fastify',
  });
  expect(last?.numbers).toMatchObject({
    'vedette.agent.up': 0,
    'vedette.agent.capturing': 1,
    'vedette.agent.queue.spans': 0,
    'vedette.agent.queue.bytes': 0,
    'vedette.agent.spans.delivered': 100,
    'vedette.agent.spans.dropped': 0,
    'vedette.agent.spans.rejected': 0,
    'vedette.agent.faults': 0,
  });
  expect(last?.counts).toEqual([
    'vedette.agent.spans.delivered',
    'vedette.agent.spans.dropped',
    'vedette.agent.spans.rejected',
    'vedette.agent.faults',
  ]);
  expect(last?.numbers['vedette.agent.overhead']).toBeGreaterThan(0);
  expect(last?.resource['service.instance.id']).toBe(receiver.spans[0]?.resource['service.instance.id']);
});

test.each([
  ['express5-app.cjs', 'express'],
  ['koa-app.mjs', 'koa'],
  ['hono-app.mjs', 'hono'],
  ['hono-app.cjs', 'hono'],
])('%s is told as %s', async (app, framework) => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({ app, env: { VEDETTE_URL: receiver.url } });
  await (await fetch(`${service.url}/orders/7`)).text();
  await service.stop();
  expect(reports(receiver).at(-1)?.words.frameworks).toBe(framework);
});

test('spans that were dropped while the collector was away are told exactly, as soon as it is back', async () => {
  await using receiver = await Receiver.start();
  await receiver.close();
  await using service = await Service.start({
    app: 'raw-app.mjs',
    env: { VEDETTE_URL: receiver.url, VEDETTE_QUEUE_BYTES: '65536', VEDETTE_PSEUDONYM_KEY: 'given' },
  });
  for (let i = 0; i < 400; i++) await (await fetch(`${service.url}/things/${i}`)).text();
  await receiver.listen();
  const report = await until(() =>
    reports(receiver).find(({ numbers }) => (numbers['vedette.agent.spans.dropped'] ?? 0) > 0),
  );
  await until(() => receiver.spans.some(({ attributes }) => attributes['url.path'] === '/things/399'));
  expect(report.numbers['vedette.agent.spans.dropped']).toBe(400 - receiver.spans.length);
});
