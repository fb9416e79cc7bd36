import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyBody, bodyOf, int, ints, serverSpan, text, toJson } from '../../test/oracle.js';
import { DEFAULT_LIMITS } from '../limits.js';
import { decodeJsonText } from './decode-json.js';
import { scanTraces } from './scan-json.js';

function scan(bytes: Uint8Array) {
  // Surrounded by other bytes, as a line of a file is.
  const around = Buffer.concat([Buffer.from('x"}]'), bytes, Buffer.from('\n{"a":[1]}]}"}')]);
  return scanTraces(around, 4, 4 + bytes.length, DEFAULT_LIMITS);
}

function decode(bytes: Uint8Array) {
  return decodeJsonText(Buffer.from(bytes).toString('utf8'), DEFAULT_LIMITS);
}

test('what it reads is what the general decoder reads', () => {
  let read = 0;
  fc.assert(
    fc.property(anyBody, fc.constantFrom(undefined, 1), (body, indent) => {
      const bytes = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(toJson(body)).toString()), null, indent));
      const scanned = scan(bytes);
      if (scanned === undefined) return;
      read++;
      expect(scanned).toEqual(decode(bytes));
    }),
    { numRuns: 500 },
  );
  expect(read).toBeGreaterThan(0);
});

const USUAL = toJson(
  bodyOf([
    serverSpan([
      text('http.request.method', 'POST'),
      text('url.path', '/bestellungen/größe "x"\\\n'),
      text('user_agent.original', 'curl/8'),
      text('service.version', 'nobody wants this'),
      int('http.response.status_code', 201),
      ints('vedette.response.object_ids', [1, 2, 4_294_967_295]),
      int('vedette.sensitive.card', 2),
    ]),
    serverSpan([text('http.method', 'GET'), text('http.target', '/a?b=c'), int('http.status_code', 404)]),
  ]),
);

test('it reads what SDKs write', () => {
  const scanned = scan(USUAL);
  expect(scanned).toBeDefined();
  expect(scanned).toEqual(decode(USUAL));
});

test('whatever breaks the body, it gives up or reads the same', () => {
  const mutation = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 127 }) });
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '0',
    '-',
    '1e9',
    'null',
    'true',
    '\\',
    '\\u00e',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(mutation, { maxLength: 2 }), fc.nat(), pieces, fc.boolean(), (mutations, at, piece, cut) => {
      const bytes = Buffer.from(USUAL);
      for (const { at: where, byte } of mutations) bytes[where % bytes.length] = byte;
      const place = at % bytes.length;
      const broken = cut
        ? bytes.subarray(0, place)
        : Buffer.concat([bytes.subarray(0, place), Buffer.from(piece), bytes.subarray(place)]);
      const scanned = scan(broken);
      if (scanned !== undefined) expect(scanned).toEqual(decode(broken));
    }),
    { numRuns: 4000 },
  );
});
