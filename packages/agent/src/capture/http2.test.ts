import { once } from 'node:events';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReceivedSpan } from '../../test/decode-traces.js';
import { Receiver } from '../../test/receiver.js';
import { Service } from '../../test/service.js';
import { until } from '../../test/until.js';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());
beforeEach(() => {
  receiver.spans.length = 0;
});

const spans = (count: number) => until(() => (receiver.spans.length >= count ? receiver.spans : undefined));
const start = (app: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  Service.start({ app, args, env: { VEDETTE_URL: receiver.url, ...env } });

function open(service: Service, scheme: 'http' | 'https'): ClientHttp2Session {
  return connect(`${scheme}://127.0.0.1:${service.port}`, { rejectUnauthorized: false });
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<string> {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(stream, 'close');
  return text;
}

describe.each([
  ['http2-app.mjs', 'http'],
  ['http2-app.cjs', 'http'],
  ['http2-app.mjs', 'https'],
  ['http2-app.cjs', 'https'],
] as const)('%s over %s', (app, scheme) => {
  const args = scheme === 'https' ? ['secure'] : [];

  test('makes the spans of HTTP/1.1: sizes, status, sender, login and outcome', async () => {
    await using service = await start(app, args);
    const session = open(service, scheme);
    const agent = { 'user-agent': 'test/1' };
    expect(await ask(session, { ':path': '/things/42?page=2', ':method': 'POST', ...agent }, 'hello')).toBe('POST 5');
    await ask(session, { ':path': '/list', ...agent });
    await ask(session, { ':path': '/stream', ...agent });
    await ask(session, { ':path': '/stream', ':method': 'HEAD', ...agent });
    const json = { ':method': 'POST', 'content-type': 'application/json', ...agent };
    await ask(session, { ':path': '/login', ...json }, '{"email":"bob","password":"wrong"}');
    await ask(session, { ':path': '/login', ...json }, '{"email":"bob","password":"correct"}');
    session.close();
    const found = await spans(6);
    expect(found.map(({ name, attributes }) => [name, attributes['http.response.status_code']])).toEqual([
      ['POST', 200],
      ['GET', 200],
      ['GET', 200],
      ['HEAD', 200],
      ['POST', 401],
      ['POST', 200],
    ]);
    expect(found[0]?.attributes).toMatchObject({
      'url.path': '/things/42',
      'url.query': 'page=2',
      'client.address': '127.0.0.1',
      'network.peer.address': '127.0.0.1',
      'user_agent.original': 'test/1',
      'server.address': '127.0.0.1',
      'http.request.body.size': 5,
      'http.response.body.size': 6,
    });
    expect(found[1]?.attributes['vedette.response.object_ids']).toHaveLength(4);
    expect(found[2]?.attributes['http.response.body.size']).toBe(100);
    expect(found[3]?.attributes['http.response.body.size']).toBe(0);
    const outcomes = found.slice(4).map(({ attributes }) => attributes['vedette.auth.outcome']);
    expect(outcomes).toEqual(['failure', 'success']);
    const fingerprints = found.slice(1, 4).map(({ attributes }) => attributes['vedette.client.fingerprint']);
    expect(new Set(fingerprints).size).toBe(1);
    expect(service.errors).toBe('');
  });

  test('sees streams that the client resets and sessions that break off', async () => {
    await using service = await start(app, args);
    const session = open(service, scheme);
    const reset = session.request({ ':path': '/hang?reset' });
    await ask(session, { ':path': '/list' });
    reset.close(8);
    await spans(2);
    session.request({ ':path': '/hang?broken' }).on('error', () => {});
    await ask(session, { ':path': '/list' });
    session.on('error', () => {}).destroy();
    const found = await spans(4);
    const hung = found.filter(({ attributes }) => attributes['url.path'] === '/hang');
    expect(hung).toHaveLength(2);
    for (const { attributes } of hung) expect(attributes).not.toHaveProperty('http.response.status_code');
  });
});

test('a body that comes with `expect: 100-continue` is asked for as ever, and counted once', async () => {
  await using service = await start('http2-app.mjs');
  const session = open(service, 'http');
  const stream = session.request({ ':path': '/things', ':method': 'POST', expect: '100-continue' });
  await once(stream, 'continue');
  stream.end('hello');
  stream.resume();
  await once(stream, 'close');
  await ask(session, { ':path': '/list' });
  session.close();
  const found = await spans(2);
  expect(found).toHaveLength(2);
  expect(found[0]?.attributes).toMatchObject({ 'url.path': '/things', 'http.request.body.size': 5 });
});

function askOverTls(service: Service): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(`https://127.0.0.1:${service.port}/things`, {
      method: 'POST',
      rejectUnauthorized: false,
      headers: { 'content-length': 5 },
    });
    request.on('error', reject);
    request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)));
    request.end('hello');
  });
}

test.each([
  ['https-app.mjs', []],
  ['http2-app.mjs', ['secure']],
] as const)('%s %j: HTTP/1.1 over TLS is captured once', async (app, args) => {
  await using service = await start(app, args);
  expect(await askOverTls(service)).toBe(200);
  expect(await askOverTls(service)).toBe(200);
  const found = await spans(2);
  const sizes = ({ attributes }: ReceivedSpan) => [
    attributes['http.request.body.size'],
    attributes['http.response.body.size'],
    attributes['client.address'],
  ];
  expect(found.map(sizes)).toEqual([
    [5, 6, '127.0.0.1'],
    [5, 6, '127.0.0.1'],
  ]);
});

test('Fastify over HTTP/2 tells its route, and a trusted proxy the client', async () => {
  await using service = await start('fastify-http2-app.mjs', [], { VEDETTE_TRUSTED_PROXIES: 'loopback' });
  const session = open(service, 'http');
  await ask(session, { ':path': '/orders/7', 'x-forwarded-for': '203.0.113.9' });
  session.close();
  const [span] = await spans(1);
  expect(span).toMatchObject({ name: 'GET /orders/:orderId', attributes: { 'client.address': '203.0.113.9' } });
});

test.each(['channel', 'otel'])('bare streams, as gRPC has them, in %s mode', async (mode) => {
  await using service = await start('streams-app.mjs', [], { VEDETTE_CAPTURE: mode });
  const session = open(service, 'http');
  const call = { ':method': 'POST', 'content-type': 'application/grpc+proto', te: 'trailers' };
  const known = { ...call, authorization: `Basic ${btoa('bob:secret')}` };
  const message = '\0\0\0\0\u0002\b\u0007';
  expect(await ask(session, { ':path': '/shop.v1.Orders/Get', ...known }, message)).toBe(message);
  await ask(session, { ':path': '/shop.v1.Orders/Drop', ...known }, message);
  await ask(session, { ':path': '/shop.v1.Orders/Get', ...call, 'x-api-key': 'forged' }, message);
  await ask(session, { ':path': '/list?page=2' });
  const reset = session.request({ ':path': '/hang' });
  await ask(session, { ':path': '/list' });
  reset.close(8);
  const found = await spans(6);
  session.close();
  expect(found.slice(0, 4).map(({ name }) => name)).toEqual([
    'shop.v1.Orders/Get',
    'shop.v1.Orders/Drop',
    'shop.v1.Orders/Get',
    'GET',
  ]);
  const [right, missing, refused, list] = found.map(({ attributes }) => attributes);
  const common = { 'rpc.system': 'grpc', 'http.request.method': 'POST', 'http.response.status_code': 200 };
  expect(right).toMatchObject({
    ...common,
    'url.path': '/shop.v1.Orders/Get',
    'rpc.method': 'shop.v1.Orders/Get',
    'rpc.grpc.status_code': 0,
    'http.request.body.size': 7,
    'http.response.body.size': 7,
    'vedette.actor.kind': 'user',
  });
  expect(missing).toMatchObject({ ...common, 'rpc.grpc.status_code': 5 });
  expect(refused).toMatchObject({ ...common, 'rpc.grpc.status_code': 16, 'http.response.body.size': 0 });
  expect(refused).not.toHaveProperty('vedette.actor.kind');
  expect(list).toMatchObject({
    'url.path': '/list',
    'url.query': 'page=2',
    'http.response.status_code': 200,
    'vedette.sensitive.email': 1,
  });
  expect(list).not.toHaveProperty('rpc.method');
  const hung = found.find(({ attributes }) => attributes['url.path'] === '/hang');
  expect(hung?.attributes).not.toHaveProperty('http.response.status_code');
  expect(service.errors).toBe('');
});

test('also in otel mode', async () => {
  await using service = await start('http2-app.mjs', [], { VEDETTE_CAPTURE: 'otel' });
  const session = open(service, 'http');
  await ask(session, { ':path': '/list' });
  session.close();
  const [span] = await spans(1);
  expect(span?.attributes).toMatchObject({ 'url.path': '/list', 'http.response.status_code': 200 });
});
