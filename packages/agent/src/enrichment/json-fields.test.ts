import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JsonField, jsonFields } from './json-fields.js';

const ALL = { maxFields: 100_000, maxDepth: 1_000 };

/** The same by a full parser. */
function reference(value: unknown, key = '', depth = 0, inArray = false): JsonField[] {
  if (Array.isArray(value)) return value.flatMap((item) => reference(item, key, depth + 1, true));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, item]) => reference(item, name, depth + 1, inArray));
  }
  const kind = typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'literal';
  return [{ key, kind, text: typeof value === 'string' ? value : JSON.stringify(value), depth, inArray }];
}

test('reads any document as a full parser does', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 2), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      expect(jsonFields(text, ALL)).toEqual(reference(JSON.parse(text)));
    }),
  );
});

test('a document that is cut off gives the beginning of what the whole gives', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(), (value, at) => {
      const text = JSON.stringify({ value });
      const whole = jsonFields(text, ALL);
      const cut = jsonFields(text.slice(0, at % (text.length + 1)), ALL);
      expect(cut).toEqual(whole.slice(0, cut.length));
    }),
  );
});

test('never throws, and keeps to its limits', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\0a-.e \n') }), (text) => {
      expect(jsonFields(text, { maxFields: 3, maxDepth: 2 }).length).toBeLessThanOrEqual(3);
    }),
  );
});

test('hostile text costs no time', () => {
  const startedAt = performance.now();
  for (const text of ['['.repeat(1e5), '{"a":'.repeat(1e5), `"${'\\'.repeat(1e5)}`, '"'.repeat(1e5), '1'.repeat(1e5)]) {
    jsonFields(text, ALL);
  }
  expect(performance.now() - startedAt).toBeLessThan(500);
});
