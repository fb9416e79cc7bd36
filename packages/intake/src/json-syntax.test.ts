import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeJsonError } from './json-syntax.js';

test.each([
  ['{"a":[1,{"b":x}]}', 'unexpected "x}]}" at position 13, in a[1].b'],
  ['{"a":1,}', 'unexpected "}" at position 7, in a'],
  ['{"a" 1}', 'unexpected "1}" at position 5, in a'],
  ['[1,2', 'unexpected end at position 4, in [1]'],
  ['"a\nb"', 'unexpected "\\nb\\"" at position 2'],
  ['01', 'unexpected "1" at position 1'],
  ['', 'unexpected end at position 0'],
])('%s', (text, description) => {
  expect(describeJsonError(text)).toBe(description);
});

test('finds a place wherever JSON.parse refuses, and only inside the last word of cut JSON', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '{', ']', '"', ',', ':', 'e', '\\', '\u0000'),
      (json, at, piece) => {
        const position = at % (json.length + 1);
        const text = piece === '' ? json.slice(0, position) : json.slice(0, position) + piece + json.slice(position);
        try {
          JSON.parse(text);
        } catch {
          const found = Number(/position (\d+)/.exec(describeJsonError(text))?.[1]);
          expect(found).toBeLessThanOrEqual(text.length);
          if (piece === '') expect(text.slice(found)).toMatch(/^[\w.+-]*$/);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('depth costs neither stack nor memory', () => {
  expect(describeJsonError('['.repeat(2_000_000))).toMatch(/^nested more than 512 deep at position 512/);
  expect(describeJsonError('['.repeat(500))).toContain('unexpected end at position 500');
});
