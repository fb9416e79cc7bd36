import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineReader } from './line-reader.js';
import { CombinedScanner } from './scan-combined.js';

const USUAL =
  '203.0.113.9 - frank [10/Oct/2026:13:55:36 -0700] "GET /a/17?b=c%20d HTTP/1.1" 200 2326 "http://www.example.com/" "Mozilla/5.0 (X11; Linux x86_64)"';

/** The line amid other bytes, as in a file. */
function fromBytes(line: string, lineNumber = 1) {
  const text = Buffer.from(line);
  const bytes = Buffer.concat([Buffer.from('x" 1 "\n'), text, Buffer.from('\r\n "x" HTTP/1.1" 200 1\n')]);
  const reader = createLineReader('combined');
  for (let i = 1; i < lineNumber; i++) reader.read('');
  return reader.readBytes(bytes, 7, 7 + text.length);
}

function fromText(line: string, lineNumber = 1) {
  const reader = createLineReader('combined');
  for (let i = 1; i < lineNumber; i++) reader.read('');
  return reader.read(line);
}

function isScanned(line: string): boolean {
  const bytes = Buffer.from(line);
  return new CombinedScanner().read(bytes, 0, bytes.length, { number: 1, service: 's' }) !== undefined;
}

test.each([
  [USUAL, true],
  ['2001:DB8::1 - - [24/Nov/2026:06:00:00 +0000] "DELETE /a HTTP/1.1" 204 -', true],
  ['1.2.3.4 - a b c [24/Nov/2026:06:00:59 +0000] "GET /a b?c d HTTP/2.0" 200 0 "-" "-"', true],
  ['1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8" 0.120', false],
  ['1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET http://shop.example/a HTTP/1.1" 200 5', false],
  ['1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET /größe HTTP/1.1" 200 5', false],
  ['1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET /\\"x\\" HTTP/1.1" 200 5', false],
  ['shop.example 1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET /a HTTP/1.1" 200 5', false],
])('%s', (line, isPlain) => {
  expect(isScanned(line)).toBe(isPlain);
  expect(fromBytes(line, 3)).toEqual(fromText(line, 3));
  expect(fromText(line)).toMatchObject({ ok: true });
});

const name = fc.oneof(
  fc.constantFrom('-', 'frank', 'a b', ' x', '', '[', '"', '\\"', 'é'),
  fc.string({ maxLength: 6 }),
);
const line = fc
  .record({
    remote: fc.oneof(fc.constantFrom('1.2.3.4', '::ffff:10.0.0.1', 'host.example', '1.2.3.4:80', ''), fc.ipV6()),
    user: name,
    time: fc.oneof(
      fc
        .date({ min: new Date('1985-01-01'), max: new Date('2105-01-01'), noInvalidDate: true })
        .map((date) => date.toUTCString().replace(/^.*?(\d+) (\w+) (\d+) (.*) GMT$/, '$1/$2/$3:$4 +0130')),
      fc.constantFrom('10/Oct/2026:13:55:60 -0700', '10/Oct/2026:13:55:36', '10/Oct/2026:13:61:36 +0000', '2026-10-10'),
    ),
    method: fc.constantFrom('GET', 'POST', 'get', 'X-Y', '', 'CONNECT', 'A'.repeat(24), 'A'.repeat(25)),
    target: fc.oneof(
      fc.webPath(),
      fc.constantFrom('/', '*', '/a#b', '/a?b#c', '/?', 'http://x.example/y?z', `/${'a'.repeat(2048)}`, '/a b', '"'),
    ),
    protocol: fc.constantFrom(' HTTP/1.1', '', ' HTTP/1.1 x', ' HTTP/1.1?', ' '),
    status: fc.oneof(fc.integer({ min: -1, max: 700 }), fc.constantFrom('-', '007', '2e2', '200x')),
    size: fc.oneof(fc.nat(), fc.constantFrom('-', '-1', '1e3', '9007199254740993', '12345678901234567890')),
    tail: fc.constantFrom(
      '',
      ' ',
      ' "-"',
      ' "-" "x"',
      ' "-" "-"',
      ' "-"  "x"',
      ' "-" "x" 0.5',
      ' "-" "x" "10.0.0.7"',
      ' "',
    ),
  })
  .map(
    ({ remote, user, time, method, target, protocol, status, size, tail }) =>
      `${remote} - ${user} [${time}] "${method} ${target}${protocol}" ${status} ${size}${tail}`,
  );

test('what it reads is what the reader of text reads', () => {
  fc.assert(
    fc.property(line, fc.integer({ min: 1, max: 5 }), (text, number) => {
      expect(fromBytes(text, number)).toEqual(fromText(text, number));
    }),
    { numRuns: 1000 },
  );
});

test('whatever breaks a line, it gives up or reads the same', () => {
  const piece = fc.constantFrom(
    '"',
    ' ',
    '[',
    ']',
    '\\',
    '\t',
    '#',
    '?',
    '-',
    '0',
    '\u007f',
    'ä',
    '\u0000',
    '  ',
    '" "',
  );
  fc.assert(
    fc.property(fc.nat({ max: USUAL.length }), fc.nat({ max: 3 }), piece, (at, drop, inserted) => {
      const broken = USUAL.slice(0, at) + inserted + USUAL.slice(at + drop);
      expect(fromBytes(broken)).toEqual(fromText(broken));
    }),
    { numRuns: 2000 },
  );
});

test('times within a minute and across minutes, one reader for all', () => {
  const reader = createLineReader('combined');
  const read = (time: string) => {
    const bytes = Buffer.from(`1.2.3.4 - - [${time}] "GET / HTTP/1.1" 200 5`);
    const result = reader.readBytes(bytes, 0, bytes.length);
    return result.ok ? result.requests[0]!.startMs : result.reason;
  };
  expect(read('24/Nov/2026:06:00:00 +0000')).toBe(Date.UTC(2026, 10, 24, 6, 0, 0));
  expect(read('24/Nov/2026:06:00:59 +0000')).toBe(Date.UTC(2026, 10, 24, 6, 0, 59));
  expect(read('24/Nov/2026:06:01:01 +0000')).toBe(Date.UTC(2026, 10, 24, 6, 1, 1));
  expect(read('24/Nov/2026:06:01:61 +0000')).toBe('time cannot be read');
  expect(read('24/Nov/2026:06:01:02 +0100')).toBe(Date.UTC(2026, 10, 24, 5, 1, 2));
  expect(read('24/Dec/2026:06:01:02 +0100')).toBe(Date.UTC(2026, 11, 24, 5, 1, 2));
});
