import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteLines } from './byte-lines.js';

const TOO_LONG = '(too long)';

function cut(chunks: readonly string[], maxBytes = 1000) {
  const lines: string[] = [];
  const take = (bytes: Buffer, start: number, end: number) => lines.push(bytes.toString('utf8', start, end));
  const splitter = new ByteLines(maxBytes, take, () => lines.push(TOO_LONG));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

test('lines are the same however the text is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'ö', '\n', ' '), maxLength: 12 })), (chunks) => {
      const expected = chunks.join('').split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect(cut(chunks)).toEqual(expected);
    }),
  );
});

test('a line that is too long is dropped and counted, wherever it is cut; its neighbours stay', () => {
  expect(cut(['ab\n0123456789', '0123456789\ncd\n'], 8)).toEqual(['ab', TOO_LONG, 'cd']);
  expect(cut(['0123456789\nab'], 8)).toEqual([TOO_LONG, 'ab']);
  expect(cut(['0123', '4567', '89', '01\nab\n0123456789'], 8)).toEqual([TOO_LONG, 'ab', TOO_LONG]);
  expect(cut(['0123', '45678\nab\n'], 8)).toEqual([TOO_LONG, 'ab']);
});
