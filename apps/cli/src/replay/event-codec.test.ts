import type { RequestEvent } from '@vedette/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventDecoder } from './event-decoder.js';
import { EventEncoder } from './event-encoder.js';

const word = fc.oneof(fc.constantFrom('', 'shop', 'GET', '/orders/{id}', 'größe'), fc.string({ maxLength: 12 }));
const hash = fc.integer({ min: 0, max: 0xffffffff });
const size = fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 40 }));

const anyEvent: fc.Arbitrary<RequestEvent> = fc.record({
  traceId: word,
  spanId: word,
  service: word,
  instance: word,
  startMs: fc.double({ min: 0, max: 4e12, noNaN: true }),
  durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  source: word,
  peer: word,
  method: word,
  host: word,
  path: word,
  query: word,
  route: word,
  routeFrom: fc.constantFrom('', 'span', 'learned'),
  operation: word,
  status: fc.integer({ min: 0, max: 599 }),
  requestBytes: size,
  responseBytes: size,
  userAgent: word,
  fingerprint: word,
  actor: word,
  actorKind: fc.constantFrom('', 'user', 'api_key', 'session'),
  session: word,
  authEvent: fc.constantFrom('', 'login', 'signup', 'reset', 'otp'),
  authIdentifier: word,
  authOutcome: fc.constantFrom('', 'success', 'failure'),
  authFrom: fc.constantFrom('', 'agent', 'inferred'),
  authAttempts: fc.integer({ min: 0, max: 10_000 }),
  authCode: word,
  objects: fc.array(fc.record({ kind: word, id: word, hash }), { maxLength: 4 }),
  handedOut: fc.array(hash, { maxLength: 5 }),
  sensitive: fc.dictionary(fc.constantFrom('card', 'email', 'iban'), fc.integer({ min: 1, max: 1e6 })),
});

test('what is unpacked is what was packed, over any number of batches', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyEvent, { maxLength: 20 }), { maxLength: 6 }), (batches) => {
      const encoder = new EventEncoder();
      const decoder = new EventDecoder();
      for (const events of batches) {
        for (const event of events) encoder.add(event);
        expect(encoder.count).toBe(events.length);
        decoder.start(structuredClone(encoder.take()));
        const decoded = [...decoder.take(7), ...decoder.take(100), ...decoder.take(1)];
        expect(decoded).toEqual(events.map((event) => ({ ...event, sensitive: { ...event.sensitive } })));
        for (const event of decoded) expect(Object.keys(event)).toEqual(Object.keys(decoded[0]!));
      }
    }),
    { numRuns: 200 },
  );
});

test('texts that never come again are forgotten on both sides', () => {
  const encoder = new EventEncoder();
  const decoder = new EventDecoder();
  const [event] = fc.sample(anyEvent, 1);
  for (let batch = 0; batch < 5; batch++) {
    const events = Array.from({ length: 20_000 }, (_, i) => ({ ...event!, source: `${batch}-${i}`, actor: 'a' }));
    for (const one of events) encoder.add(one);
    const taken = encoder.take();
    expect(taken.added.length).toBeLessThanOrEqual(20_020);
    decoder.start(taken);
    expect(decoder.take(20_000).map((one) => one.source)).toEqual(events.map((one) => one.source));
  }
});
