import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText, encodeText } from './text.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  // Single code units, so that halves of pairs stand alone, in order and in reverse.
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom('\ud800', '\udbff', '\udffe', '\udfff', '\u{10FFFE}', 'a', '0') }),
);

test('any string is encoded as well-formed text and comes back', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const encoded = encodeText(text);
      expect(Buffer.from(encoded, 'utf8').toString('utf8')).toBe(encoded);
      expect(decodeText(encoded)).toBe(text);
    }),
    { numRuns: 1000 },
  );
});

test('ordinary text is left as it is', () => {
  expect(encodeText('GET /ä/😀?q=1')).toBe('GET /ä/😀?q=1');
});
