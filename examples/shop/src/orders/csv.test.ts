import { expect, test } from 'vitest';
import { csvRecord } from './csv.js';

test('quotes what needs quoting and defuses formulas', () => {
  expect(csvRecord([1, 'plain', 'a,b', 'say "hi"', '=1+1', 'two\nlines'])).toBe(
    '1,plain,"a,b","say ""hi""",\'=1+1,"two\nlines"\r\n',
  );
});
