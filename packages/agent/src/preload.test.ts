import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service, type ServiceOptions } from '../test/service.js';
import { until } from '../test/until.js';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());
beforeEach(() => {
  receiver.spans.length = 0;
});

const environment = () => ({ VEDETTE_URL: receiver.url, VEDETTE_TOKEN: 'ingest-token', OTEL_SERVICE_NAME: 'shop' });

const loads: readonly ServiceOptions[] = [
  { app: 'raw-app.cjs', preload: 'require' },
  { app: 'raw-app.cjs', preload: 'import' },
  { app: 'raw-app.cjs', preload: 'node-options' },
  { app: 'raw-app.mjs', preload: 'require' },
  { app: 'raw-app.mjs', preload: 'import' },
  { app: 'raw-app.mjs', preload: 'node-options' },
  { app: 'raw-app.mjs', preload: 'twice' },
  { app: 'cluster-app.cjs', preload: 'import' },
  { app: 'cluster-app.mjs', preload: 'node-options' },
];

test.each(loads)('$app captures once when loaded by $preload, without a word', async (options) => {
  await using service = await Service.start({ ...options, env: environment() });
  const answer = await fetch(`${service.url}/things/42?page=2`, { method: 'POST', body: 'hello' });
  expect(await answer.text()).toBe('POST 5');
  const sentAt = Date.now();
  await until(() => receiver.spans.length > 0);
  expect(Date.now() - sentAt).toBeLessThan(2_000);
  await fetch(`${service.url}/stream`);
  await until(() => receiver.spans.length > 1);
  expect(receiver.spans.map((span) => span.name)).toEqual(['POST', 'GET']);
  expect(receiver.spans[0]).toMatchObject({
    kind: 2,
    resource: { 'service.name': 'shop' },
    attributes: {
      'http.request.method': 'POST',
      'url.path': '/things/42',
      'url.query': 'page=2',
      'http.response.status_code': 200,
      'client.address': '127.0.0.1',
      'network.peer.address': '127.0.0.1',
      'http.request.body.size': 5,
      'http.response.body.size': 6,
      'server.address': '127.0.0.1',
      'vedette.client.fingerprint': expect.stringMatching(/^[0-9a-f]{8}$/),
    },
  });
  expect(receiver.spans[1]?.attributes).toMatchObject({ 'http.response.body.size': 100 });
  expect(receiver.received.at(-1)?.headers.authorization).toBe('Bearer ingest-token');
  expect(service.errors).toBe('');
});

const frameworks = ['express4-app', 'express5-app', 'fastify-app', 'koa-app', 'hono-app'].flatMap((app) => [
  `${app}.cjs`,
  `${app}.mjs`,
]);

describe.each(frameworks)('%s', (app) => {
  test('reports route templates, also of nested routers and of routes that throw', async () => {
    await using service = await Service.start({ app, env: environment() });
    const routes = {
      '/orders': '/orders',
      '/orders/7': '/orders/:orderId',
      '/users/users/orders/7': '/users/:userId/orders/:orderId',
      '/users/5/orders/7': '/users/:userId/orders/:orderId',
      '/users/5/orders/7/broken': '/users/:userId/orders/:orderId/broken',
      '/admin/reports/3': '/admin/reports/:reportId',
      '/nowhere': undefined,
    };
    for (const path of Object.keys(routes)) await (await fetch(service.url + path)).arrayBuffer();
    await until(() => receiver.spans.length === Object.keys(routes).length);
    const seen = Object.fromEntries(
      receiver.spans.map(({ attributes }) => [attributes['url.path'], attributes['http.route']]),
    );
    expect(seen).toEqual(routes);
    const broken = receiver.spans.find(({ attributes }) => String(attributes['url.path']).endsWith('broken'));
    expect(broken).toMatchObject({ status: 2, attributes: { 'http.response.status_code': 500 } });
    expect(receiver.spans.find(({ name }) => name === 'GET /orders')?.attributes).toMatchObject({
      'vedette.response.object_ids': [1428125071, expect.any(Number)],
    });
  });

  test('reports logins with the account as pseudonym and the outcome', async () => {
    await using service = await Service.start({ app, env: environment() });
    const json = { 'content-type': 'application/json' };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const logIn = (headers: Record<string, string>, body: string) =>
      fetch(`${service.url}/login`, { method: 'POST', headers, body });
    expect((await logIn(json, '{"email":"bob@example.com","password":"wrong"}')).status).toBe(401);
    expect((await logIn(json, '{"email":"Bob@Example.com ","password":"correct"}')).status).toBe(200);
    expect((await logIn(form, 'email=bob%40example.com&password=correct')).status).toBe(200);
    await until(() => receiver.spans.length === 3);
    const attempts = receiver.spans.map(({ attributes }) => [
      attributes['vedette.auth.event'],
      attributes['vedette.auth.outcome'],
      attributes['http.route'],
    ]);
    expect(attempts).toEqual([
      ['login', 'failure', '/login'],
      ['login', 'success', '/login'],
      ['login', 'success', '/login'],
    ]);
    const accounts = new Set(receiver.spans.map(({ attributes }) => attributes['vedette.auth.identifier']));
    expect([...accounts]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  });
});
