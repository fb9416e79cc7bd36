import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashObjectId } from './object-id.js';

/** Reference: the same hash over bytes, written the plain way. */
function reference(id: string): number {
  let hash = 2166136261;
  for (const byte of new TextEncoder().encode(id)) hash = Math.imul(hash ^ byte, 16777619);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

test('equals the hash over UTF-8 bytes for any well-formed text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (id) => {
      expect(hashObjectId(id)).toBe(reference(id));
    }),
  );
});

test('keeps to its published vectors', () => {
  expect(hashObjectId('')).toBe(reference(''));
  expect(['', '1', '42', '550e8400-e29b-41d4-a716-446655440000', 'ü'].map(hashObjectId)).toMatchInlineSnapshot(`
    [
      2872998923,
      1428125071,
      686566589,
      2531564893,
      3244136902,
    ]
  `);
});

test('neighbouring ids do not collide', () => {
  const hashes = new Set(Array.from({ length: 100_000 }, (_, i) => hashObjectId(String(i))));
  expect(hashes.size).toBeGreaterThan(99_990);
});
