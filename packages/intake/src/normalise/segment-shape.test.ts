import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Shape, shapeOf } from './segment-shape.js';

const SAMPLES: Partial<Record<Shape, string[]>> = {
  number: ['0', '17', '20240115', '4111111111111111'],
  uuid: [
    '550e8400-e29b-41d4-a716-446655440000',
    '550E8400E29B41D4A716446655440000',
    '018f3b1e-7c2a-7d3e-9a55-0242ac120002',
  ],
  hex: ['507f1f77bcf86cd799439011', '0123456789abcdef', '3f9a1c2b', 'aaaabbbbcccc1111'],
  coded: ['INV-2024-0001', 'order-12345', 'A12345', 'order_550e8400-e29b-41d4-a716-446655440000', '2024_0001'],
  token: [
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'V1StGXR8_Z5jdHi6B-myT',
    'dQw4w9WgXcQ',
    'ckopqwooh000001la8mbi2im9',
    'cus_NffrFeUfNV2Hib',
  ],
  date: ['2024-01-15', '2024-01', '2024-01-15T10:00:00Z'],
  email: ['bob@example.com', 'bob%40example.com', 'a.b+c@x.co.uk'],
  secret: [
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'sk_live_51HyQ2eL9aVb3kD8x7Zc6Nf5Pq4Rt',
    'd41d8cd98f00b204e9800998ecf8427e',
  ],
  word: [
    '',
    'orders',
    'v1',
    'v1beta1',
    'sign-in',
    'wp-login.php',
    'sha256',
    'base64',
    'oauth2callback',
    'getUserV2ByIdList',
    'getUserOrderHistoryByCustomerId',
    'blue-shirt-xl',
    'top-10-phones',
    'the-quick-brown-fox-jumps-over-the-lazy-dog-again',
    '@alice',
    'facade',
    'deadbeef',
    '.env',
    'robots.txt',
    'a b',
    'über',
    '%zz',
  ],
};

for (const [shape, samples] of Object.entries(SAMPLES)) {
  test.each(samples)(`${shape}: %s`, (sample) => {
    expect(shapeOf(sample)).toBe(shape);
  });
}

test('random tokens are secrets, all but one in two hundred', () => {
  let missed = 0;
  for (let i = 0; i < 4000; i++) {
    const bytes = createHash('sha512').update(String(i)).digest();
    expect(shapeOf(bytes.subarray(0, 32).toString('hex'))).toBe('secret');
    expect(shapeOf(bytes.toString('base64url'))).toBe('secret');
    if (shapeOf(bytes.subarray(0, 24).toString('base64url')) !== 'secret') missed++;
  }
  expect(missed).toBeLessThan(20);
});
