import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countSensitive } from './count-sensitive.js';

const counts = (text: string) => Object.fromEntries(countSensitive(text) ?? []);
const kindsOf = (text: string) => Object.keys(counts(text));

const KEY = 'Ab3'.repeat(12);

describe('is found, wherever it stands', () => {
  test.each([
    ['card', '4111111111111111'],
    ['card', '4111 1111 1111 1111'],
    ['card', '5555-5555-5555-4444'],
    ['card', '2223003122003222'],
    ['card', '378282246310005'],
    ['card', '3782 822463 10005'],
    ['card', '6011111111111117'],
    ['card', '3530111333300000'],
    ['card', '30569309025904'],
    ['email', 'ann.lee+shop@mail.example.co.uk'],
    ['iban', 'DE89370400440532013000'],
    ['iban', 'GB82 WEST 1234 5698 7654 32'],
    ['iban', 'NO9386011117947'],
    ['national_id', '529.982.247-25'],
    ['national_id', 'RSSMRA85T10A562S'],
    ['national_id', '255081416802538'],
    ['jwt', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'],
    ['secret', 'AKIAIOSFODNN7EXAMPLE'],
    ['secret', `ghp_${KEY}`],
    ['secret', `sk_${'live'}_${KEY}`],
    ['secret', `xoxb-${'1234567890-abcdefghij'}`],
    ['secret', `npm_${KEY}`],
    ['secret', '-----BEGIN RSA PRIVATE KEY-----'],
    ['secret', '-----BEGIN PRIVATE KEY-----'],
  ])('%s %s', (kind, value) => {
    for (const text of [
      value,
      JSON.stringify({ a: value, b: 1 }),
      `<td>${value}</td>`,
      `id;value\n7;${value}\n`,
      `x: 7, ${value}, 9`,
    ]) {
      expect(counts(text), text).toEqual({ [kind]: 1 });
    }
    expect(kindsOf(`x${value}x`).includes(kind), 'within another word').toBe(/^-|@/.test(value));
  });

  test.each([
    ['{"cpf":"52998224725"}', 1],
    ['{"pesel": 44051401359}', 1],
    ['{"bsn":"111222333"}', 1],
    ['{"ssn":"078-05-1120"}', 1],
    ['{"socialSecurityNumber":"078051120"}', 1],
    ['{"dni":"12345678Z"}', 1],
    ['{"nie":"X1234567L"}', 1],
    ['{"order":"52998224725","ref":44051401359,"no":"111222333","part":"078-05-1120","lot":"12345678Z"}', 0],
    ['{"ssn":"666-05-1120","x":1,"social_sec":"078-00-1120"}', 0],
    ['{"dni":"12345678A"}', 0],
  ])('numbers of persons by name: %s', (text, count) => {
    expect(counts(text)).toEqual(count === 0 ? {} : { national_id: count });
  });
});

test('equal values count once, different ones each', () => {
  const list = ['a@x.example', 'b@x.example', 'a@x.example'].map((email) => ({ email, card: '4111111111111111' }));
  expect(counts(JSON.stringify(list))).toEqual({ email: 2, card: 1 });
});

test.each([
  '550e8400-e29b-41d4-a716-446655440000',
  '4111111111111112',
  '4111-1111-1111-11111',
  '0.4111111111111111',
  '2024-01-02T10:20:30.123Z',
  '1700000000000 1700000000001',
  '0000000000000000',
  'react@18.2.0 foo@bar @media user@localhost a@b.c @x.example',
  'DE89370400440532013001',
  'eyJhbGciOiJIUzI1NiJ9',
  'sk_live_short task_live_abcdefghijklmnopqrst',
  '-----BEGIN CERTIFICATE-----',
  'M 10 20 30 40 50 60 70 80 90 4111 1111',
])('is nothing: %s', (text) => {
  expect(counts(JSON.stringify({ text }))).toEqual({});
});

test('any number with the right check digit is a card, with any other none', () => {
  const issuers = fc.constantFrom('4', '51', '55', '2221', '2720', '6011', '65', '62', '3528');
  fc.assert(
    fc.property(issuers, fc.array(fc.nat(9), { minLength: 14, maxLength: 14 }), (issuer, rest) => {
      const body = (issuer + rest.join('')).slice(0, 15);
      const valid = Array.from({ length: 10 }, (_, digit) => `${body}${digit}`).filter(
        (number) => kindsOf(`"${number}"`).includes('card') && luhn(number),
      );
      expect(valid).toHaveLength(1);
      expect(kindsOf(Array.from({ length: 10 }, (_, d) => `"${body}${d}"`).join(' '))).toEqual(['card']);
      expect(counts(Array.from({ length: 10 }, (_, d) => `"${body}${d}"`).join(' '))).toEqual({ card: 1 });
    }),
  );
});

/** Another reading of the rule: from the left, by the parity of the length. */
function luhn(number: string): boolean {
  const sum = [...number].reduce((total, char, index) => {
    const value = Number(char) * (index % 2 === number.length % 2 ? 2 : 1);
    return total + Math.floor(value / 10) + (value % 10);
  }, 0);
  return sum % 10 === 0;
}

test('of all check digits of an IBAN one is right', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{18}$/), (account) => {
      const all = Array.from({ length: 97 }, (_, check) => `DE${String(check + 2).padStart(2, '0')}${account}`);
      const right = all.filter((iban) => kindsOf(iban).includes('iban'));
      expect(right).toHaveLength(1);
      const [iban = ''] = right;
      const digits = `${iban.slice(4)}1314${iban.slice(2, 4)}`;
      expect(BigInt(digits) % 97n).toBe(1n);
    }),
    { numRuns: 50 },
  );
});

test('any text is read to its end, also where it is cut', () => {
  const pieces = fc.constantFrom('4', '1111', ' ', '-', '.', '@', 'a', 'eyJ', 'DE89', '"', 'BEGIN ', '\u00e9', '😀');
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 60 }), (parts) => {
      const text = `${parts.join('')} ann@x.example`;
      expect(countSensitive(text)?.get('email')).toBeGreaterThanOrEqual(parts.join('').endsWith('@') ? 0 : 1);
    }),
  );
});

test('hostile repetitions are read to their end within the time of a test', () => {
  for (const piece of ['1 ', '1111 ', '@', 'a@', 'eyJ.', 'AA00 ', 'a.b@c.', 'eyJaaaaaaaa.eyJ']) {
    const text = piece.repeat(Math.ceil(200_000 / piece.length));
    expect(countSensitive(text)?.get('card')).toBeUndefined();
  }
});
