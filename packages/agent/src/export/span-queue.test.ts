import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTraces } from '../../test/decode-traces.js';
import {
  AttributeGroup,
  AttributeName,
  type AttributeValue,
  ObjectIds,
  Secret,
  type SpanHead,
} from '../span-record.js';
import { RequestEnvelope } from './request-envelope.js';
import { MAX_BATCH_SPANS, SpanQueue } from './span-queue.js';

const envelope = new RequestEnvelope(new Map([['service.name', 'shop']]), { name: 'scope', version: '1' });
let nextId = 1;

type Attributes = readonly (readonly [string, AttributeValue])[];

/** Puts a span into the queue. @returns its id */
function add(queue: SpanQueue, attributes: Attributes = [], more: Partial<SpanHead> = {}): string {
  const spanId = (nextId++).toString(16).padStart(16, '0');
  const sink = queue.begin({
    traceId: spanId.repeat(2),
    spanId,
    parentSpanId: '',
    name: 'GET /orders',
    startMs: 1_700_000_000_123.5,
    endMs: 1_700_000_000_223.25,
    failed: false,
    ...more,
  });
  for (const [name, value] of attributes) sink.attribute(new AttributeName(name), value);
  queue.end();
  return spanId;
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
    fc.property(
      fc.dictionary(fc.string({ minLength: 1, maxLength: 40 }), value),
      fc.boolean(),
      text,
      (attributes, failed, name) => {
        const queue = new SpanQueue({ maxBytes: 1e9, envelope });
        queue.useKey('key');
        const spanId = add(queue, Object.entries(attributes), {
          name: `GET ${name}`,
          failed,
          parentSpanId: '00000000000000ff',
        });
        const [decoded] = decodeTraces(queue.take(true)?.body ?? Buffer.alloc(0));
        expect(decoded).toMatchObject({
          traceId: spanId.repeat(2),
          spanId,
          parentSpanId: '00000000000000ff',
          name: `GET ${name}`,
          startMs: 1_700_000_000_123.5,
          endMs: 1_700_000_000_223.25,
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
      },
    ),
  );
});

test('handed-out ids are hashed; a secret-looking one in the form in which it stands in paths', () => {
  const queue = new SpanQueue({ maxBytes: 1e9, envelope });
  queue.useKey('key');
  add(queue, [
    ['ids', new ObjectIds(['1', '42', new Secret('token')])],
    ['id', [new Secret('token')]],
  ]);
  const [decoded] = decodeTraces(queue.take(true)?.body ?? Buffer.alloc(0));
  expect(decoded?.attributes.ids).toEqual([1428125071, 686566589, expect.any(Number)]);
  add(queue, [['ids', new ObjectIds([String(decoded?.attributes.id)])]]);
  const [again] = decodeTraces(queue.take(true)?.body ?? Buffer.alloc(0));
  expect([decoded?.attributes.ids].flat()[2]).toEqual([again?.attributes.ids].flat()[0]);
});

test('nothing is given out before the key is known, and then all of it', () => {
  const queue = new SpanQueue({ maxBytes: 1e9, envelope });
  const pushed = Array.from({ length: MAX_BATCH_SPANS + 10 }, () => add(queue));
  expect(queue.take(true)).toBeUndefined();
  queue.useKey('key');
  expect(drain(queue)).toEqual(pushed);
  expect(queue).toMatchObject({ spans: 0, bytes: 0, dropped: 0 });
});

test('a batch that is given back comes first, byte for byte the same', () => {
  const queue = new SpanQueue({ maxBytes: 1e9, envelope });
  queue.useKey('key');
  add(queue, [['user', new Secret('bob')]]);
  const batch = queue.take(true);
  const before = Buffer.from(batch?.body ?? '');
  add(queue);
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
          add(queue, [['text', 'x'.repeat(step === 'big' ? 3_000 : 10)]]);
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

test('ids that are not given are drawn, each its own; a span that is given up leaves no trace', () => {
  const queue = new SpanQueue({ maxBytes: 1e9, envelope });
  queue.useKey('key');
  for (let i = 0; i < 100; i++) {
    add(queue, [['n', i]], { traceId: '', spanId: '' });
    queue.begin({ traceId: '', spanId: '', parentSpanId: '', name: 'x', startMs: 0, endMs: 0, failed: false });
    queue.abandon();
  }
  const spans = decodeTraces(queue.take(true)?.body ?? Buffer.alloc(0));
  expect(spans.map(({ attributes }) => attributes.n)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(new Set(spans.flatMap(({ traceId, spanId }) => [traceId, spanId])).size).toBe(200);
});

test('a group says the same each time, whether its encoding was kept or not, and before the key is known', () => {
  const queue = new SpanQueue({ maxBytes: 1e9, envelope });
  const group = new AttributeGroup((sink) => {
    sink.attribute(new AttributeName('user'), new Secret('bob'));
    sink.attribute(new AttributeName('agent'), 'ü'.repeat(300));
  });
  for (let i = 0; i < 5; i++) {
    queue
      .begin({ traceId: '', spanId: '', parentSpanId: '', name: 'x', startMs: 0, endMs: 0, failed: false })
      .group(group);
    queue.end();
    if (i === 1) queue.useKey('key');
  }
  const [first, ...others] = decodeTraces(queue.take(true)?.body ?? Buffer.alloc(0)).map(
    ({ attributes }) => attributes,
  );
  expect(first).toEqual({ user: expect.stringMatching(/^[0-9a-f]{16}$/), agent: 'ü'.repeat(300) });
  expect(others).toEqual([first, first, first, first]);
});
