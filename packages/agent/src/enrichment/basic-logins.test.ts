import { expect, test } from 'vitest';
import { BasicLogins } from './basic-logins.js';

const MINUTE = 60_000;

test('of a client that polls with its password only the first request is a login', () => {
  const logins = new BasicLogins();
  expect(logins.attempt('bob', 200, 0)).toBe('success');
  for (let minute = 1; minute < 200; minute += 20) expect(logins.attempt('bob', 200, minute * MINUTE)).toBeUndefined();
  for (const status of [403, 404, 429, 500, 0]) expect(logins.attempt('bob', status, 200 * MINUTE)).toBeUndefined();
  expect(logins.attempt('bob', 304, 231 * MINUTE)).toBe('success');
});

test('every refusal is one, and who gets in after it', () => {
  const logins = new BasicLogins();
  expect(logins.attempt('bob', 200, 0)).toBe('success');
  expect(logins.attempt('bob', 401, 1)).toBe('failure');
  expect(logins.attempt('bob', 401, 2)).toBe('failure');
  expect(logins.attempt('bob', 200, 3)).toBe('success');
  expect(logins.attempt('bob', 200, 4)).toBeUndefined();
});

test('of a stranger each answer counts that can be one to a password', () => {
  const logins = new BasicLogins();
  expect([403, 404, 429, 500, 0].map((status) => logins.attempt('eve', status, 0))).toEqual([
    '',
    '',
    'failure',
    undefined,
    undefined,
  ]);
});

test('a flood of users does not make a known one new at once', () => {
  const logins = new BasicLogins();
  logins.attempt('bob', 200, 0);
  for (let i = 0; i < 8_191; i++) logins.attempt(`user-${i}`, 200, 1);
  expect(logins.attempt('bob', 200, 2)).toBeUndefined();
});
