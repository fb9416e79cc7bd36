import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAgentMetrics } from './decode-metrics.js';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

const metrics = {
  resourceMetrics: [
    {
      resource: { attributes: [{ key: 'service.instance.id', value: { stringValue: 'i-1' } }] },
      scopeMetrics: [
        {
          metrics: [
            {
              name: 'vedette.agent.queue.spans',
              gauge: {
                dataPoints: [
                  {
                    asDouble: 3,
                    startTimeUnixNano: '1700000000000000000',
                    attributes: [{ key: 'version', value: { stringValue: '1.2.3' } }],
                  },
                ],
              },
            },
            { name: 'vedette.agent.faults', sum: { dataPoints: [{ asInt: '7' }] } },
            { name: 'http.server.duration', histogram: {} },
          ],
        },
      ],
    },
    { scopeMetrics: [{ metrics: [{ name: 'process.cpu', gauge: { dataPoints: [{ asDouble: 1 }] } }] }] },
  ],
};

test('agents are read from JSON, other metrics are left aside', () => {
  const decoded = decodeAgentMetrics(json(metrics), 'json');
  expect(decoded.ok && decoded.reports).toHaveLength(1);
  const [report] = decoded.ok ? decoded.reports : [];
  expect(report?.resource.get('service.instance.id')).toBe('i-1');
  expect(Object.fromEntries(report?.numbers ?? [])).toEqual({ 'queue.spans': 3, faults: 7 });
  expect(report?.words.get('version')).toBe('1.2.3');
  expect(report?.startMs).toBe(1_700_000_000_000);
});

test('a malformed body gives a reason', () => {
  expect(decodeAgentMetrics(json('text'), 'json')).toMatchObject({
    ok: false,
    reason: expect.stringContaining('JSON'),
  });
  expect(decodeAgentMetrics(Buffer.from('{'), 'json')).toMatchObject({ ok: false });
  expect(decodeAgentMetrics(Buffer.from([0x0a, 0x7f, 1]), 'protobuf')).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/^malformed protobuf at byte/),
  });
});

test('whatever the bytes are, it does not throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('protobuf' as const, 'json' as const),
      (body, encoding) => {
        expect(typeof decodeAgentMetrics(body, encoding).ok).toBe('boolean');
      },
    ),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(typeof decodeAgentMetrics(json({ resourceMetrics: value }), 'json').ok).toBe('boolean');
    }),
  );
});
