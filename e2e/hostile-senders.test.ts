import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { CreatedIngestToken } from '@vedette/protocol';
import { expect, test, vi } from 'vitest';
import { API_TOKEN, getStats, INGEST_TOKEN, metric, startCollector } from './support/collector.js';
import { login, otlpJson, postTraces } from './support/otlp.js';
import { later } from './support/scope.js';

type Running = { url: string };

const span = (service = 'shop') => ({ service, attributes: login('198.51.100.7', 'a1b2c3d4e5f60718', 'success') });
const spans = (count: number, service?: string) => otlpJson(Array.from({ length: count }, () => span(service)));

async function createToken(collector: Running, body: object): Promise<string> {
  const response = await fetch(`${collector.url}/api/ingest-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as CreatedIngestToken).token;
}

test('what is too large, too deep or too much is refused with the reason, whatever it is packed in', async () => {
  const collector = await startCollector();
  const gzip = { 'content-encoding': 'gzip' };
  const deep = gzipSync(`{"x":${'['.repeat(15_000_000)}${']'.repeat(15_000_000)}}`);
  const wide = gzipSync(`{"a":1,"resourceSpans":[${'[],'.repeat(9_000_000)}[]]}`);
  const cases: [string, Promise<Response>, number, RegExp][] = [
    ['deep', postTraces(collector, deep, gzip), 400, /nested more than/],
    ['wide', postTraces(collector, wide, gzip), 400, /more than 2000000 values/],
    ['large once inflated', postTraces(collector, gzipSync(Buffer.alloc(33 * 1024 ** 2)), gzip), 413, /once inflated/],
  ];
  for (const [name, response, status, reason] of cases) {
    const answer = await response;
    expect(answer.status, name).toBe(status);
    expect(await answer.text(), name).toMatch(reason);
  }
  expect((await postTraces(collector, spans(1))).status).toBe(200);
});

test('a body that is announced too large is refused before it is sent', async () => {
  const collector = await startCollector();
  const { hostname, port } = new URL(collector.url);
  const socket = connect(Number(port), hostname);
  later(() => socket.destroy());
  socket.write(
    `POST /v1/traces HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${INGEST_TOKEN}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 100000000\r\n\r\n',
  );
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  expect(text).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i);
});

test('spans, attributes and texts past their bounds are left out and counted, the rest is taken', async () => {
  const collector = await startCollector();
  const small = '{"kind":3,"name":"x"}';
  const many = spans(3).replace('"spans":[', `"spans":[${`${small},`.repeat(65_535)}`);
  const answer = await postTraces(collector, gzipSync(many), { 'content-encoding': 'gzip' });
  expect(await answer.json()).toEqual({
    partialSuccess: { rejectedSpans: '2', errorMessage: '2: too many spans in one request' },
  });
  expect(await metric(collector, 'vedette_spans_received_total')).toBe(65_538);

  const attributes: Record<string, string | number> = { ...login('198.51.100.7', 'a1b2c3d4e5f60718', 'success') };
  attributes['user_agent.original'] = 'x'.repeat(1_000_000);
  for (let i = 0; i < 10_000; i++) attributes[`k${i}`] = 'y';
  expect((await postTraces(collector, otlpJson([{ attributes }]))).status).toBe(200);
  expect((await getStats(collector)).requestEvents).toBe(2);
});

test('a token past its rate is told when to come back, and is welcome then; others do not notice', async () => {
  const collector = await startCollector();
  const token = await createToken(collector, { name: 'slow', limits: { spansPerSecond: 20, burst: 20 } });
  const post = () => postTraces(collector, spans(30), { authorization: `Bearer ${token}` });
  expect((await post()).status).toBe(200);
  const refused = await post();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBe(1);
  expect(await refused.text()).toMatch(/20 spans a second/);
  expect((await postTraces(collector, spans(30))).status).toBe(200);
  await vi.waitFor(async () => expect((await post()).status).toBe(200), { timeout: 5_000, interval: 100 });
  expect((await getStats(collector)).requestEvents).toBe(90);
});

test('a token past its quota of the day is told to come back tomorrow, also after a restart', async () => {
  const collector = await startCollector();
  const token = await createToken(collector, { name: 'daily', limits: { spansPerDay: 50 } });
  const post = (to: Running) => postTraces(to, spans(50), { authorization: `Bearer ${token}` });
  expect((await post(collector)).status).toBe(200);
  expect((await post(collector)).status).toBe(429);
  await collector.close();
  const refused = await post(await startCollector({ dataDir: collector.dataDir }));
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('senders past the bound of connections are turned away, people and probes are not', async () => {
  const collector = await startCollector({ maxConnections: 5 });
  const { hostname, port } = new URL(collector.url);
  const held = Array.from({ length: 5 }, () => connect(Number(port), hostname));
  for (const socket of held) later(() => socket.destroy());
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  const refused = await postTraces(collector, spans(1));
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).not.toBeNull();
  expect((await fetch(`${collector.url}/healthz`)).status).toBe(200);
  for (const socket of held) socket.destroy();
  await vi.waitFor(async () => expect((await postTraces(collector, spans(1))).status).toBe(200), 5_000);
});

/** Posts over connections of its own. @returns status */
function post(collector: Running, agent: Agent, body: Buffer, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      authorization: `Bearer ${token}`,
      'content-length': body.length,
    };
    const sending = httpRequest(`${collector.url}/v1/traces`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    });
    sending.on('error', reject).end(body);
  });
}

test('one noisy sender cannot starve another, with tokens of their own', async () => {
  const collector = await startCollector({ ingestMemoryMb: 16 });
  const [noisy, quiet] = [
    await createToken(collector, { name: 'noisy', services: ['noisy'] }),
    await createToken(collector, { name: 'quiet', services: ['quiet'] }),
  ];
  const loud = new Agent({ keepAlive: true, maxSockets: 60 });
  const soft = new Agent({ keepAlive: true, maxSockets: 1 });
  later(() => {
    loud.destroy();
    soft.destroy();
  });
  // Spans of another kind: what they cost is reading them, so that the flood is one of bodies.
  const large = gzipSync(
    `{"resourceSpans":[${'{"scopeSpans":[{"spans":[{"kind":3,"name":"x"}]}]},'.repeat(60_000)}{}]}`,
  );
  const statuses = { noisy: new Map<number, number>(), quiet: new Map<number, number>() };
  const count = (of: Map<number, number>, status: number) => of.set(status, (of.get(status) ?? 0) + 1);
  let isOver = false;
  const flood = Array.from({ length: 60 }, async () => {
    while (!isOver) count(statuses.noisy, await post(collector, loud, large, noisy));
  });
  await vi.waitFor(() => expect(statuses.noisy.size).toBeGreaterThan(0), 30_000);
  for (let i = 0; i < 10; i++) count(statuses.quiet, await post(collector, soft, gzipSync(spans(5, 'quiet')), quiet));
  isOver = true;
  await Promise.all(flood);
  expect([...statuses.quiet]).toEqual([[200, 10]]);
  expect([...statuses.noisy.keys()].every((status) => status === 200 || status === 503)).toBe(true);
  expect((await getStats(collector)).requestEvents).toBe(50);
});
