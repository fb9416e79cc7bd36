import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from './line-splitter.js';

function split(chunks: readonly string[], maxLength: number) {
  const splitter = new LineSplitter(maxLength);
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  lines.push(...splitter.end());
  return { lines, tooLong: splitter.tooLong };
}

test('cutting the text anywhere gives the same lines', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'ü'), maxLength: 80 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(80), { maxLength: 10 }), (whole, cuts) => {
      const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
      const chunks = at.slice(1).map((end, i) => whole.slice(at[i], end));
      const expected = whole.split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect(split(chunks, 1000).lines).toEqual(expected);
    }),
  );
});

test('a line without end is dropped once, and the lines after it are read', () => {
  const chunks = ['ok\n', 'x'.repeat(60), 'x'.repeat(60), 'x'.repeat(60), 'x\nnext\n'];
  expect(split(chunks, 100)).toEqual({ lines: ['ok', 'next'], tooLong: 1 });
});
