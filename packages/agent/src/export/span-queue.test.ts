import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTraces } from '../../test/decode-traces.js';
import { ObjectIds, Secret, type SpanRecord } from '../span-record.js';
import { RequestEnvelope } from './encode-span.js';
import { MAX_BATCH_SPANS, SpanQueue } from './span-queue.js';

const envelope = new RequestEnvelope(new Map([['service.name', 'shop']]), { name: 'scope', version: '1' });
let nextId = 1;

function span(attributes: SpanRecord['attributes'] = []): SpanRecord {
  const spanId = (nextId++).toString(16).padStart(16, '0');
  return {
    traceId: spanId.repeat(2),
    spanId,
    parentSpanId: '',
    name: 'GET /orders',
    startUnixNs: 1_700_000_000_123_456_789n,
    endUnixNs: 1_700_000_000_223_456_789n,
    failed: false,
    attributes,
  };
}

function drain(queue: SpanQueue): string[] {
  const ids: string[] = [];
  for (let batch = queue.take(true); batch; batch = queue.take(true)) {
    ids.push(...decodeTraces(batch.body).map(({ spanId }) => spanId));
    queue.settle(batch);
  }
  return ids;
}

test('what is encoded is what an independent decoder reads', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const value = fc.oneof(
    text,
    fc.maxSafeNat(),
    text.map((raw) => new Secret(raw)),
    fc.array(
      fc.oneof(
        text,
        text.map((raw) => new Secret(raw)),
      ),
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), value), fc.boolean(), (attributes, failed) => {
      const queue = new SpanQueue({ maxBytes: 1e9, envelope });
      queue.useKey('key');
      const record = { ...span(Object.entries(attributes)), failed, parentSpanId: '00000000000000ff' };
      queue.push(record);
      const [decoded] = decodeTraces(queue.take(true)?.body ?? Buffer.alloc(0));
      expect(decoded).toMatchObject({
        traceId: record.traceId,
        spanId: record.spanId,
        parentSpanId: record.parentSpanId,
        name: record.name,
        kind: 2,
        status: failed ? 2 : 0,
        resource: { 'service.name': 'shop' },
      });
      for (const [name, sent] of Object.entries(attributes)) {
        const arrived = decoded?.attributes[name];
        if (typeof sent === 'string' || typeof sent === 'number') expect(arrived).toBe(sent);
        else if (sent instanceof Secret) expect(arrived).toMatch(/^[0-9a-f]{16}$/);
        else expect(typeof arrived).toBe('string');
      }
    }),
  );
});

test('handed-out ids are hashed; a secret-looking one in the form in which it stands in paths', () => {
  const queue = new SpanQueue({ maxBytes: 1e9, envelope });
  queue.useKey('key');
  queue.push(
    span([
      ['ids', new ObjectIds(['1', '42', new Secret('token')])],
      ['id', [new Secret('token')]],
    ]),
  );
  const [decoded] = decodeTraces(queue.take(true)?.body ?? Buffer.alloc(0));
  expect(decoded?.attributes.ids).toEqual([1428125071, 686566589, expect.any(Number)]);
  queue.push(span([['ids', new ObjectIds([String(decoded?.attributes.id)])]]));
  const [again] = decodeTraces(queue.take(true)?.body ?? Buffer.alloc(0));
  expect([decoded?.attributes.ids].flat()[2]).toEqual([again?.attributes.ids].flat()[0]);
});

test('nothing is given out before the key is known, and then all of it', () => {
  const queue = new SpanQueue({ maxBytes: 1e9, envelope });
  const pushed = Array.from({ length: MAX_BATCH_SPANS + 10 }, () => span());
  for (const record of pushed) queue.push(record);
  expect(queue.take(true)).toBeUndefined();
  queue.useKey('key');
  expect(drain(queue)).toEqual(pushed.map(({ spanId }) => spanId));
  expect(queue).toMatchObject({ spans: 0, bytes: 0, dropped: 0 });
});

test('a batch that is given back comes first, byte for byte the same', () => {
  const queue = new SpanQueue({ maxBytes: 1e9, envelope });
  queue.useKey('key');
  queue.push(span([['user', new Secret('bob')]]));
  const batch = queue.take(true);
  const before = Buffer.from(batch?.body ?? '');
  queue.push(span());
  if (batch) queue.giveBack(batch);
  expect(queue.take(true)?.body.equals(before)).toBe(true);
});

type Step = 'push' | 'big' | 'key' | 'take' | 'settle' | 'giveBack';

test('whatever happens: within the bound, every span counted once, the oldest dropped first', () => {
  const steps = fc.array(fc.constantFrom<Step>('push', 'push', 'push', 'big', 'key', 'take', 'settle', 'giveBack'), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, fc.integer({ min: 2_000, max: 20_000 }), (sequence, maxBytes) => {
      const queue = new SpanQueue({ maxBytes, envelope });
      const underWay: NonNullable<ReturnType<SpanQueue['take']>>[] = [];
      let pushed = 0;
      let settled = 0;
      for (const step of sequence) {
        if (step === 'push' || step === 'big') {
          queue.push(span([['text', 'x'.repeat(step === 'big' ? 3_000 : 10)]]));
          pushed++;
        } else if (step === 'key') {
          if (!queue.hasKey) queue.useKey('key');
        } else if (step === 'take') {
          const batch = queue.take(true);
          if (batch) underWay.push(batch);
        } else {
          const batch = underWay.shift();
          if (!batch) continue;
          if (step === 'settle') {
            queue.settle(batch);
            settled += batch.spans;
          } else queue.giveBack(batch);
        }
        const held = underWay.reduce((sum, batch) => sum + batch.body.length, 0);
        expect(queue.bytes).toBeLessThanOrEqual(Math.max(maxBytes, held));
        expect(queue.spans + queue.dropped + settled).toBe(pushed);
      }
      if (!queue.hasKey) queue.useKey('key');
      for (const batch of underWay) queue.settle(batch);
      const last = drain(queue);
      expect(last).toEqual([...last].sort());
      expect(queue).toMatchObject({ spans: 0, bytes: 0 });
    }),
    { numRuns: 300 },
  );
});
