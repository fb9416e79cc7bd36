import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Answer, OK, Receiver } from '../../test/receiver.js';
import { until } from '../../test/until.js';
import { FaultGuard } from '../fault-guard.js';
import { createLog } from '../log.js';
import { AttributeName, Secret } from '../span-record.js';
import { DEFAULT_TIMING, Exporter } from './exporter.js';
import { RequestEnvelope } from './request-envelope.js';
import { SpanQueue } from './span-queue.js';
import { parseRetryAfter, Transport } from './transport.js';

let receiver: Receiver;
let lines: string[];
beforeEach(async () => {
  receiver = await Receiver.start();
  lines = [];
});
afterEach(() => receiver.close());

function createExporter({ key = 'key', timing = {} }: { key?: string; timing?: Partial<typeof DEFAULT_TIMING> } = {}) {
  const queue = new SpanQueue({
    maxBytes: 32e6,
    envelope: new RequestEnvelope(new Map(), { name: 's', version: '1' }),
  });
  if (key !== '') queue.useKey(key);
  const guard = new FaultGuard(20, () => {});
  return new Exporter({
    queue,
    transport: new Transport({ collectorUrl: receiver.url, token: 'token', timeoutMs: 500, guard }),
    log: createLog((line) => lines.push(line)),
    collectorUrl: receiver.url,
    compress: true,
    guard,
    onRecovered: () => {},
    timing: { ...DEFAULT_TIMING, firstRetryMs: 20, lastRetryMs: 50, refusedRetryMs: 100, ...timing },
  });
}

const USER = new AttributeName('user');

function send(exporter: Exporter): void {
  const head = { traceId: '', spanId: '', parentSpanId: '', name: 'GET', startMs: 1, endMs: 2, failed: false };
  exporter.begin(head).attribute(USER, new Secret('bob'));
  exporter.end();
}

const once = (answer: Answer) => {
  let first = true;
  return () => {
    if (!first) return OK;
    first = false;
    return answer;
  };
};

test('a lone span is sent within 200 ms', async () => {
  const exporter = createExporter();
  send(exporter);
  await until(() => receiver.received.length > 0);
  const startedAt = Date.now();
  send(exporter);
  await until(() => receiver.received.length > 1);
  expect((receiver.received[1]?.at ?? 0) - startedAt).toBeLessThan(200);
});

test('512 spans are sent at once, compressed, with the token', async () => {
  const exporter = createExporter({ timing: { lingerMs: 60_000 } });
  for (let i = 0; i < 512; i++) send(exporter);
  await until(() => receiver.spans.length === 512);
  expect(receiver.received[0]?.headers).toMatchObject({
    authorization: 'Bearer token',
    'content-encoding': 'gzip',
    'content-type': 'application/x-protobuf',
  });
});

test('a retried batch is byte for byte the same', async () => {
  receiver.answer = once({ status: 503 });
  const exporter = createExporter();
  for (let i = 0; i < 20; i++) send(exporter);
  await until(() => receiver.received.length === 2);
  expect(receiver.received[1]?.body.equals(receiver.received[0]?.body ?? Buffer.alloc(0))).toBe(true);
  await until(() => exporter.delivered === 20);
});

test('the key is fetched with the token, until it is there, before anything is sent', async () => {
  receiver.answer = once({ status: 503 });
  const exporter = createExporter({ key: '' });
  send(exporter);
  await until(() => receiver.spans.length === 1);
  expect(receiver.received.map(({ path }) => path)).toEqual(['/v1/agent/config', '/v1/agent/config', '/v1/traces']);
  expect(receiver.received[0]?.headers.authorization).toBe('Bearer token');
});

test('Retry-After is honoured', async () => {
  receiver.answer = once({ status: 429, headers: { 'retry-after': '1' } });
  const exporter = createExporter();
  send(exporter);
  await until(() => receiver.spans.length === 1);
  expect((receiver.received[1]?.at ?? 0) - (receiver.received[0]?.at ?? 0)).toBeGreaterThanOrEqual(950);
});

test('a batch that is malformed to the collector is dropped with its reason, the next goes through', async () => {
  receiver.answer = once({ status: 400, body: 'span 3 has no trace id\n\u001b[31m' });
  const exporter = createExporter();
  send(exporter);
  await until(() => exporter.rejected === 1);
  send(exporter);
  await until(() => exporter.delivered === 1);
  expect(lines).toEqual([expect.stringContaining('span 3 has no trace id')]);
  expect(lines.join('')).not.toContain('\u001b');
});

test('a refused token: spans wait, one warning, and go when it is accepted', async () => {
  let attempts = 0;
  receiver.answer = () => (++attempts < 4 ? { status: 401 } : OK);
  const exporter = createExporter();
  send(exporter);
  await until(() => exporter.delivered === 1);
  expect(lines).toEqual([expect.stringContaining('VEDETTE_TOKEN')]);
});

test('spans that the collector rejects by partial success are counted', async () => {
  // ExportTraceServiceResponse { partial_success { rejected_spans: 1, error_message: "no" } }
  const body = Buffer.from([0x0a, 0x06, 0x08, 0x01, 0x12, 0x02, 0x6e, 0x6f]);
  receiver.answer = () => ({ status: 200, headers: { 'content-type': 'application/x-protobuf' }, body });
  const exporter = createExporter();
  send(exporter);
  send(exporter);
  await until(() => exporter.delivered === 1);
  expect(exporter.rejected).toBe(1);
  expect(lines).toEqual([expect.stringContaining('rejected 1 of 2 spans: "no"')]);
});

test('flush sends what waits, and gives up in time where nobody answers', async () => {
  const exporter = createExporter({ timing: { lingerMs: 60_000 } });
  send(exporter);
  expect(await exporter.flush(2_000)).toBe(true);
  expect(receiver.spans).toHaveLength(1);
  receiver.answer = () => 'hang';
  send(exporter);
  const startedAt = Date.now();
  expect(await exporter.flush(200)).toBe(false);
  expect(Date.now() - startedAt).toBeLessThan(600);
});

test('Retry-After as seconds, as a date, and as nonsense', () => {
  const now = Date.parse('2024-01-01T00:00:00Z');
  expect(parseRetryAfter('7', now)).toBe(7_000);
  expect(parseRetryAfter('Mon, 01 Jan 2024 00:00:09 GMT', now)).toBe(9_000);
  expect(parseRetryAfter('Mon, 01 Jan 2001 00:00:00 GMT', now)).toBe(0);
  expect(parseRetryAfter('99999999', now)).toBe(300_000);
  expect(parseRetryAfter('soon', now)).toBeUndefined();
  expect(parseRetryAfter(undefined, now)).toBeUndefined();
});
