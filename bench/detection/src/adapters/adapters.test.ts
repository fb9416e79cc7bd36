import { decodeTraces } from '@vedette/intake';
import { expect, test } from 'vitest';
import { createExchange, type Exchange } from '../core/exchange.js';
import { combinedLogLine } from './combined-log.js';
import { CLEAN_DELIVERY, deliver } from './delivery.js';
import { otlpJsonLine } from './otlp-json.js';
import { RawRequestWriter } from './raw-request.js';

function sample(): Exchange {
  const exchange = createExchange(
    Date.UTC(2026, 1, 2, 3, 4, 5, 250),
    { address: '203.0.113.7', userAgent: 'curl/8.5.0', fingerprint: '0123456789abcdef' },
    'visit',
    null,
  );
  Object.assign(exchange, {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    method: 'POST',
    path: '/api/login',
    query: 'next=1',
    template: '/api/login',
    status: 401,
    durationMs: 12.5,
    requestBytes: 60,
    responseBytes: 74,
    authEvent: 'login',
    authIdentifier: 'c'.repeat(16),
    authOutcome: 'failure',
    authAttempts: 1,
    session: 'd'.repeat(16),
    actor: 'e'.repeat(16),
    actorKind: 'user',
    handedOut: ['1', '2'],
    sensitive: { email: 2 },
  });
  return exchange;
}

function read(line: string) {
  const decoded = decodeTraces(Buffer.from(line), 'json');
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.requests;
}

const SERVICE = { name: 'shop', host: 'shop.example' };

test('OTLP/JSON is read back by intake as the same raw request', () => {
  for (const form of ['enriched', 'bare'] as const) {
    const decoded = read(otlpJsonLine(SERVICE, [sample()], form));
    expect(decoded).toHaveLength(1);
    expect({ ...decoded[0]! }).toMatchObject({
      ...new RawRequestWriter(SERVICE, form).write(sample()),
      startMs: expect.closeTo(sample().startMs, 2),
      durationMs: expect.closeTo(12.5, 2),
    });
  }
});

test('old attribute names carry the same request', () => {
  const decoded = read(otlpJsonLine({ ...SERVICE, legacyNames: true }, [sample()], 'bare'));
  expect(decoded[0]).toMatchObject({
    method: 'POST',
    path: '/api/login',
    query: 'next=1',
    status: 401,
    source: '203.0.113.7',
    route: '',
  });
});

test('combined log line', () => {
  expect(combinedLogLine(sample())).toBe(
    '203.0.113.7 - - [02/Feb/2026:03:04:05 +0000] "POST /api/login?next=1 HTTP/1.1" 401 74 "-" "curl/8.5.0"',
  );
});

test('delivery loses, repeats and delays as much as it was told to', () => {
  const sent = Array.from({ length: 20_000 }, (_, i) => ({
    ...sample(),
    startMs: 1_000_000 + i * 50,
    spanId: String(i),
  }));
  const options = { disorderMs: 60_000, duplicateShare: 0.05, lossShare: 0.02, skewShare: 0, skewMs: 0 };
  const received = [...deliver(sent, options, 's')];
  const repeats = received.filter((one) => one.isRepeat).length;
  const firsts = received.length - repeats;
  expect(firsts / sent.length).toBeCloseTo(0.98, 2);
  expect(repeats / sent.length).toBeCloseTo(0.05, 2);
  let latest = 0;
  let mostLate = 0;
  for (const { item, isRepeat } of received) {
    if (!isRepeat) mostLate = Math.max(mostLate, latest - item.startMs);
    latest = Math.max(latest, item.startMs);
  }
  expect(mostLate).toBeGreaterThan(30_000);
  expect(mostLate).toBeLessThanOrEqual(62_000);
  expect([...deliver(sent, CLEAN_DELIVERY, 's')].map((one) => one.item)).toEqual(sent);
});
