import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { getStats, metric, startCollector } from './support/collector.js';
import { login, otlpJson, postTraces } from './support/otlp.js';

const span = () => ({ attributes: login('198.51.100.7', 'a1b2c3d4e5f60718', 'success') });

test('refuses what is wrong, says why, and goes on', async () => {
  const collector = await startCollector();
  const good = otlpJson([span()]);

  const cases: [string, Promise<Response>, number, RegExp][] = [
    ['no token', postTraces(collector, good, { authorization: '' }), 401, /token/],
    ['another token', postTraces(collector, good, { authorization: 'Bearer nonsense' }), 401, /token/],
    ['broken JSON', postTraces(collector, good.slice(0, -5)), 400, /position|JSON/],
    ['JSON of another shape', postTraces(collector, '{"resourceSpans": [{"scopeSpans": 7}]}'), 400, /scopeSpans/],
    [
      'broken protobuf',
      postTraces(collector, Buffer.from([0x0a, 0x7f, 1, 2]), { 'content-type': 'application/x-protobuf' }),
      400,
      /byte|offset/,
    ],
    ['text', postTraces(collector, good, { 'content-type': 'text/plain' }), 415, /application/],
    ['an unknown coding', postTraces(collector, good, { 'content-encoding': 'br' }), 415, /gzip/],
    ['gzip that is none', postTraces(collector, good, { 'content-encoding': 'gzip' }), 400, /gzip/],
    [
      'a bomb',
      postTraces(collector, gzipSync(Buffer.alloc(40 * 1024 * 1024)), { 'content-encoding': 'gzip' }),
      413,
      /larger/,
    ],
    ['a huge body', postTraces(collector, Buffer.alloc(9 * 1024 * 1024)), 413, /larger/],
  ];
  for (const [name, response, status, reason] of cases) {
    const answer = await response;
    expect(answer.status, name).toBe(status);
    expect(await answer.text(), name).toMatch(reason);
  }

  expect((await postTraces(collector, good)).status).toBe(200);
  expect((await getStats(collector)).requestEvents).toBe(1);
});

test('stores a span once however often it is sent, plain and compressed, and counts each', async () => {
  const collector = await startCollector();
  const spans = Array.from({ length: 20 }, span);
  const body = otlpJson(
    spans.map((one, i) => ({ ...one, traceId: '1'.repeat(32), spanId: String(i + 1).padStart(16, '0') })),
  );
  const answers = await Promise.all([
    postTraces(collector, body),
    postTraces(collector, gzipSync(body), { 'content-encoding': 'gzip' }),
    postTraces(collector, body),
  ]);
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  expect((await getStats(collector)).requestEvents).toBe(20);
  expect(await metric(collector, 'vedette_spans_received_total')).toBe(60);
  expect(await metric(collector, 'vedette_spans_stored_total')).toBe(20);
  expect(await metric(collector, 'vedette_spans_duplicate_total')).toBe(40);
  await vi.waitFor(async () => expect(await metric(collector, 'vedette_spans_scored_total')).toBe(20));
});

test('recognises what was sent before a restart', async () => {
  const collector = await startCollector();
  const body = otlpJson([{ ...span(), traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }]);
  await postTraces(collector, body);
  await collector.close();
  const restarted = await startCollector({ dataDir: collector.dataDir });
  expect((await postTraces(restarted, body)).status).toBe(200);
  expect((await getStats(restarted)).requestEvents).toBe(1);
});

test('answers partly wrong batches with what it rejected', async () => {
  const collector = await startCollector();
  const body = otlpJson([span(), { ...span(), spanId: 'xyz' }]);
  const answer = await postTraces(collector, body);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ partialSuccess: { rejectedSpans: expect.anything() } });
  expect((await getStats(collector)).requestEvents).toBe(1);
});
