import { expect, test } from 'vitest';
import { pseudonym } from './pseudonym.js';

test('writings of one identifier give one pseudonym', () => {
  const key = 'k';
  expect(pseudonym(key, ' Bob@Example.com ')).toBe(pseudonym(key, 'bob@example.com'));
  expect(pseudonym(key, 'ｂｏｂ@example.com')).toBe(pseudonym(key, 'bob@example.com'));
});

test('is the truncated HMAC-SHA-256 of RFC 4231, case 2', () => {
  expect(pseudonym('Jefe', 'what do ya want for nothing?')).toBe('5bdcc146bf60754e');
});

test('another key gives another pseudonym', () => {
  expect(pseudonym('a', 'bob')).not.toBe(pseudonym('b', 'bob'));
});
