import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonExcess } from './json-bounds.js';
import { decodeAgentMetrics } from './otlp/decode-metrics.js';
import { decodeTraces } from './otlp/decode-traces.js';

const MILLION = 1_000_000;

test.each([
  ['deep', `{"x":${'['.repeat(8 * MILLION)}${']'.repeat(8 * MILLION)}}`, /nested more than 128 deep at position \d+/],
  ['wide', `{"a":1,"resourceSpans":[${'[],'.repeat(5 * MILLION)}[]]}`, /more than 2000000 values/],
])('a body that is far too %s costs no more than looking at it', (_name, text, reason) => {
  const body = Buffer.from(text);
  for (const decode of [decodeTraces, decodeAgentMetrics]) {
    const before = process.memoryUsage().heapUsed;
    const result = decode(body, 'json');
    expect(result).toEqual({ ok: false, reason: expect.stringMatching(reason) });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * MILLION);
  }
});

test('any number of spans past the limit is counted, not made', () => {
  const body = Buffer.from(
    `{"resourceSpans":[{"scopeSpans":[{"spans":[${'{"kind":1},'.repeat(999_999)}{"kind":1}]}]}]}`,
  );
  const before = process.memoryUsage().heapUsed;
  expect(decodeTraces(body, 'json')).toMatchObject({
    ok: true,
    received: MILLION,
    ignored: 65_536,
    rejected: [{ reason: 'too many spans in one request', count: MILLION - 65_536 }],
  });
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * MILLION);
});

test('depth is that of the value, whatever stands in its strings', () => {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', ',', 'a') }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: fc.constantFrom('[', '"', '\\') }), tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.integer({ min: 0, max: 140 }), (inner, around) => {
      const depth = around + depthOf(inner);
      const text = '['.repeat(around) + JSON.stringify(inner) + ']'.repeat(around);
      expect(jsonExcess(Buffer.from(text)) !== undefined).toBe(depth > 128);
    }),
  );
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
