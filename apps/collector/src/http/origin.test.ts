import { expect, test } from 'vitest';
import { isOwnHost, isOwnOrigin } from './origin.js';

test.each([
  [{ host: '127.0.0.1:4400' }, undefined, true],
  [{ host: '127.0.0.1:4400', origin: 'http://127.0.0.1:4400' }, undefined, true],
  [{ host: '127.0.0.1:4400', origin: 'http://127.0.0.1:3000' }, undefined, false],
  [{ host: '127.0.0.1:4400', origin: 'https://evil.example' }, undefined, false],
  [{ host: '127.0.0.1:4400', origin: 'null' }, undefined, false],
  [{ host: '10.0.0.1:4400', origin: 'https://vedette.example' }, 'https://vedette.example', true],
])('origin of %j is own: %s', (headers, publicUrl, own) => {
  expect(isOwnOrigin(headers, publicUrl)).toBe(own);
});

test.each([
  ['127.0.0.1:4400', true],
  ['localhost:4400', true],
  ['[::1]:4400', true],
  ['evil.example:4400', false],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example:4400', false],
])('host %s is own: %s', (host, own) => {
  expect(isOwnHost({ host }, undefined)).toBe(own);
});

test('the public host is own', () => {
  expect(isOwnHost({ host: 'vedette.example' }, 'https://vedette.example')).toBe(true);
});
